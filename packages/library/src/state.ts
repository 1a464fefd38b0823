import type { BlockRef } from '@medrec/client'
import type { Hex, RelationshipStatus, Scope, Terms } from '@medrec/protocol'

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
  /** Why it ended, if the subject said so. */
  readonly reason: string | undefined
  /** Where its note stands. */
  readonly block: BlockRef
  /** Where its slot last changed. */
  readonly changed: BlockRef
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
  /** The subject has newer keys than the terms name: the steward has to propose anew (DESIGN 4). */
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
  readonly contacts: readonly ContactState[]
  readonly checkpoints: Readonly<Record<Hex, CheckpointState>>
  readonly ignored: readonly IgnoredNote[]
}

/** Where a share stands at a time (unix seconds). */
export function standingOf(share: ShareState, now: number): ShareStatus | 'expired' | 'notYet' {
  if (share.status !== 'live') return share.status
  if (now >= share.expiresAt) return 'expired'
  return now < share.scope.notBefore ? 'notYet' : 'live'
}
