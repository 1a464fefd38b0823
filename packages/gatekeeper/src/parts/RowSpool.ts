import { DatabaseSync, type StatementSyncInstance } from '@photostructure/sqlite'

/**
 * Rows that are too many to be sorted in memory, on disk. The file has no name that anybody could open, and is gone with
 * the process or once closed (SQLite, temporary databases).
 */
export class RowSpool {
  readonly #database = new DatabaseSync('')
  /** Held as long as its rows are read: the iterator does not keep it from being collected. */
  #reading: StatementSyncInstance | undefined

  constructor() {
    this.#database.exec(`PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA temp_store = FILE;
      CREATE TABLE spooled (key TEXT NOT NULL, row TEXT NOT NULL) STRICT`)
  }

  add(rows: readonly { readonly key: string; readonly row: string }[]): void {
    this.#database.exec('BEGIN')
    const insert = this.#database.prepare('INSERT INTO spooled VALUES (?, ?)')
    for (const { key, row } of rows) insert.run(key, row)
    this.#database.exec('COMMIT')
  }

  /** Sorted by the bytes of the keys' UTF-8. */
  sorted(): Iterable<{ readonly key: string; readonly row: string }> {
    this.#reading = this.#database.prepare('SELECT key, row FROM spooled ORDER BY key')
    return this.#reading.iterate() as Iterable<{ key: string; row: string }>
  }

  close(): void {
    this.#database.close()
  }
}
