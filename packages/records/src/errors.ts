import { MedrecError } from '@medrec/protocol'

/** The file is not a database of ours. */
export class ForeignDatabaseError extends MedrecError {
  readonly code = 'DATABASE_FOREIGN'
  constructor(path: string, cause?: unknown) {
    super('This file is not a database of MedRec. Nothing was changed in it.', {
      facts: [`File: ${path}`],
      cause,
    })
  }
}

/** The file was a database of ours, but parts of it are missing or altered. */
export class DamagedDatabaseError extends MedrecError {
  readonly code = 'DATABASE_DAMAGED'
  constructor(path: string, cause?: unknown) {
    super('This database is truncated or damaged. Nothing was changed in it.', {
      facts: [`File: ${path}`],
      cause,
    })
  }
}

/** A newer version of MedRec wrote this database. */
export class NewerDatabaseError extends MedrecError {
  readonly code = 'DATABASE_NEWER'
  constructor(path: string, facts: { part: string; found: number; known: number }) {
    super('A newer version of MedRec wrote this database. Nothing was changed in it.', {
      facts: [
        `File: ${path}`,
        `Part: ${facts.part}, version ${facts.found}; this program knows ${facts.known}`,
      ],
    })
  }
}

/** The database cannot be opened: missing folder, no permission, no space, or another process writes it. */
export class DatabaseUnavailableError extends MedrecError {
  readonly code = 'DATABASE_UNAVAILABLE'
  constructor(path: string, cause?: unknown) {
    super('The database cannot be opened or written.', {
      facts: [`File: ${path}`, ...(cause instanceof Error ? [`Reason: ${cause.message}`] : [])],
      cause,
    })
  }
}

/** A restore would overwrite a database that is there. */
export class DatabaseExistsError extends MedrecError {
  readonly code = 'DATABASE_EXISTS'
  constructor(path: string) {
    super('There is a file already at that place. It was left alone; move it away first.', {
      facts: [`File: ${path}`],
    })
  }
}
