import {
  consentCommitment,
  fromHex,
  grantCommitment,
  type Hex,
  indexPointer,
  Keys,
  MalformedError,
  MedrecError,
  mapKey,
  type NoteContent,
  policies,
  type Scope,
  scopeHash,
  scopeSalt,
  signShare,
  signStatement,
  toHex,
} from '@medrec/protocol'
import { grantOperation } from './grantOperation.ts'
import { peerOf, registered, seal } from './letters.ts'
import { controllerOf, freshKey, nonceOf } from './oneTimeKeys.ts'
import type { Participant } from './Participant.ts'
import * as Relationship from './Relationship.ts'
import * as Scopes from './Scopes.ts'
import type { RelationshipState, ShareState } from './state.ts'
import type { Submission } from './submission.ts'
import { type NewWish, newWishId } from './wishes.ts'

/** What the subject wants to share (paper III-B, viewers and permissions). */
export type GrantOptions = {
  readonly relationship: Hex
  readonly viewer: Hex
  readonly entries: readonly Scopes.EntryJson[]
  /** Numbers of purposes (docs/protocol.md section 3). */
  readonly purposes: readonly number[]
  /** Unix seconds; every share ends. */
  readonly expiresAt: number
  /** Unix seconds; `startingNow` when absent. */
  readonly notBefore?: number
}

/** A share on its way, with the grant's address that names it. */
export type Granted = Submission & { readonly grant: Hex }

/**
 * When a share begins that is made now, in unix seconds: with the newest block that we know of, or earlier. A
 * gatekeeper counts from the chain's clock too, and our own may be ahead; before its block no grant opens anything.
 */
export function startingNow({
  chain,
  clock,
}: {
  readonly chain: Pick<Participant['chain'], 'status'>
  readonly clock: () => number
}): number {
  return Math.min(Math.floor(clock()), chain.status().head.time)
}

/**
 * Lets a viewer read some fields of some pointers for some purposes until a time (paper III-B, PPR). The
 * viewer learns it from a note, the steward from another; strangers see one anonymous slot.
 */
export async function grant(participant: Participant, options: GrantOptions): Promise<Granted> {
  const state = Relationship.of(participant, options.relationship, 'subject')
  requireSharable(state, options, participant.clock())
  const me = registered(participant)
  const viewer = peerOf(participant, options.viewer)
  const { nonce, account } = freshGrantKey(participant, state)
  const relationship = fromHex(state.id)
  const scope: Scope = {
    subject: fromHex(me.idTag),
    steward: fromHex(state.steward),
    viewer: fromHex(options.viewer),
    relationship,
    epoch: state.epoch,
    index: mapKey(state.terms.salt, relationship, indexPointer),
    purposes: options.purposes.reduce((bits, purpose) => bits | (1 << purpose), 0),
    notBefore: Math.floor(options.notBefore ?? startingNow(participant)),
    salt: scopeSalt(viewer.pair.mine, relationship, account.address),
    entries: Scopes.entriesFromJson(options.entries),
  }
  const hash = scopeHash(scope)
  const signature = signShare(
    controllerOf(participant, state),
    participant.domain,
    account.address,
    hash,
  )
  const shared = { ...sharedPart(scope), grant: account.address, signature }
  const address = toHex(account.address)
  const about = { relationship: state.id, grant: address, viewer: options.viewer }
  const policy = state.policy === 'dualConsent' ? { policy: policies.dualConsent } : {}
  const wish: NewWish = {
    about: { kind: 'grant', ...about, nonce },
    operation: grantOperation({ key: account.address, hash, expiresAt: options.expiresAt }),
    signer: { kind: 'grant', relationship: state.id, nonce },
    ...seal(
      participant,
      options.viewer,
      { kind: 'share', ...policy, ...shared },
      { signed: false },
    ),
  }
  const isSteward = options.viewer === state.steward
  const copies = isSteward ? [] : [copyForSteward(participant, state, { shared, scope, about })]
  const [submission] = await participant.outbox.addAll([wish, ...copies])
  return { ...(submission as Submission), grant: address }
}

/** Moves the end of a share, in place; what is shared cannot change (docs/protocol.md 4). */
export function renew(
  participant: Participant,
  options: { readonly grant: Hex; readonly expiresAt: number },
): Promise<Submission> {
  const share = mine(participant, options.grant)
  if (share.status === 'revoked') throw new ShareEndedError(share.grant)
  const hash = scopeHash(share.scope)
  const sequence = newestSequence(participant, share) + 1
  return participant.outbox.add({
    about: { kind: 'renew', grant: share.grant, relationship: share.relationship },
    operation: grantOperation({ key: fromHex(share.grant), hash, ...options, sequence }),
    signer: grantSigner(participant, share.relationship, share.grant),
    effect: {
      kind: 'grant',
      address: share.grant,
      sequence,
      commitment: toHex(grantCommitment(hash)),
    },
  })
}

