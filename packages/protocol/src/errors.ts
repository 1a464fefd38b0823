export type ErrorOptions = {
  cause?: unknown
  /** Facts for the reader, one per line. Never record contents, names or keys. */
  facts?: readonly string[] | undefined
}

/** Base of every error this project throws. */
export abstract class MedrecError extends Error {
  /** Stable identifier, also the heading in `docs/errors.md`. */
  abstract readonly code: string

  constructor(summary: string, options: ErrorOptions = {}) {
    super([summary, ...(options.facts ?? [])].join('\n'), { cause: options.cause })
    this.name = new.target.name
  }
}

/** An error after which the same call may succeed later; only the edge tries again, with a bound. */
export abstract class RetryableError extends MedrecError {}

/** Bytes, text or JSON from outside that do not have the form the protocol prescribes. */
export class MalformedError extends MedrecError {
  readonly code = 'MALFORMED'
  constructor(what: string, options: ErrorOptions = {}) {
    super(`Not well formed: ${what}.`, options)
  }
}
