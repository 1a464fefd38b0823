import { equal, hasRight, isDelegated, policies } from '@medrec/protocol'
import type { DelegationFacts, Facts } from './Facts.ts'
import { isOver } from './isOver.ts'
import type { Reason } from './refusals.ts'
import type { PresentedShare } from './requestBody.ts'

/** Why a delegation does not carry this request: to read, or with a share, to have shared (docs/protocol.md 3.1). */
export function delegationReason(facts: Facts, given: DelegationFacts): Reason | undefined {
  const { delegation } = given
  if (!equal(delegation.steward, facts.steward)) return 'delegation-parties'
  if (!equal(delegation.subject, facts.terms.subjectTag)) return 'delegation-parties'
  if (!equal(delegation.index, facts.terms.indexKey)) return 'delegation-parties'
  if (facts.terms.policy !== policies.subjectOnly) return 'delegation-policy'
  if (delegation.epoch !== facts.slot?.epoch || delegation.epoch < (facts.seen.epoch ?? 0))
    return 'epoch-closed'
  if (Math.min(facts.now, facts.chainTime) < delegation.notBefore) return 'not-before'
  return (
    slotReason(facts, given) ??
    (hasRight(delegation.rights, facts.viewer !== undefined) ? undefined : 'delegation-rights')
  )
}

/** A delegate's share names nothing outside her categories. */
export function delegatedEntriesReason(
  { delegation }: DelegationFacts,
  { scope }: PresentedShare,
): Reason | undefined {
  const isWithin = scope.entries.every(({ category }) =>
    isDelegated(delegation.categories, category),
  )
  return isWithin ? undefined : 'delegation-rights'
}

function slotReason(facts: Facts, { slot, isCommitted }: DelegationFacts): Reason | undefined {
  if (slot.revocationSeen || slot.slot?.revoked === true) return 'delegation-revoked'
  if (!slot.slot) return 'delegation-none'
  if (!isCommitted) return 'delegation-mismatch'
  return isOver(facts, slot.slot) ? 'delegation-expired' : undefined
}
