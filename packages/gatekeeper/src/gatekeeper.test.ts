import { toHex } from '@medrec/protocol'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as Acknowledgement from '../../library/src/Acknowledgement.ts'
import { startNetwork, type TestNetwork, until } from '../../library/src/network.test-support.ts'
import * as Query from '../../library/src/Query.ts'
import * as Relationship from '../../library/src/Relationship.ts'
import * as Share from '../../library/src/Share.ts'
import {
  type Enrolment,
  type Gate,
  openGate,
  shareLabs,
  someEnrolled,
  staff,
} from './gate.test-support.ts'
import { RecordNotFoundError, RequestReusedError, ValuesError } from './WritePath.ts'

let net: TestNetwork
let gate: Gate
beforeAll(async () => {
  net = await startNetwork()
  gate = await openGate(net)
})
afterAll(async () => {
  await gate.close()
  await net.close()
})

function column(read: Query.Read, name: string): readonly (string | null)[] | string {
  if (!read.ok) return read.code
  return read.result.columns.find((one) => one.name === name)?.values ?? 'not there'
}

function readLabs({ patient, relationship, labs }: Enrolment, elements = ['value']) {
  return Query.read(patient, { relationship, pointer: labs, elements, purpose: 0 })
}

/** Resolves once the chain shows an anchor of everything the gatekeeper holds. */
async function anchored(...readers: Enrolment['patient'][]): Promise<void> {
  await gate.idle()
  const root = gate.gatekeeper.status().root
  for (const reader of [gate.participant, ...readers])
    await until(reader, () => reader.chain.view().anchor(net.hospital.tag)?.root === root)
}

function byHand(sql: string): void {
  const tool = new DatabaseSync(gate.databaseFile)
  tool.exec(sql)
  tool.close()
}

describe('the subject', () => {
  test('reads what is proposed, first promised, then anchored, and checks every proof', async () => {
    const enrolment = await someEnrolled(net, gate)
    await anchored(enrolment.patient)
    const read = await readLabs(enrolment, ['date', 'value'])
    expect(column(read, 'value')).toEqual(['6.10', null])
    expect(read).toMatchObject({
      ok: true,
      result: { version: 1, origin: 1, commitment: { is: 'anchored' } },
    })
  })
  test('is told of a record added, which is served before its anchor', async () => {
    const enrolment = await someEnrolled(net, gate)
    const written = await gate.gatekeeper.add({
      localPatient: 'P1',
      resource: 'labs',
      values: { date: '2024-09-01', code: '4548-4', value: '5.9' },
      by: staff,
    })
    const mine = written.pointers.find(
      ({ relationship }) => relationship === enrolment.relationship,
    )
    expect(mine).toEqual({
      relationship: enrolment.relationship,
      pointer: enrolment.labs,
      version: 2,
    })
    expect(column(await readLabs(enrolment), 'value')).toContain('5.9')
    await until(
      enrolment.patient,
      () => Relationship.of(enrolment.patient, enrolment.relationship).updates === 1,
    )
    const index = await Query.index(enrolment.patient, { relationship: enrolment.relationship })
    expect(index).toMatchObject({ ok: true, index: { updates: 1, missingTags: false } })
  })
  test('sees who looked, in an unbroken chain', async () => {
    const enrolment = await someEnrolled(net, gate)
    await readLabs(enrolment)
    await readLabs(enrolment, ['nothing'])
    const log = await Query.readLog(enrolment.patient, { relationship: enrolment.relationship })
    expect(log.ok && log.lines.map(({ text }) => JSON.parse(text))).toMatchObject([
      { kind: 'read', elements: ['value'], who: { idTag: enrolment.patient.me()?.idTag } },
      { kind: 'refused', elements: ['nothing'], code: 'field-unknown' },
    ])
  })
})

describe('a write', () => {
  const values = { date: '2025-01-01', code: '4548-4', value: '7.0' }
  test('with the same request id happens once', async () => {
    const write = { localPatient: 'P1', resource: 'labs', values, by: staff, request: 'r1' }
    const first = await gate.gatekeeper.add(write)
    expect(await gate.gatekeeper.add(write)).toEqual(first)
    await expect(
      gate.gatekeeper.add({ ...write, values: { ...values, value: '8.0' } }),
    ).rejects.toThrow(RequestReusedError)
    const { rows } = await gate.gatekeeper.rows({ localPatient: 'P1', resource: 'labs' })
    expect(rows.filter((row) => row[1] === '2025-01-01')).toHaveLength(1)
  })
  test.each([
    ['a missing value', { code: '4548-4' }],
    ['a value of another type', { ...values, date: 'today' }],
    ['a value that is not offered', { ...values, code: 'x' }],
    ['an unknown value', { ...values, note: 'x' }],
  ])('with %s is refused and changes nothing', async (_, wrong) => {
    const before = await gate.gatekeeper.rows({ localPatient: 'P1', resource: 'labs' })
    const write = { localPatient: 'P1', resource: 'labs', values: wrong, by: staff }
    await expect(gate.gatekeeper.add(write)).rejects.toThrow(ValuesError)
    expect(await gate.gatekeeper.rows({ localPatient: 'P1', resource: 'labs' })).toEqual(before)
  })
  test('that corrects is a new version with its reason; of another patient it is refused', async () => {
    const enrolment = await someEnrolled(net, gate)
    const change = {
      resource: 'labs',
      key: '9007199254740993',
      values: { value: '6.20' },
      reason: 'typing error',
      by: staff,
    }
    await expect(gate.gatekeeper.correct({ ...change, localPatient: 'p1' })).rejects.toThrow(
      RecordNotFoundError,
    )
    await gate.gatekeeper.correct({ ...change, localPatient: 'P1' })
    const read = await readLabs(enrolment)
    expect(column(read, 'value')).toContain('6.20')
    expect(read).toMatchObject({ result: { origin: 1, reason: 'typing error', version: 2 } })
    const former = await Query.read(enrolment.patient, {
      relationship: enrolment.relationship,
      pointer: enrolment.labs,
      elements: ['value'],
      purpose: 0,
      version: 1,
    })
    expect(column(former, 'value')).toContain('6.10')
  })
})

