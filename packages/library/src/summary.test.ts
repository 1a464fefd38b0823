import {
  encodeNotes,
  encodeRecord,
  fromHex,
  type Hex,
  Keys,
  type NoteContent,
  noteTag,
  random,
  type SealedNote,
  sealNote,
  toHex,
} from '@medrec/protocol'
import { openMemoryStore } from '@medrec/records'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as Acknowledgement from './Acknowledgement.ts'
import * as Contact from './Contact.ts'
import { type Opened, startNetwork, type TestNetwork, until } from './network.test-support.ts'
import * as Pointer from './Pointer.ts'
import * as Relationship from './Relationship.ts'
import * as Restore from './Restore.ts'
import * as Share from './Share.ts'
import type { SummaryState } from './state.ts'

let net: TestNetwork
let hospital: Opened
beforeAll(async () => {
  net = await startNetwork({ confirmations: 3 })
  hospital = await net.open(net.hospital)
})
afterAll(() => net.close())

const labs = {
  pointer: toHex(random(16)),
  category: 5,
  schema: 7,
  catalogue: 1,
  mask: '0x5',
} as const

async function accepted(patient: Opened): Promise<Hex> {
  const { idTag } = patient.me() as { idTag: Hex }
  await until(hospital, () => hospital.peer(idTag) !== undefined)
  const { relationship } = await Relationship.propose(hospital, { subject: idTag })
  await until(patient, () => Relationship.list(patient).some(({ id }) => id === relationship))
  await (await Relationship.accept(patient, relationship)).until('mined')
  await until(hospital, () => statusOf(hospital, relationship) === 'accepted')
  return relationship
}

function statusOf(participant: Opened, relationship: Hex): string | undefined {
  return Relationship.list(participant).find(({ id }) => id === relationship)?.status
}

async function befriend(a: Opened, b: Opened): Promise<void> {
  await (await Contact.add(a, { card: Contact.card(b, 'B') })).until('mined')
  await (await Contact.add(b, { card: Contact.card(a, 'A') })).until('mined')
}

function share(patient: Opened, relationship: Hex, viewer: Hex): Promise<Share.Granted> {
  return Share.grant(patient, {
    relationship,
    viewer,
    entries: [labs],
    purposes: [1],
    expiresAt: Date.now() / 1000 + 600,
  })
}

/** Sends notes as a relay would, whoever wrote them. */
async function post(notes: readonly SealedNote[]): Promise<void> {
  await net.relay.send(encodeNotes(notes))
}

/** Nothing of hers is on its way. */
function isCalm(participant: Opened): boolean {
  return participant.outbox.pending().every(({ state }) => state === 'mined')
}

/** Everything but the head, which moves while a test looks. */
function facts({ head: _, ...rest }: SummaryState): Omit<SummaryState, 'head'> {
  return rest
}

test('pointers, updates and acknowledgements make the status of the paper', async () => {
  const patient = await net.open(await net.register())
  const relationship = await accepted(patient)
  const subject = patient.me()?.idTag as Hex
  const pointer = {
    pointer: toHex(random(16)),
    category: 5,
    schema: 7,
    catalogue: 1,
    querySalt: toHex(random(16)),
    query: 'SELECT value FROM labs WHERE patient = :owner',
    result: toHex(random(32)),
    resource: 'labs',
    place: 'http://127.0.0.1:9',
    version: 1,
    time: 1_700_000_000,
  }
  const many = Array.from({ length: 9 }, (_, i) => ({
    ...pointer,
    pointer: toHex(random(16)),
    resource: `resource ${i}`,
  }))
  const announced = await Pointer.announce(hospital, {
    relationship,
    subject,
    pointers: [pointer, ...many],
  })
  for (const record of announced) await record.until('mined')
  await until(patient, () => Relationship.of(patient, relationship).pointers.length === 10)
  expect(Relationship.of(patient, relationship).pointers[0]).toMatchObject({
    id: pointer.pointer,
    query: pointer.query,
    place: pointer.place,
    version: 1,
  })
  await (await Pointer.update(hospital, { relationship, updates: 2 })).until('mined')
  await until(patient, () => Relationship.of(patient, relationship).updates === 2)
  expect(Relationship.of(patient, relationship).progress).toBe('updatePending')
  await until(hospital, () => Relationship.of(hospital, relationship).updates === 2)
  const version = { relationship, pointer: pointer.pointer, version: 3 }
  await (await Acknowledgement.wrong(patient, { ...version, reason: 'not mine' })).until('mined')
  await until(hospital, () => Relationship.of(hospital, relationship).progress === 'accepted')
  expect(Relationship.of(hospital, relationship).pointers[0]?.acknowledged).toMatchObject({
    version: 3,
    verdict: 'wrong',
    reason: 'not mine',
  })
})

