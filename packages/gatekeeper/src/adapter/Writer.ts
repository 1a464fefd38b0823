import { MedrecError, type Value } from '@medrec/protocol'
import { CatalogueError, type Resource, type WriteTemplate } from '../catalogue.ts'

/** One change to the institution's database by a template of the catalogue. */
export type Change = {
  readonly kind: 'insert' | 'update' | 'retract'
  readonly resource: Resource
  readonly template: WriteTemplate
  /** Checked against the template's parameters. */
  readonly values: Readonly<Record<string, Value>>
  readonly owner: string
  /** Id of the record; of a new one, made before it is written. */
  readonly key: string
}

/** `exists`: a record with this id is there already; `none`: the patient has no such record. */
export type Outcome = { readonly outcome: 'written' | 'exists' | 'none'; readonly key: string }

/** Writes to the institution's database, with an account of its own. */
export type Writer = {
  /**
   * Makes the change in one transaction. Throws WriteRefusedError when nothing was changed, DatabaseStoppedError or
   * DatabaseBusyError when it may have been: the same change again is then harmless.
   */
  write(change: Change): Promise<Outcome>
  close(): Promise<void>
}

/** A template's statement; it has one, since only FHIR servers are written without. */
export function statementOf({ sql = '' }: WriteTemplate): string {
  return sql
}

/** A template with the name of its resource. */
export type NamedTemplate = { readonly resource: string; readonly template: WriteTemplate }

/** A template that the database does not understand, or that the account may not run. */
export function templateError(resource: string, cause: unknown): CatalogueError {
  const facts = [`Resource: ${resource}`]
  return new CatalogueError('A statement that writes does not run on the database.', facts, cause)
}

/** The institution's database refused the write; nothing was changed. */
export class WriteRefusedError extends MedrecError {
  readonly code = 'WRITE_REFUSED'
  constructor(resource: string, cause?: unknown) {
    super("The institution's database refused the write. Nothing was changed.", {
      facts: [`Resource: ${resource}`],
      cause,
    })
  }
}
