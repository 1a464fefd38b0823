import type { Demographics } from '@medrec/interop'
import type { Identification } from '@medrec/protocol'
import type { ChronicName } from './clinical/conditions.ts'
import type { Institution } from './institutions/catalogue.ts'

/** What is fixed about a person before her history is made up. */
export type Profile = {
  /** Login-like name of the demo's people; a number for the others */
  readonly key: string
  readonly demographics: Demographics
  readonly identification: Identification
  /** Chronic diseases and the age at which each began */
  readonly chronic: readonly { readonly name: ChronicName; readonly onset: number }[]
  /** Days of delivery, `YYYY-MM-DD` */
  readonly births: readonly string[]
  /** Days of admission to the hospital, `YYYY-MM-DD` */
  readonly stays: readonly string[]
  /** Positions in the list of allergens */
  readonly allergies: readonly number[]
  /** Where she sees her family doctor, and where specialists */
  readonly primary: Institution
  readonly specialist: Institution
}
