import type { Chain, ChainUpdate } from '@medrec/client'
import { fromHex, type Hex, nodeHash, random, resultLeafHash, toHex } from '@medrec/protocol'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import * as Anchor from './Anchor.ts'
import * as Contact from './Contact.ts'
import { startInstitution } from './institution.test-support.ts'
import { type Opened, startNetwork, type TestNetwork, until } from './network.test-support.ts'
import * as Preview from './Preview.ts'
import * as Query from './Query.ts'
import * as Relationship from './Relationship.ts'
import * as Results from './Results.ts'
import type { TestInstitution } from './record.test-support.ts'
import * as Share from './Share.ts'
import type { Someone } from './someone.test-support.ts'
import type { Answer } from './wire.ts'

let net: TestNetwork
let hospital: Opened
let patient: Opened
let alice: Someone
let doctor: Opened
let relationship: Hex
let grant: Hex
let institution: TestInstitution
let pointer: Hex

beforeAll(async () => {
  net = await startNetwork()
  alice = await net.register()
  const bob = await net.register()
  hospital = await net.open(net.hospital)
  patient = await net.open(alice, { patience: 0 })
  doctor = await net.open(bob)
  await until(hospital, () => hospital.peer(alice.tag) !== undefined)
  const prepared = Relationship.prepare(hospital, { subject: alice.tag })
  relationship = prepared.relationship
  await (await Relationship.sendProposal(hospital, prepared)).until('mined')
  institution = await startInstitution(hospital, {
    id: relationship,
    terms: prepared.terms,
    subject: alice.tag,
  })
  pointer = toHex(institution.pointers[0] as Uint8Array)
  await net.setUrl(net.hospital, institution.url)
  await anchored()
  await until(patient, () => Relationship.list(patient).length === 1)
  await (await Relationship.accept(patient, relationship)).until('mined')
  await (await Contact.add(patient, { card: Contact.card(doctor, 'B') })).until('mined')
  await (await Contact.add(doctor, { card: Contact.card(patient, 'A') })).until('mined')
  const granted = await Share.grant(patient, {
    relationship,
    viewer: bob.tag,
    entries: [{ pointer, category: 5, schema: 7, catalogue: 1, mask: '0x3' }],
    purposes: [1],
    expiresAt: Date.now() / 1000 + 600,
  })
  grant = granted.grant
  await granted.until('mined')
  await until(doctor, () => doctor.summary().sharedWithMe.length === 1)
})

beforeEach(() => {
  institution.tamper = {}
  institution.signer = net.hospital.keys
  institution.refuse = undefined
  institution.pending = false
  institution.serveVersion = undefined
})

afterAll(async () => {
  await institution.close()
  await net.close()
})

async function anchored(): Promise<void> {
  const root = institution.root()
  await (await Anchor.post(hospital, { root, logRoot: toHex(random(32)) })).until('mined')
  const here = (): boolean => patientSees(root)
  await until(patient, here)
  await until(doctor, () => doctor.chain.view().anchor(net.hospital.tag)?.root === root)
}

function patientSees(root: Hex): boolean {
  const view = patient.chain.view()
  return (
    view.anchor(net.hospital.tag)?.root === root &&
    view.profile(net.hospital.tag)?.url === institution.url
  )
}

const own = (): Promise<Query.Read> =>
  Query.read(patient, { relationship, pointer, elements: ['code', 'value'], purpose: 0 })

test('the subject reads fields that are proven up to an anchor', async () => {
  const read = await own()
  expect(read).toMatchObject({
    ok: true,
    result: {
      version: 1,
      rows: 1,
      columns: [
        { name: 'code', values: ['glucose'] },
        { name: 'value', values: ['5.1'] },
      ],
      commitment: { is: 'anchored' },
    },
  })
  const kept = await Results.latest(patient, { relationship, pointer })
  expect(kept && Query.rowsOf(kept)).toEqual([{ code: 'glucose', value: '5.1' }])
})

