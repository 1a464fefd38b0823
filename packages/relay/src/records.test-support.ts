import {
  controller,
  coverNote,
  encodeRecord,
  Keys,
  type Operation,
  type Pair,
  pair,
  random,
  relationshipId,
} from '@medrec/protocol'
import type { Person, TestNetwork } from '../../registrar/src/network.test-support.ts'
import { issueToken, type RelayToken } from './tokens.ts'

/** Unix seconds. */
export const now = (): number => Math.floor(Date.now() / 1000)

/** A token of the institution for today. */
export function tokenFor(
  network: TestNetwork,
  change: Partial<Parameters<typeof issueToken>[0]> = {},
): RelayToken {
  return issueToken({
    keys: network.institution.keys,
    domain: network.domain,
    institution: network.institution.party.idTag,
    registrant: random(32),
    day: Math.floor(now() / 86_400),
    operations: 100,
    ...change,
  })
}

/** A proposal of the institution to a person, its acceptance and its end. */
export function relationship(
  network: TestNetwork,
  patient: Person,
): Record<'propose' | 'accept' | 'reject', Uint8Array> & { id: Uint8Array } {
  const { institution, domain } = network
  const { mine } = pair(institution.keys, institution.party, patient.party) as Pair
  const { theirs } = pair(patient.keys, patient.party, institution.party) as Pair
  const nonce = random(16)
  const steward = controller({
    keys: institution.keys,
    stewardToSubject: mine,
    role: 'steward',
    nonce,
  })
  const subject = controller({
    keys: patient.keys,
    stewardToSubject: theirs,
    role: 'subject',
    nonce,
  })
  if (!steward || !subject) throw new Error('no controllers')
  const relation = { steward: steward.address, subject: subject.address, termsHash: random(32) }
  const deadline = now() + 600
  const record = (operation: Operation, by: typeof steward): Uint8Array =>
    encodeRecord(operation, by, domain)
  return {
    id: relationshipId(relation.steward, relation.subject, relation.termsHash),
    propose: record({ kind: 'propose', ...relation, deadline }, steward),
    accept: record({ kind: 'accept', ...relation, deadline }, subject),
    reject: record({ kind: 'end', ...relation, status: 3 }, subject),
  }
}

/** A grant with a note, its key, and its revocation. */
export function grant(
  network: TestNetwork,
  change: Partial<Extract<Operation, { kind: 'grant' }>> = {},
): {
  record: Uint8Array
  revoke: Uint8Array
  key: Uint8Array
} {
  const account = Keys.grantKey(network.institution.keys, random(32), random(16))
  const operation: Operation = {
    kind: 'grant',
    key: account.address,
    expiresAt: now() + 86_400,
    sequence: 1,
    commitment: random(26),
    deadline: now() + 600,
    ...change,
  }
  return {
    key: account.address,
    record: encodeRecord(operation, account, network.domain, [coverNote()]),
    revoke: encodeRecord({ kind: 'revoke', key: account.address }, account, network.domain),
  }
}
