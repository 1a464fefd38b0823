/** The server refused a statement. Its words stay in `cause`: they may quote values, and go nowhere. */
export class SqlError extends Error {
  /** SQLSTATE, or the engine's own name of the error. */
  readonly state: string
  constructor(state: string, cause: unknown) {
    super(`The database refused a statement: ${state}`, { cause })
    this.state = state
  }
}
