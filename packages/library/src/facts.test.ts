import {
  fromHex,
  type Hex,
  isStatementOf,
  Keys,
  random,
  registrarDomain,
  toHex,
} from '@medrec/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as Acknowledgement from './Acknowledgement.ts'
import * as Bounty from './Bounty.ts'
import * as Contact from './Contact.ts'
import * as Exposure from './Exposure.ts'
import * as History from './History.ts'
import * as Notifications from './Notifications.ts'
import { type Opened, startNetwork, type TestNetwork, until } from './network.test-support.ts'
import * as Pointer from './Pointer.ts'
import * as Registration from './Registration.ts'
import * as Relationship from './Relationship.ts'
import * as Share from './Share.ts'
import * as Summary from './Summary.ts'
import { someone } from './someone.test-support.ts'

let net: TestNetwork
let hospital: Opened
let patient: Opened
let doctor: Opened
let relationship: Hex

beforeAll(async () => {
  net = await startNetwork()
  const [alice, bob] = [await net.register(), await net.register()]
  hospital = await net.open(net.hospital)
  patient = await net.open(alice)
  doctor = await net.open(bob)
  await until(hospital, () => hospital.peer(alice.tag) !== undefined)
  const proposed = await Relationship.propose(hospital, { subject: alice.tag })
  relationship = proposed.relationship
  await until(patient, () => Relationship.list(patient).length === 1)
})
afterAll(() => net.close())

const kinds = async (participant: Opened): Promise<readonly string[]> =>
  (await Notifications.list(participant)).map(({ kind }) => kind)

test('notifications follow the summary and are marked as seen on this device', async () => {
  const [proposal] = await Notifications.list(patient)
  expect(proposal).toMatchObject({ kind: 'proposal', seen: false, from: net.hospital.tag })
  await Notifications.markSeen(patient, [proposal?.id ?? ''])
  expect((await Notifications.list(patient))[0]?.seen).toBe(true)

  await (await Relationship.accept(patient, relationship)).until('mined')
  expect(await kinds(patient)).toEqual([])
  await until(hospital, () => Relationship.of(hospital, relationship).answer !== undefined)
  expect(await kinds(hospital)).toEqual(['answered'])

  const pointer = toHex(random(16))
  await Pointer.announce(hospital, {
    relationship,
    subject: patient.me()?.idTag as Hex,
    pointers: [
      {
        pointer,
        category: 5,
        schema: 7,
        catalogue: 1,
        querySalt: toHex(random(16)),
        query: 'SELECT 1',
        result: toHex(random(32)),
        resource: 'labs',
        place: 'http://127.0.0.1:9',
        version: 1,
        time: 5,
      },
    ],
  })
  await (await Pointer.update(hospital, { relationship })).until('mined')
  await until(patient, () => Relationship.of(patient, relationship).progress === 'updatePending')
  expect(await kinds(patient)).toEqual(['update'])
  await until(patient, () => Relationship.of(patient, relationship).pointers.length === 1)
  await (
    await Acknowledgement.wrong(patient, { relationship, pointer, version: 2, reason: 'not mine' })
  ).until('mined')
  expect(await kinds(patient)).toEqual([])
  await until(
    hospital,
    () => Relationship.of(hospital, relationship).pointers[0]?.acknowledged !== undefined,
  )
  expect(await kinds(hospital)).toContain('saidWrong')
  await (await Acknowledgement.seen(patient, { relationship, pointer, version: 2 })).until('mined')
  await (await Acknowledgement.seen(patient, { relationship, pointer, version: 1 })).until('mined')
  await until(
    hospital,
    () => Relationship.of(hospital, relationship).pointers[0]?.acknowledgements.length === 3,
  )
  for (const side of [patient, hospital]) {
    const [known] = Relationship.of(side, relationship).pointers
    expect(known?.acknowledged).toMatchObject({ version: 2, verdict: 'seen' })
    const said = History.list(side, { relationship }).flatMap(({ kind, version, reason }) =>
      kind === 'acknowledged' || kind === 'saidWrong' ? [[kind, version, reason]] : [],
    )
    expect(said).toEqual([
      ['saidWrong', 2, 'not mine'],
      ['acknowledged', 2, undefined],
      ['acknowledged', 1, undefined],
    ])
  }
})

