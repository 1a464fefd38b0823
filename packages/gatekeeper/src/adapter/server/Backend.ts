import type { Excess } from '../Adapter.ts'
import type { Exclusion } from '../messages.ts'
import type { Positional } from '../namedParameters.ts'
import type { SqlRead } from '../typedText.ts'
import type { SourceTable } from './sources.ts'

/** A column of a result: its name and the engine's number of its type. */
export type ResultColumn = { readonly name: string; readonly type: number }

/** A statement that a connection prepares once and keeps. */
export type Statement = Positional & { readonly name: string }

/**
 * A statement that gives a record as one row: types, number of rows, and one text of all values, row by row; before each
 * row's values a text with a character for each, or an empty one where none is null.
 */
export type JoinedStatement = {
  readonly text: string
  /** Rows beyond which it does not count */
  readonly rows: number
  /** What stands between two values, and the character of one that is null */
  readonly between: string
  readonly isNull: string
}

/** Takes a result as it comes. What either throws ends the query with that error. */
export type Sink = {
  described(columns: readonly ResultColumn[]): void
  row(values: readonly SqlRead[]): void
}

/** Rows that wait to be handed on. */
export type Batches = {
  isFull(): boolean
  drain(): Promise<void>
}

/** What differs between database servers. Whatever fails throws ReadError, SqlError, DatabaseBusyError or DatabaseStoppedError. */
export type Backend = {
  /** A statement with the engine's own parameters. */
  positional(sql: string): Positional
  /** The same result as one text; undefined where the engine cannot. */
  joined(text: string, wanted: readonly string[]): JoinedStatement | undefined
  /** What the text of a column's type means; undefined: the text itself. */
  convertOf(type: number): ((text: string) => SqlRead) | undefined
  /** Runs a prepared statement; beyond `bytes` on the wire the connection is cut. */
  run(
    statement: Statement,
    values: readonly (string | null)[],
    limits: { readonly rows: number; readonly bytes: number },
    sink: Sink,
  ): Promise<void>
  /** Runs a statement as of one moment and hands its rows on; once the batch is full none come until it was drained. */
  each(
    statement: Statement,
    values: readonly (string | null)[],
    sink: Sink & Batches,
  ): Promise<void>
  /** Throws CatalogueError when the server is too old. */
  requireVersion(): Promise<void>
  sources(statements: readonly string[]): Promise<readonly SourceTable[]>
  /** Throws CatalogueError when an exclusion can be read, is read, or is not there. */
  probe(
    exclusions: readonly Exclusion[],
    sources: readonly SourceTable[],
  ): Promise<readonly Excess[]>
  dataVersion(): Promise<string | undefined>
  /** Whether the error says that a value has not the form of its column's type. */
  isBadValue(state: string): boolean
  isUp(): boolean
  close(): Promise<void>
}
