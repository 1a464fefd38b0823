import { existsSync } from 'node:fs'
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite'
import { DatabaseStoppedError, usualLimits } from '../adapter/Adapter.ts'
import { MariadbPool } from '../adapter/mariadb/MariadbPool.ts'
import { PostgresPool } from '../adapter/postgres/PostgresPool.ts'
import type { ServerSource, Source } from '../adapter/source.ts'
import { RecordsUnreachableError } from './RecordsUnreachableError.ts'

/** A database that has tables; a FHIR server has none. */
export type SqlSource = Exclude<Source, { readonly engine: 'fhir' }>
export type SqlEngine = SqlSource['engine']

type Row = Readonly<Record<string, unknown>>

/** Asks a database about itself while it is being connected; read-only, like all that follows. */
export type Asker = {
  readonly engine: SqlEngine
  ask(sql: string, values?: readonly string[]): Promise<readonly Row[]>
  /** Rows that are only looked at: none where a server takes longer than a moment for them, or refuses. */
  glance(sql: string): Promise<readonly Row[]>
  close(): Promise<void>
}

/** Counting over a whole table may take long, and is done once. */
const patience = 60_000

/** Opens a database for questions about its tables. Throws RecordsUnreachableError, which says what to do. */
export async function openAsker(source: SqlSource): Promise<Asker> {
  if (source.engine === 'sqlite') return openFile(source.file)
  // The first connection says within seconds whether there is an answer at all.
  const first = poolOf(source, usualLimits.milliseconds)
  try {
    await first.ask('SELECT 1 AS one')
  } catch (error) {
    await first.close()
    throw RecordsUnreachableError.of(source, error)
  }
  const pool = poolOf(source, patience)
  return {
    engine: source.engine,
    ask: (sql, values = []) => pool.ask(sql, values),
    glance: (sql) => first.ask(sql).catch(() => []),
    close: async () => {
      await Promise.all([first.close(), pool.close()])
    },
  }
}

function poolOf(
  source: { readonly engine: 'postgres' | 'mariadb' } & ServerSource,
  milliseconds: number,
): PostgresPool | MariadbPool {
  const limits = { ...usualLimits, milliseconds }
  return source.engine === 'postgres'
    ? new PostgresPool(source, limits, { isWriter: false })
    : new MariadbPool(source, limits, { isWriter: false })
}

function openFile(file: string): Asker {
  const source = { engine: 'sqlite', file } as const
  if (!existsSync(file))
    throw RecordsUnreachableError.of(source, new DatabaseStoppedError('ENOENT'))
  let database: DatabaseSyncInstance
  try {
    database = new DatabaseSync(file, { readOnly: true, timeout: 2_000, defensive: true })
    database.prepare('SELECT count(*) FROM sqlite_master').get()
  } catch (error) {
    throw RecordsUnreachableError.of(source, error)
  }
  const ask: Asker['ask'] = async (sql, values = []) => {
    const statement = database.prepare(sql)
    statement.setReadBigInts(true)
    return statement.all(...values) as Row[]
  }
  return {
    ...{ engine: 'sqlite', ask, glance: ask },
    close: async () => database.close(),
  }
}
