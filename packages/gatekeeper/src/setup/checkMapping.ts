import type { Mapping, Problem } from './Mapping.ts'
import type { Asker } from './openAsker.ts'
import { quoted, tableText } from './sqlNames.ts'
import { columnNamed, type Table, tableNamed } from './Table.ts'

type Checked = {
  readonly place: string
  readonly table: Table
  readonly owner: string
  readonly key: readonly string[]
}

/**
 * Counts what could not be served: rows of nobody, rows that cannot be told apart, owners that are no patients. Tells
 * counts, tables and columns; never values.
 */
export async function checkMapping(
  asker: Asker,
  mapping: Mapping,
  tables: readonly Table[],
): Promise<readonly Problem[]> {
  const { patients, resources } = mapping
  const people = await personProblems(asker, mapping, tables)
  const shared = await Promise.all(
    resources.map(async ({ table: place, owner, key }): Promise<readonly Problem[]> => {
      const table = tableNamed(tables, place) as Table
      const peopleTable = tableNamed(tables, patients.table) as Table
      const checked = { place, table, owner, key }
      const texts = [
        ...(await rowProblems(asker, checked)),
        ...(await ownerProblems(asker, checked, [peopleTable, patients.id])),
      ]
      return texts.map((text) => ({ text, about: 'table', table: place }))
    }),
  )
  return [...people.map((text) => ({ text, about: 'people' }) as const), ...shared.flat()]
}

async function personProblems(
  asker: Asker,
  { patients }: Mapping,
  tables: readonly Table[],
): Promise<readonly string[]> {
  const table = tableNamed(tables, patients.table) as Table
  const id = column(table, patients.id)
  const from = tableText(table)
  const empty = await count(asker, `SELECT count(*) AS n FROM ${from} WHERE ${id} IS NULL`)
  const twice = await count(
    asker,
    `SELECT count(*) AS n FROM (SELECT 1 AS one FROM ${from} GROUP BY ${id} HAVING count(*) > 1) d`,
  )
  return [
    ...(empty > 0n ? [`${patients.table}.${patients.id}: ${empty} patients have no id.`] : []),
    ...(twice > 0n
      ? [
          `${patients.table}.${patients.id}: ${twice} ids stand for several patients. Choose a column that is unique.`,
        ]
      : []),
  ]
}

async function rowProblems(
  asker: Asker,
  { place, table, owner, key }: Checked,
): Promise<readonly string[]> {
  const [from, by] = [tableText(table), column(table, owner)]
  const keys = key.map((name) => column(table, name))
  const empty = await count(asker, `SELECT count(*) AS n FROM ${from} WHERE ${by} IS NULL`)
  const twice = await count(
    asker,
    `SELECT count(*) AS n FROM (SELECT 1 AS one FROM ${from} WHERE ${by} IS NOT NULL
GROUP BY ${[...new Set([by, ...keys])].join(', ')} HAVING count(*) > 1) d`,
  )
  return [
    ...(empty > 0n
      ? [
          `${place}.${owner}: ${empty} ${empty === 1n ? 'row belongs' : 'rows belong'} to nobody, for the column is empty there. Choose another owner column, share the table not at all, or map a view without them: CREATE VIEW ... AS SELECT * FROM ${place} WHERE ${owner} IS NOT NULL.`,
        ]
      : []),
    ...(twice > 0n
      ? [
          `${place}: ${twice} record ${twice === 1n ? 'key' : 'keys'} (${key.join(', ')}) ${twice === 1n ? 'stands' : 'stand'} on several rows of one patient. Add a column to the key that tells them apart.`,
        ]
      : []),
  ]
}

/** An owner column that names somebody else (a physician, a ward) is found by no patient having such an id. */
async function ownerProblems(
  asker: Asker,
  { place, table, owner }: Checked,
  [people, id]: readonly [Table, string],
): Promise<readonly string[]> {
  const as = (text: string): string =>
    asker.engine === 'sqlite'
      ? text
      : `CAST(${text} AS ${asker.engine === 'postgres' ? 'text' : 'char'})`
  const by = column(table, owner)
  const some = await count(
    asker,
    `SELECT count(*) AS n FROM (SELECT 1 AS one FROM ${tableText(table)} LIMIT 1) d`,
  )
  const known = await count(
    asker,
    `SELECT count(*) AS n FROM (SELECT 1 AS one FROM ${tableText(table)}
WHERE ${as(by)} IN (SELECT ${as(column(people, id))} FROM ${tableText(people)}) LIMIT 1) d`,
  )
  return some > 0n && known === 0n
    ? [
        `${place}.${owner}: not one of its values is a patient's id. Choose the column that names the patient.`,
      ]
    : []
}

function column(table: Table, name: string): string {
  return quoted(columnNamed(table, name)?.name ?? name)
}

async function count(asker: Asker, sql: string): Promise<bigint> {
  const [row] = await asker.ask(sql)
  return BigInt(String(row?.['n'] ?? 0))
}
