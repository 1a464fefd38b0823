import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { restore } from './backup.ts'
import {
  DamagedDatabaseError,
  DatabaseExistsError,
  DatabaseUnavailableError,
  ForeignDatabaseError,
  NewerDatabaseError,
} from './errors.ts'
import { type NodeDatabase, openNodeDatabase } from './NodeDatabase.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'medrec-database-'))
  path = join(folder, 'node.db')
})
afterEach(() => rmSync(folder, { recursive: true }))

function using<T>(work: (database: NodeDatabase) => T, at = path): T {
  const database = openNodeDatabase(at)
  try {
    return work(database)
  } finally {
    database.close()
  }
}

const steps = ['CREATE TABLE t (x INTEGER) STRICT', 'ALTER TABLE t ADD COLUMN y TEXT']

test('nobody else on the machine can read a database, what SQLite keeps beside it, or a backup', async () => {
  const copy = join(folder, 'copy.db')
  const database = openNodeDatabase(path)
  database.migrate('part', steps)
  await database.backup(copy)
  for (const file of [path, `${path}-wal`, `${path}-shm`, copy])
    expect([file, statSync(file).mode & 0o077]).toEqual([file, 0])
  database.close()
})

describe('migrations', () => {
  test('run once, in order, and go on from where an older program stopped', () => {
    using((database) => {
      database.migrate('part', steps.slice(0, 1))
      database.run('INSERT INTO t (x) VALUES (1)')
    })
    using((database) => {
      database.migrate('part', steps)
      database.migrate('part', steps)
      expect(database.all('SELECT * FROM t')).toEqual([{ x: 1, y: null }])
    })
  })
  test('a failed step leaves everything as it was', () => {
    using((database) => {
      expect(() => database.migrate('part', [...steps, 'nonsense'])).toThrow()
      database.migrate('part', steps)
    })
  })
  test('a database of a newer program is refused', () => {
    using((database) => database.migrate('part', steps))
    expect(() => using((database) => database.migrate('part', steps.slice(0, 1)))).toThrow(
      NewerDatabaseError,
    )
  })
})

describe('files that are not ours', () => {
  test('a text file', () => {
    writeFileSync(path, 'not a database, but longer than a header')
    expect(() => openNodeDatabase(path)).toThrow(ForeignDatabaseError)
  })
  test("another program's database, which stays as it was", () => {
    const foreign = new DatabaseSync(path)
    foreign.exec('CREATE TABLE theirs (x)')
    foreign.close()
    const before = readFileSync(path)
    expect(() => openNodeDatabase(path)).toThrow(ForeignDatabaseError)
    expect(readFileSync(path)).toEqual(before)
  })
  test('a truncated database', () => {
    using((database) => {
      database.migrate('part', ['CREATE TABLE t (x BLOB)'])
      for (let i = 0; i < 100; i++) database.run('INSERT INTO t VALUES (randomblob(4000))')
    })
    truncateSync(path, 40_000)
    expect(() => openNodeDatabase(path)).toThrow(DamagedDatabaseError)
  })
  test('a folder that is not there', () => {
    expect(() => openNodeDatabase(join(folder, 'none', 'x.db'))).toThrow(DatabaseUnavailableError)
  })
})

describe('transactions', () => {
  test('an exception undoes the whole of it, nested parts included', () => {
    using((database) => {
      database.migrate('part', steps)
      const work = () =>
        database.transaction(() => {
          database.run('INSERT INTO t (x) VALUES (1)')
          database.transaction(() => database.run('INSERT INTO t (x) VALUES (2)'))
          throw new RangeError('stop')
        })
      expect(work).toThrow('stop')
      expect(database.all('SELECT * FROM t')).toEqual([])
    })
  })
})

describe('backup and restore', () => {
  const copy = () => join(folder, 'copy.db')

  test('a backup taken from a running node restores to the same contents', async () => {
    const database = openNodeDatabase(path)
    database.migrate('part', steps)
    database.run("INSERT INTO t VALUES (1, 'one')")
    await database.store.write([{ table: 'a', key: ['k', 1], value: Uint8Array.of(1) }])
    await database.backup(copy())
    database.run("INSERT INTO t VALUES (2, 'later')")
    database.close()
    const restored = join(folder, 'restored.db')
    await restore(copy(), restored)
    using((again) => expect(again.all('SELECT * FROM t')).toEqual([{ x: 1, y: 'one' }]), restored)
    const store = openNodeDatabase(restored).store
    expect(await store.get('a', ['k', 1])).toEqual(Uint8Array.of(1))
    await store.close()
  })
  test('a second backup replaces the first', async () => {
    const database = openNodeDatabase(path)
    await database.backup(copy())
    database.migrate('part', steps)
    await database.backup(copy())
    database.close()
    using((again) => expect(again.all('SELECT * FROM t')).toEqual([]), copy())
  })
  test('restore does not overwrite, and refuses a damaged backup', async () => {
    using((database) => {
      database.migrate('part', ['CREATE TABLE t (x BLOB)'])
      for (let i = 0; i < 100; i++) database.run('INSERT INTO t VALUES (randomblob(4000))')
    })
    await expect(restore(path, path)).rejects.toThrow(DatabaseExistsError)
    truncateSync(path, 40_000)
    await expect(restore(path, copy())).rejects.toThrow(DamagedDatabaseError)
  })
})

describe('a transaction whose way to the disk is waited for later', () => {
  const kept = [{ x: 1 }]

  test('is committed at once, and on disk when told: a copy of the files at that moment holds it', async () => {
    const database = openNodeDatabase(path)
    database.migrate('part', steps)
    const insert = () => database.run('INSERT INTO t (x) VALUES (1)')
    const { result, onDisk } = database.transactionAhead(insert)
    expect(result).toEqual({ changes: 1 })
    expect(database.all('SELECT x FROM t')).toEqual(kept)
    await onDisk
    const copy = join(folder, 'copy.db')
    for (const end of ['', '-wal']) copyFileSync(`${path}${end}`, `${copy}${end}`)
    database.close()
    using((other) => expect(other.all('SELECT x FROM t')).toEqual(kept), copy)
  })

  test('is undone by an exception', () => {
    using((database) => {
      database.migrate('part', steps)
      const failing = (): void => {
        database.run('INSERT INTO t (x) VALUES (1)')
        throw new Error('no')
      }
      expect(() => database.transactionAhead(failing)).toThrow('no')
      expect(database.all('SELECT x FROM t')).toEqual([])
    })
  })

  test('leaves other transactions waiting for the disk themselves', () => {
    using((database) => {
      database.transactionAhead(() => undefined).onDisk.catch(() => undefined)
      expect(database.get('PRAGMA synchronous')).toEqual({ synchronous: 2 }) // FULL
    })
  })

  test('is not told to be on disk when the disk did not take it, nor is what comes after', async () => {
    const database = openNodeDatabase(path)
    database.migrate('part', steps)
    rmSync(`${path}-wal`)
    mkdirSync(`${path}-wal`)
    for (const x of [1, 2]) {
      const { onDisk } = database.transactionAhead(() =>
        database.run('INSERT INTO t (x) VALUES (?)', x),
      )
      await expect(onDisk).rejects.toThrow(DatabaseUnavailableError)
    }
    database.close()
    expect(() => database.transactionAhead(() => undefined)).toThrow()
  })
})