describe('a change behind our back', () => {
  test('is an unexplained version: the subject sees both, viewers nothing until she has answered', async () => {
    const enrolment = await someEnrolled(net, gate, { accept: true })
    const { doctor, grant } = await shareLabs(net, gate, enrolment)
    const ofDoctor = () =>
      Query.read(doctor, { grant, pointer: enrolment.labs, elements: ['value'], purpose: 1 })
    expect(await ofDoctor()).toMatchObject({ ok: true })
    const events: string[] = []
    const stop = gate.gatekeeper.on((event) =>
      events.push('code' in event ? event.code : event.type),
    )
    const before = gate.gatekeeper.patient('P1').find(({ pointer }) => pointer === enrolment.labs)
    byHand(`UPDATE lab SET value = '3.33' WHERE id = 9007199254740993`)
    expect(await ofDoctor()).toMatchObject({ ok: false, code: 'rows-altered' })
    expect(events).toContain('unexplained')
    stop()
    expect(await ofDoctor()).toMatchObject({ ok: false, code: 'unexplained' })
    const changed = await readLabs(enrolment)
    expect(column(changed, 'value')).toContain('3.33')
    const version = (before?.version ?? 0) + 1
    expect(changed).toMatchObject({ result: { origin: 3, reason: null, version } })
    await until(
      enrolment.patient,
      () => Relationship.of(enrolment.patient, enrolment.relationship).updates > 0,
    )
    const heard = gate.event(
      (event) => event.type === 'acknowledged' && event.pointer === enrolment.labs,
    )
    const acknowledged = await Acknowledgement.seen(enrolment.patient, {
      relationship: enrolment.relationship,
      pointer: enrolment.labs,
      version,
    })
    await acknowledged.until('mined')
    await heard
    expect(column(await ofDoctor(), 'value')).toContain('3.33')
  })
})

describe('an unexplained change', () => {
  test('is not laundered by a write that comes after it', async () => {
    const enrolment = await someEnrolled(net, gate, { accept: true })
    const { doctor, grant } = await shareLabs(net, gate, enrolment)
    const ofDoctor = () =>
      Query.read(doctor, { grant, pointer: enrolment.labs, elements: ['value'], purpose: 1 })
    expect(await ofDoctor()).toMatchObject({ ok: true })
    byHand(`UPDATE lab SET value = '9.99' WHERE id = 9007199254740993`)
    await gate.gatekeeper.checkChanges()
    const values = { date: '2025-02-02', code: '4548-4', value: '7.1' }
    await gate.gatekeeper.add({ localPatient: 'P1', resource: 'labs', values, by: staff })
    expect(await ofDoctor()).toMatchObject({ ok: false, code: 'unexplained' })
    await gate.reopen()
    expect(await ofDoctor()).toMatchObject({ ok: false, code: 'unexplained' })
    const labs = gate.gatekeeper.patient('P1').find(({ pointer }) => pointer === enrolment.labs)
    expect(labs).toMatchObject({ origin: 'writePath', isUnexplained: true })
    const heard = gate.event(
      (event) => event.type === 'acknowledged' && event.pointer === enrolment.labs,
    )
    await Acknowledgement.seen(enrolment.patient, {
      relationship: enrolment.relationship,
      pointer: enrolment.labs,
      version: labs?.version ?? 0,
    })
    await heard
    expect(column(await ofDoctor(), 'value')).toContain('9.99')
  })
  test('is found though rows of another record cannot be read', async () => {
    await someEnrolled(net, gate)
    const enrolment = await someEnrolled(net, gate)
    byHand(`UPDATE lab SET value = 'no number' WHERE id = 9007199254740993`)
    byHand(`UPDATE visit SET reason = 'altered too' WHERE id = 1`)
    const told = gate.event((event) => 'code' in event && event.code === 'rows-unusable: form')
    await gate.gatekeeper.checkChanges()
    byHand(`UPDATE lab SET value = '6.20' WHERE id = 9007199254740993`)
    await told
    const visits = gate.gatekeeper
      .patient('P1')
      .find((one) => one.resource === 'visits' && one.relationship === enrolment.relationship)
    expect(visits).toMatchObject({ version: 2, origin: 'unexplained' })
  })
  test('is found by looking, without a read', async () => {
    const enrolment = await someEnrolled(net, gate)
    byHand(`UPDATE visit SET reason = 'altered' WHERE id = 1`)
    await gate.gatekeeper.checkChanges()
    const visits = gate.gatekeeper
      .patient('P1')
      .find((one) => one.resource === 'visits' && one.relationship === enrolment.relationship)
    expect(visits).toMatchObject({ version: 2, origin: 'unexplained', isUnexplained: true })
  })
})

