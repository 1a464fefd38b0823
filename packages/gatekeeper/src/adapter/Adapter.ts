import { MedrecError, RetryableError } from '@medrec/protocol'
import type { Catalogue, Definition } from '../catalogue.ts'
import type { Limits, ReadColumns, ReadProblem, ReadRows } from './messages.ts'
import type { NeededTable } from './roleStatements.ts'

/** Reads the institution's database, whatever engine it runs on (docs/operations.md). */
export type Adapter = {
  /** Rows of one owner, sorted. Throws RowsUnusableError, DatabaseBusyError or DatabaseStoppedError. */
  rows(definition: Definition, owner: string): Promise<ReadRows>
  /** The same as the texts of a result's leaves. Throws the same. */
  columns(definition: Definition, owner: string): Promise<ReadColumns>
  /**
   * Hands on all rows of one owner, however many, some at a time and in no order; while `take` works on them
   * the next are read, and no more. Of one moment, but on FHIR servers. Throws the same; begins nothing twice.
   */
  each(
    definition: Definition,
    owner: string,
    take: (batch: ReadRows) => Promise<void>,
  ): Promise<void>
  people(search: keyof Catalogue['patients']['search'], value?: string): Promise<readonly Person[]>
  /**
   * The same text as long as nobody committed to the database; undefined where the engine cannot tell, and
   * every pointer has to be looked at. Notices a changed source schema too: from then on reads are refused.
   */
  dataVersion(): Promise<string | undefined>
  /** What each source table and view looked like when the adapter was opened, as a hash by name. */
  readonly schema: SchemaPrint
  /** What an account for reading needs; nothing where there are no accounts. */
  readonly needs: readonly NeededTable[]
  /** What the database user may do beyond the catalogue's reads. */
  readonly excess: readonly Excess[]
  /** Of the process that reads, where it is one of ours; it is another one after a time-out. */
  processId(): number | undefined
  /** Whether the database answered when it was asked last. */
  isUp(): boolean
  /** Resolves once no connection is left. */
  close(): Promise<void>
}

/** A row of a search for people. */
export type Person = Readonly<Record<string, string | null>>

/** Hashes of what the catalogue's statements stand on, by table or view. */
export type SchemaPrint = Readonly<Record<string, string>>

/** A right of the database user that reading by the catalogue does not need. */
export type Excess = {
  readonly kind: 'write' | 'read' | 'role' | 'function' | 'hidden'
  /** The table, role or function, as the database names it. */
  readonly what: string
}

/** What an adapter is opened with, whatever the engine. */
export type AdapterOptions = {
  readonly catalogue: Catalogue
  readonly definitions: readonly Definition[]
  readonly limits: Limits
}

/** 5,000 rows, 2 MiB and 2 s are beyond any record that a person would read. */
export const usualLimits: Limits = { rows: 5_000, bytes: 2_097_152, milliseconds: 2_000 }
/** Of a record that is read in parts; whoever has more is told so by the institution's alarm. */
export const wholeLimits: Limits = {
  rows: 5_000_000,
  bytes: 1_073_741_824,
  milliseconds: 600_000,
}
/** Questions that wait for the database; more are sent away. */
export const longestQueue = 256

const problemTexts: { readonly [problem in ReadProblem['problem']]: string } = {
  owner: 'A row belongs to somebody else.',
  form: 'A value does not have the form of its type.',
  key: 'Two rows have the same record key.',
  rows: 'There are more rows than the limit allows.',
  bytes: 'The rows are larger than the limit allows.',
  schema: 'The source table or view is no longer what it was when the catalogue was accepted.',
  statement: 'The statement does not run on this database.',
  unknown: 'There is no such statement.',
}

/** The institution's rows must not be served as they are. */
export class RowsUnusableError extends MedrecError {
  readonly code = 'ROWS_UNUSABLE'
  readonly problem: ReadProblem['problem']
  /** The field, or the database's own code */
  readonly field: string | undefined
  constructor(told: ReadProblem) {
    super(problemTexts[told.problem], {
      facts: told.field === undefined ? [] : [`Field or code: ${told.field}`],
    })
    this.problem = told.problem
    this.field = told.field
  }
}

/** The institution's database took too long, or too much is asked of it at once. */
export class DatabaseBusyError extends RetryableError {
  readonly code = 'DATABASE_BUSY'
  constructor() {
    super("The institution's database took too long to answer; the query was stopped.")
  }
}

/** What answers does not keep the limits that each connection asks for: a pooler that drops them, mostly. */
export class DatabaseSettingsError extends RetryableError {
  readonly code = 'DATABASE_SETTINGS'
  constructor(settings: readonly string[]) {
    super(
      'The database does not keep the limits of our connections, so nothing is read through it.',
      {
        facts: [`Settings: ${settings.join(', ')}`],
      },
    )
  }
}

/** The institution's database, or the process that reads it, cannot be reached. */
export class DatabaseStoppedError extends RetryableError {
  readonly code = 'DATABASE_STOPPED'
  /** `reason`: the driver's short code, never its words. */
  constructor(reason?: string) {
    super("The institution's database cannot be reached.", {
      facts: reason === undefined ? [] : [`Code: ${reason}`],
    })
  }
}
