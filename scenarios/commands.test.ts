import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Relationship, Share } from '@medrec/library'
import {
  type DemoPerson,
  type DemoStaff,
  demoStaff,
  dualConsentOf,
  storyOf,
  until,
} from '@medrec/node/people'
import type { Institution } from '@medrec/samples'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type PatientPage, pathOf } from '../packages/cli/src/institution/PatientPage.ts'
import type { Actor } from '../packages/cli/src/story/Actor.ts'
import { changeBehind, readResult } from '../packages/cli/src/story/institutionDatabase.ts'
import { type Demo, found, startDemo } from './demo.test-support.ts'
import { runMedrec } from './processes.test-support.ts'

type Facts = Readonly<Record<string, unknown>>
type Ran = { readonly code: number | string; readonly json: Facts; readonly said: string }

let demo: Demo
let patient: DemoPerson
let institution: Institution
let clinician: DemoStaff
/** The patient's record id at the institution, her relationship with it, and the record that is added */
let id: string
let relationship: string
let key: string
let viewer: Actor
/** Another device of the patient's */
let device: Actor
const doctor = 'ingrid.solberg'
/** Seconds that a command waits for the chain: on a busy machine longer than usual. */
const patience = '300'

beforeAll(async () => {
  demo = await startDemo()
  const story = storyOf(demo.people)
  patient = story.person
  institution = story.institution
  clinician = demo.staffAt(institution)
  viewer = await demo.open(doctor)
  device = await demo.open(patient.login)
})
afterAll(() => demo.stop())

/** Runs a command as its own process, as it is typed. */
async function type(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const { code, output, errors } = await runMedrec(
    ['--home', demo.folder, '--json', ...args, '--wait', patience],
    environment,
  )
  const line = output.trim().split('\n').at(-1) ?? ''
  const json = line.startsWith('{') ? (JSON.parse(line) as Facts) : {}
  return { code, json, said: `${output}\n${errors}` }
}
const as = (name: string, ...args: readonly string[]): Promise<Ran> => type(['--as', name, ...args])
const atDesk = (...args: readonly string[]): Promise<Ran> =>
  as(clinician.login, 'institution', ...args)
const hers = (...args: readonly string[]): Promise<Ran> => as(patient.login, ...args)