describe('a viewer', () => {
  test('reads exactly the fields of the share, and not one more', async () => {
    const enrolment = await someEnrolled(net, gate, { accept: true })
    const { doctor, grant } = await shareLabs(net, gate, enrolment)
    const ask = (elements: string[], purpose = 1) =>
      Query.read(doctor, { grant, pointer: enrolment.labs, elements, purpose })
    expect(await ask(['date', 'value'])).toMatchObject({ ok: true })
    expect(await ask(['date', 'code'])).toMatchObject({ code: 'field-not-granted', status: 403 })
    expect(await ask(['date'], 2)).toMatchObject({ code: 'purpose' })
    expect(await ask(['zz'])).toMatchObject({ code: 'field-unknown' })
    const index = await Query.index(doctor, { grant })
    expect(index.ok && index.index.pointers.map(({ pointer }) => pointer)).toEqual([enrolment.labs])
  })
  test('is refused as soon as the revocation is pushed, before any block', async () => {
    const enrolment = await someEnrolled(net, gate, { accept: true })
    const { doctor, grant } = await shareLabs(net, gate, enrolment)
    net.relay.mode = 'drop'
    const seen = gate.event((event) => event.type === 'revocation')
    await Share.revoke(enrolment.patient, { grant })
    await seen
    const read = await Query.read(doctor, {
      grant,
      pointer: enrolment.labs,
      elements: ['value'],
      purpose: 1,
    })
    net.relay.mode = 'forward'
    expect(read).toMatchObject({ code: 'grant-revoked' })
  })
  test('under dual consent is refused until the institution consents too', async () => {
    const enrolment = await someEnrolled(net, gate, { accept: true, policy: 'dualConsent' })
    const { doctor, grant } = await shareLabs(net, gate, enrolment)
    const ask = () =>
      Query.read(doctor, { grant, pointer: enrolment.labs, elements: ['value'], purpose: 1 })
    expect(await ask()).toMatchObject({ code: 'consent-missing' })
    await until(gate.participant, () =>
      gate.participant
        .summary()
        .relationships.some(({ shares }) => shares.some((share) => share.grant === grant)),
    )
    const status = () => gate.gatekeeper.consents().find((share) => share.grant === grant)?.status
    const ofDoctor = () => doctor.summary().sharedWithMe.find((share) => share.grant === grant)
    expect([status(), ofDoctor()?.status]).toEqual(['awaitingConsent', 'awaitingConsent'])
    await gate.gatekeeper.declineConsent(grant, 'asked for less')
    await until(gate.participant, () => status() === 'declined')
    await until(doctor, () => ofDoctor()?.status === 'declined')
    expect(await ask()).toMatchObject({ code: 'consent-missing' })
    await (await gate.gatekeeper.consent(grant)).until('mined')
    await until(doctor, () =>
      doctor
        .summary()
        .sharedWithMe.some((share) => share.grant === grant && share.consent !== undefined),
    )
    expect(await ask()).toMatchObject({ ok: true })
  })
})

test('a gatekeeper that starts again serves the same map, and remembers nonces and the log', async () => {
  const enrolment = await someEnrolled(net, gate)
  await readLabs(enrolment)
  await anchored()
  const before = gate.gatekeeper.status()
  await gate.reopen()
  expect(gate.gatekeeper.status()).toMatchObject({
    root: before.root,
    relationships: before.relationships,
  })
  expect(column(await readLabs(enrolment), 'value')).toHaveLength(
    (await gate.gatekeeper.rows({ localPatient: 'P1', resource: 'labs' })).rows.length,
  )
  const log = await Query.readLog(enrolment.patient, { relationship: enrolment.relationship })
  expect(log).toMatchObject({ ok: true, lines: [{}, {}] })
})

test('enrolling the same person again is the same relationship', async () => {
  const enrolment = await someEnrolled(net, gate)
  const again = await gate.gatekeeper.enrol({
    localPatient: 'P1',
    subjectTag: toHex(Relationship.of(enrolment.patient, enrolment.relationship).terms.subjectTag),
  })
  expect(again.relationship).toBe(enrolment.relationship)
})