test('12 words bring the same summary back, and every grant can still be stopped', async () => {
  const [alice, bob] = [await net.register(), await net.register()]
  const [patient, doctor] = [await net.open(alice), await net.open(bob)]
  await befriend(patient, doctor)
  const relationship = await accepted(patient)
  const first = await share(patient, relationship, bob.tag)
  const second = await share(patient, relationship, bob.tag)
  await first.until('mined')
  await second.until('mined')
  await (await Share.revoke(patient, { grant: first.grant })).until('mined')
  await until(patient, () => isCalm(patient))

  const seen: Restore.Progress[] = []
  const { participant, chain } = await Restore.fromWords({
    words: Keys.toWords(alice.keys.entropy),
    network: net.network,
    store: await openMemoryStore(),
    chainStore: await openMemoryStore(),
    clock: () => Date.now() / 1000,
    progress: (step) => seen.push(step),
    more: { carriers: () => [net.relay], retry: { first: 0.2, longest: 1 } },
  })
  expect(facts(participant.summary())).toEqual(facts(patient.summary()))
  expect(seen.at(-1)).toEqual({ step: 'summary', relationships: 1 })
  await (await Share.revoke(participant, { grant: second.grant })).until('mined')
  await until(doctor, () =>
    doctor.summary().sharedWithMe.every(({ status }) => status === 'revoked'),
  )
  await participant.close()
  await chain.stop()
})

test('words of nobody on this network restore nothing', async () => {
  const restore = Restore.fromWords({
    words: Keys.toWords(Keys.newEntropy()),
    network: net.network,
    store: await openMemoryStore(),
    chainStore: await openMemoryStore(),
    clock: () => Date.now() / 1000,
  })
  await expect(restore).rejects.toMatchObject({ code: 'NOT_REGISTERED' })
})

/** What two say at the same head, whoever comes to it last; a block later they may differ again. */
async function atOneHead(one: Opened, other: Opened): Promise<readonly unknown[]> {
  let said: readonly unknown[] = []
  const isSame = (): boolean => {
    const [summary, others] = [one.summary(), other.summary()]
    if (said.length === 0 && summary.head.hash === others.head.hash)
      said = [facts(summary), facts(others)]
    return said.length > 0
  }
  await Promise.race([one, other].map((each) => until(each, isSame)))
  return said
}

test('a summary kept through steps and reorganisations equals one read from scratch', async () => {
  const [alice, bob] = [await net.register(), await net.register()]
  const [patient, doctor] = [await net.open(alice), await net.open(bob)]
  await befriend(patient, doctor)
  const relationship = await accepted(patient)
  const grants: Hex[] = []
  const steps: readonly (() => Promise<unknown>)[] = [
    async () => {
      const granted = await share(patient, relationship, bob.tag)
      grants.push(granted.grant)
      await granted.until('mined')
    },
    async () => {
      await (await Pointer.update(hospital, { relationship })).until('mined')
      await until(patient, () => Relationship.of(patient, relationship).updates === 1)
    },
    () => net.rpc.request('anvil_reorg', [3, []]),
    async () => (await Share.revoke(patient, { grant: grants[0] as Hex })).until('mined'),
    async () => (await Relationship.stopAll(patient, { relationship })).until('mined'),
    () => net.rpc.request('anvil_reorg', [2, []]),
    async () => (await Relationship.close(patient, { relationship })).until('mined'),
  ]
  for (const step of steps) {
    await step()
    await until(patient, () => isCalm(patient))
    await until(hospital, () => isCalm(hospital))
    const fresh = await net.open(alice)
    const [read, kept] = await atOneHead(fresh, patient)
    expect(read).toEqual(kept)
    await fresh.stop()
  }
  await until(doctor, () => doctor.summary().sharedWithMe[0]?.status === 'revoked')
})

