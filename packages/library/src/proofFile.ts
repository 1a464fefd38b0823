import type { BlockEvidence } from '@medrec/client'
import type { Hex } from '@medrec/protocol'
import type { Exchange } from './request.ts'

/**
 * An answer, log excerpt or refusal with everything that proves it to somebody who trusts nobody
 * (docs/protocol.md section 8.3). It holds what was answered: keep it like the record itself.
 */
export type ProofFile = {
  readonly medrec: typeof proofForm
  readonly network: {
    readonly networkId: Hex
    readonly chainId: number
    readonly registrar: Hex
    readonly ledger: Hex
  }
  readonly authority: string
  readonly path: string
  readonly request: { readonly headers: Exchange['request']['headers']; readonly body: string }
  readonly response: Omit<Exchange['response'], 'body'> & { readonly body: string }
  /** One-time X25519 key that opens this answer and no other */
  readonly replyKey: Hex
  readonly institution: Hex
  /** The index's map key, when the subject asked; a viewer's stands in his scope. */
  readonly index?: Hex
  /** What opens the index's hidden part, for a log. */
  readonly blinding?: Hex
  /** The block that names the institution's key, the one that registers who asked, and the anchor's. */
  readonly profile: BlockEvidence
  readonly registration: BlockEvidence
  readonly anchor?: BlockEvidence
}

/** Name of the form, so that later ones can be told apart. */
export const proofForm = 'proof-1'
