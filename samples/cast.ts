import type { PersonRecord } from '@medrec/interop'
import type { Identification } from '@medrec/protocol'
import type { ChronicName } from './clinical/conditions.ts'
import type { Institution } from './institutions/catalogue.ts'
import { institutionProfiles } from './organisations.ts'
import { addressed, fictitiousId, type PeopleOptions, recordOf } from './people.ts'
import type { Profile } from './profile.ts'
import { randomOf } from './random.ts'

/** What a person of the demo is there for. */
export type CastRole =
  | 'patient'
  | 'family-member'
  | 'second-opinion-doctor'
  | 'researcher'
  | 'clinician'
  | 'it'

/** A person of the demo: everyone who appears on the "sign in as" page. */
export type CastMember = {
  /** Login and address-like short name, unique in the demo */
  readonly login: string
  readonly name: string
  readonly role: CastRole
  /** One or two sentences that tell who this is */
  readonly story: string
  readonly identification: Identification
  /** Where staff works */
  readonly institution?: Institution
  readonly title?: string
  /** Login of the relative whom a family member helps */
  readonly relativeOf?: string
}

type Lead = {
  readonly login: string
  readonly given: string
  readonly family: string
  readonly female: boolean
  readonly birthDate: string
  readonly language: string
  readonly story: string
  readonly chronic: Readonly<Partial<Record<ChronicName, number>>>
  readonly births?: readonly string[]
  readonly stays?: readonly string[]
  readonly allergies?: readonly number[]
  readonly primary: Institution
  readonly specialist: Institution
  readonly role?: CastRole
  readonly relativeOf?: string
}

const leads: readonly Lead[] = [
  {
    login: 'elena.morales',
    given: 'Elena',
    family: 'Morales',
    female: true,
    birthDate: '1984-05-17',
    language: 'es',
    story:
      'Teacher, two children. Iron deficiency came back after the second birth; wants a second opinion on why.',
    chronic: { anemia: 35.5, hypothyroidism: 37 },
    births: ['2016-03-09', '2019-08-22'],
    allergies: [0],
    primary: 'hillcrest',
    specialist: 'riverside',
  },
  {
    login: 'walter.brooks',
    given: 'Walter',
    family: 'Brooks',
    female: false,
    birthDate: '1943-11-02',
    language: 'en',
    story:
      'Retired carpenter. Heart, kidneys and sugar; three providers; his daughter Claire keeps the papers in order.',
    chronic: { diabetes: 58, hypertension: 52, fibrillation: 74, kidney: 77, osteoarthritis: 66 },
    stays: ['2017-11-30', '2024-02-08'],
    allergies: [0],
    primary: 'hillcrest',
    specialist: 'lakeview',
  },
  {
    login: 'noah.chen',
    given: 'Noah',
    family: 'Chen',
    female: false,
    birthDate: '2016-04-28',
    language: 'zh',
    story: 'In third grade. Asthma and a peanut allergy; his school needs the emergency plan.',
    chronic: { asthma: 4.5 },
    allergies: [1, 3],
    primary: 'hillcrest',
    specialist: 'lakeview',
  },
  {
    login: 'priya.sharma',
    given: 'Priya',
    family: 'Sharma',
    female: true,
    birthDate: '1990-09-30',
    language: 'hi',
    story: 'Engineer, moved here a few years ago; first child born at Riverside.',
    chronic: { hypothyroidism: 29 },
    births: ['2023-12-05'],
    primary: 'lakeview',
    specialist: 'riverside',
  },
  {
    login: 'omar.haddad',
    given: 'Omar',
    family: 'Haddad',
    female: false,
    birthDate: '1971-02-11',
    language: 'ar',
    story:
      'Runs a bakery. Diabetes found at a check-up; compares the laboratory values of two places.',
    chronic: { diabetes: 46.5, hyperlipidemia: 47, hypertension: 49 },
    primary: 'hillcrest',
    specialist: 'lakeview',
  },
  {
    login: 'grace.whitfield',
    given: 'Grace',
    family: 'Whitfield',
    female: true,
    birthDate: '1956-07-19',
    language: 'en',
    story: 'Choir leader with high blood pressure and bad knees.',
    chronic: { hypertension: 51, osteoarthritis: 59, reflux: 50 },
    stays: ['2022-09-14'],
    allergies: [4],
    primary: 'hillcrest',
    specialist: 'riverside',
  },
  {
    login: 'babatunde.okonkwo',
    given: 'Babatunde',
    family: 'Okonkwo',
    female: false,
    birthDate: '1979-12-24',
    language: 'yo',
    story: 'Bus driver; his licence needs a yearly blood pressure record.',
    chronic: { hypertension: 38 },
    primary: 'riverside',
    specialist: 'lakeview',
  },
  {
    login: 'zofia.kowalczyk',
    given: 'Zofia',
    family: 'Kowalczyk',
    female: true,
    birthDate: '1999-01-15',
    language: 'pl',
    story: 'Student. Keeps what concerns her depression apart and shares it with nobody.',
    chronic: { depression: 20.5, asthma: 11 },
    allergies: [2],
    primary: 'lakeview',
    specialist: 'riverside',
  },
  {
    login: 'minh.nguyen',
    given: 'Minh',
    family: 'Nguyễn',
    female: false,
    birthDate: '1964-10-08',
    language: 'vi',
    story: 'Cook. High cholesterol, feels well, rarely comes.',
    chronic: { hyperlipidemia: 49, reflux: 46 },
    allergies: [5],
    primary: 'hillcrest',
    specialist: 'lakeview',
  },
  {
    login: 'johanna.vogel',
    given: 'Johanna',
    family: 'Vogel',
    female: true,
    birthDate: '1968-03-03',
    language: 'de',
    story: 'Nurse on night shift; knows what a record should look like and checks hers.',
    chronic: { hypothyroidism: 41, osteoarthritis: 53, anemia: 44 },
    primary: 'hillcrest',
    specialist: 'riverside',
  },
  {
    login: 'diego.fuentes',
    given: 'Diego',
    family: 'Fuentes',
    female: false,
    birthDate: '2003-06-21',
    language: 'es',
    story: 'Plays football; sprains and a concussion, always at the emergency department.',
    chronic: { asthma: 9 },
    allergies: [2],
    primary: 'riverside',
    specialist: 'lakeview',
  },
  {
    login: 'layla.benali',
    given: 'Layla',
    family: 'Benali',
    female: true,
    birthDate: '1975-08-13',
    language: 'fr',
    story: 'Accountant. Wants all her records in one place, and an end to carrying folders around.',
    chronic: { diabetes: 45, hypertension: 44 },
    births: ['2008-05-30'],
    primary: 'lakeview',
    specialist: 'riverside',
  },
  {
    login: 'claire.brooks',
    given: 'Claire',
    family: 'Brooks',
    female: true,
    birthDate: '1973-04-06',
    language: 'en',
    story: "Walter's daughter. He shows her what she needs to help him.",
    chronic: { hypertension: 46 },
    primary: 'hillcrest',
    specialist: 'lakeview',
    role: 'family-member',
    relativeOf: 'walter.brooks',
  },
]

