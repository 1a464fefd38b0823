import { policies } from '@medrec/protocol'
import type { EmergencyFacts, Facts } from './Facts.ts'
import type { Reason } from './refusals.ts'

/** Bit of the purpose emergency treatment (docs/protocol.md section 3; HL7 v3 ETREAT). */
export const emergencyPurpose = 6
/** Longest emergency access, in seconds (docs/protocol.md 8.1). */
export const emergencySeconds = 4 * 3_600
/** Accesses that one identity may open in a day. */
export const emergenciesADay = 5

/** Why an opened emergency access does not carry this request. */
export function emergencyReason(
  facts: Pick<Facts, 'now' | 'headTime' | 'purpose'> & {
    readonly terms: Pick<Facts['terms'], 'policy'>
  },
  emergency: EmergencyFacts,
): Reason | undefined {
  if (emergency.hasRole.length === 0 || emergency.hasRole.includes(false)) return 'emergency-role'
  if (Math.max(facts.now, facts.headTime) >= emergency.expires) return 'emergency-over'
  const { subjectOnly, dualConsent } = policies
  if (facts.terms.policy !== subjectOnly && facts.terms.policy !== dualConsent)
    return 'consent-missing'
  if (emergency.categories === 0) return 'emergency-opted-out'
  return facts.purpose === undefined || facts.purpose === emergencyPurpose ? undefined : 'purpose'
}
