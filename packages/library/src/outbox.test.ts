import { random, toHex } from '@medrec/protocol'
import { openMemoryStore } from '@medrec/records'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import * as Acknowledgement from './Acknowledgement.ts'
import * as Anchor from './Anchor.ts'
import * as Contact from './Contact.ts'
import type { Carrier } from './carriers.ts'
import { type Opened, startNetwork, type TestNetwork, until } from './network.test-support.ts'
import * as Pointer from './Pointer.ts'
import * as Relationship from './Relationship.ts'
import * as Share from './Share.ts'

let net: TestNetwork
beforeAll(async () => {
  net = await startNetwork({ confirmations: 3 })
})
beforeEach(() => {
  net.relay.mode = 'forward'
})
afterAll(() => net.close())

const retry = { first: 0.01, longest: 0.01 }
const mine = (): Promise<unknown> => net.rpc.request('evm_mine', [])

test('a message that a relay dropped is sent again, and is final some blocks later', async () => {
  const alice = await net.register()
  const hospital = await net.open(net.hospital)
  await until(hospital, () => hospital.peer(alice.tag) !== undefined)
  net.relay.mode = 'drop'
  const proposed = await Relationship.propose(hospital, { subject: alice.tag })
  expect(await proposed.until('seen')).toMatchObject({ state: 'seen' })
  net.relay.mode = 'forward'
  expect(await proposed.until('mined')).toMatchObject({ state: 'mined' })
  for (let i = 0; i < 3; i++) await mine()
  expect(await proposed.until('final')).toMatchObject({ state: 'final' })
  expect(Relationship.list(hospital)).toHaveLength(1)
})

test('a message that went out twice counts once', async () => {
  const alice = await net.register()
  const hospital = await net.open(net.hospital)
  const patient = await net.open(alice)
  await until(hospital, () => hospital.peer(alice.tag) !== undefined)
  net.relay.mode = 'twice'
  const { relationship, ...proposed } = await Relationship.propose(hospital, { subject: alice.tag })
  await proposed.until('mined')
  await until(patient, () => Relationship.list(patient).length === 1)
  await (await Relationship.accept(patient, relationship)).until('mined')
  await until(hospital, () => Relationship.of(hospital, relationship).progress === 'accepted')
  expect(Relationship.list(patient)).toHaveLength(1)
})

test('what is said in a message that went out twice is said once', async () => {
  const alice = await net.register()
  const hospital = await net.open(net.hospital)
  const patient = await net.open(alice)
  await until(hospital, () => hospital.peer(alice.tag) !== undefined)
  const { relationship } = await Relationship.propose(hospital, { subject: alice.tag })
  const pointer = {
    ...{ pointer: toHex(random(16)), category: 5, schema: 7, catalogue: 1, resource: 'labs' },
    ...{ querySalt: toHex(random(16)), query: 'SELECT 1', result: toHex(random(32)) },
    ...{ place: 'http://127.0.0.1:9', version: 1, time: 5 },
  }
  await until(patient, () => Relationship.list(patient).length === 1)
  await Pointer.announce(hospital, { relationship, subject: alice.tag, pointers: [pointer] })
  const words = (of: Opened) => Relationship.of(of, relationship).pointers[0]?.acknowledgements
  await until(patient, () => words(patient) !== undefined)
  const before = patient.chain.view().streams.ledger.count
  net.relay.mode = 'twice'
  const about = { relationship, pointer: pointer.pointer, version: 1 }
  await (await Acknowledgement.seen(patient, about)).until('mined')
  await until(patient, () => patient.chain.view().streams.ledger.count >= before + 2n)
  expect(words(patient)).toHaveLength(1)
})

test('the outbox goes on after a kill between every two steps', async () => {
  const alice = await net.register()
  const store = await openMemoryStore()
  net.relay.mode = 'refuse'
  const first = await net.open(net.hospital, { store })
  await until(first, () => first.peer(alice.tag) !== undefined)
  const { id } = await Relationship.propose(first, { subject: alice.tag })
  await first.stop()

  net.relay.mode = 'drop'
  const second = await net.open(net.hospital, { store })
  expect(await second.outbox.find(id)?.until('seen')).toMatchObject({ state: 'seen' })
  await second.stop()

  net.relay.mode = 'forward'
  const third = await net.open(net.hospital, { store })
  expect(await third.outbox.find(id)?.until('mined')).toMatchObject({ state: 'mined' })
  await third.stop()

  const fourth = await net.open(net.hospital, { store })
  expect(fourth.outbox.find(id)?.state()).toBe('mined')
  for (let i = 0; i < 3; i++) await mine()
  expect(await fourth.outbox.find(id)?.until('final')).toMatchObject({ state: 'final' })
  await fourth.stop()

  const fifth = await net.open(net.hospital, { store })
  expect(fifth.outbox.find(id)?.state()).toBe('final')
  expect(fifth.outbox.pending()).toHaveLength(0)
})

