import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite'
import { DamagedDatabaseError, DatabaseUnavailableError, ForeignDatabaseError } from './errors.ts'

/** "MDRC": tells our files from other programs' (SQLite, PRAGMA application_id). */
export const applicationId = 0x4d445243
/** Longest wait for another process's transaction, in milliseconds. */
export const patienceMs = 5_000
const header = 'SQLite format 3\0'

/** Opens an existing file read-only and checks that it is a whole database of ours. */
export function checkDatabase(path: string): void {
  if (checkFile(path)) throw new ForeignDatabaseError(path)
  const connection = opened(path, true)
  try {
    checkContents(connection, path)
  } finally {
    connection.close()
  }
}

/** Makes an empty file that only its owner may read: SQLite gives what it keeps beside it the same mode. */
export function createPrivate(path: string): void {
  try {
    closeSync(openSync(path, 'a', 0o600))
  } catch (error) {
    throw toOwnError(path, error)
  }
}

/** Opens a connection; throws errors of ours. */
export function opened(path: string, readOnly: boolean): DatabaseSyncInstance {
  try {
    return new DatabaseSync(path, { readOnly, timeout: patienceMs, defensive: true })
  } catch (error) {
    throw toOwnError(path, error)
  }
}

/** Whether the file is new; throws when its first bytes are another program's. */
export function checkFile(path: string): boolean {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  if (size === 0) return true
  const first = Buffer.alloc(header.length)
  const file = openSync(path, 'r')
  try {
    readSync(file, first, 0, first.length, 0)
  } finally {
    closeSync(file)
  }
  if (first.toString('latin1') !== header) throw new ForeignDatabaseError(path)
  return false
}

/** Throws unless the open file is a whole database of ours. */
export function checkContents(connection: DatabaseSyncInstance, path: string): void {
  try {
    const id = Object.values(connection.prepare('PRAGMA application_id').get() ?? {})[0]
    if (id !== applicationId) throw new ForeignDatabaseError(path)
    const [result] = Object.values(connection.prepare('PRAGMA quick_check(1)').get() ?? {})
    if (result !== 'ok') throw new DamagedDatabaseError(path)
  } catch (error) {
    throw toOwnError(path, error)
  }
}

/** SQLite's error as one of ours. */
export function toOwnError(path: string, error: unknown): Error {
  if (error instanceof ForeignDatabaseError || error instanceof DamagedDatabaseError) return error
  const text = error instanceof Error ? error.message : ''
  if (/not a database/.test(text)) return new ForeignDatabaseError(path, error)
  if (/malformed|disk image/.test(text)) return new DamagedDatabaseError(path, error)
  return new DatabaseUnavailableError(path, error)
}
