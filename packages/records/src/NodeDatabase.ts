import type { DatabaseSyncInstance, StatementSyncInstance } from '@photostructure/sqlite'
import { copyDatabase } from './backup.ts'
import {
  applicationId,
  checkContents,
  checkFile,
  createPrivate,
  opened,
  patienceMs,
  toOwnError,
} from './databaseFile.ts'
import { NewerDatabaseError } from './errors.ts'
import type { Store } from './Store.ts'
import { storeIn, storeSteps } from './sqliteStore.ts'
import type { SqlValue, Tables } from './Tables.ts'
import { WalFile } from './WalFile.ts'

/**
 * A node's one SQLite file: the generic store beside tables of its own for each part, in WAL mode; what a
 * transaction wrote is on disk when it returns.
 */
export type NodeDatabase = Tables & {
  readonly path: string
  readonly store: Store
  /** Brings the tables of one part to its newest version: step i makes version i + 1. Once per part and start. */
  migrate(namespace: string, steps: readonly string[]): void
  /**
   * As `transaction`, but it returns when it is committed; `onDisk` resolves when it is on disk too, and nothing else is held
   * up meanwhile. When `onDisk` throws (DatabaseUnavailableError), it does so until the database is opened again.
   */
  transactionAhead<T>(work: () => T): { readonly result: T; readonly onDisk: Promise<void> }
  /** Writes a whole copy to `toPath` while the node goes on; replaces an earlier copy in one step. */
  backup(toPath: string): Promise<void>
  close(): void
}

/**
 * Opens a node's database file, or makes it (SQLite, WAL, synchronous FULL). Throws ForeignDatabaseError,
 * DamagedDatabaseError, NewerDatabaseError or DatabaseUnavailableError; then nothing was changed.
 */
export function openNodeDatabase(path: string): NodeDatabase {
  const isNew = checkFile(path)
  const connection = connect(path, isNew)
  const statements = new Map<string, StatementSyncInstance>()
  const prepared = (sql: string): StatementSyncInstance => {
    const known = statements.get(sql) ?? connection.prepare(sql)
    statements.set(sql, known)
    return known
  }
  const transaction = <T>(work: () => T): T => inTransaction(connection, work)
  const tables: Tables = {
    run: (sql, ...values) => ({ changes: prepared(sql).run(...values).changes }),
    get: <T>(sql: string, ...values: readonly SqlValue[]) =>
      (prepared(sql).get(...values) ?? undefined) as T | undefined,
    all: <T>(sql: string, ...values: readonly SqlValue[]) =>
      prepared(sql).all(...values) as readonly T[],
    transaction,
  }
  const wal = new WalFile(path)
  const close = (): void => {
    wal.close()
    if (connection.isOpen) connection.close()
  }
  try {
    const database: NodeDatabase = {
      path,
      ...tables,
      store: storeIn(tables, close),
      migrate: (namespace, steps) => transaction(() => migrate(connection, path, namespace, steps)),
      transactionAhead: (work) => ({ result: unsynced(connection, work), onDisk: wal.sync() }),
      backup: (toPath) => copyDatabase(connection, toPath),
      close,
    }
    database.migrate('store', storeSteps)
    return database
  } catch (error) {
    close()
    throw error
  }
}

function connect(path: string, isNew: boolean): DatabaseSyncInstance {
  if (isNew) createPrivate(path)
  const connection = opened(path, false)
  try {
    if (isNew) connection.exec(`PRAGMA application_id = ${applicationId}`)
    else checkContents(connection, path)
    connection.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON',
    )
    connection.exec(
      'CREATE TABLE IF NOT EXISTS migrations (part TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT',
    )
    return connection
  } catch (error) {
    connection.close()
    throw toOwnError(path, error)
  }
}

function migrate(
  connection: DatabaseSyncInstance,
  path: string,
  namespace: string,
  steps: readonly string[],
): void {
  const row = connection.prepare('SELECT version FROM migrations WHERE part = ?').get(namespace)
  const found = Number(row?.version ?? 0)
  if (found > steps.length)
    throw new NewerDatabaseError(path, { part: namespace, found, known: steps.length })
  for (const step of steps.slice(found)) connection.exec(step)
  connection
    .prepare('INSERT OR REPLACE INTO migrations (part, version) VALUES (?, ?)')
    .run(namespace, steps.length)
}

/** Longest wait for another process's transaction where nobody may wait for ours: everything stands still meanwhile. */
const patienceAheadMs = 500

/** A transaction that SQLite commits without waiting for the disk: the caller does. */
function unsynced<T>(connection: DatabaseSyncInstance, work: () => T): T {
  connection.exec(`PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = ${patienceAheadMs}`)
  try {
    return inTransaction(connection, work)
  } finally {
    connection.exec(`PRAGMA synchronous = FULL; PRAGMA busy_timeout = ${patienceMs}`)
  }
}

function inTransaction<T>(connection: DatabaseSyncInstance, work: () => T): T {
  if (connection.isTransaction) return work()
  connection.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    connection.exec('COMMIT')
    return result
  } catch (error) {
    if (connection.isTransaction) connection.exec('ROLLBACK')
    throw error
  }
}
