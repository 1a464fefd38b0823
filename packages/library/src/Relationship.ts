import type { Entry } from '@medrec/client'
import {
  controller,
  controllerAddress,
  fromHex,
  type Hex,
  Keys,
  MedrecError,
  noAddress,
  type Operation,
  policies,
  random,
  relationshipId,
  type Terms,
  termsHash,
  toHex,
} from '@medrec/protocol'
import { peerOf, registered, seal, UnknownParticipantError } from './letters.ts'
import type { Participant } from './Participant.ts'
import type { SignerRef } from './signers.ts'
import type { RelationshipState } from './state.ts'
import type { Submission } from './submission.ts'

/** A proposal on its way, with the id that it will have. */
export type Proposed = Submission & { readonly relationship: Hex }

type Ending = { readonly relationship: Hex; readonly reason?: string | undefined }

/** Whom to propose to, and how. */
export type ProposeOptions = {
  readonly subject: Hex
  readonly policy?: 'subjectOnly' | 'dualConsent'
  /** She showed this key at our own desk (QR). */
  readonly shownAtDesk?: boolean
  /** A relationship under her former keys, or lost data, is begun anew. */
  readonly restored?: boolean
}

/** A proposal that is not sent yet: everything a steward wants on disk before it goes out. */
export type Proposal = {
  readonly relationship: Hex
  readonly subject: Hex
  readonly nonce: Hex
  readonly terms: Terms
  readonly controllers: { readonly steward: Hex; readonly subject: Hex }
  readonly restored: boolean
}

/**
 * Proposes stewardship to a subject (paper III-B, PPR). A look-up alone never decides to whom: her key was
 * shown at our desk, or two institutions attest it (docs/protocol.md 10.1). Throws NotAttestedError.
 */
export function propose(participant: Participant, options: ProposeOptions): Promise<Proposed> {
  return sendProposal(participant, prepare(participant, options))
}

/** Draws up a proposal without sending it. Throws NotAttestedError, UnknownParticipantError. */
export function prepare(participant: Participant, options: ProposeOptions): Proposal {
  const me = registered(participant)
  const peer = peerOf(participant, options.subject)
  requireAttested(me, peer.entry, options.shownAtDesk ?? false)
  const nonce = random(16)
  const isDual = options.policy === 'dualConsent'
  const terms: Terms = {
    stewardTag: fromHex(me.idTag),
    subjectTag: fromHex(options.subject),
    stewardVersion: me.version,
    subjectVersion: peer.entry.version,
    salt: random(32),
    policy: isDual ? policies.dualConsent : policies.subjectOnly,
    consent: isDual ? Keys.consentKey(participant.keys, nonce).address : noAddress,
  }
  const stewardToSubject = peer.pair.mine
  const steward = controller({ keys: participant.keys, stewardToSubject, role: 'steward', nonce })
  const subject = controllerAddress({
    networkId: fromHex(participant.network.networkId),
    stewardToSubject,
    role: 'subject',
    nonce,
    spendKey: peer.entry.spendKey,
  })
  if (!steward || !subject) throw new UnknownParticipantError(options.subject)
  return {
    relationship: toHex(relationshipId(steward.address, subject, termsHash(terms))),
    subject: options.subject,
    nonce: toHex(nonce),
    terms,
    controllers: { steward: toHex(steward.address), subject: toHex(subject) },
    restored: options.restored ?? false,
  }
}

/** What became of a proposal that was handed to the outbox before. */
export function sent(participant: Participant, proposal: Proposal): Submission | undefined {
  const known = participant.outbox
    .all()
    .find(
      ({ about, state }) =>
        about.kind === 'propose' &&
        about['relationship'] === proposal.relationship &&
        state !== 'rejected',
    )
  return known && participant.outbox.find(known.id)
}

/** Sends what `prepare` drew up. */
export async function sendProposal(
  participant: Participant,
  proposal: Proposal,
): Promise<Proposed> {
  const { relationship, subject, nonce, terms, controllers } = proposal
  const isDual = terms.policy === policies.dualConsent
  const letter = seal(
    participant,
    subject,
    {
      kind: 'proposal',
      nonce: fromHex(nonce, 16),
      salt: terms.salt,
      policy: terms.policy,
      ...(isDual && { consent: terms.consent }),
      stewardVersion: terms.stewardVersion,
      subjectVersion: terms.subjectVersion,
      ...(proposal.restored && { restored: true }),
    },
    { signed: false },
  )
  const submission = await participant.outbox.add({
    about: { kind: 'propose', relationship, subject },
    operation: {
      kind: 'propose',
      steward: fromHex(controllers.steward, 20),
      subject: fromHex(controllers.subject, 20),
      termsHash: termsHash(terms),
      deadline: 0,
    },
    signer: { kind: 'controller', role: 'steward', nonce, peer: subject },
    ...letter,
  })
  return { ...submission, relationship }
}

