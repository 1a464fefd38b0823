import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { needsOf, tablesOf } from '../../packages/gatekeeper/src/adapter/sqlite/authorizer.ts'
import { writeClinic } from '../../packages/gatekeeper/src/clinic.test-support.ts'
import { type Clinic, dangerousRows, strays, tables } from './Clinic.ts'
import { sqlClinic } from './sqlClinic.ts'

/** A clinic in a SQLite file. */
export async function openSqliteClinic(): Promise<Clinic> {
  const folder = mkdtempSync(join(tmpdir(), 'medrec-bypass-'))
  const databaseFile = join(folder, 'clinic.db')
  writeClinic(databaseFile)
  const database = new DatabaseSync(databaseFile)
  for (const sql of dangerousRows) database.exec(sql)
  const reader = new DatabaseSync(databaseFile, { readOnly: true })
  return {
    engine: 'sqlite',
    source: { source: { engine: 'sqlite', file: databaseFile } },
    ...sqlClinic(async (sql, ...values) => void database.prepare(sql).run(...values)),
    canHold: (text) => text.isWellFormed() && !text.includes('\0'), // where the driver cuts it off
    state: async (but) => {
      const rows = tables.map((table) => {
        const statement = database.prepare(`SELECT * FROM ${table} WHERE id <> :but`)
        statement.setReadBigInts(true)
        return statement.all({ but: BigInt(but) })
      })
      const schema = database.prepare('SELECT type, name, sql FROM sqlite_master').all()
      // SQLite's own files come and go with connections.
      const files = readdirSync(folder).filter((name) => !/-(wal|shm|journal)$/.test(name))
      return JSON.stringify([rows, schema, files, strays()], (_, value: unknown) =>
        typeof value === 'bigint' ? String(value) : value,
      )
    },
    refuses: ({ query, ownerColumn, recordKey, fields }) => {
      try {
        if (tablesOf(needsOf(reader, [query])).has('psychotherapy_notes')) return true
        const columns = new Set(
          reader
            .prepare(query)
            .columns()
            .map(({ name }) => name),
        )
        return ![ownerColumn, ...recordKey, ...fields.map(({ name }) => name)].every((name) =>
          columns.has(name),
        )
      } catch {
        return true // does not run, or does more than read
      }
    },
    close: async () => {
      reader.close()
      database.close()
      rmSync(folder, { recursive: true })
    },
  }
}