test('a viewer asks for what his share names, and gets it', async () => {
  const read = await Query.read(doctor, { grant, pointer, purpose: 1 })
  expect(read).toMatchObject({ ok: true })
  expect(read.ok && read.result.columns.map(({ name }) => name)).toEqual(['code', 'value'])
  const { body } = institution.asked.at(-1) as (typeof institution.asked)[number]
  expect(body).toMatchObject({ relationship, purpose: 1, share: { grant } })
})

test("a preview shows the viewer's fields and makes the entries of a scope", async () => {
  const ticked = [{ relationship, pointer, fields: ['code', 'value'] }]
  await own()
  expect(await Preview.entriesOf(patient, ticked)).toEqual([
    { pointer, category: 5, schema: 7, catalogue: 1, mask: '0x3' },
  ])
  const unread = [{ relationship, pointer, fields: ['code', 'secret'] }]
  await expect(Preview.entriesOf(patient, unread)).rejects.toMatchObject({ code: 'MALFORMED' })
  const [shown] = await Preview.preview(patient, ticked)
  expect(shown?.columns).toEqual([
    { name: 'code', label: 'CODE', values: ['glucose'] },
    { name: 'value', label: 'VALUE', values: ['5.1'] },
  ])
})

type Leaf = Answer['leaves'][number]
const spoilt: readonly (readonly [string, string, (answer: Answer) => unknown])[] = [
  ["another person's record", 'OTHER_RECORD', (a) => ({ ...a, subject: toHex(random(32)) })],
  ['another steward', 'OTHER_RECORD', (a) => ({ ...a, steward: toHex(random(32)) })],
  ['another pointer', 'OTHER_RECORD', (a) => ({ ...a, pointer: toHex(random(16)) })],
  [
    'an altered value',
    'RESULT_BROKEN',
    (a) => ({ ...a, leaves: a.leaves.map((l) => ({ ...l, text: l.text.replace('5.1', '6.1') })) }),
  ],
  [
    'an altered header',
    'RESULT_BROKEN',
    (a) => ({ ...a, header: a.header.replace('"reason":null', '"reason":"x"') }),
  ],
  [
    'a second, altered header beside the proven one',
    'RESULT_BROKEN',
    (a) => {
      const header = a.header.replace('"reason":null', '"reason":"x"')
      return { ...a, header, leaves: [{ ...(a.leaves[0] as Leaf), text: header }, ...a.leaves] }
    },
  ],
  [
    'an altered field beside the proven one, in the place of another',
    'RESULT_BROKEN',
    (a) => {
      const [header, code, value] = a.leaves as [Leaf, Leaf, Leaf]
      const forged = { ...code, text: code.text.replace('glucose', 'lactate') }
      const hidden = resultLeafHash(fromHex(value.salt), value.text)
      const proof = [toHex(nodeHash(hidden, fromHex(a.proof[0] as Hex)))]
      return { ...a, leaves: [header, forged, code], proof }
    },
  ],
  [
    'a bit that is not the place of its field',
    'HEADER_MISMATCH',
    (a) => ({
      ...a,
      catalogue: { ...a.catalogue, fields: a.catalogue.fields.map((f) => ({ ...f, bit: 0 })) },
    }),
  ],
  [
    'a header of another version',
    'HEADER_MISMATCH',
    (a) => ({ ...a, leaf: { ...a.leaf, version: 2 } }),
  ],
  ['a leaf of another time', 'ROOT_UNKNOWN', (a) => ({ ...a, leaf: { ...a.leaf, time: 1 } })],
  ['a key of its own', 'INDEX_BROKEN', (a) => ({ ...a, key: toHex(random(32)) })],
  [
    'another place in the index',
    'INDEX_BROKEN',
    (a) => ({ ...a, index: { ...a.index, position: 7 } }),
  ],
  [
    'another index',
    'ROOT_UNKNOWN',
    (a) => ({ ...a, index: { ...a.index, hidden: toHex(random(32)) } }),
  ],
  ['another counter', 'ROOT_UNKNOWN', (a) => ({ ...a, anchored: { ...a.anchored, counter: 9 } })],
  [
    'two commitments',
    'ROOT_UNKNOWN',
    (a) => ({ ...a, pending: { time: 1, delay: 1, signature: toHex(random(64)) } }),
  ],
  ['no commitment', 'ROOT_UNKNOWN', ({ anchored: _, ...a }) => a],
  ['no form', 'ANSWER_MALFORMED', () => ({ hello: 1 })],
  [
    'a salt of another size',
    'ANSWER_MALFORMED',
    (a) => ({ ...a, leaves: a.leaves.map((l) => ({ ...l, salt: '0x00' })) }),
  ],
]
test.each(spoilt)('an answer with %s is not believed: %s', async (_what, code, tamper) => {
  institution.tamper.query = tamper
  expect(await own()).toMatchObject({ ok: false, code })
})