/** Accepts what a steward proposed (paper III-C, steps 4-6). */
export function accept(participant: Participant, relationship: Hex): Promise<Submission> {
  const state = of(participant, relationship, 'subject')
  if (state.status !== 'proposed') throw new RelationshipStatusError(state)
  const letter = seal(
    participant,
    state.steward,
    { kind: 'answer', relationship: fromHex(relationship), status: 2 },
    { signed: true },
  )
  return participant.outbox.add({
    about: { kind: 'accept', relationship },
    operation: { kind: 'accept', ...partiesOf(state), deadline: 0 },
    signer: signerOf(state),
    ...letter,
  })
}

/** Declines a proposal, with a reason for the steward. */
export function reject(participant: Participant, options: Ending): Promise<Submission> {
  const state = of(participant, options.relationship, 'subject')
  if (state.status !== 'proposed') throw new RelationshipStatusError(state)
  return end(participant, state, { status: 3, reason: options.reason })
}

/** Closes a relationship: by its subject it ends every share, by its steward only new pointers (docs/protocol.md 4). */
export function close(participant: Participant, options: Ending): Promise<Submission> {
  const state = of(participant, options.relationship)
  const open = ['proposed', 'accepted'].includes(state.status)
  if (state.role === 'steward' && open)
    return end(participant, state, { status: 5, reason: options.reason })
  if (state.role === 'subject' && ['accepted', 'closedBySteward'].includes(state.status))
    return end(participant, state, { status: 4, reason: options.reason })
  throw new RelationshipStatusError(state)
}

/** Stops every share of one relationship at once, whatever their number (docs/protocol.md 4). */
export function stopAll(participant: Participant, options: Ending): Promise<Submission> {
  const state = of(participant, options.relationship, 'subject')
  if (state.status === 'rejected') throw new RelationshipStatusError(state)
  const epoch = state.epoch + 1
  return participant.outbox.add({
    about: { kind: 'stopAll', relationship: state.id },
    operation: { kind: 'stopAll', ...partiesOf(state), epoch },
    signer: signerOf(state),
    effect: { kind: 'epoch', id: state.id, epoch },
    push: { steward: state.steward, share: undefined },
  })
}

/** Every relationship of ours, oldest first. */
export function list(participant: Participant): readonly RelationshipState[] {
  return participant.summary().relationships
}

/** One relationship of ours. Throws RelationshipUnknownError; `role`: as what we must stand in it. */
export function of(
  participant: Participant,
  relationship: Hex,
  role?: RelationshipState['role'],
): RelationshipState {
  const state = participant
    .summary()
    .relationships.find((known) => known.id === relationship && (!role || known.role === role))
  if (!state) throw new RelationshipUnknownError(relationship)
  return state
}

/** The key of ours that controls a relationship. */
export function signerOf(state: RelationshipState): SignerRef {
  const peer = state.role === 'steward' ? state.subject : state.steward
  return { kind: 'controller', role: state.role, nonce: state.nonce, peer }
}

type EndStatus = Extract<Operation, { kind: 'end' }>['status']

async function end(
  participant: Participant,
  state: RelationshipState,
  options: { status: EndStatus; reason: string | undefined },
): Promise<Submission> {
  const { status, reason } = options
  const bySubject = state.role === 'subject'
  const letter =
    bySubject &&
    seal(
      participant,
      state.steward,
      { kind: 'answer', relationship: fromHex(state.id), status, reason },
      { signed: true },
    )
  return participant.outbox.add({
    about: { kind: status === 3 ? 'reject' : 'close', relationship: state.id },
    operation: { kind: 'end', ...partiesOf(state), status },
    signer: signerOf(state),
    ...(letter || undefined),
    effect: { kind: 'status', id: state.id, to: status === 3 ? 'rejected' : 'closed' },
    ...(bySubject && { push: { steward: state.steward, share: undefined } }),
  })
}

function partiesOf(state: RelationshipState): {
  steward: Uint8Array
  subject: Uint8Array
  termsHash: Uint8Array
} {
  return {
    steward: fromHex(state.controllers.steward, 20),
    subject: fromHex(state.controllers.subject, 20),
    termsHash: termsHash(state.terms),
  }
}

function requireAttested(me: Entry, subject: Entry, shownAtDesk: boolean): void {
  const attested = new Set([subject.institution, ...subject.attestedBy])
  if (shownAtDesk || attested.has(me.idTag) || attested.size >= 2) return
  throw new NotAttestedError(subject.idTag)
}

/** Records are proposed only to a key shown at our desk or attested by two institutions. */
export class NotAttestedError extends MedrecError {
  readonly code = 'SUBJECT_NOT_ATTESTED'
  constructor(idTag: Hex) {
    super('This key was neither shown at our desk nor attested by two institutions.', {
      facts: [`idTag: ${idTag}`],
    })
  }
}

/** No such relationship stands in our summary. */
export class RelationshipUnknownError extends MedrecError {
  readonly code = 'RELATIONSHIP_UNKNOWN'
  constructor(relationship: Hex) {
    super('We have no such relationship.', { facts: [`Relationship: ${relationship}`] })
  }
}

/** The relationship's status does not allow this step. */
export class RelationshipStatusError extends MedrecError {
  readonly code = 'RELATIONSHIP_STATUS'
  constructor(state: RelationshipState) {
    super('The status of this relationship does not allow that.', {
      facts: [`Relationship: ${state.id}`, `Status: ${state.status}`],
    })
  }
}
