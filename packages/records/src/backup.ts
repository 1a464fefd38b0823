import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { backup, DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite'
import { checkDatabase, createPrivate } from './databaseFile.ts'
import { DatabaseExistsError } from './errors.ts'

/** Copies an open database beside `toPath`, checks the copy and puts it in place in one step. */
export async function copyDatabase(
  connection: DatabaseSyncInstance,
  toPath: string,
): Promise<void> {
  const partial = `${toPath}.partial`
  rmSync(partial, { force: true })
  try {
    createPrivate(partial)
    await backup(connection, partial)
    checkDatabase(partial)
    putInPlace(partial, toPath)
  } finally {
    for (const rest of [partial, `${partial}-wal`, `${partial}-shm`]) rmSync(rest, { force: true })
  }
}

/**
 * Writes a backup's contents to a new file. Throws DatabaseExistsError when `toPath` is taken,
 * ForeignDatabaseError or DamagedDatabaseError when `fromPath` is no whole database of ours.
 */
export async function restore(fromPath: string, toPath: string): Promise<void> {
  if (existsSync(toPath)) throw new DatabaseExistsError(toPath)
  checkDatabase(fromPath)
  const source = new DatabaseSync(fromPath, { readOnly: true })
  try {
    await copyDatabase(source, toPath)
  } finally {
    source.close()
  }
}

function putInPlace(partial: string, toPath: string): void {
  sync(partial, 'r+')
  renameSync(partial, toPath)
  sync(dirname(toPath), 'r')
}

function sync(path: string, flags: string): void {
  const file = openSync(path, flags)
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
