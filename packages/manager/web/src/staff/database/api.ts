import { ask } from '../api.ts'

export type Label = 'N' | 'R' | 'V'
export type Excess = { readonly kind: string; readonly what: string }
export type Exclusion = {
  readonly table: string
  readonly reason: string
  readonly ifPresent?: boolean
}
export type Kept = {
  readonly files: readonly string[]
  readonly version: number
  readonly losesWriting: boolean
}

/** How the institution's database is connected. */
export type Overview = {
  readonly isUp: boolean
  /** Unix seconds */
  readonly probedAt: number
  readonly lookedAt: number | null
  readonly excess: readonly Excess[]
  readonly role: readonly string[]
  readonly address: string
  readonly places: readonly string[]
  readonly restart: string
  readonly waiting: Kept | null
  readonly catalogue: {
    readonly name: string
    readonly version: number
    readonly exclusions: readonly Exclusion[]
    readonly excludedLabels: readonly { readonly code: string; readonly reason: string }[]
    readonly resources: readonly {
      readonly name: string
      readonly label: string
      readonly category: number
      readonly query: string
      readonly sensitivity: Label
      readonly fields: readonly string[]
      readonly isWritten: boolean
    }[]
  }
}

/** A column as a field that is shared. */
type Field = {
  readonly column: string
  readonly name: string
  readonly type: string
  readonly label: string
}

export type Patients = {
  readonly table: string
  readonly id: string
  readonly given: string
  readonly family: string
  readonly birthDate: string
  readonly gender?: string
  readonly nationalId?: string
}

export type MappedTable = {
  readonly table: string
  readonly name: string
  readonly category: number
  readonly label: string
  readonly owner: string
  readonly key: readonly string[]
  readonly fields: readonly Field[]
}

/** A table that is there, with what is guessed of it. */
export type FoundTable = {
  readonly place: string
  readonly isView: boolean
  readonly owner: string | null
  readonly key: readonly string[]
  readonly label: string
  readonly patients: Partial<Patients>
  readonly columns: readonly {
    readonly name: string
    readonly type: string
    readonly field: Field | null
  }[]
}

/** A database that answered. */
export type Found = {
  readonly name: string
  readonly isPresent: boolean
  /** Mappings that come with MedRec for this engine, and the one whose tables are all there */
  readonly mappings: readonly {
    readonly name: string
    readonly kinds: readonly { readonly name: string; readonly label: string }[]
  }[]
  readonly recognised: string | null
  readonly proposal: {
    readonly patients?: Patients
    readonly resources: readonly MappedTable[]
    readonly exclusions: readonly Exclusion[]
  } | null
  readonly tables: readonly FoundTable[]
}

export type Plan = {
  readonly address: string
  readonly secret?: string
  readonly mapping:
    | string
    | { readonly patients: Patients; readonly resources: readonly MappedTable[] }
  readonly exclusions: readonly Exclusion[]
  readonly sensitivity: Readonly<Record<string, Label>>
  readonly samples?: readonly string[]
}

/** What a dry run counted. */
export type Trial = {
  readonly patients: number
  readonly excess: readonly Excess[]
  readonly role: readonly string[]
  readonly exclusions: readonly Exclusion[]
  readonly resources: readonly {
    readonly name: string
    readonly label: string
    readonly category: number
    readonly sensitivity: Label
    /** None where patients were chosen: the preview shows theirs */
    readonly patients: number | null
    readonly rows: number | null
  }[]
}

/** What some patients would see. */
export type Preview = {
  readonly people: readonly {
    readonly id: string
    readonly name: string
    readonly records: readonly {
      readonly label: string
      readonly fields: readonly string[]
      readonly count: number
      readonly rows: readonly (readonly (string | null)[])[]
    }[]
  }[]
}

/** The part of the staff API that is for IT. */
export const databaseApi = {
  overview: () => ask<Overview>('GET', 'database'),
  connect: (address: string, secret: string) =>
    ask<Found>('POST', 'database/connection', { address, ...(secret !== '' && { secret }) }),
  trial: (plan: Plan) => ask<Trial>('POST', 'database/trial', plan),
  preview: (plan: Plan, password: string) =>
    ask<Preview>('POST', 'database/preview', { ...plan, password }),
  save: (plan: Plan, more: { password: string; acceptRights: boolean }) =>
    ask<Kept & { readonly restart: string }>('POST', 'database/settings', { ...plan, ...more }),
}
