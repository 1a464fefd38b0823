import {
  DatabaseSync,
  type DatabaseSyncInstance,
  type StatementSyncInstance,
} from '@photostructure/sqlite'
import type { ReadRows, Setup } from '../messages.ts'
import { RowBatch } from '../RowBatch.ts'
import { columnsOf, ReadError } from '../RowCollector.ts'
import type { SqlRead } from '../typedText.ts'
import { type Needs, restrict } from './authorizer.ts'

type Cursor = {
  readonly database: DatabaseSyncInstance
  /** Held as long as its rows are read: the iterator does not keep it from being collected. */
  readonly statement: StatementSyncInstance
  readonly rows: Iterator<readonly SqlRead[]>
  readonly batch: RowBatch
}

/**
 * Records that are read some rows at a time. Each has a connection of its own: it reads the database as it was when it
 * began (SQLite, isolation), and the other questions must not.
 */
export class Cursors {
  readonly #open = new Map<number, Cursor>()

  begin(
    at: { readonly databaseFile: string; readonly setup: Setup; readonly needs: Needs },
    ask: { readonly cursor: number; readonly digest: string; readonly owner: string },
  ): void {
    const { databaseFile, setup, needs } = at
    const reading = setup.readings[ask.digest]
    if (!reading) throw new ReadError({ problem: 'unknown' })
    const database = new DatabaseSync(databaseFile, {
      readOnly: true,
      timeout: setup.limits.milliseconds,
      defensive: true,
      limits: { attach: 0, sqlLength: 100_000 },
    })
    try {
      restrict(database, needs)
      const statement = database.prepare(reading.sql)
      statement.setReadBigInts(true)
      statement.setReturnArrays(true)
      const names = statement.columns().map(({ name }) => name)
      const batch = new RowBatch(columnsOf(names, reading), ask.owner, setup.limits)
      const rows = statement.iterate({ owner: ask.owner })[Symbol.iterator]() as Iterator<never>
      this.#open.set(ask.cursor, { database, statement, rows, batch })
    } catch (error) {
      database.close()
      throw error
    }
  }

  /** The next rows; none once all were told. */
  next(cursor: number): ReadRows {
    const found = this.#open.get(cursor)
    if (!found) throw new ReadError({ problem: 'unknown' }) // of a process that ended
    const { rows, batch } = found
    while (!batch.isFull) {
      const read = rows.next()
      if (read.done) break
      batch.add(read.value)
    }
    return batch.take()
  }

  end(cursor: number): void {
    this.#open.get(cursor)?.database.close()
    this.#open.delete(cursor)
  }
}