/** The last word on a share's end counts, also when those before it are still on their way. */
function newestSequence({ outbox }: Participant, { grant: address, sequence }: ShareState): number {
  const waiting = outbox
    .pending()
    .filter(({ about }) => about.kind === 'renew' && about['grant'] === address)
    .map(({ operation }) => (operation?.kind === 'grant' ? operation.sequence : 0))
  return Math.max(sequence, ...waiting)
}

/** Stops a share for ever: told to the gatekeeper at once, then on the chain (docs/protocol.md 4). */
export async function revoke(
  participant: Participant,
  options: { readonly grant: Hex; readonly reason?: string },
): Promise<Submission> {
  const share = listMine(participant).find((known) => known.grant === options.grant)
  const waiting = participant.outbox
    .pending()
    .find(({ about }) => about.kind === 'grant' && about['grant'] === options.grant)
  if (!share && !waiting) throw new ShareUnknownError(options.grant)
  const relationship = share?.relationship ?? (waiting?.about['relationship'] as Hex)
  const viewer = share?.viewer ?? (waiting?.about['viewer'] as Hex)
  const state = Relationship.of(participant, relationship, 'subject')
  const key = fromHex(options.grant, 20)
  const content: NoteContent = { kind: 'stopped', grant: key, reason: options.reason }
  return participant.outbox.add({
    about: { kind: 'revoke', grant: options.grant, relationship, viewer },
    operation: { kind: 'revoke', key },
    signer: grantSigner(participant, relationship, options.grant),
    effect: { kind: 'revoked', address: options.grant },
    push: {
      steward: state.steward,
      share: share && { signature: share.signature, scope: Scopes.toJson(share.scope) },
    },
    after: share ? undefined : waiting?.id,
    ...(options.reason !== undefined && seal(participant, viewer, content, { signed: true })),
  })
}

/** The steward's consent to a share, as the dual-consent policy demands (paper III-B, policies). Throws ConsentNotWantedError. */
export async function consent(participant: Participant, grantAddress: Hex): Promise<Submission> {
  const { share, state } = held(participant, grantAddress)
  if (!['awaitingConsent', 'declined'].includes(share.status))
    throw new ConsentNotWantedError(grantAddress)
  const slot = Keys.consentSlotKey(participant.keys, fromHex(share.grant))
  const scope = scopeHash(share.scope)
  const key = Keys.consentKey(participant.keys, fromHex(state.nonce))
  const signature = signStatement(key, participant.domain, 'Consent', {
    slot: slot.address,
    grant: fromHex(share.grant),
    scope,
  })
  const content: NoteContent = {
    kind: 'consent',
    grant: fromHex(share.grant),
    slot: slot.address,
    signature,
  }
  const about = { kind: 'consent', grant: share.grant, relationship: state.id }
  const id = newWishId()
  const wish: NewWish = {
    ...{ id, about },
    operation: {
      kind: 'grant',
      key: slot.address,
      expiresAt: share.expiresAt,
      sequence: 1,
      commitment: consentCommitment(scope, slot.address),
      deadline: 0,
    },
    signer: { kind: 'consentSlot', grant: share.grant },
    ...seal(participant, state.subject, content, { signed: true }),
  }
  const copy: NewWish = {
    about: { ...about, kind: 'consentCopy' },
    after: id,
    ...seal(participant, share.viewer, content, { signed: true }),
  }
  const [submission] = await participant.outbox.addAll([wish, copy])
  return submission as Submission
}

/**
 * The steward's no to a share that waits for consent: the subject reads it with its reason, the viewer without
 * (docs/decisions/006-a-no-under-dual-consent-is-a-note.md). A later consent overrides it.
 */
export async function declineConsent(
  participant: Participant,
  { grant: address, reason }: { readonly grant: Hex; readonly reason?: string | undefined },
): Promise<Submission> {
  const { share, state } = held(participant, address)
  const isSent = participant.outbox
    .pending()
    .some(({ about }) => about.kind === 'declineConsent' && about['grant'] === address)
  if (share.status !== 'awaitingConsent' || isSent) throw new ConsentNotWantedError(address)
  const content = { kind: 'stopped', grant: fromHex(address) } as const
  const about = { kind: 'declineConsent', grant: address, relationship: state.id }
  const id = newWishId()
  const [submission] = await participant.outbox.addAll([
    { id, about, ...seal(participant, state.subject, { ...content, reason }, { signed: true }) },
    {
      about: { ...about, kind: 'declineCopy' },
      after: id,
      ...seal(participant, share.viewer, content, { signed: true }),
    },
  ])
  return submission as Submission
}

/** Takes the steward's consent back, for ever. */
export async function revokeConsent(
  participant: Participant,
  grantAddress: Hex,
): Promise<Submission> {
  const { share, state } = held(participant, grantAddress)
  if (!share.consent) throw new ShareUnknownError(grantAddress)
  const { slot } = share.consent
  return participant.outbox.add({
    about: { kind: 'revokeConsent', grant: share.grant, relationship: state.id },
    operation: { kind: 'revoke', key: fromHex(slot) },
    signer: { kind: 'consentSlot', grant: share.grant },
    effect: { kind: 'revoked', address: slot },
  })
}

