import type { Refusal } from '@medrec/library'
import { live as text } from '../../text/live.ts'
import type { WhyNot } from '../model.ts'

/** A refusal in words for a person. */
export function refusalText(refusal: Refusal): string {
  return text.refusals[refusal.code] ?? refusal.words
}

const reasons: readonly (readonly [RegExp, WhyNot])[] = [
  [/consent/i, 'consent'],
  [/^declined$/, 'declined'],
  [/expired|not-yet/i, 'ended'],
  [/revoked|stopped|epoch|closed|ended|frozen/i, 'stopped'],
  [/unexplained|changed|acknowledg/i, 'changed'],
  [/unreachable|unavailable|view-/i, 'unreachable'],
  [
    /^(.*_(BROKEN|FORKED|MISMATCH|EXCEEDED|MISSING|MALFORMED|MISPLACED)|OTHER_RECORD|ROOT_UNKNOWN|NOT_IN_INDEX)$/,
    'unproven',
  ],
]

/** Why a viewer may not look, as one of the few reasons that a screen tells apart. */
export function whyOf(refusal: Pick<Refusal, 'code'>): WhyNot {
  const found = reasons.find(([form]) => form.test(refusal.code))
  return found?.[1] ?? 'other'
}

/** Whether the same question may be answered later without any change on the chain: nobody answered, or not just now. */
export function mayPass({ code, status }: Refusal): boolean {
  return code === 'UNREACHABLE' || code === 'ROOT_UNKNOWN' || status === 429 || status >= 500
}

/** Whether nothing else would be answered either: nobody is there, or has no time for who asks. */
export function isAboutAll({ code, status }: Refusal): boolean {
  return code === 'UNREACHABLE' || code === 'busy' || status === 429
}
