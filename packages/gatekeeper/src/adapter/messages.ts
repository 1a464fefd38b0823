import type { FieldType, Value } from '@medrec/protocol'

/** How the rows of one statement are read. */
export type Reading = {
  readonly sql: string
  /** Result column that must equal the owner byte for byte. */
  readonly ownerColumn: string
  readonly recordKey: readonly string[]
  /** For a FHIR server: where in a resource each field stands. */
  readonly paths?: Readonly<Record<string, string>> | undefined
  readonly fields: readonly { readonly name: string; readonly type: FieldType }[]
}

/** What the catalogue asks of a database, as any engine's adapter needs it. */
export type Setup = {
  /** By digest of the definition. */
  readonly readings: Readonly<Record<string, Reading>>
  /** Searches for people; one parameter `:value` or none. */
  readonly searches: Readonly<Record<string, string>>
  readonly exclusions: readonly Exclusion[]
  /** For a FHIR server: where in a Patient what is told of people stands. */
  readonly personPaths: Readonly<Record<string, string>>
  /** For a FHIR server: security labels whose resources never leave. */
  readonly labels: readonly { readonly system: string; readonly code: string }[]
  readonly limits: Limits
}

/** A table that must not be readable. */
export type Exclusion = {
  readonly table: string
  /** A shipped mapping's exclusion of a table that not every installation has. */
  readonly ifPresent: boolean
}

export type Limits = {
  readonly rows: number
  readonly bytes: number
  readonly milliseconds: number
}

/** From the gatekeeper to the reading process. */
export type Ask = { readonly id: number } & (
  | { readonly kind: 'rows' | 'columns'; readonly digest: string; readonly owner: string }
  | {
      readonly kind: 'begin'
      readonly cursor: number
      readonly digest: string
      readonly owner: string
    }
  | { readonly kind: 'next' | 'end'; readonly cursor: number }
  | { readonly kind: 'people'; readonly search: string; readonly value: string | null }
  | { readonly kind: 'dataVersion' }
)

/** Rows sorted by record key; `keys[i]` is the key of `rows[i]`. */
export type ReadRows = {
  readonly rows: readonly (readonly Value[])[]
  readonly keys: readonly (readonly Value[])[]
}

/** The same rows as the exact texts of their fields' leaves: what a proof needs, and cheaper to hand over. */
export type ReadColumns = { readonly count: number; readonly columns: readonly string[] }

/** Why a statement gave no rows that may be used. No value of a row is named. */
export type ReadProblem = {
  readonly problem: 'owner' | 'form' | 'key' | 'rows' | 'bytes' | 'schema' | 'statement' | 'unknown'
  readonly field?: string | undefined
}

/** From the reading process to the gatekeeper. */
export type Told =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly problem: ReadProblem }
  | { readonly started: true; readonly schema: Readonly<Record<string, string>> }
  | { readonly refused: string; readonly facts: readonly string[] }