test('an answer that lacks a field is not believed', async () => {
  const elements = ['code', 'nothing']
  const read = await Query.read(patient, { relationship, pointer, elements, purpose: 0 })
  expect(read).toMatchObject({ ok: false, code: 'FIELDS_MISSING' })
})

test('a field beyond the share is not accepted, even when it is proven', async () => {
  const wider = await Query.read(doctor, { grant, pointer, elements: ['secret'], purpose: 1 })
  expect(wider).toMatchObject({ ok: false, code: 'FIELDS_EXCEEDED' })
})

test('a refusal is told with its reason and that it was signed', async () => {
  institution.refuse = { code: 'grant-expired', message: 'The share is over.' }
  expect(await own()).toMatchObject({
    ok: false,
    code: 'grant-expired',
    words: 'The share is over.',
    status: 403,
    signed: true,
  })
})

test('an answer that the institution did not sign is not believed', async () => {
  institution.signer = net.clinic.keys
  expect(await own()).toMatchObject({ ok: false, code: 'RECEIPT_INVALID' })
})

test('a former version is proven by the versions after it; what changed is shown', async () => {
  await own()
  institution.write(fromHex(pointer), [['glucose', '6.0', 'x']], 'typing error')
  expect(await own()).toMatchObject({ ok: false, code: 'ROOT_UNKNOWN' })
  institution.pending = true
  const promised = await own()
  expect(promised).toMatchObject({
    ok: true,
    result: { version: 2, reason: 'typing error', commitment: { is: 'pending' } },
  })
  institution.pending = false
  await anchored()
  expect(await own()).toMatchObject({ ok: true, result: { commitment: { is: 'anchored' } } })
  const [after, before] = await Results.versions(patient, { relationship, pointer })
  expect(before && after && Results.changes(before, after)).toEqual({
    fields: ['code', 'value'],
    added: [['glucose', '6.0']],
    removed: [['glucose', '5.1']],
  })
  const former = { relationship, pointer, elements: ['value'], purpose: 0, version: 1 }
  expect(await Query.read(patient, former)).toMatchObject({ ok: true, result: { version: 1 } })
  const old = { relationship, pointer, elements: ['value'], purpose: 0 }
  institution.serveVersion = 1
  expect(await Query.read(patient, old)).toMatchObject({ ok: false, code: 'HISTORY_BROKEN' })
  institution.serveVersion = undefined
  institution.tamper.query = (a) => ({
    ...a,
    later: (a.later ?? []).map((l) => ({ ...l, previous: toHex(random(32)) })),
  })
  expect(await Query.read(patient, former)).toMatchObject({ ok: false, code: 'HISTORY_BROKEN' })
})

test('an index has to extend the one seen last; what was seen is sealed for a restore', async () => {
  const first = await Query.index(patient, { relationship })
  expect(first).toMatchObject({ ok: true })
  await until(patient, () => patient.summary().checkpoints[relationship] !== undefined)
  expect(first.ok && patient.summary().checkpoints[relationship]?.index).toBe(
    first.ok && first.index.leaf,
  )
  institution.write(fromHex(pointer), [['glucose', '6.1', 'x']])
  institution.log('{"kind":"read","time":5,"who":{"idTag":"0x01"}}')
  await anchored()
  const second = await Query.index(patient, { relationship })
  expect(second).toMatchObject({ ok: true, index: { missingTags: true } })
  institution.log('{"kind":"refused","time":6}')
  await anchored()
  institution.tamper.index = (answer) => {
    const chain = (answer.chain ?? []).map((step) => ({ ...step, hidden: toHex(random(32)) }))
    return { ...answer, chain }
  }
  expect(await Query.index(patient, { relationship })).toMatchObject({
    ok: false,
    code: 'INDEX_FORKED',
  })
  institution.tamper.index = ({ chain: _, ...answer }) => answer
  expect(await Query.index(patient, { relationship })).toMatchObject({
    ok: false,
    code: 'INDEX_FORKED',
  })
  institution.tamper.index = (answer) => ({ ...answer, pointers: answer.pointers.slice(1) })
  expect(await Query.index(patient, { relationship })).toMatchObject({
    ok: false,
    code: 'INDEX_BROKEN',
  })
})