test('a grant that a reorganisation took away is sent again', async () => {
  const [alice, bob] = [await net.register(), await net.register()]
  const hospital = await net.open(net.hospital)
  const patient = await net.open(alice)
  const doctor = await net.open(bob)
  await until(hospital, () => hospital.peer(alice.tag) !== undefined)
  const { relationship } = await Relationship.propose(hospital, { subject: alice.tag })
  await until(patient, () => Relationship.list(patient).length === 1)
  await (await Relationship.accept(patient, relationship)).until('mined')
  await (await Contact.add(patient, { card: Contact.card(doctor, 'B') })).until('mined')
  await (await Contact.add(doctor, { card: Contact.card(patient, 'A') })).until('mined')
  for (let i = 0; i < 4; i++) await mine()

  const granted = await Share.grant(patient, {
    relationship,
    viewer: bob.tag,
    entries: [{ pointer: toHex(random(16)), category: 5, schema: 7, catalogue: 1, mask: '0x3' }],
    purposes: [1],
    expiresAt: Date.now() / 1000 + 600,
  })
  await granted.until('mined')
  await until(doctor, () => doctor.summary().sharedWithMe.length === 1)

  const states: string[] = []
  const stop = patient.outbox.subscribe(() => {
    const state = granted.state()
    if (states.at(-1) !== state) states.push(state)
  })
  await net.rpc.request('anvil_reorg', [2, []])
  await until(patient, () => states.includes('queued'))
  await granted.until('mined')
  stop()
  for (let i = 0; i < 4; i++) await mine()
  expect(await granted.until('final')).toMatchObject({ state: 'final' })
  await until(doctor, () => doctor.summary().sharedWithMe[0]?.status === 'live')
  expect(doctor.summary().sharedWithMe).toHaveLength(1)
})

test('a step that became impossible is rejected with its reason', async () => {
  const alice = await net.register()
  const hospital = await net.open(net.hospital)
  const patient = await net.open(alice, { carriers: () => [] })
  await until(hospital, () => hospital.peer(alice.tag) !== undefined)
  const { relationship } = await Relationship.propose(hospital, { subject: alice.tag })
  await until(patient, () => Relationship.list(patient).length === 1)
  await until(hospital, () => Relationship.list(hospital).some(({ id }) => id === relationship))
  const accepted = await Relationship.accept(patient, relationship)
  await (await Relationship.close(hospital, { relationship })).until('mined')
  expect(await accepted.until('mined')).toEqual({
    state: 'rejected',
    reason: 'RelationshipsBadStatus',
  })
})

test('an acceptance that came to the ledger before its proposal was back is sent again', async () => {
  const alice = await net.register()
  const hospital = await net.open(net.hospital)
  const { relay, rpc } = net
  let isFirst: boolean = true
  const early: Carrier = {
    ...relay,
    post: async (records) => {
      if (!isFirst) return relay.post(records)
      isFirst = false
      await rpc.request('anvil_reorg', [1, []]) // takes the proposal away
      return relay.post(records)
    },
  }
  const patient = await net.open(alice, { carriers: () => [early] })
  await until(hospital, () => hospital.peer(alice.tag) !== undefined)
  const { relationship } = await Relationship.propose(hospital, { subject: alice.tag })
  await until(patient, () => Relationship.list(patient).length === 1)
  const accepted = await Relationship.accept(patient, relationship)
  expect(await accepted.until('mined')).toMatchObject({ state: 'mined' })
  expect(relay.posted.length).toBeGreaterThan(2)
})