function file(name: string, content: unknown): string {
  const path = join(demo.folder, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

/** Refused by the institution's node for this reason, with nothing changed. */
function refused(reason: string): object {
  const message = expect.stringMatching(new RegExp(`Reason: ${reason}[^]*Nothing was changed`))
  return { code: 1, json: { ok: false, code: 'REFUSED', message } }
}

const kindsOf = (lines: unknown): readonly string[] =>
  (lines as readonly { readonly kind: string }[]).map(({ kind }) => kind)

/** A share that somebody gives or receives, as the list shows it. */
async function shareOf(name: string, list: string, grant: string): Promise<Facts | undefined> {
  const shares = (await as(name, 'share', 'list')).json[list] as readonly Facts[]
  return shares.find((one) => one['grant'] === grant)
}

/** Resolves when the chain tells the viewer of a share's state, on a device beside the one of the commands. */
function hears(grant: string, status: string): Promise<void> {
  const { participant } = viewer
  return until(participant, () =>
    Share.listSharedWithMe(participant).some(
      (share) => share.grant === grant && share.status === status,
    ),
  )
}

/** Resolves when an institution's own node has heard of what somebody else's command saw on the chain. */
async function nodeKnows<T>(
  where: Institution,
  path: string,
  wanted: (answer: T) => boolean,
): Promise<void> {
  const staff = await demo.clinicianAt(where)
  await staff.until<T>('the institution hears of it', path, wanted)
}

/** Resolves when the chain tells the patient of so many changes: what an institution's command wrote arrives later. */
function isToldOf(changes: number): Promise<void> {
  const { participant } = device
  return until(participant, () =>
    Relationship.list(participant).some(
      ({ id: one, updates }) => one === relationship && updates >= changes,
    ),
  )
}

function isAskedForConsent(grant: string): Promise<void> {
  const { institution: where } = dualConsentOf(demo.people)
  return nodeKnows<{ consents: readonly { grant: string }[] }>(where, 'consents', ({ consents }) =>
    consents.some((one) => one.grant === grant),
  )
}

// Each test goes on where the one before ended: the story, typed.

test('staff finds a person by ID, proposes to keep her records with her, and adds a result', async () => {
  const listed = await atDesk('people', patient.identification.value)
  const people = listed.json['people'] as readonly { id: string; status: string | null }[]
  expect(people).toMatchObject([{ status: null }])
  id = found(people[0]).id
  expect((await atDesk('lookup', id)).json).toMatchObject({ match: { mayPropose: true } })
  const number = file('number', patient.identification.value)
  const { type: kind, country, birthDate } = patient.identification
  const card = ['--number-file', number, '--type', kind, '--country', country]
  expect((await atDesk('lookup', ...card, '--birth-date', birthDate)).json).toMatchObject({
    match: { mayPropose: true },
  })
  const nobody = await atDesk('lookup', ...card, '--birth-date', '1901-01-01')
  expect(nobody).toMatchObject({ code: 0, json: { match: null } })
  const proposed = await atDesk('propose', id)
  expect(proposed).toMatchObject({ code: 0, json: { ok: true, state: 'final' } })
  relationship = String(proposed.json['relationship'])
  const values = {
    ...{ date: '2026-01-02T10:00:00Z', name: 'Ferritin', code: '2276-4', value: '8.4' },
    ...{ unit: 'ng/mL', low: '15', high: '150' },
  }
  const added = await atDesk('add', id, 'labs', '--values', file('result.json', values))
  expect(added.json).toMatchObject({ ok: true, pointers: [{ version: 2, relationship }] })
  key = String(added.json['key'])
  await isToldOf(1)
  const database = demo.home.path('institutions', `${institution}.db`)
  expect(readResult(database, { institution, owner: id, key })).toMatchObject(values)
})

test('the patient is notified, reads, accepts, and says that it is right', async () => {
  const told = await hers('notifications', '--mark-seen')
  expect(told.json['notifications']).toContainEqual(
    expect.objectContaining({ kind: 'proposal', relationship, seen: false }),
  )
  expect((await hers('notifications', '--new')).json).toEqual({ notifications: [] })
  const early = await hers('acknowledge', 'seen', relationship, 'labs')
  expect(early).toMatchObject({ code: 1, json: { code: 'VERSION_NOT_READ' } })
  const read = await hers('query', relationship, 'labs')
  expect(read.json['rows']).toContainEqual(expect.objectContaining({ id: key, value: '8.4' }))
  expect((await hers('relationship', 'accept', relationship)).code).toBe(0)
  const seen = await hers('acknowledge', 'seen', relationship, 'labs')
  expect(seen).toMatchObject({ code: 0, json: { verdict: 'seen', version: 2, state: 'final' } })
  await nodeKnows<PatientPage>(institution, pathOf(id), ({ pointers }) =>
    pointers.some(({ seen: said }) => said?.verdict === 'seen'),
  )
  const page = await atDesk('show', id)
  expect(page.json).toMatchObject({ status: 'accepted', relationship })
  expect(page.json['pointers']).toContainEqual(
    expect.objectContaining({
      resource: 'labs',
      seen: expect.objectContaining({ verdict: 'seen' }),
    }),
  )
})

test('data change behind everybody’s back; she sees what, and objects; it is corrected and retracted', async () => {
  const database = demo.home.path('institutions', `${institution}.db`)
  await hers('notifications', '--mark-seen')
  expect(changeBehind(database, { institution, key, value: '88.4' })).toBe(1)
  const told = await hers('notifications', '--new', '--until-new')
  expect(told.json['notifications']).toMatchObject([{ kind: 'update', relationship }])
  const changed = await hers('query', 'changes', relationship, 'labs')
  expect(changed.json).toMatchObject({
    version: 3,
    unexplained: true,
    wantsAnswer: true,
    former: 2,
  })
  const { added, removed } = changed.json['difference'] as Record<string, readonly unknown[][]>
  expect([removed?.flat(), added?.flat()]).toEqual([
    expect.arrayContaining(['8.4']),
    expect.arrayContaining(['88.4']),
  ])
  const objection = [
    'acknowledge',
    'wrong',
    relationship,
    'labs',
    '--reason',
    'I had no such test.',
  ]
  expect((await hers(...objection)).json).toMatchObject({ verdict: 'wrong', version: 3 })
  const reason = ['--reason', 'Decimal point']
  const values = file('values.json', { value: '8.4', unit: 'ng/mL' })
  expect((await atDesk('correct', id, 'labs', key, ...reason, '--values', values)).code).toBe(0)
  await isToldOf(3)
  expect(await hers(...objection)).toMatchObject({ json: { code: 'VERSION_NOT_READ' } })
  expect((await hers('query', 'changes', relationship, 'labs')).json).toMatchObject({
    ...{ version: 4, unexplained: false, reason: 'Decimal point', wantsAnswer: true },
  })
  expect((await atDesk('retract', id, 'labs', key, '--reason', 'another patient')).code).toBe(0)
  const again = await atDesk('retract', id, 'labs', key, '--reason', 'another patient')
  expect(again).toMatchObject(refused('NOTHING_CHANGED'))
  await nodeKnows<PatientPage>(institution, pathOf(id), ({ history }) =>
    kindsOf(history).includes('wrong'),
  )
  const page = await atDesk('history', id)
  const words = (page.json['history'] as readonly Facts[]).filter(({ by }) => by === patient.name)
  expect(words.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(['seen', 'wrong', 'accepted']),
  )
})

describe('a share', () => {
  let grant: string
  let dual: DemoPerson
  let dualClinician: DemoStaff
  const share = (...args: readonly string[]): Promise<Ran> => as(dual.login, 'share', ...args)
  const answer = (...args: readonly string[]): Promise<Ran> =>
    as(dualClinician.login, 'institution', ...args)
  const statusFor = (name: string, list: string): Promise<Facts | undefined> =>
    shareOf(name, list, grant)

  test('under dual consent says beforehand that the institution has to agree, to both', async () => {
    const { person, institution: where } = dualConsentOf(demo.people)
    dual = person
    dualClinician = demo.staffAt(where)
    const relationships = (await as(dual.login, 'relationship', 'list')).json['relationships']
    const { id: of } = found(
      (relationships as readonly { id: string; policy: string; status: string }[]).find(
        ({ policy, status }) => policy === 'dualConsent' && status === 'accepted',
      ),
    )
    const index = await as(dual.login, 'query', 'index', of)
    const records = index.json['records'] as readonly { resource: string; fields: string[] }[]
    const { resource, fields } = found(records[0])
    const item = `${resource}:${fields[0]}`
    const preview = await share('preview', item, '--of', of)
    expect(preview.json).toMatchObject({ ok: true, needsConsentOfInstitution: true })
    for (const [one, other] of [
      [dual.login, doctor],
      [doctor, dual.login],
    ] as const) {
      const card = await runMedrec(['--home', demo.folder, '--as', one, 'contact', 'card'])
      expect((await as(other, 'contact', 'add', file('card', card.output))).code).toBe(0)
    }
    const ends = ['--purpose', 'second-opinion', '--until', '1d']
    const viewer = found(demo.people.find(({ login }) => login === doctor)).name
    const created = await share('create', viewer, item, '--of', of, ...ends)
    expect(created.json).toMatchObject({ ok: true, needsConsentOfInstitution: true })
    grant = String(created.json['grant'])
    expect(await statusFor(doctor, 'received')).toMatchObject({ status: 'awaitingConsent' })
    const read = await as(doctor, 'query', grant, resource)
    expect(read).toMatchObject(refused('consent-missing'))
  })

  test('is declined with a reason that the patient reads, and the viewer does not', async () => {
    await isAskedForConsent(grant)
    const listed = await answer('consents')
    expect(listed.json['consents']).toMatchObject([{ grant }])
    const reason = 'These visits belong to another person.'
    const declined = await answer('decline', grant.slice(0, 10), '--reason', reason)
    expect(declined).toMatchObject({ code: 0, json: { ok: true, grant, state: 'final' } })
    expect(await statusFor(dual.login, 'given')).toMatchObject({ status: 'declined', reason })
    await hears(grant, 'declined')
    expect(await statusFor(doctor, 'received')).toMatchObject({ status: 'declined' })
    expect((await as(doctor, 'share', 'list')).said).not.toContain(reason)
    const told = (await as(dual.login, 'notifications')).json['notifications']
    expect(kindsOf(told)).toContain('consentDeclined')
    expect(kindsOf((await as(dual.login, 'history')).json['events'])).toContain('consentDeclined')
    expect(await answer('decline', grant)).toMatchObject(refused('CONSENT_NOT_WANTED'))
    expect(await answer('consent', `0x${'12'.repeat(20)}`)).toMatchObject(refused('SHARE_UNKNOWN'))
    expect(await answer('consent', '0x1212')).toMatchObject({ json: { code: 'NOT_FOUND' } })
  })

  test('is read once the institution consents after all', async () => {
    expect(await answer('consent', grant)).toMatchObject({ code: 0, json: { ok: true } })
    await hears(grant, 'live')
    expect(await statusFor(doctor, 'received')).toMatchObject({ status: 'live' })
    expect(await answer('consent', grant)).toMatchObject(refused('CONSENT_NOT_WANTED'))
  })
})

test('both sides see what happened, and she what strangers see; everything comes back', async () => {
  const before = kindsOf((await hers('history', relationship)).json['events'])
  expect(before).toEqual(
    expect.arrayContaining(['proposed', 'accepted', 'acknowledged', 'saidWrong', 'read']),
  )
  const exposure = await hers('exposure')
  expect(exposure.json).toMatchObject({ registered: { roles: [] }, ours: { shares: 0 } })
  expect(exposure.said).not.toContain(patient.identification.value)
  expect((await hers('restore', '--fresh', '--yes')).json).toMatchObject({ ok: true, refused: [] })
  const after = await hers('history', relationship, '--no-log')
  expect(kindsOf(after.json['events'])).toEqual(
    expect.arrayContaining(['acknowledged', 'saidWrong']),
  )
})

describe('staff is refused', () => {
  test('with a wrong password, or a log-in that nobody has', async () => {
    const wrong = { MEDREC_PASSWORD: 'guess' }
    const guessed = await type(['--as', clinician.login, 'institution', 'people'], wrong)
    expect(guessed).toMatchObject(refused('LOGIN_WRONG'))
    const stranger = ['--as', 'nobody', 'institution', 'people', '--url', clinician.url]
    expect(await type(stranger, wrong)).toMatchObject(refused('LOGIN_WRONG'))
    const password = file('password', 'guess')
    const given = [...stranger, '--password-file', password]
    expect(await type(given)).toMatchObject(refused('LOGIN_WRONG'))
  })
  test('what the role does not include', async () => {
    const it = found(
      demoStaff(demo.home).find(({ key: at, role }) => at === institution && role === 'it'),
    )
    expect(await as(it.login, 'institution', 'people')).toMatchObject(refused('ROLE_WRONG'))
    expect(
      await as(it.login, 'institution', 'retract', id, 'labs', key, '--reason', 'x'),
    ).toMatchObject(refused('ROLE_WRONG'))
    expect(await atDesk('log')).toMatchObject(refused('ROLE_WRONG'))
    const { json } = await as(it.login, 'institution', 'log')
    expect(kindsOf(json['entries'])).toEqual(expect.arrayContaining(['read']))
  })
  test('for a patient, kind or record that is not there, and for values that do not fit', async () => {
    expect(await atDesk('show', 'none')).toMatchObject(refused('PATIENT_UNKNOWN'))
    expect(await atDesk('propose', 'none')).toMatchObject(refused('PATIENT_UNKNOWN'))
    expect(await atDesk('rows', id, 'none')).toMatchObject(refused('RESOURCE_UNKNOWN'))
    const bad = file('bad.json', { value: 'many' })
    expect(await atDesk('add', id, 'labs', '--values', bad)).toMatchObject({ code: 1 })
    const broken = file('broken.json', '{"value": secret')
    const unread = await atDesk('add', id, 'labs', '--values', broken)
    expect(unread).toMatchObject({ code: 2, json: { code: 'USAGE' } })
    expect(unread.said).not.toContain('secret')
    expect(await atDesk('add', id, 'labs')).toMatchObject({ code: 2, json: { code: 'USAGE' } })
    expect(await atDesk('add', id, 'none', '--values', bad)).toMatchObject({
      json: { code: 'NOT_FOUND' },
    })
  })
  test('when nobody, no password or no safe address is named, before anything is sent', async () => {
    const people = ['institution', 'people']
    const named = ['--as', 'c.adams', ...people]
    for (const args of [people, named, [...named, '--url', clinician.url]])
      expect(await type(args)).toMatchObject({ code: 2, json: { code: 'USAGE' } })
    const open = [...named, '--url', 'http://mercy.example']
    const unsafe = await type(open, { MEDREC_PASSWORD: 'secret one' })
    expect(unsafe).toMatchObject({ code: 2, json: { code: 'USAGE' } })
    expect(unsafe.said).not.toContain('secret one')
  })
  test('later, when the institution does not answer', async () => {
    const args = ['--as', clinician.login, 'institution', 'people', '--url', 'http://localhost:9']
    expect(await type(args)).toMatchObject({ code: 75, json: { code: 'INSTITUTION_UNAVAILABLE' } })
  })
})
