import { allowedMask, equal, isDelegated, policies } from '@medrec/protocol'
import { delegatedEntriesReason, delegationReason } from './delegation.ts'
import { emergencyReason } from './emergencyReason.ts'
import type { Facts, PointerFacts, ShareFacts, SlotFacts } from './Facts.ts'
import { fieldBits } from './fieldBits.ts'
import { isOver } from './isOver.ts'
import type { Reason } from './refusals.ts'
import type { PresentedShare } from './requestBody.ts'

/** Longest age of a request, and how far its clock may be ahead (seconds). */
const requestLife = 60
const clockTolerance = 5
const closedBySubject = 4

/** Whether a request is served, or why not: pure, the first reason that applies (docs/protocol.md 8.1). */
export function decide(facts: Facts): 'allow' | Reason {
  return (
    requestReason(facts) ??
    relationshipReason(facts) ??
    (isSubject(facts) ? undefined : othersReason(facts)) ??
    pointerReason(facts) ??
    'allow'
  )
}

/** Why a request is too old, from the future, repeated, or by a key that its identity does not vouch for now. */
export function requestReason({
  now,
  request,
  statement,
}: Pick<Facts, 'now' | 'request' | 'statement'>): Reason | undefined {
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

function isSubject({ viewer, delegate, emergency }: Facts): boolean {
  return viewer === undefined && delegate === undefined && emergency === undefined
}

function othersReason(facts: Facts): Reason | undefined {
  const { slot, seen, viewer, delegate, emergency } = facts
  if (slot?.status === 'proposed') return 'relationship-proposed'
  if (slot?.status === 'closedBySubject' || seen.status === closedBySubject)
    return 'relationship-closed'
  if (facts.stewardVersions.some((version) => (version ?? 0) < facts.terms.stewardVersion))
    return 'not-certified'
  if (facts.subjectVersions.some((version) => version !== facts.terms.subjectVersion))
    return 'relationship-frozen'
  return (
    (emergency && emergencyReason(facts, emergency)) ??
    (delegate && delegationReason(facts, delegate)) ??
    (viewer && viewerReason(facts, viewer))
  )
}

function viewerReason(facts: Facts, viewer: ShareFacts): Reason | undefined {
  return (
    scopeReason(facts, viewer.share) ??
    (facts.delegate && delegatedEntriesReason(facts.delegate, viewer.share)) ??
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

function pointerReason(facts: Facts): Reason | undefined {
  const { pointer, viewer } = facts
  if (pointer === undefined) return undefined
  if (pointer === null) return 'pointer-foreign'
  if (!isSubject(facts) && facts.isFormer) return 'subject-only'
  const bits = fieldBits(pointer.fields, facts.elements)
  if (bits.includes(-1)) return 'field-unknown'
  if (isSubject(facts)) return undefined
  const reason = viewer
    ? fieldsReason(pointer, viewer.share, bits)
    : categoryReason(facts, pointer.category)
  return reason ?? (facts.isUnexplained ? 'unexplained' : undefined)
}

/** A delegate, and who asks in an emergency, may read every field of certain categories. */
function categoryReason({ delegate, emergency }: Facts, category: number): Reason | undefined {
  if (emergency)
    return isDelegated(emergency.categories, category) ? undefined : 'emergency-profile'
  const categories = delegate?.delegation.categories ?? 0
  return isDelegated(categories, category) ? undefined : 'delegation-rights'
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
