import { close, fdatasync, openSync } from 'node:fs'
import { DatabaseUnavailableError } from './errors.ts'

/**
 * The write-ahead log of an open SQLite database, whose way to the disk is waited for in a thread of the platform's:
 * SQLite itself would hold up everything else meanwhile. Bytes that SQLite wrote count whichever descriptor is synced.
 */
export class WalFile {
  readonly #path: string
  #descriptor: number | undefined
  #syncing = 0
  #failure: Error | undefined
  #isClosed: boolean = false

  /** `path`: of the database. */
  constructor(path: string) {
    this.#path = path
  }

  /**
   * Resolves once all that was committed is on disk. Throws DatabaseUnavailableError, and ever after: what the disk
   * did not take may be lost, and with it what is written behind it (SQLite, WAL format: checksums are chained).
   */
  sync(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure || this.#isClosed) {
        reject(new DatabaseUnavailableError(this.#path, this.#failure))
        return
      }
      try {
        this.#descriptor ??= openSync(`${this.#path}-wal`, 'r+')
      } catch (cause) {
        this.#failure = cause as Error
        reject(new DatabaseUnavailableError(this.#path, cause))
        return
      }
      this.#syncing += 1
      fdatasync(this.#descriptor, (cause) => {
        this.#syncing -= 1
        this.#failure ??= cause ?? undefined
        this.#end()
        if (this.#failure) reject(new DatabaseUnavailableError(this.#path, this.#failure))
        else resolve()
      })
    })
  }

  /** What is being synced is waited for first. */
  close(): void {
    this.#isClosed = true
    this.#end()
  }

  #end(): void {
    if (!this.#isClosed || this.#syncing > 0 || this.#descriptor === undefined) return
    close(this.#descriptor, () => undefined) // all that was asked for is on disk
    this.#descriptor = undefined
  }
}
