import type * as Person from '@medrec/interop'
import { snomed } from '../clinical/codes.ts'
import type { Institution } from '../institutions/catalogue.ts'
import { cliniciansOf } from '../organisations.ts'
import type { Profile } from '../profile.ts'
import type { Random } from '../random.ts'
import { ageOn, dayNumber, momentOf } from '../time.ts'

/** A record in the making. */
export type Draft = {
  readonly profile: Profile
  readonly random: Random
  /** First and last day of the history */
  readonly from: number
  readonly to: number
  readonly female: boolean
  ageOn(day: number): number
  /** Something that stays with the person, such as how tall she is for her sex: near 0, within 3.5 deviations */
  trait(name: string): number
  readonly encounters: Person.Encounter[]
  readonly conditions: Person.Condition[]
  readonly medications: Person.Medication[]
  readonly allergies: Person.Allergy[]
  readonly immunizations: Person.Immunization[]
  readonly observations: Person.Observation[]
  readonly procedures: Person.Procedure[]
  readonly documents: Person.ClinicalDocument[]
  readonly carePlans: Person.CarePlan[]
}

/** A visit that entries are written at. */
export type Visit = {
  readonly day: number
  /** Minutes after midnight */
  readonly minutes: number
  readonly encounter: Person.Encounter
}

/** Starts a record that covers `years` before `endDate`, or the person's life if that is shorter. */
export function draftOf(profile: Profile, random: Random, endDate: string, years: number): Draft {
  const to = dayNumber(endDate)
  const traits = new Map<string, number>()
  const born = dayNumber(profile.demographics.birthDate)
  return {
    profile,
    random,
    from: Math.max(born + 3, to - Math.round(years * 365.2425)),
    to,
    female: profile.demographics.gender === 'female',
    trait: (name) => {
      const trait = traits.get(name) ?? random.branch(`trait ${name}`).near(0, 1)
      traits.set(name, trait)
      return trait
    },
    ageOn: (day) => ageOn(profile.demographics.birthDate, day),
    encounters: [],
    conditions: [],
    medications: [],
    allergies: [],
    immunizations: [],
    observations: [],
    procedures: [],
    documents: [],
    carePlans: [],
  }
}

const kinds = {
  checkUp: {
    code: snomed('162673000', 'General examination of patient'),
    class: 'AMB',
    minutes: 30,
  },
  child: { code: snomed('410620009', 'Well child visit'), class: 'AMB', minutes: 25 },
  problem: { code: snomed('185347001', 'Encounter for problem'), class: 'AMB', minutes: 15 },
  followUp: { code: snomed('390906007', 'Follow-up encounter'), class: 'AMB', minutes: 20 },
  emergency: { code: snomed('50849002', 'Emergency room admission'), class: 'EMER', minutes: 190 },
  inpatient: { code: snomed('183452005', 'Encounter Inpatient'), class: 'IMP', minutes: 4320 },
  prenatal: { code: snomed('424619006', 'Prenatal visit'), class: 'AMB', minutes: 25 },
  birth: {
    code: snomed('183460006', 'Obstetric emergency hospital admission'),
    class: 'IMP',
    minutes: 2880,
  },
} as const

/** Kind of a visit. */
export type VisitKind = keyof typeof kinds

/** Adds a visit at an institution, seen by one of its clinicians. */
export function visit(
  draft: Draft,
  kind: VisitKind,
  place: Institution,
  day: number,
  reason?: Person.Coded,
): Visit {
  const { random } = draft
  const { code, class: actClass, minutes: length } = kinds[kind]
  const minutes = random.whole(8 * 12, 17 * 12) * 5
  const encounter: Person.Encounter = {
    id: random.uuid(),
    code,
    status: 'finished',
    class: actClass,
    start: momentOf(day, minutes),
    end: momentOf(day, minutes + length),
    reason,
    organisationId: place,
    practitionerId: random.pick(cliniciansOf(place)).id,
  }
  draft.encounters.push(encounter)
  return { day, minutes, encounter }
}

/** What an entry written at a visit shares with it. */
export function entryAt(
  draft: Draft,
  { encounter }: Visit,
  code: Person.Coded,
  status: string,
): Person.Entry {
  return {
    id: draft.random.uuid(),
    code,
    status,
    encounterId: encounter.id,
    organisationId: encounter.organisationId,
    practitionerId: encounter.practitionerId,
  }
}

/** Adds a note written at a visit. */
export function note(draft: Draft, at: Visit, title: string, text: string): void {
  draft.documents.push({
    ...entryAt(
      draft,
      at,
      { system: 'http://loinc.org', code: '11506-3', display: 'Progress note' },
      'current',
    ),
    date: momentOf(at.day, at.minutes + 20),
    title,
    contentType: 'text/plain',
    text,
  })
}
