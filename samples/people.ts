import type { Demographics, PersonRecord } from '@medrec/interop'
import type { Identification } from '@medrec/protocol'
import { allergens } from './clinical/acute.ts'
import { type Chronic, type ChronicName, chronic } from './clinical/conditions.ts'
import { liveWithChronic } from './history/chronic.ts'
import { type Draft, draftOf } from './history/draft.ts'
import {
  livePregnancies,
  liveThroughCheckUps,
  liveThroughIllnesses,
  recordAllergies,
} from './history/events.ts'
import { liveHospitalStays } from './history/stays.ts'
import { type Institution, institutions } from './institutions/catalogue.ts'
import { origins, streets, towns } from './names.ts'
import { cliniciansOf, organisations } from './organisations.ts'
import type { Profile } from './profile.ts'
import { type Random, randomOf } from './random.ts'
import { dateOf, dayNumber } from './time.ts'

/** How a population is made. */
export type PeopleOptions = {
  readonly seed: number | string
  /** Last day of every history, `YYYY-MM-DD` */
  readonly endDate: string
  /** Years of history, at most (default 12) */
  readonly years?: number | undefined
}

/** Makes people with their histories, one at a time; the same options give the same bytes. */
export function* generatePeople(
  options: PeopleOptions & { readonly count: number },
): Generator<PersonRecord, void, undefined> {
  for (let number = 0; number < options.count; number++)
    yield recordOf(profileOf(number, options), options)
}

/** Makes up the history of a person of whom the profile is given. */
export function recordOf(profile: Profile, options: PeopleOptions): PersonRecord {
  const random = randomOf(`medrec-samples|${options.seed}|${profile.key}`)
  const draft = draftOf(profile, random, options.endDate, options.years ?? 12)
  liveThroughCheckUps({ ...draft, random: random.branch('check-ups') })
  liveThroughIllnesses({ ...draft, random: random.branch('illnesses') })
  liveWithChronic({ ...draft, random: random.branch('chronic') })
  livePregnancies({ ...draft, random: random.branch('pregnancies') })
  liveHospitalStays({ ...draft, random: random.branch('stays') })
  draft.encounters.sort(byText(({ start }) => start))
  recordAllergies(draft)
  return finish(draft, random.branch('id').uuid())
}

function byText<T extends { readonly id: string }>(of: (one: T) => string): (a: T, b: T) => number {
  return (a, b) => {
    const [left, right] = [of(a) + a.id, of(b) + b.id]
    return left < right ? -1 : left > right ? 1 : 0
  }
}

function finish(draft: Draft, id: string): PersonRecord {
  const { profile } = draft
  const visited = new Set(draft.encounters.map(({ organisationId }) => organisationId))
  const places = institutions.filter((institution) => visited.has(institution))
  return {
    id,
    identification: profile.identification,
    demographics: profile.demographics,
    organisations: organisations.filter((one) => visited.has(one.id)),
    practitioners: places.flatMap(cliniciansOf),
    encounters: draft.encounters,
    conditions: draft.conditions.sort(byText(({ onset }) => onset)),
    medications: draft.medications.sort(byText(({ start }) => start)),
    allergies: draft.allergies,
    immunizations: draft.immunizations.sort(byText(({ date }) => date)),
    observations: draft.observations.sort(byText(({ date }) => date)),
    procedures: draft.procedures.sort(byText(({ start }) => start)),
    documents: draft.documents.sort(byText(({ date }) => date)),
    carePlans: draft.carePlans.sort(byText(({ start }) => start)),
  }
}

function profileOf(number: number, options: PeopleOptions): Profile {
  const random = randomOf(`medrec-samples|${options.seed}|profile ${number}`)
  const age = Math.min(96, random.chance(0.22) ? random.next() * 18 : 18 + random.next() * 68)
  const birthDay = dayNumber(options.endDate) - Math.round(age * 365.2425) - random.whole(1, 30)
  const female = random.chance(0.51)
  const origin = random.pick(origins)
  const given = random.pick(female ? origin.female : origin.male)
  const demographics = addressed(random.branch('address'), {
    given,
    family: random.pick(origin.family),
    female,
    birthDate: dateOf(birthDay),
    language: origin.language,
    married: age > 24 && random.chance(0.6),
  })
  const [primary, specialist] = random.pick(pairs)
  return {
    key: `person ${number}`,
    demographics,
    identification: fictitiousId(number + 5000, demographics.birthDate),
    chronic: drawChronic(random.branch('chronic'), age, female),
    births:
      female && age > 22 && age < 60 ? drawBirths(random.branch('births'), birthDay, age) : [],
    stays: random.chance(age / 250)
      ? [dateOf(dayNumber(options.endDate) - random.whole(40, 3000))]
      : [],
    allergies: allergens.flatMap((_, position) => (random.chance(0.06) ? [position] : [])),
    primary,
    specialist,
  }
}

const pairs: readonly (readonly [Institution, Institution])[] = [
  ['hillcrest', 'lakeview'],
  ['hillcrest', 'riverside'],
  ['lakeview', 'riverside'],
  ['riverside', 'lakeview'],
]

/** Puts an address of the invented county to a name. */
export function addressed(
  random: Random,
  who: {
    readonly given: string
    readonly family: string
    readonly female: boolean
    readonly birthDate: string
    readonly language: string
    readonly married: boolean
  },
): Demographics {
  const town = random.pick(towns)
  return {
    given: who.given,
    family: who.family,
    gender: who.female ? 'female' : 'male',
    birthDate: who.birthDate,
    street: `${random.whole(1, 180)} ${random.pick(streets)}`,
    city: town.city,
    state: 'Wrenshire',
    postalCode: town.postalCode,
    country: 'US',
    // 555-01xx is kept free for fiction (NANPA).
    phone: `555-01${String(random.whole(0, 99)).padStart(2, '0')}`,
    language: who.language,
    maritalStatus: who.married ? 'M' : 'S',
    race: '',
    ethnicity: '',
  }
}

/** A number in the form of a US social security number whose area, 9xx, is never issued (SSA). */
export function fictitiousId(number: number, birthDate: string): Identification {
  const digits = String(number).padStart(6, '0')
  return {
    type: 'national-id',
    country: 'US',
    value: `999-${digits.slice(0, 2)}-${digits.slice(2)}`,
    birthDate,
  }
}

function drawChronic(random: Random, age: number, female: boolean): Profile['chronic'] {
  const names = Object.keys(chronic) as ChronicName[]
  return names.flatMap((name) => {
    const disease: Chronic = chronic[name]
    const has = random.chance(disease.chance(age, female))
    const [earliest, latest] = disease.onset
    const onset = earliest + random.next() * (Math.min(latest, age) - earliest)
    return has && age > earliest ? [{ name, onset }] : []
  })
}

function drawBirths(random: Random, birthDay: number, age: number): readonly string[] {
  const births: string[] = []
  for (
    let at = 22 + random.next() * 8;
    at < Math.min(42, age) && births.length < 3;
    at += 2 + random.next() * 4
  )
    if (random.chance(0.5)) births.push(dateOf(birthDay + Math.round(at * 365.2425)))
  return births
}
