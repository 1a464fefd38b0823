import type { Connection, Submittable } from 'pg'
import type { ResultColumn, Sink, Statement } from '../server/Backend.ts'
import type { SqlRead } from '../typedText.ts'
import { convertOf } from './values.ts'

type Described = {
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[]
}

const prepared = new WeakMap<object, Map<string, readonly ResultColumn[]>>()

/** The statements that a connection prepared, with their columns. */
function preparedOn(connection: object): Map<string, readonly ResultColumn[]> {
  const known = prepared.get(connection) ?? new Map<string, readonly ResultColumn[]>()
  prepared.set(connection, known)
  return known
}

/**
 * One run of a prepared statement by PostgreSQL's extended protocol (PostgreSQL 15 manual, section 55.2.3): one
 * statement only, values apart from it, and a portal that the server itself stops after `rows` rows.
 */
export class StatementQuery implements Submittable {
  readonly done: Promise<void>
  readonly #statement: Statement
  readonly #values: readonly (string | null)[]
  readonly #limits: { readonly rows: number; readonly bytes: number }
  readonly #sink: Sink
  #resolve: () => void = () => undefined
  #reject: (error: unknown) => void = () => undefined
  #known: Map<string, readonly ResultColumn[]> | undefined
  #converts: readonly ReturnType<typeof convertOf>[] = []
  #failure: { readonly error: unknown } | undefined
  #unwatch: () => void = () => undefined

  /** @param limits.bytes of the answer as it comes over the wire; the connection is cut beyond it */
  constructor(
    statement: Statement,
    values: readonly (string | null)[],
    limits: { readonly rows: number; readonly bytes: number },
    sink: Sink,
  ) {
    this.#statement = statement
    this.#values = values
    this.#limits = limits
    this.#sink = sink
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.done.catch(() => undefined) // whoever runs the query awaits it
  }

  submit(connection: Connection): void {
    const { name, text } = this.#statement
    this.#known = preparedOn(connection)
    this.#watch(connection)
    const columns = name === '' ? undefined : this.#known.get(name)
    if (columns) this.#take(columns)
    else {
      connection.parse({ name, text, types: [] }, true)
      connection.describe({ type: 'S', name }, true)
    }
    connection.bind({ statement: name, values: [...this.#values] }, true)
    connection.execute({ rows: String(this.#limits.rows) }, true)
    connection.sync()
  }

  handleRowDescription({ fields }: Described): void {
    const columns = fields.map(({ name, dataTypeID }) => ({ name, type: dataTypeID }))
    if (this.#statement.name !== '') this.#known?.set(this.#statement.name, columns)
    this.#take(columns)
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    if (this.#failure) return
    const values = fields.map((text, i): SqlRead => {
      const convert = this.#converts[i]
      return text === null || convert === undefined ? text : convert(text)
    })
    this.#try(() => this.#sink.row(values))
  }

  /** The server holds more rows back; the sink counted them already. */
  handlePortalSuspended(): void {
    // The Sync that follows closes the portal.
  }

  handleCommandComplete(): void {
    // ReadyForQuery ends the query.
  }

  handleEmptyQuery(): void {
    // An empty statement gives no rows; its columns are missing, which the sink told.
  }

  handleReadyForQuery(): void {
    this.#unwatch()
    if (this.#failure) this.#reject(this.#failure.error)
    else this.#resolve()
  }

  handleError(error: unknown): void {
    this.#unwatch()
    this.#reject(this.#failure?.error ?? error)
  }

  #take(columns: readonly ResultColumn[]): void {
    this.#converts = columns.map(({ type }) => convertOf(type))
    this.#try(() => this.#sink.described(columns))
  }

  #try(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#failure ??= { error }
    }
  }

  /** A single cell may be as large as 1 GB: what comes is counted before it is put together. */
  #watch({ stream }: Connection): void {
    let bytes = 0
    const count = (chunk: Buffer): void => {
      bytes += chunk.length
      if (bytes <= this.#limits.bytes) return
      this.#failure ??= { error: new AnswerTooLargeError() }
      stream.destroy()
    }
    stream.on('data', count)
    this.#unwatch = () => void stream.off('data', count)
  }
}

/** More came over the wire than an answer may hold; the connection is cut. */
export class AnswerTooLargeError extends Error {}