test('a renewal of a share that was revoked before it was final did happen', async () => {
  const [alice, bob] = [await net.register(), await net.register()]
  const hospital = await net.open(net.hospital)
  const patient = await net.open(alice)
  const doctor = await net.open(bob)
  await until(hospital, () => hospital.peer(alice.tag) !== undefined)
  await (await Contact.add(patient, { card: Contact.card(doctor, 'B') })).until('mined')
  const { relationship } = await Relationship.propose(hospital, { subject: alice.tag })
  await until(patient, () => Relationship.list(patient).length === 1)
  await (await Relationship.accept(patient, relationship)).until('mined')
  const granted = await Share.grant(patient, {
    relationship,
    viewer: bob.tag,
    entries: [{ pointer: toHex(random(16)), category: 5, schema: 7, catalogue: 1, mask: '0x3' }],
    purposes: [1],
    expiresAt: Date.now() / 1000 + 600,
  })
  await granted.until('mined')
  const { grant } = granted
  const renewed = await Share.renew(patient, { grant, expiresAt: Date.now() / 1000 + 900 })
  await renewed.until('mined')
  await (await Share.revoke(patient, { grant })).until('mined')
  for (let i = 0; i < 4; i++) await mine()
  expect(await renewed.until('final')).toMatchObject({ state: 'final' })
})

test("a record that the ledger rejects is reported with the ledger's reason", async () => {
  const patient = await net.open(await net.register())
  const rejected = await patient.outbox.add({
    about: { kind: 'grant' },
    operation: {
      kind: 'grant',
      key: random(20),
      expiresAt: Math.floor(Date.now() / 1000) + 60,
      sequence: 1,
      commitment: random(26),
      deadline: 0,
    },
    signer: { kind: 'identity' },
    effect: { kind: 'grant', address: toHex(random(20)), sequence: 1, commitment: '0x00' },
  })
  expect(await rejected.until('mined')).toMatchObject({
    state: 'rejected',
    reason: 'LedgerBadSignature',
  })
})

test('anchors that were queued together follow each other', async () => {
  const clinic = await net.open(net.clinic)
  const roots = [random(32), random(32), random(32)].map(toHex)
  const posted = await Promise.all(
    roots.map((root) => Anchor.post(clinic, { root, logRoot: toHex(random(32)) })),
  )
  for (const anchor of posted) expect(await anchor.until('mined')).toMatchObject({ state: 'mined' })
  const view = clinic.chain.view()
  expect(view.anchor(net.clinic.tag)).toMatchObject({ root: roots[2], counter: 3 })
})

test('a revocation of a grant that is not mined yet waits for it', async () => {
  const [alice, bob] = [await net.register(), await net.register()]
  const hospital = await net.open(net.hospital)
  const patient = await net.open(alice)
  const doctor = await net.open(bob)
  await until(hospital, () => hospital.peer(alice.tag) !== undefined)
  const { relationship } = await Relationship.propose(hospital, { subject: alice.tag })
  await until(patient, () => Relationship.list(patient).length === 1)
  await (await Relationship.accept(patient, relationship)).until('mined')
  await (await Contact.add(patient, { card: Contact.card(doctor, 'B') })).until('mined')
  net.relay.mode = 'drop'
  const granted = await Share.grant(patient, {
    relationship,
    viewer: bob.tag,
    entries: [{ pointer: toHex(random(16)), category: 5, schema: 7, catalogue: 1, mask: '0x3' }],
    purposes: [1],
    expiresAt: Date.now() / 1000 + 600,
  })
  await granted.until('seen')
  const revoked = await Share.revoke(patient, { grant: granted.grant })
  net.relay.mode = 'forward'
  expect(await revoked.until('mined')).toMatchObject({ state: 'mined' })
  expect(patient.chain.view().grant(granted.grant)?.revoked).toBe(true)
})

test('a lying relay does not end a message: as many say so as there are, or three', async () => {
  const alice = await net.register()
  const posted = new Map<string, number>()
  const liar = (name: string): Carrier => ({
    name,
    post: async () => {
      posted.set(name, (posted.get(name) ?? 0) + 1)
      return { id: name }
    },
    state: async () => ({ state: 'rejected', reason: 'LedgerSignatureWrong' }),
  })
  const propose = async (carriers: readonly Carrier[]) => {
    const hospital = await net.open(net.hospital, { carriers: () => carriers, retry })
    await until(hospital, () => hospital.peer(alice.tag) !== undefined)
    return Relationship.propose(hospital, { subject: alice.tag })
  }
  const two = [liar('a'), liar('b')]
  expect(await (await propose([...two, net.relay])).until('mined')).toMatchObject({
    state: 'mined',
  })
  expect(await (await propose([...two, liar('c')])).until('mined')).toMatchObject({
    state: 'rejected',
  })
  posted.clear()
  expect(await (await propose(two)).until('mined')).toMatchObject({ state: 'rejected' })
  expect([...posted.values()]).toEqual([1, 1])
})

