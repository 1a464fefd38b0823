import {
  allowedMask,
  equal,
  type GrantSlot,
  policies,
  type RelationshipSlot,
} from '@medrec/protocol'
import type { Reason } from './refusals.ts'
import type { PresentedShare } from './requestBody.ts'

/** What the gatekeeper keeps of a relationship, as far as the decision needs it. */
type Terms = {
  readonly subjectTag: Uint8Array
  readonly subjectVersion: number
  readonly stewardVersion: number
  readonly policy: number
  readonly indexKey: Uint8Array
}

/** A pointer of the relationship, with the number of fields that each catalogue version gives it. */
export type PointerFacts = {
  readonly id: Uint8Array
  readonly category: number
  readonly schema: number
  readonly catalogue: number
  readonly fields: readonly { readonly name: string }[]
  fieldsOf(catalogue: number): number | undefined
}

/** A slot of a grant or consent at the head, with what was seen since. */
export type SlotFacts = { readonly slot: GrantSlot | undefined; readonly revocationSeen: boolean }

/** The share that a viewer presents; its signatures are verified already. */
export type ShareFacts = {
  readonly share: PresentedShare
  /** Whether the grant's slot holds this scope. */
  readonly isCommitted: boolean
  readonly grant: SlotFacts
  /** Of a consent whose signature verifies and whose slot holds it; undefined when there is none. */
  readonly consent: SlotFacts | undefined
}

/** Everything a decision rests on: one view of the chain, what was seen beside it, and the clock. */
export type Facts = {
  /** Unix seconds of our clock, and of the head where blocks come by themselves. */
  readonly now: number
  readonly chainTime: number
  /** Unix seconds of the head itself, for what ends: the later of it and our clock counts. */
  readonly headTime: number
  readonly request: {
    readonly created: number
    readonly expires: number
    readonly isReplay: boolean
  }
  readonly statement: { readonly notBefore: number; readonly expires: number }
  readonly steward: Uint8Array
  readonly terms: Terms
  readonly slot: RelationshipSlot | undefined
  /** Endings seen before the chain told: status and epoch. */
  readonly seen: { readonly status: number | undefined; readonly epoch: number | undefined }
  /** Version of the subject's registration at the head and k blocks before. */
  readonly subjectVersions: readonly (number | undefined)[]
  /** Version of our own registration, there and then; undefined when we were no certified institution. */
  readonly stewardVersions: readonly (number | undefined)[]
  /** Undefined: the subject herself asks. */
  readonly viewer: ShareFacts | undefined
  readonly purpose: number | undefined
  /** Undefined where a request names no pointer; null when the relationship has no such one. */
  readonly pointer: PointerFacts | null | undefined
  readonly elements: readonly string[]
  /** A version's origin is unexplained, and the subject has confirmed neither it nor a later one as seen. */
  readonly isUnexplained: boolean
  /** A former version is asked for. */
  readonly isFormer: boolean
}

/** Longest age of a request, and how far its clock may be ahead (seconds). */
const requestLife = 60
const clockTolerance = 5
const closedBySubject = 4

/** Whether a request is served, or why not: pure, the first reason that applies (DESIGN 6, Decision). */
export function decide(facts: Facts): 'allow' | Reason {
  return (
    requestReason(facts) ??
    relationshipReason(facts) ??
    (facts.viewer ? viewerReason(facts, facts.viewer) : undefined) ??
    pointerReason(facts) ??
    'allow'
  )
}

function requestReason({ now, request, statement }: Facts): Reason | undefined {
  if (request.created > now + clockTolerance || now > request.expires) return 'request-old'
  if (request.expires - request.created > requestLife || now - request.created > requestLife)
    return 'request-old'
  if (request.isReplay) return 'request-replayed'
  if (now < statement.notBefore - clockTolerance || now >= statement.expires)
    return 'statement-expired'
  return undefined
}