/** Shares that I gave as a subject; those of my delegates stand with their delegations. */
export function listMine(participant: Participant): readonly ShareState[] {
  return participant
    .summary()
    .relationships.flatMap(({ role, shares }) =>
      role === 'subject' ? shares.filter(({ by }) => by === undefined) : [],
    )
}

/** Shares that others gave to me. */
export function listSharedWithMe(participant: Participant): readonly ShareState[] {
  return participant.summary().sharedWithMe
}

/** Shares of our patients that wait for our consent. */
export function listAwaitingConsent(participant: Participant): readonly ShareState[] {
  return participant
    .summary()
    .relationships.flatMap(({ role, shares }) => (role === 'steward' ? shares : []))
    .filter(({ status }) => status === 'awaitingConsent')
}

function requireSharable(state: RelationshipState, options: GrantOptions, now: number): void {
  const open = ['accepted', 'closedBySteward'].includes(state.status) && !state.frozen
  if (!open) throw new Relationship.RelationshipStatusError(state)
  if (options.expiresAt <= now) throw new MalformedError('a share ends in the future')
  if (options.entries.length === 0) throw new MalformedError('a share names at least one field')
  if (options.entries.some(({ mask }) => BigInt(mask) === 0n))
    throw new MalformedError('a share names at least one field of each resource')
  if (options.purposes.length === 0) throw new MalformedError('a share names its purpose')
}

function freshGrantKey(
  participant: Participant,
  state: RelationshipState,
): ReturnType<typeof freshKey> {
  const known = state.shares.map(({ grant: address }) => address)
  return freshKey(participant, known, (nonce) =>
    Keys.grantKey(participant.keys, fromHex(state.id), nonce),
  )
}

/** Finds which key of ours a grant is, also after a restore. */
function grantSigner(
  participant: Participant,
  relationship: Hex,
  address: Hex,
): { kind: 'grant'; relationship: Hex; nonce: Hex } {
  const known = Relationship.of(participant, relationship).shares.length
  const nonce = nonceOf(participant, address, known, (each) =>
    Keys.grantKey(participant.keys, fromHex(relationship), each),
  )
  if (nonce === undefined) throw new ShareUnknownError(address)
  return { kind: 'grant', relationship, nonce }
}

/** The steward hears of every share (requirement 58), at a time that ties nothing to the share's own. */
function copyForSteward(
  participant: Participant,
  state: RelationshipState,
  share: {
    shared: Omit<Extract<NoteContent, { kind: 'share' }>, 'kind'>
    scope: Scope
    about: Readonly<Record<string, unknown>>
  },
): NewWish {
  const { viewer, salt } = share.scope
  const content: NoteContent = { kind: 'shareCopy', ...share.shared, viewer, salt }
  const { copyDelay } = participant
  return {
    about: { ...share.about, kind: 'shareCopy' },
    ...(copyDelay > 0 && { notBefore: participant.clock() + copyDelay * randomPart() }),
    ...seal(participant, state.steward, content, { signed: false }),
  }
}

function randomPart(): number {
  return (crypto.getRandomValues(new Uint32Array(1))[0] as number) / 2 ** 32
}

function sharedPart(
  scope: Scope,
): Omit<Extract<NoteContent, { kind: 'share' }>, 'kind' | 'grant' | 'signature'> {
  const { steward, relationship, index, epoch, purposes, notBefore, entries } = scope
  return { steward, relationship, index, epoch, purposes, notBefore, entries }
}

function mine(participant: Participant, address: Hex): ShareState {
  const share = listMine(participant).find((known) => known.grant === address)
  if (!share) throw new ShareUnknownError(address)
  return share
}

function held(
  participant: Participant,
  address: Hex,
): { share: ShareState; state: RelationshipState } {
  for (const state of participant.summary().relationships) {
    const share = state.shares.find((known) => known.grant === address)
    if (share && state.role === 'steward') return { share, state }
  }
  throw new ShareUnknownError(address)
}

/** No such share stands in our summary. */
export class ShareUnknownError extends MedrecError {
  readonly code = 'SHARE_UNKNOWN'
  constructor(address: Hex) {
    super('We know no such share.', { facts: [`Grant: ${address}`] })
  }
}

/** The share wants no consent, or was answered already. */
export class ConsentNotWantedError extends MedrecError {
  readonly code = 'CONSENT_NOT_WANTED'
  constructor(address: Hex) {
    super('This share does not wait for our answer.', { facts: [`Grant: ${address}`] })
  }
}

/** The share was revoked; that is final, and sharing again is a new share. */
export class ShareEndedError extends MedrecError {
  readonly code = 'SHARE_ENDED'
  constructor(address: Hex) {
    super('This share was stopped for ever. Share again instead.', {
      facts: [`Grant: ${address}`],
    })
  }
}
