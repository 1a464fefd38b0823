import { Keys } from '@medrec/protocol'
import { type CastMember, cast, type Institution, institutionProfiles } from '@medrec/samples'
import { z } from 'zod'
import { urlOf } from './configs.ts'
import { type DemoHome, readWhole, writeWhole } from './home.ts'

type Home = Omit<DemoHome, 'unlock'>

const person = z.strictObject({
  login: z.string(),
  name: z.string(),
  kind: z.enum(['patient', 'family', 'doctor', 'researcher']),
  about: z.string(),
  identification: z.strictObject({
    type: z.string(),
    country: z.string(),
    value: z.string(),
    birthDate: z.string(),
  }),
  /** Where she has records */
  institutions: z.array(z.enum(['riverside', 'lakeview', 'hillcrest'])),
  relativeOf: z.string().optional(),
})

/** A person of the demonstration, as its own files know her. */
export type DemoPerson = z.infer<typeof person>

const kinds: Readonly<Partial<Record<CastMember['role'], DemoPerson['kind']>>> = {
  patient: 'patient',
  'family-member': 'family',
  'second-opinion-doctor': 'doctor',
  researcher: 'researcher',
}

/** Everybody who is registered: those with records, and those who come with every demonstration. */
export function readPeople(home: Home): readonly DemoPerson[] {
  return z.array(person).parse(JSON.parse(readWhole(home.path('cast.json'))))
}

/** Keeps the people, and what the sign-in page of the demonstration shows of them. */
export function writePeople(home: Home, people: readonly DemoPerson[]): void {
  writeWhole(home.path('cast.json'), `${JSON.stringify(people, null, 2)}\n`)
  const page = {
    people: people.map(({ login, name, about, kind }) => ({
      login,
      name,
      about,
      kind,
      words: Keys.toWords(home.entropyOf(login)),
    })),
    staff: demoStaff(home),
  }
  writeWhole(home.path('people.json'), `${JSON.stringify(page, null, 2)}\n`)
}

/** A person of the cast who is no patient of an invented folder: doctor and researcher come always. */
export function fromCast(member: CastMember, institutions: readonly Institution[]): DemoPerson {
  const { login, name, role, story, identification, relativeOf } = member
  return {
    login,
    name,
    kind: kinds[role] ?? 'patient',
    about: story,
    identification,
    institutions: [...institutions],
    ...(relativeOf === undefined ? {} : { relativeOf }),
  }
}

/** Those of the cast who keep no records and work at no institution. */
export function outsiders(): readonly CastMember[] {
  return cast.filter(({ role }) => role === 'second-opinion-doctor' || role === 'researcher')
}

/** A log-in of an institution's staff; the password comes from the demonstration's seed. */
export type DemoStaff = {
  readonly key: Institution
  readonly institution: string
  readonly url: string
  readonly name: string
  readonly role: 'clinician' | 'it'
  readonly title: string
  readonly login: string
  readonly password: string
}

/** Everybody who may sign in at an institution. */
export function demoStaff(home: Home): readonly DemoStaff[] {
  return Object.values(institutionProfiles).flatMap(({ id, name: institution, staff }) =>
    staff.map(({ login, name, role, title }) => ({
      key: id,
      institution,
      url: urlOf(home, id),
      name,
      role,
      title,
      login,
      password: passwordOf(home, login),
    })),
  )
}

function passwordOf(home: Home, login: string): string {
  return Buffer.from(home.secretOf(`password/${login}`))
    .toString('hex')
    .slice(0, 10)
}

/** What the story does first is left undone: this person is new to this institution. */
export function storyOf(people: readonly DemoPerson[]): {
  readonly person: DemoPerson
  readonly institution: Institution
} {
  const patients = people.filter(({ kind }) => kind === 'patient')
  const person =
    patients.find(({ institutions }) => institutions.length > 1) ??
    patients.find(({ institutions }) => institutions.length > 0)
  return { person: person as DemoPerson, institution: person?.institutions[0] as Institution }
}

/** Whose shares at this institution need the institution's consent too (dual consent, paper III-B policies). */
export function dualConsentOf(people: readonly DemoPerson[]): {
  readonly person: DemoPerson
  readonly institution: Institution
} {
  const story = storyOf(people).person
  const person = people.find(
    (one) => one.kind === 'patient' && one !== story && one.institutions.length > 0,
  )
  return { person: person as DemoPerson, institution: person?.institutions[0] as Institution }
}
