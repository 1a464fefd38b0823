import type { Institution } from '@medrec/samples'
import { catalogueOf } from '@medrec/samples'
import { DatabaseSync } from '@photostructure/sqlite'

/** Longest wait while the institution itself writes. */
const lockMs = 60_000

/** Where each institution's own database keeps a laboratory value, and how it writes a number. */
const places: {
  readonly [institution in Institution]: { readonly sql: string; written(value: string): string }
} = {
  riverside: {
    sql: 'UPDATE observations SET VALUE = ? WHERE Id = ?',
    written: (value) => value,
  },
  lakeview: {
    sql: 'UPDATE measurement SET value_as_number = ? WHERE measurement_id = ?',
    written: (value) => value,
  },
  hillcrest: {
    sql: 'UPDATE labor SET wert = ? WHERE nr = ?',
    written: (value) => value.replace('.', ','),
  },
}

/** Reads a laboratory result with a read-only connection of our own, past MedRec. */
export function readResult(
  file: string,
  options: { institution: Institution; owner: string; key: string },
): Readonly<Record<string, string | null>> | undefined {
  const { institution, owner, key } = options
  const labs = catalogueOf(institution).resources.find(({ name }) => name === 'labs')
  const database = new DatabaseSync(file, { readOnly: true, timeout: lockMs })
  try {
    const rows = database.prepare(labs?.query ?? '').all({ owner }) as Record<string, unknown>[]
    const row = rows.find(({ id }) => String(id) === key)
    return (
      row &&
      Object.fromEntries(
        Object.entries(row).map(([name, value]) => [name, value === null ? null : String(value)]),
      )
    )
  } finally {
    database.close()
  }
}

/** Changes a laboratory value as somebody with the `sqlite3` tool would: MedRec is not asked. */
export function changeBehind(
  file: string,
  options: { institution: Institution; key: string; value: string },
): number {
  const { institution, key, value } = options
  const { sql, written } = places[institution]
  const database = new DatabaseSync(file, { timeout: lockMs })
  try {
    return Number(database.prepare(sql).run(written(value), key).changes)
  } finally {
    database.close()
  }
}
