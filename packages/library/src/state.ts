import type { BlockRef } from '@medrec/client'
import type { Delegation, Hex, RelationshipStatus, Scope, Terms } from '@medrec/protocol'

/** What a note and a slot say of a pointer (paper III-B). */
export type PointerState = {
  readonly id: Hex
  readonly relationship: Hex
  readonly resource: string
  readonly category: number
  readonly schema: number
  readonly catalogue: number
  /** The version that the steward's last pointer note announced. */
  readonly version: number
  readonly result: Hex
  readonly query: string
  readonly querySalt: Hex
  readonly place: string
  /** Unix seconds */
  readonly time: number
  readonly block: BlockRef
  /** The subject's last word on the newest version that she answered to. */
  readonly acknowledged: AcknowledgementState | undefined
  /** Everything that the subject ever said of this pointer, in the order of her words. */
  readonly acknowledgements: readonly AcknowledgementState[]
}

export type AcknowledgementState = {
  readonly version: number
  readonly verdict: 'seen' | 'wrong'
  readonly reason: string | undefined
  readonly block: BlockRef
}

/** The provider's consent to a grant under the dual-consent policy. */
export type ConsentState = {
  readonly slot: Hex
  readonly signature: Hex
  readonly expiresAt: number
  readonly revoked: boolean
  readonly block: BlockRef
}

/** Where a share stands, but for its times; `standingOf` adds those. */
export type ShareStatus = 'live' | 'awaitingConsent' | 'declined' | 'revoked' | 'stopped' | 'closed'

/** The provider's no to a grant under the dual-consent policy; a later consent overrides it. */
export type DeclineState = { readonly reason: string | undefined; readonly block: BlockRef }

export type ShareState = {
  readonly grant: Hex
  readonly relationship: Hex
  readonly subject: Hex
  readonly steward: Hex
  readonly viewer: Hex
  readonly scope: Scope
  readonly signature: Hex
  readonly status: ShareStatus
  /** Unix seconds; 0 when the chain does not say. */
  readonly expiresAt: number
  readonly sequence: number
  readonly consent: ConsentState | undefined
  readonly declined: DeclineState | undefined
  /** The delegation by which somebody shared for the subject. */
  readonly by: GivenDelegation | undefined
  /** Why it ended, if the subject said so. */
  readonly reason: string | undefined
  /** Where its note stands. */
  readonly block: BlockRef
  /** Where its slot last changed. */
  readonly changed: BlockRef
}

/** A delegation with what makes it stand. */
export type GivenDelegation = {
  readonly slot: Hex
  readonly signature: Hex
  readonly delegation: Delegation
}

/** Somebody who may act for a subject in one relationship. */
export type DelegationState = GivenDelegation & {
  readonly relationship: Hex
  readonly subject: Hex
  readonly steward: Hex
  readonly delegate: Hex
  readonly status: Exclude<ShareStatus, 'awaitingConsent' | 'declined'>
  /** Unix seconds */
  readonly expiresAt: number
  /** Why it ended, if the subject said so. */
  readonly reason: string | undefined
  /** Where its note stands. */
  readonly block: BlockRef
  /** Where its slot last changed. */
  readonly changed: BlockRef
  /** What the delegate shared by it. */
  readonly shares: readonly ShareState[]
}

/** An emergency access, as its institution told the subject. */
export type EmergencyState = {
  readonly who: Hex
  readonly name: string
  readonly reason: string
  /** Unix seconds */
  readonly time: number
  readonly expires: number
  readonly block: BlockRef
}

/** The paper's status: new, update pending, acknowledged, and the ends. */
export type Progress = Exclude<RelationshipStatus, 'none'> | 'updatePending'

export type RelationshipState = {
  readonly id: Hex
  readonly role: 'steward' | 'subject'
  readonly steward: Hex
  readonly subject: Hex
  readonly nonce: Hex
  readonly terms: Terms
  readonly controllers: { readonly steward: Hex; readonly subject: Hex }
  readonly policy: 'subjectOnly' | 'dualConsent'
  readonly restored: boolean
  /** The steward is a certified institution now; without that it answers the subject alone (docs/protocol.md 8.1). */
  readonly certified: boolean
  /** The subject has newer keys than the terms name: the steward has to propose anew (docs/protocol.md 3). */
  readonly frozen: boolean
  readonly status: RelationshipStatus
  readonly progress: Progress
  readonly epoch: number
  /** Unix seconds */
  readonly changedAt: number
  readonly proposed: BlockRef
  readonly changed: BlockRef
  readonly answer:
    | { readonly status: number; readonly reason: string | undefined; readonly block: BlockRef }
    | undefined
  readonly pointers: readonly PointerState[]
  /** Update tags seen: the number of the last one. */
  readonly updates: number
  readonly lastUpdate: BlockRef | undefined
  readonly acknowledgedUpdates: number
  /** Of the subject's own records: those she gave; seen by subject and steward. */
  readonly shares: readonly ShareState[]
  /** Who may act for the subject; empty for the steward, who sees them when they ask. */
  readonly delegations: readonly DelegationState[]
  /** What may be read in an emergency; bit c = category c. */
  readonly emergencyCategories: number
  /** When she said so (unix seconds); 0 while she has said nothing. */
  readonly emergencyWord: number
  readonly emergencies: readonly EmergencyState[]
}

export type ContactState = {
  readonly idTag: Hex
  readonly identity: Hex
  readonly name: string
  readonly relation: string | undefined
  /** The registrar names another identity now: meet again before sharing. */
  readonly changed: boolean
  readonly block: BlockRef | undefined
}

export type CheckpointState = {
  readonly index: Hex
  readonly updates: number
  readonly time: number
}

/** Why a note was left out of the summary. */
export type IgnoredReason =
  | 'not-signed'
  | 'not-institution'
  | 'unknown-relationship'
  | 'no-grant'
  | 'scope-mismatch'
  | 'bad-signature'
  | 'wrong-steward'
  | 'malformed'

export type IgnoredNote = {
  readonly from: Hex
  readonly kind: string
  readonly reason: IgnoredReason
  readonly block: BlockRef
}

/** A participant's bread-crumb trail: what the chain says to those who hold her keys (paper III-B, SC). */
export type SummaryState = {
  readonly me: Hex | undefined
  readonly head: BlockRef
  readonly relationships: readonly RelationshipState[]
  readonly sharedWithMe: readonly ShareState[]
  /** Delegations by which I may act for others. */
  readonly actingFor: readonly DelegationState[]
  readonly contacts: readonly ContactState[]
  readonly checkpoints: Readonly<Record<Hex, CheckpointState>>
  readonly ignored: readonly IgnoredNote[]
}

/** Where a delegation stands at a time (unix seconds). */
export function delegationStanding(
  state: DelegationState,
  now: number,
): DelegationState['status'] | 'expired' | 'notYet' {
  if (state.status !== 'live') return state.status
  if (now >= state.expiresAt) return 'expired'
  return now < state.delegation.notBefore ? 'notYet' : 'live'
}

/** Where a share stands at a time (unix seconds). */
export function standingOf(share: ShareState, now: number): ShareStatus | 'expired' | 'notYet' {
  if (share.status !== 'live') return share.status
  if (now >= share.expiresAt) return 'expired'
  return now < share.scope.notBefore ? 'notYet' : 'live'
}