test('history tells who did what; exposure tells what strangers see', async () => {
  await (await Contact.add(patient, { card: Contact.card(doctor, 'B') })).until('mined')
  await (await Contact.add(doctor, { card: Contact.card(patient, 'A') })).until('mined')
  const viewer = doctor.me()?.idTag as Hex
  const granted = await Share.grant(patient, {
    relationship,
    viewer,
    entries: [{ pointer: toHex(random(16)), category: 5, schema: 7, catalogue: 1, mask: '0x1' }],
    purposes: [1],
    expiresAt: Date.now() / 1000 + 600,
  })
  await granted.until('mined')
  await until(doctor, () => doctor.summary().sharedWithMe.length === 1)
  expect(await kinds(doctor)).toEqual(['shared'])
  await (await Share.revoke(patient, { grant: granted.grant, reason: 'moved' })).until('mined')
  await until(doctor, () => doctor.summary().sharedWithMe[0]?.reason === 'moved')
  expect(await kinds(doctor)).toContain('shareEnded')

  const told = History.list(patient).map(({ kind, by }) => [kind, by === net.hospital.tag])
  expect(told.map(([kind]) => kind).toSorted()).toEqual([
    'accepted',
    'acknowledged',
    'acknowledged',
    'granted',
    'pointerAnnounced',
    'proposed',
    'revoked',
    'saidWrong',
    'updated',
  ])
  expect(
    told
      .filter(([, byHospital]) => byHospital)
      .map(([kind]) => kind)
      .toSorted(),
  ).toEqual(['pointerAnnounced', 'proposed', 'updated'])
  const logged = History.fromLog(relationship, [
    { position: 0, committed: true, text: `{"time":1,"kind":"read","who":{"idTag":"${viewer}"}}` },
    { position: 1, committed: true, text: 'not JSON' },
  ])
  expect(History.merge(History.list(patient), logged).slice(0, 2)).toMatchObject([
    { kind: 'other', logged: { text: 'not JSON' } },
    { kind: 'read', by: viewer, at: 1 },
  ])

  const facts = Exposure.facts(patient)
  expect(facts.registered).toMatchObject({ boundBy: net.hospital.tag, roles: [] })
  expect(facts.ours).toMatchObject({ relationships: 1, shares: 1, updates: 1 })
  expect(facts.ours.notesWritten).toBe(8)
  expect(facts.crowd.registered).toBe(4)
  expect(facts.known).toEqual([
    { who: net.hospital.tag, as: 'steward', relationship },
    { who: viewer, as: 'viewer', relationship },
  ])
})

test('a registration is signed by both keys; one waits until it is bound', async () => {
  const person = someone(fromHex(net.network.networkId))
  const signed = Registration.statement(person.keys, net.network, { idTag: person.tag })
  const value = {
    idTag: person.idTag,
    identity: person.keys.identity.address,
    spendX: person.keys.spend.publicKey.slice(0, 32),
    spendY: person.keys.spend.publicKey.slice(32),
    viewKey: person.keys.view.publicKey,
    version: 1,
  }
  const domain = registrarDomain(net.network)
  for (const name of ['identity', 'spend'] as const) {
    const signature = fromHex(signed.signatures[name])
    const { address } = person.keys[name]
    expect(isStatementOf(address, signature, domain, 'Registration', value)).toBe(true)
  }
  const newcomer = await net.open(person)
  expect(newcomer.me()).toBeUndefined()
  expect(Summary.of(newcomer).relationships).toEqual([])
  expect(() => Contact.card(newcomer, 'N')).toThrow('not registered')
  const bound = Registration.waitUntilBound(newcomer)
  await net.bind(person)
  expect(await bound).toMatchObject({ idTag: person.tag, version: 1 })
  const given = new AbortController()
  given.abort()
  const other = await net.open(someone(fromHex(net.network.networkId)))
  await expect(Registration.waitUntilBound(other, given.signal)).rejects.toMatchObject({
    code: 'WAIT_ABORTED',
  })
})

test('a challenge to the view key is answered by its owner alone', () => {
  const digest = toHex(random(32))
  const challenge = toHex(Keys.fromEntropy(random(16), random(32)).view.publicKey)
  const answer = Registration.answerChallenge(patient.keys, { challenge, digest })
  expect(answer).toMatch(/^0x[0-9a-f]{64}$/)
  expect(Registration.answerChallenge(doctor.keys, { challenge, digest })).not.toBe(answer)
  const zero = toHex(new Uint8Array(32))
  expect(() => Registration.answerChallenge(patient.keys, { challenge: zero, digest })).toThrow(
    'public key',
  )
})

test('recent blocks name whom they are credited to', async () => {
  const blocks = await Bounty.recentBlocks(patient, 3)
  expect(blocks).toHaveLength(3)
  expect(blocks[0]).toMatchObject({ mine: false, researcher: undefined })
  expect(Bounty.list(patient)).toEqual([])
})