test('the log is believed as far as the index commits to it', async () => {
  const read = await Query.readLog(patient, { relationship })
  expect(read).toMatchObject({ ok: true })
  expect(read.ok && read.lines.map(({ committed }) => committed)).toEqual([true, true])
  const from = { relationship, from: 1 }
  expect(await Query.readLog(patient, from)).toMatchObject({ ok: true, lines: [{ position: 1 }] })
  institution.log('{"kind":"read","time":7}')
  await anchored()
  institution.tamper.log = (answer) => ({
    ...answer,
    entries: [...answer.entries.slice(0, -1), '{}'],
  })
  expect(await Query.readLog(patient, { relationship })).toMatchObject({
    ok: false,
    code: 'LOG_BROKEN',
  })
  institution.tamper.log = (answer) => ({ ...answer, entries: answer.entries.slice(1) })
  expect(await Query.readLog(patient, { relationship })).toMatchObject({
    ok: false,
    code: 'LOG_BROKEN',
  })
  institution.tamper.log = (answer) => ({ ...answer, entries: answer.entries.map(() => '{}') })
  expect(await Query.readLog(patient, { relationship })).toMatchObject({
    ok: false,
    code: 'LOG_BROKEN',
  })
})

test('an answer a block ahead of our view of the chain waits for it', async () => {
  institution.tamper = {}
  const old = patient.chain.view().recentAnchors(net.hospital.tag)
  institution.write(fromHex(pointer), [['glucose', '6.2', 'x']])
  await anchored()
  const { chain } = patient
  let recent: typeof old | undefined = old
  const listeners: (() => void)[] = []
  const behind: Chain = {
    ...chain,
    network: chain.network,
    synced: () => chain.synced(),
    view: () => {
      const view = chain.view()
      return { ...view, recentAnchors: (tag) => recent ?? view.recentAnchors(tag) }
    },
    subscribe: (listener) => {
      listeners.push(() => listener({} as ChainUpdate, behind.view()))
      return chain.subscribe(listener)
    },
  }
  const late = await net.open(alice, { chain: behind, patience: 3600 })
  const before = listeners.length
  const read = Query.read(late, { relationship, pointer, elements: ['value'], purpose: 0 })
  await vi.waitFor(() => expect(listeners.length).toBe(before + 1), { timeout: 600_000 })
  const grow = listeners.at(-1) as () => void
  grow()
  recent = undefined
  grow()
  expect(await read).toMatchObject({ ok: true, result: { commitment: { is: 'anchored' } } })
})

test('nobody reads what she has no relationship or share for', async () => {
  const nothing = toHex(random(32))
  expect(await Query.read(patient, { relationship: nothing, pointer, purpose: 0 })).toMatchObject({
    ok: false,
    code: 'RELATIONSHIP_UNKNOWN',
  })
  expect(await Query.read(doctor, { grant: toHex(random(20)), pointer, purpose: 0 })).toMatchObject(
    { ok: false, code: 'SHARE_UNKNOWN' },
  )
})

test('a revocation reaches the gatekeeper even when no relay works', async () => {
  net.relay.mode = 'refuse'
  const revoked = await Share.revoke(patient, { grant })
  expect(await revoked.until('seen')).toMatchObject({ state: 'seen' })
  expect(institution.asked.at(-1)).toMatchObject({
    path: '/revocations',
    body: { share: { scope: { relationship } } },
  })
  net.relay.mode = 'forward'
  expect(await revoked.until('mined')).toMatchObject({ state: 'final' })
})
