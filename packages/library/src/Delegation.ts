import {
  categoryBits,
  type Delegation,
  delegationHash,
  delegationRights,
  delegationSalt,
  fromHex,
  type Hex,
  indexPointer,
  Keys,
  MalformedError,
  MedrecError,
  mapKey,
  type NoteContent,
  signDelegation,
  toHex,
} from '@medrec/protocol'
import { delegationJson } from './access.ts'
import { grantOperation } from './grantOperation.ts'
import { peerOf, registered, seal } from './letters.ts'
import { controllerOf, freshKey, nonceOf } from './oneTimeKeys.ts'
import type { Participant } from './Participant.ts'
import * as Relationship from './Relationship.ts'
import { startingNow } from './Share.ts'
import {
  type DelegationState,
  delegationStanding,
  type GivenDelegation,
  type RelationshipState,
} from './state.ts'
import type { Submission } from './submission.ts'
import type { PresentedDelegation } from './wire.ts'

/** Whom a subject lets act for her in one relationship, how far and how long (docs/protocol.md 3.1). */
export type GiveOptions = {
  readonly relationship: Hex
  readonly delegate: Hex
  /** Numbers of categories (docs/protocol.md section 3). */
  readonly categories: readonly number[]
  /** May share what he may read. */
  readonly mayShare: boolean
  /** Unix seconds; every delegation ends. */
  readonly expiresAt: number
}

/** A delegation on its way, with the slot's address that names it. */
export type Given = Submission & { readonly slot: Hex }

/**
 * Lets somebody read certain categories for the subject, and share them if she wants, until a time. He cannot pass
 * that on: only the subject's controller signs a delegation. Throws DelegationRefusedError.
 */
export async function give(participant: Participant, options: GiveOptions): Promise<Given> {
  const state = Relationship.of(participant, options.relationship, 'subject')
  requireDelegable(state, options, participant.clock())
  const me = registered(participant)
  const peer = peerOf(participant, options.delegate)
  const relationship = fromHex(state.id)
  const known = state.delegations.map(({ slot }) => slot)
  const { nonce, account } = freshKey(participant, known, (each) =>
    Keys.delegationKey(participant.keys, relationship, each),
  )
  const { read, share } = delegationRights
  const delegation: Delegation = {
    subject: fromHex(me.idTag),
    steward: fromHex(state.steward),
    delegate: fromHex(options.delegate),
    relationship,
    epoch: state.epoch,
    index: mapKey(state.terms.salt, relationship, indexPointer),
    rights: options.mayShare ? read | share : read,
    categories: categoryBits(options.categories),
    notBefore: startingNow(participant),
    salt: delegationSalt(peer.pair.mine, relationship, account.address),
  }
  const hash = delegationHash(delegation)
  const controller = controllerOf(participant, state)
  const signature = signDelegation(controller, participant.domain, account.address, hash)
  const { steward, index, epoch, rights, categories, notBefore } = delegation
  const content: NoteContent = {
    kind: 'delegation',
    ...{ steward, relationship, index, epoch, rights, categories, notBefore },
    slot: account.address,
    signature,
  }
  const address = toHex(account.address)
  const about = { relationship: state.id, grant: address, delegate: options.delegate }
  const submission = await participant.outbox.add({
    about: { kind: 'delegate', ...about },
    operation: grantOperation({ key: account.address, hash, expiresAt: options.expiresAt }),
    signer: { kind: 'delegation', relationship: state.id, nonce },
    ...seal(participant, options.delegate, content, { signed: false }),
  })
  return { ...submission, slot: address }
}

/** Ends a delegation and all that was shared by it, for ever; told to the gatekeeper at once. */
export async function end(
  participant: Participant,
  options: { readonly slot: Hex; readonly reason?: string },
): Promise<Submission> {
  const state = listGiven(participant).find(({ slot }) => slot === options.slot)
  if (!state) throw new DelegationUnknownError(options.slot)
  const { relationship, steward, delegate } = state
  const known = Relationship.of(participant, relationship).delegations.length
  const nonce = nonceOf(participant, options.slot, known, (each) =>
    Keys.delegationKey(participant.keys, fromHex(relationship), each),
  )
  if (nonce === undefined) throw new DelegationUnknownError(options.slot)
  const key = fromHex(options.slot, 20)
  const content: NoteContent = { kind: 'stopped', grant: key, reason: options.reason }
  return participant.outbox.add({
    about: { kind: 'endDelegation', grant: options.slot, relationship, delegate },
    operation: { kind: 'revoke', key },
    signer: { kind: 'delegation', relationship, nonce },
    effect: { kind: 'revoked', address: options.slot },
    push: { steward, share: undefined },
    ...(options.reason !== undefined && seal(participant, delegate, content, { signed: true })),
  })
}

/** Delegations that I gave, in every relationship of mine. */
export function listGiven(participant: Participant): readonly DelegationState[] {
  return participant
    .summary()
    .relationships.flatMap(({ role, delegations }) => (role === 'subject' ? delegations : []))
}

/** Delegations by which I may act for others. */
export function listActingFor(participant: Participant): readonly DelegationState[] {
  return participant.summary().actingFor
}

/** A delegation with its signature, as requests present it and as an institution reads it to explain an access. */
export function presented(state: GivenDelegation): PresentedDelegation {
  return delegationJson(state)
}

/** A delegation by which I may act now. Throws DelegationUnknownError, DelegationEndedError. */
export function actingBy(participant: Participant, slot: Hex): DelegationState {
  const state = listActingFor(participant).find((known) => known.slot === slot)
  if (!state) throw new DelegationUnknownError(slot)
  if (delegationStanding(state, participant.clock()) !== 'live')
    throw new DelegationEndedError(slot)
  return state
}

function requireDelegable(state: RelationshipState, options: GiveOptions, now: number): void {
  const open = ['accepted', 'closedBySteward'].includes(state.status) && !state.frozen
  if (!open) throw new Relationship.RelationshipStatusError(state)
  if (state.policy !== 'subjectOnly') throw new DelegationRefusedError(state.id)
  if ([state.subject, state.steward].includes(options.delegate))
    throw new MalformedError('a delegate is somebody else than the patient and the institution')
  if (options.expiresAt <= now) throw new MalformedError('a delegation ends in the future')
  if (categoryBits(options.categories) === 0)
    throw new MalformedError('a delegation names at least one category')
}

/** No such delegation stands in our summary. */
export class DelegationUnknownError extends MedrecError {
  readonly code = 'DELEGATION_UNKNOWN'
  constructor(slot: Hex) {
    super('We know no such delegation.', { facts: [`Delegation: ${slot}`] })
  }
}

/** The delegation has ended, or the relationship with it. */
export class DelegationEndedError extends MedrecError {
  readonly code = 'DELEGATION_ENDED'
  constructor(slot: Hex) {
    super('This delegation has ended.', { facts: [`Delegation: ${slot}`] })
  }
}

/** Under dual consent the institution answers to each share, and nobody acts for the subject. */
export class DelegationRefusedError extends MedrecError {
  readonly code = 'DELEGATION_REFUSED'
  constructor(relationship: Hex) {
    super(
      'In this relationship the institution consents to each share, so nobody can act for you.',
      {
        facts: [`Relationship: ${relationship}`],
      },
    )
  }
}