test('junk and copies under a tag change nothing', async () => {
  const patient = await net.open(await net.register())
  const relationship = await accepted(patient)
  const before = facts(patient.summary())
  const { mine, theirs } = (
    patient.peer(net.hospital.tag) as NonNullable<ReturnType<Opened['peer']>>
  ).pair
  const tags = [0, 1, 2].flatMap((i) => [noteTag(mine, i), noteTag(theirs, i)])
  await post(tags.map((tag) => ({ tag, sealed: random(384) })))
  const head = patient.chain.view().head.number
  await net.rpc.request('evm_mine', [])
  await until(patient, () => patient.summary().head.number > head)
  expect(facts(patient.summary())).toEqual(before)
  await (await Relationship.stopAll(patient, { relationship })).until('mined')
  expect(Relationship.of(patient, relationship).epoch).toBe(1)
})

test('junk that stands first under a tag hides nothing', async () => {
  const patient = await net.open(await net.register())
  const { idTag } = patient.me() as { idTag: Hex }
  await until(hospital, () => hospital.peer(idTag) !== undefined)
  net.relay.mode = 'drop'
  const { relationship } = await Relationship.propose(hospital, { subject: idTag })
  const standing = (tag: Uint8Array) => hospital.chain.view().notes(toHex(tag))
  const first = hospital.outbox
    .pending()
    .flatMap(({ notes }) => notes)
    .find(({ tag }) => standing(tag).length === 0)
  if (!first) throw new Error('a note on its way expected')
  // Whoever sees a note on its way may put junk under its tag before it.
  await post([{ tag: first.tag, sealed: random(384) }])
  await until(patient, () => patient.chain.view().notes(toHex(first.tag)).length === 1)
  net.relay.mode = 'forward'
  await until(patient, () => Relationship.list(patient).some(({ id }) => id === relationship))
  // Hers may have been sent twice.
  expect(patient.chain.view().notes(toHex(first.tag)).length).toBeGreaterThan(1)
})

test("a person cannot be anybody's steward, and nobody is answered for by another", async () => {
  const [alice, mallory] = [await net.register(), await net.register()]
  const [patient, person] = [await net.open(alice), await net.open(mallory)]
  await befriend(patient, person)
  const proposed = await Relationship.propose(person, { subject: alice.tag, shownAtDesk: true })
  await proposed.until('mined')
  await until(patient, () => patient.summary().ignored.length === 1)
  expect(patient.summary().ignored[0]).toMatchObject({
    from: mallory.tag,
    kind: 'proposal',
    reason: 'not-institution',
  })
  expect(Relationship.list(patient)).toEqual([])

  // The hospital shares the secret of Alice's notes to it, but not her identity key.
  const relationship = await accepted(patient)
  const forged: NoteContent = {
    kind: 'acknowledgement',
    relationship: fromHex(relationship),
    pointer: random(16),
    version: 9,
    verdict: 0,
  }
  const direction = (hospital.peer(alice.tag) as NonNullable<ReturnType<Opened['peer']>>).pair
    .theirs
  await post(sealNote({ direction, counter: 5, content: forged }))
  await until(patient, () => patient.summary().ignored.length === 2)
  expect(patient.summary().ignored).toContainEqual(
    expect.objectContaining({ kind: 'acknowledgement', reason: 'not-signed' }),
  )
})

