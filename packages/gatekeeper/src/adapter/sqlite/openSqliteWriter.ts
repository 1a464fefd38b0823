import { fromBase64Url } from '@medrec/protocol'
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite'
import {
  type Change,
  type NamedTemplate,
  type Outcome,
  statementOf,
  templateError,
  WriteRefusedError,
  type Writer,
} from '../Writer.ts'

/** Opens a SQLite file for writing. Throws CatalogueError when a template does not run. */
export async function openSqliteWriter(
  databaseFile: string,
  templates: readonly NamedTemplate[],
): Promise<Writer> {
  const database = new DatabaseSync(databaseFile, { timeout: 5_000, defensive: true })
  for (const { resource, template } of templates)
    try {
      database.prepare(statementOf(template)).close()
    } catch (cause) {
      database.close()
      throw templateError(resource, cause)
    }
  return {
    write: async (change) => written(database, change),
    close: async () => {
      if (database.isOpen) database.close()
    },
  }
}

function written(database: DatabaseSyncInstance, change: Change): Outcome {
  const { template, kind, resource, key } = change
  try {
    database.exec('BEGIN IMMEDIATE')
    const statement = database.prepare(statementOf(template))
    statement.setReadBigInts(true) // the id of a new row too
    const { changes } = statement.run(bound(change))
    if (kind !== 'insert' && Number(changes) !== 1) {
      database.exec('ROLLBACK')
      return { outcome: 'none', key }
    }
    database.exec('COMMIT')
    return { outcome: 'written', key }
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    if (kind === 'insert' && isUnique(error)) return { outcome: 'exists', key }
    throw new WriteRefusedError(resource.name, error)
  }
}

type SqlValue = string | bigint | number | Uint8Array | null

function bound({ template, resource, values, owner, key }: Change): Record<string, SqlValue> {
  const isNumber = resource.insert?.id !== 'uuid' && /^\d+$/.test(key)
  const given = template.parameters.map(({ name, type }): [string, SqlValue] => {
    const value = values[name] ?? null
    if (value === null) return [name, null]
    if (type === 'int') return [name, BigInt(value)]
    if (type === 'bool') return [name, value === 'true' ? 1 : 0]
    return [name, type === 'bytes' ? fromBase64Url(value) : value]
  })
  return { ...Object.fromEntries(given), id: isNumber ? BigInt(key) : key, owner }
}

function isUnique(error: unknown): boolean {
  return error instanceof Error && /UNIQUE|PRIMARY KEY/i.test(error.message)
}