const outsiders: readonly CastMember[] = [
  {
    login: 'ingrid.solberg',
    name: 'Dr. Ingrid Solberg',
    role: 'second-opinion-doctor',
    story: 'Haematologist in another town. Reads only what a patient shows her.',
    identification: fictitiousId(400, '1969-01-27'),
    title: 'Haematology',
  },
  {
    login: 'kofi.mensah',
    name: 'Dr. Kofi Mensah',
    role: 'researcher',
    story:
      'Public health researcher. Keeps the chain going and earns answers to counting questions, never records.',
    identification: fictitiousId(401, '1981-06-12'),
    title: 'Public health research',
  },
]

const birthDatesOfStaff = ['1978-02-19', '1982-10-05', '1986-07-23'] as const

function staff(): readonly CastMember[] {
  return Object.values(institutionProfiles).flatMap(
    ({ id, name: place, staff: members }, institution) =>
      members.map(({ login, name, role, title }, position) => ({
        login,
        name,
        role,
        title,
        institution: id,
        story: `${title} at ${place}.`,
        identification: fictitiousId(
          300 + institution * 10 + position,
          birthDatesOfStaff[position] ?? birthDatesOfStaff[0],
        ),
      })),
  )
}

function identificationOfLead(position: number): Identification {
  return fictitiousId(101 + position, (leads[position] as Lead).birthDate)
}

/** Everyone in the demo, patients first, in a fixed order. */
export const cast: readonly CastMember[] = [
  ...leads.map(({ login, given, family, role, story, relativeOf }, position) => ({
    login,
    name: `${given} ${family}`,
    role: role ?? 'patient',
    story,
    identification: identificationOfLead(position),
    ...(relativeOf === undefined ? {} : { relativeOf }),
  })),
  ...outsiders,
  ...staff(),
]

/** The records of those in the demo who are patients anywhere (the twelve and the daughter), in the order of `cast`. */
export function castRecords(options: PeopleOptions): readonly PersonRecord[] {
  return leads.map((lead, position) => recordOf(profileOfLead(lead, position), options))
}

function profileOfLead(lead: Lead, position: number): Profile {
  const chronic = Object.entries(lead.chronic) as [ChronicName, number][]
  return {
    key: lead.login,
    demographics: addressed(randomOf(`medrec-samples|address|${lead.login}`), {
      ...lead,
      married: false,
    }),
    identification: identificationOfLead(position),
    chronic: chronic.map(([name, onset]) => ({ name, onset })),
    births: lead.births ?? [],
    stays: lead.stays ?? [],
    allergies: lead.allergies ?? [],
    primary: lead.primary,
    specialist: lead.specialist,
  }
}
