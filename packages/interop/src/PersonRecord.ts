import type { Identification } from '@medrec/protocol'

/** A concept: its code system (URI), code and words. */
export type Coded = {
  readonly system: string
  readonly code: string
  readonly display: string
}

/** An organisation that provides care. */
export type Organisation = { readonly id: string; readonly name: string }

/** A professional who provides care. */
export type Practitioner = { readonly id: string; readonly name: string }

/** What every entry of a person's record says about itself. */
export type Entry = {
  /** Stable: the same source gives the same id, so that importing twice changes nothing */
  readonly id: string
  readonly code: Coded
  /** The source's own status, such as FHIR's `final` or `entered-in-error` */
  readonly status: string
  readonly encounterId?: string | undefined
  /** The entry's own organisation, where the source names one */
  readonly organisationId?: string | undefined
  readonly practitionerId?: string | undefined
}

/** A contact with a provider (FHIR Encounter). Times are UTC `YYYY-MM-DDTHH:MM:SSZ`, as everywhere here. */
export type Encounter = Entry & {
  /** HL7 v3 ActCode, such as `AMB`, `EMER`, `IMP` */
  readonly class: string
  readonly start: string
  readonly end?: string | undefined
  readonly reason?: Coded | undefined
}

/** A problem or diagnosis (FHIR Condition); `status` is the clinical status. */
export type Condition = Entry & {
  readonly onset: string
  readonly abatement?: string | undefined
  readonly verification: string
}

/** A prescription (FHIR MedicationRequest). */
export type Medication = Entry & {
  readonly start: string
  readonly end?: string | undefined
  readonly dosage?: string | undefined
  readonly reason?: Coded | undefined
}

/** An allergy or intolerance (FHIR AllergyIntolerance). */
export type Allergy = Entry & {
  readonly recorded: string
  /** `food`, `medication`, `environment`, `biologic` or empty */
  readonly category: string
  readonly criticality?: string | undefined
  readonly reaction?: Coded | undefined
  readonly severity?: string | undefined
}

/** A vaccination (FHIR Immunization). */
export type Immunization = Entry & {
  readonly date: string
  readonly lot?: string | undefined
}

/** A measured number as text, so that no digit is lost, or words. */
export type Measured =
  | { readonly kind: 'quantity'; readonly value: string; readonly unit: string }
  | { readonly kind: 'text'; readonly text: string; readonly code?: Coded | undefined }

/** One measurement (FHIR Observation); components such as the two pressures stand alone. */
export type Observation = Entry & {
  /** FHIR's observation category, such as `vital-signs`, `laboratory`, `survey` */
  readonly category: string
  readonly date: string
  readonly value?: Measured | undefined
  readonly low?: string | undefined
  readonly high?: string | undefined
  /** HL7 v3 ObservationInterpretation: `L`, `N`, `H` ... */
  readonly interpretation?: string | undefined
  /** Words of the panel that it was reported with */
  readonly panel?: string | undefined
}

/** Something done (FHIR Procedure). */
export type Procedure = Entry & {
  readonly start: string
  readonly end?: string | undefined
  readonly reason?: Coded | undefined
}

/** A written note or report (FHIR DocumentReference, DiagnosticReport with text). */
export type ClinicalDocument = Entry & {
  readonly date: string
  readonly title: string
  readonly contentType: string
  readonly text: string
}

/** A plan of care (FHIR CarePlan). */
export type CarePlan = Entry & {
  readonly start: string
  readonly end?: string | undefined
  readonly reason?: Coded | undefined
}

/** Who a person is; dates are `YYYY-MM-DD`. */
export type Demographics = {
  readonly given: string
  readonly family: string
  readonly prefix?: string | undefined
  readonly gender: 'female' | 'male' | 'other' | 'unknown'
  readonly birthDate: string
  readonly deathDate?: string | undefined
  readonly street: string
  readonly city: string
  readonly state: string
  readonly postalCode: string
  readonly country: string
  readonly phone: string
  readonly language: string
  readonly maritalStatus: string
  readonly race: string
  readonly ethnicity: string
}

/** Everything known of one person: what generator and imports make, and what fills a provider's tables. */
export type PersonRecord = {
  readonly id: string
  /** Absent when the source names no national number */
  readonly identification?: Identification | undefined
  readonly demographics: Demographics
  readonly organisations: readonly Organisation[]
  readonly practitioners: readonly Practitioner[]
  readonly encounters: readonly Encounter[]
  readonly conditions: readonly Condition[]
  readonly medications: readonly Medication[]
  readonly allergies: readonly Allergy[]
  readonly immunizations: readonly Immunization[]
  readonly observations: readonly Observation[]
  readonly procedures: readonly Procedure[]
  readonly documents: readonly ClinicalDocument[]
  readonly carePlans: readonly CarePlan[]
}

/** Names of the lists of a person's entries. */
export type EntryList =
  | 'encounters'
  | 'conditions'
  | 'medications'
  | 'allergies'
  | 'immunizations'
  | 'observations'
  | 'procedures'
  | 'documents'
  | 'carePlans'

/** The lists, in the order in which they refer to each other. */
export const entryLists: readonly EntryList[] = [
  'encounters',
  'conditions',
  'medications',
  'allergies',
  'immunizations',
  'observations',
  'procedures',
  'documents',
  'carePlans',
]
