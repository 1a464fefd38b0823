import { waitForReceipt } from '@medrec/client'
import type { EmbeddedEngine } from '@medrec/client/node'
import { batchOf } from '@medrec/contracts'
import {
  controller,
  coverNote,
  encodeNotes,
  encodeRecord,
  ledgerDomain,
  noAddress,
  type Pair,
  type Party,
  pair,
  policies,
  random,
  relationshipId,
  sealNote,
  type Terms,
  termsHash,
  toHex,
} from '@medrec/protocol'
import type { Founded, Founder } from '../founded.ts'
import { progress } from '../progress.ts'

/** Records of a transaction: two to a relationship, with three notes, far below a block's gas. */
const relationshipsAtOnce = 25
/** Cover notes of a record and of a transaction (11,000 gas each). */
const notesOfRecord = 15
const notesAtOnce = 3_000
const deadlineSeconds = 80_000

/** Puts proposed and accepted relationships with one pointer each on the ledger, as relays would. */
export async function fillLedger(
  engine: EmbeddedEngine,
  founded: Founded,
  relationships: number,
): Promise<void> {
  const { institution, person } = founded
  const secrets = pair(institution.keys, partyOf(institution), partyOf(person))
  if (!secrets) throw new Error('the keys of this benchmark share no secret')
  let counter = 0
  for (let done = 0; done < relationships; done += relationshipsAtOnce) {
    progress(`restore: relationships ${done} of ${relationships}`)
    const records: Uint8Array[] = []
    for (let i = done; i < Math.min(done + relationshipsAtOnce, relationships); i++) {
      const made = relationshipOf(founded, secrets, counter)
      counter = made.next
      records.push(...made.records)
    }
    await post(engine, founded, records)
  }
}

/** Notes of others, that nobody of this benchmark can open. */
export async function fillWithNotes(
  engine: EmbeddedEngine,
  founded: Founded,
  notes: number,
): Promise<void> {
  for (let done = 0; done < notes; done += notesAtOnce) {
    if (done % (notesAtOnce * 10) === 0) progress(`restore: notes of others ${done} of ${notes}`)
    const records: Uint8Array[] = []
    for (let i = 0; i < Math.min(notesAtOnce, notes - done); i += notesOfRecord)
      records.push(encodeNotes(Array.from({ length: notesOfRecord }, () => coverNote())))
    await post(engine, founded, records)
  }
}

async function post(
  { rpc }: EmbeddedEngine,
  { network, relay }: Founded,
  records: readonly Uint8Array[],
): Promise<void> {
  const { data } = batchOf(records.map(toHex))
  const hash = await relay.submit({ to: network.ledger, data, gas: 60_000_000n })
  const receipt = await waitForReceipt(rpc, hash)
  if (receipt.status !== '0x1') throw new Error('a batch of this benchmark failed')
}

function relationshipOf(
  { network, institution, person }: Founded,
  secrets: Pair,
  counter: number,
): { readonly records: readonly Uint8Array[]; readonly next: number } {
  const [nonce, salt] = [random(16), random(32)]
  const terms: Terms = {
    stewardTag: institution.idTag,
    subjectTag: person.idTag,
    stewardVersion: 1,
    subjectVersion: 1,
    salt,
    policy: policies.subjectOnly,
    consent: noAddress,
  }
  const stewardToSubject = secrets.mine
  const parties = { stewardToSubject, nonce }
  const steward = controller({ keys: institution.keys, role: 'steward', ...parties })
  const subject = controller({ keys: person.keys, role: 'subject', ...parties })
  if (!steward || !subject) throw new Error('a derivation of this benchmark gave no key')
  const hash = termsHash(terms)
  const relation = { steward: steward.address, subject: subject.address, termsHash: hash }
  const deadline = Math.floor(Date.now() / 1_000) + deadlineSeconds
  const domain = ledgerDomain(network)
  const letter = { direction: stewardToSubject, counter }
  const versions = { stewardVersion: 1, subjectVersion: 1 }
  const proposal = sealNote({
    ...letter,
    content: { kind: 'proposal', nonce, salt, policy: terms.policy, ...versions },
  })
  const pointer = sealNote({
    ...letter,
    counter: counter + proposal.length,
    content: pointerOf(relationshipId(steward.address, subject.address, hash)),
    author: {
      account: institution.keys.identity,
      domain,
      idTag: institution.idTag,
      reader: person.idTag,
    },
  })
  return {
    records: [
      encodeRecord({ kind: 'propose', deadline, ...relation }, steward, domain, proposal),
      encodeNotes(pointer),
      encodeRecord({ kind: 'accept', deadline, ...relation }, subject, domain),
    ],
    next: counter + proposal.length + pointer.length,
  }
}

function pointerOf(relationship: Uint8Array): Parameters<typeof sealNote>[0]['content'] {
  return {
    kind: 'pointer',
    relationship,
    pointer: random(16),
    category: 5,
    schema: 1,
    catalogue: 1,
    querySalt: random(16),
    query: 'SELECT date, code, value, unit FROM laboratory WHERE patient_id = :patient',
    result: random(32),
    resource: 'labs',
    place: 'https://gatekeeper.riverside.example.org',
    version: 1,
    time: Math.floor(Date.now() / 1_000),
  }
}

function partyOf({ idTag, keys }: Founder): Party {
  return {
    idTag,
    identity: keys.identity.address,
    version: 1,
    spendKey: keys.spend.publicKey,
    viewKey: keys.view.publicKey,
  }
}
