import { RetryableError } from '@medrec/protocol'
import { createPrivate, opened } from '../databaseFile.ts'

/**
 * Keeps a node's database to one gatekeeper: what it holds in memory (heads of the log, the map, endings seen) would be
 * wrong beside a second one. The lock is the operating system's, on a file beside the database, and ends with the
 * process however that ends. Throws DatabaseInUseError; the returned function gives it free.
 */
export function holdAlone(path: string): () => void {
  const file = `${path}-gatekeeper`
  createPrivate(file)
  const connection = opened(file, false)
  try {
    connection.exec('PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch (cause) {
    connection.close()
    throw new DatabaseInUseError(path, cause)
  }
  return () => {
    if (connection.isOpen) connection.close()
  }
}

/** Another gatekeeper works on this database. */
export class DatabaseInUseError extends RetryableError {
  readonly code = 'DATABASE_IN_USE'
  constructor(path: string, cause: unknown) {
    super('Another gatekeeper works on this database; two would contradict each other.', {
      cause,
      facts: [`File: ${path}`, 'Nothing was changed.'],
    })
  }
}
