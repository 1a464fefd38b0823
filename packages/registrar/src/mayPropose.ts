import type { Hex } from '@medrec/protocol'

/** What is known of the one to whom records would be proposed. */
export type ProposalFacts = {
  /** Her registration, or undefined when there is none. */
  readonly entry:
    | {
        readonly identity: Hex
        readonly version: number
        readonly institution: Hex
        readonly attestedBy: readonly Hex[]
      }
    | undefined
  /** The keys that she showed at our own desk, with her document, or undefined. */
  readonly shown: { readonly identity: Hex; readonly version: number } | undefined
  /** Our own idTag: what we attested ourselves does not make us sure of it. */
  readonly own: Hex
  readonly isCertified: (institution: Hex) => boolean
}

export type ProposalDecision =
  | { readonly may: true; readonly because: 'shown' | 'attested' }
  | { readonly may: false; readonly reason: 'unknown' | 'keys-changed' | 'not-sure' }

/** Institutions, other than us, whose word is enough together. */
const witnessesNeeded = 2

/**
 * Whether records may be proposed to a key: it was shown at our own desk, or two independent institutions stand for
 * it. A look-up alone never decides (docs/protocol.md 10.1).
 */
export function mayPropose(facts: ProposalFacts): ProposalDecision {
  const { entry, shown, own, isCertified } = facts
  if (!entry) return { may: false, reason: 'unknown' }
  const isShown = shown?.identity === entry.identity && shown.version === entry.version
  if (isShown) return { may: true, because: 'shown' }
  const witnesses = new Set([entry.institution, ...entry.attestedBy])
  witnesses.delete(own)
  const certified = [...witnesses].filter(isCertified)
  if (certified.length >= witnessesNeeded) return { may: true, because: 'attested' }
  return { may: false, reason: shown ? 'keys-changed' : 'not-sure' }
}
