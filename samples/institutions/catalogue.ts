import type { FieldType } from '@medrec/protocol'

/** The demo's institutions. */
export type Institution = 'riverside' | 'lakeview' | 'hillcrest'

/** The demo's institutions, in the order in which hashes choose among them. */
export const institutions: readonly Institution[] = ['riverside', 'lakeview', 'hillcrest']

/** A numbered field of a resource; a bit never changes its meaning. */
export type CatalogueField = {
  readonly bit: number
  readonly name: string
  readonly type: FieldType
  readonly label: string
}

/** A value that a clinician enters. */
export type CatalogueParameter = {
  readonly name: string
  readonly type: FieldType
  readonly label: string
  readonly required: boolean
  readonly options?: readonly string[]
}

/** A statement that writes. It names `:owner`, `:id` and exactly the parameters listed. */
export type CatalogueWrite = {
  readonly sql: string
  readonly parameters: readonly CatalogueParameter[]
}

/** A statement that adds an entry; the caller makes `:id` in the form named. */
export type CatalogueInsert = CatalogueWrite & {
  /** `uuid`: lower-case UUID text; `int`: a new positive number below 2^53 */
  readonly id: 'uuid' | 'int'
}

/** One kind of record that a provider offers. */
export type CatalogueResource = {
  readonly name: string
  readonly category: number
  readonly schema: string
  readonly label: string
  readonly sensitivity?: 'N' | 'R' | 'V'
  /** The provider's own query string with one bound parameter, `:owner` */
  readonly query: string
  /** Result column that must equal the owner byte for byte */
  readonly ownerColumn: 'owner'
  readonly recordKey: readonly string[]
  readonly fields: readonly CatalogueField[]
  readonly insert?: CatalogueInsert
  /** Corrects an entry in place; what it was is the pointer's earlier version */
  readonly update?: CatalogueWrite
  /** Marks an entry as entered in error */
  readonly retract?: CatalogueWrite
}

/** Where a provider keeps the people themselves. */
export type CataloguePatients = {
  readonly table: string
  readonly idColumn: string
  readonly givenNameColumn: string
  readonly familyNameColumn: string
  readonly birthDateColumn: string
  readonly nationalIdColumn: string
  /**
   * Each gives `id, given, family, birth_date, gender, national_id`, and `id_type` and `id_country` of the number
   * where they are known; one parameter each but `list`
   */
  readonly search: {
    readonly byNationalId: string
    readonly byId: string
    readonly byName: string
    readonly list: string
  }
}

/** What a provider's gatekeeper may serve, and what it must never be able to read. */
export type Catalogue = {
  readonly institution: Institution
  readonly name: string
  readonly version: number
  readonly patients: CataloguePatients
  readonly resources: readonly CatalogueResource[]
  readonly exclusions: readonly { readonly table: string; readonly reason: string }[]
}

/** Numbers fields in the order given: `[name, type, label]`. */
export function fields(
  ...list: readonly (readonly [string, FieldType, string])[]
): readonly CatalogueField[] {
  return list.map(([name, type, label], bit) => ({ bit, name, type, label }))
}

/** A value that must be entered. */
export function required(
  name: string,
  type: FieldType,
  label: string,
  options?: readonly string[],
): CatalogueParameter {
  return { name, type, label, required: true, ...(options ? { options } : {}) }
}

/** A value that may stay empty; it is then bound as null. */
export function optional(
  name: string,
  type: FieldType,
  label: string,
  options?: readonly string[],
): CatalogueParameter {
  return { name, type, label, required: false, ...(options ? { options } : {}) }
}

/** Condition that a column holds the number `:value`, however spaced and dashed. */
export function sameNumber(column: string): string {
  const bare = (text: string): string =>
    `upper(replace(replace(replace(${text}, '-', ''), ' ', ''), '.', ''))`
  return `${bare(column)} = ${bare(':value')}`
}