function relationshipReason({ slot, seen }: Facts): Reason | undefined {
  if (!slot || slot.status === 'none') return 'relationship-none'
  // Whatever ending of hers was seen of a proposal: a later one does not take the rejection back.
  const isRejected =
    slot.status === 'rejected' || (slot.status === 'proposed' && seen.status !== undefined)
  return isRejected ? 'relationship-rejected' : undefined
}

function viewerReason(facts: Facts, viewer: ShareFacts): Reason | undefined {
  const { slot, seen } = facts
  if (slot?.status === 'proposed') return 'relationship-proposed'
  if (slot?.status === 'closedBySubject' || seen.status === closedBySubject)
    return 'relationship-closed'
  if (facts.stewardVersions.some((version) => (version ?? 0) < facts.terms.stewardVersion))
    return 'not-certified'
  if (facts.subjectVersions.some((version) => version !== facts.terms.subjectVersion))
    return 'relationship-frozen'
  return (
    scopeReason(facts, viewer.share) ??
    grantReason(facts, viewer) ??
    (facts.terms.policy === policies.subjectOnly ? undefined : consentReason(facts, viewer.consent))
  )
}

function scopeReason(facts: Facts, { scope }: PresentedShare): Reason | undefined {
  if (!equal(scope.steward, facts.steward)) return 'scope-steward'
  if (!equal(scope.subject, facts.terms.subjectTag)) return 'scope-subject'
  if (!equal(scope.index, facts.terms.indexKey)) return 'scope-index'
  // An epoch that was merely seen closes the former one; it opens nothing before the chain shows it.
  if (scope.epoch !== facts.slot?.epoch || scope.epoch < (facts.seen.epoch ?? 0))
    return 'epoch-closed'
  if (Math.min(facts.now, facts.chainTime) < scope.notBefore) return 'not-before'
  if (facts.purpose !== undefined && ((scope.purposes >> facts.purpose) & 1) === 0) return 'purpose'
  return undefined
}

function grantReason(facts: Facts, { grant, isCommitted }: ShareFacts): Reason | undefined {
  if (grant.revocationSeen || grant.slot?.revoked === true) return 'grant-revoked'
  if (!grant.slot) return 'grant-none'
  if (!isCommitted) return 'scope-mismatch'
  return isOver(facts, grant.slot) ? 'grant-expired' : undefined
}

function consentReason(facts: Facts, consent: SlotFacts | undefined): Reason | undefined {
  if (facts.terms.policy !== policies.dualConsent || !consent?.slot) return 'consent-missing'
  const isEnded = consent.revocationSeen || consent.slot.revoked || isOver(facts, consent.slot)
  return isEnded ? 'consent-ended' : undefined
}

function isOver({ now, headTime }: Facts, slot: GrantSlot): boolean {
  return Math.max(now, headTime) >= slot.expiresAt
}

function pointerReason(facts: Facts): Reason | undefined {
  const { pointer, viewer } = facts
  if (pointer === undefined) return undefined
  if (pointer === null) return 'pointer-foreign'
  if (viewer && facts.isFormer) return 'subject-only'
  const bits = facts.elements.map((name) =>
    pointer.fields.findIndex((field) => field.name === name),
  )
  if (bits.includes(-1)) return 'field-unknown'
  if (!viewer) return undefined
  const reason = fieldsReason(pointer, viewer.share, bits)
  return reason ?? (facts.isUnexplained ? 'unexplained' : undefined)
}

function fieldsReason(
  pointer: PointerFacts,
  { scope }: PresentedShare,
  bits: readonly number[],
): Reason | undefined {
  let allowed = 0n
  for (const { mask, catalogue } of allowedMask(scope, pointer)) {
    const known = pointer.fieldsOf(catalogue)
    if (known === undefined || mask >> BigInt(known) !== 0n) return 'catalogue-version'
    allowed |= mask
  }
  const wanted = bits.reduce((mask, bit) => mask | (1n << BigInt(bit)), 0n)
  return (wanted & ~allowed) === 0n ? undefined : 'field-not-granted'
}