test('what was kept back for another message goes as soon as that one is mined, not when it would be tried again', async () => {
  const alice = await net.register()
  const hospital = await net.open(net.hospital, { retry: { first: 3_600, longest: 3_600 } })
  await until(hospital, () => hospital.peer(alice.tag) !== undefined)
  const pointer = {
    ...{ pointer: toHex(random(16)), category: 5, schema: 7, catalogue: 1, resource: 'labs' },
    ...{ querySalt: toHex(random(16)), query: 'SELECT 1', result: toHex(random(32)) },
    ...{ place: 'http://127.0.0.1:9', version: 1, time: 5 },
  }
  const after = await Relationship.propose(hospital, { subject: alice.tag })
  const { relationship } = after
  const about = { relationship, subject: alice.tag, pointers: [pointer], after }
  const told = await Pointer.announce(hospital, about)
  expect(told).toHaveLength(1)
  expect(await told[0]?.until('mined')).toMatchObject({ state: 'mined' })
})

test('of two renewals that were on their way together the later one counts', async () => {
  const [alice, bob] = [await net.register(), await net.register()]
  const hospital = await net.open(net.hospital)
  const patient = await net.open(alice)
  const doctor = await net.open(bob)
  await until(hospital, () => hospital.peer(alice.tag) !== undefined)
  const { relationship } = await Relationship.propose(hospital, { subject: alice.tag })
  await until(patient, () => Relationship.list(patient).length === 1)
  await (await Relationship.accept(patient, relationship)).until('mined')
  await (await Contact.add(patient, { card: Contact.card(doctor, 'B') })).until('mined')
  const now = Math.floor(Date.now() / 1000)
  const { grant, ...granted } = await Share.grant(patient, {
    ...{ relationship, viewer: bob.tag, purposes: [1], expiresAt: now + 600 },
    entries: [{ pointer: toHex(random(16)), category: 5, schema: 7, catalogue: 1, mask: '0x3' }],
  })
  await granted.until('mined')
  net.relay.mode = 'refuse'
  const renewed = [
    await Share.renew(patient, { grant, expiresAt: now + 7_200 }),
    await Share.renew(patient, { grant, expiresAt: now + 3_600 }),
  ]
  net.relay.mode = 'forward'
  for (const each of renewed) expect(await each.until('mined')).toMatchObject({ state: 'mined' })
  expect(patient.chain.view().grant(grant)?.expiresAt).toBe(now + 3_600)
})

test('a share whose own end passed while no relay was in reach is sent no more', async () => {
  const [alice, bob] = [await net.register(), await net.register()]
  const hospital = await net.open(net.hospital)
  const patient = await net.open(alice)
  const doctor = await net.open(bob)
  await until(hospital, () => hospital.peer(alice.tag) !== undefined)
  const { relationship } = await Relationship.propose(hospital, { subject: alice.tag })
  await until(patient, () => Relationship.list(patient).length === 1)
  await (await Relationship.accept(patient, relationship)).until('mined')
  await (await Contact.add(patient, { card: Contact.card(doctor, 'B') })).until('mined')
  net.relay.mode = 'refuse'
  const end = patient.chain.view().head.time + 60
  const granted = await Share.grant(patient, {
    ...{ relationship, viewer: bob.tag, purposes: [1], expiresAt: end },
    entries: [{ pointer: toHex(random(16)), category: 5, schema: 7, catalogue: 1, mask: '0x3' }],
  })
  await patient.outbox.settle()
  expect(granted.state()).toBe('queued')
  await net.rpc.request('evm_setNextBlockTimestamp', [end - 1])
  await mine()
  await until(patient, () => patient.chain.view().head.time === end - 1)
  await patient.outbox.settle()
  expect(granted.state()).toBe('queued')
  await net.rpc.request('evm_setNextBlockTimestamp', [end])
  await mine()
  expect(await granted.until('mined')).toMatchObject({ state: 'rejected', reason: 'GrantsExpired' })
})