test('shares that no grant, or another scope, stands for are ignored', async () => {
  const [alice, bob] = [await net.register(), await net.register()]
  const [patient, doctor] = [await net.open(alice), await net.open(bob)]
  await befriend(patient, doctor)
  const relationship = await accepted(patient)
  const granted = await share(patient, relationship, bob.tag)
  await granted.until('mined')
  await until(doctor, () => doctor.summary().sharedWithMe.length === 1)
  const [real] = doctor.summary().sharedWithMe
  if (!real) throw new Error('no share')
  const { scope } = real
  const direction = (patient.peer(bob.tag) as NonNullable<ReturnType<Opened['peer']>>).pair.mine
  const content = {
    kind: 'share' as const,
    ...scope,
    grant: fromHex(real.grant),
    signature: fromHex(real.signature),
  }
  const wider = scope.entries.map((entry) => ({ ...entry, mask: 0xffn }))
  await post(sealNote({ direction, counter: 3, content: { ...content, entries: wider } }))
  await post(sealNote({ direction, counter: 6, content: { ...content, grant: random(20) } }))
  await until(doctor, () => doctor.summary().ignored.length === 2)
  expect(doctor.summary().ignored.map(({ reason }) => reason)).toEqual([
    'scope-mismatch',
    'no-grant',
  ])
  expect(doctor.summary().sharedWithMe).toEqual([real])
})

test("a share whose signature is not the subject's is ignored by the steward", async () => {
  const [alice, bob] = [await net.register(), await net.register()]
  const [patient, doctor] = [await net.open(alice), await net.open(bob)]
  await befriend(patient, doctor)
  const relationship = await accepted(patient)
  const granted = await share(patient, relationship, bob.tag)
  await granted.until('mined')
  await until(hospital, () => Relationship.of(hospital, relationship).shares.length === 1)
  const [real] = Relationship.of(hospital, relationship).shares
  if (!real) throw new Error('no share')
  const direction = (patient.peer(net.hospital.tag) as NonNullable<ReturnType<Opened['peer']>>).pair
    .mine
  const before = hospital.summary().ignored.length
  const key = Keys.grantKey(alice.keys, fromHex(relationship), random(16))
  const copy = {
    kind: 'shareCopy' as const,
    ...real.scope,
    grant: key.address,
    signature: random(64),
  }
  await net.relay.send(
    encodeRecord(
      {
        kind: 'grant',
        key: key.address,
        expiresAt: Math.floor(Date.now() / 1000) + 600,
        sequence: 1,
        commitment: fromHex(
          `0x${(hospital.chain.view().grant(real.grant) as { commitment: string }).commitment}`,
        ),
        deadline: Math.floor(Date.now() / 1000) + 600,
      },
      key,
      patient.domain,
      sealNote({ direction, counter: 8, content: copy }),
    ),
  )
  await until(hospital, () => hospital.summary().ignored.length > before)
  expect(hospital.summary().ignored.at(-1)?.reason).toBe('bad-signature')
  expect(Relationship.of(hospital, relationship).shares).toHaveLength(1)
})

test('a card of another network, or with another key, is refused', async () => {
  const [patient, other] = [
    await net.open(await net.register()),
    await net.open(await net.register()),
  ]
  const card = Contact.fromText(Contact.toText(Contact.card(other, 'Other')))
  await expect(
    Contact.add(patient, { card: { ...card, network: toHex(random(32)) } }),
  ).rejects.toThrow('another network')
  await expect(
    Contact.add(patient, { card: { ...card, identity: toHex(random(20)) } }),
  ).rejects.toMatchObject({ code: 'CARD_MISMATCH' })
})

test('records are not proposed to a key that one other institution alone bound', async () => {
  const stranger = await net.register(net.clinic)
  await until(hospital, () => hospital.peer(stranger.tag) !== undefined)
  expect(() => Relationship.prepare(hospital, { subject: stranger.tag })).toThrow(
    Relationship.NotAttestedError,
  )
  expect(Relationship.prepare(hospital, { subject: stranger.tag, shownAtDesk: true }).subject).toBe(
    stranger.tag,
  )
})

test('a share begins with the newest block, whatever our clock says, and never in the future', async () => {
  const { chain } = await net.open(await net.register())
  const { time } = chain.status().head
  const told = (now: number): number => Share.startingNow({ clock: () => now, chain })
  expect(told(time + 86_400.5)).toBe(time)
  expect(told(time - 60.5)).toBe(time - 61)
})
