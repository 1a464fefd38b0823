import { concat, uint } from './bytes.ts'
import { derive, sha256 } from './hash.ts'

/** What makes each anchor of a steward differ from the one before, also when nothing has changed. */
export type AnchorFiller = {
  /** Where the filler stands in the pointer map; no pointer and no index has this key. */
  readonly key: Uint8Array
  /** H(0x07 | key | 32 secret bytes) */
  readonly leaf: Uint8Array
  readonly blinding: Uint8Array
}

/**
 * The filler of the anchor with this counter, derived from the steward's anchor key, so that a map is rebuilt
 * from its tables. Without it a stranger reads from equal roots at which hours an institution worked
 * (docs/protocol.md section 6).
 */
export function anchorFiller(
  anchorKey: Uint8Array,
  networkId: Uint8Array,
  counter: number,
): AnchorFiller {
  const secret = (name: string, of: Uint8Array): Uint8Array =>
    derive({ secret: anchorKey, networkId, info: [name, of], size: 32 })
  const key = secret('filler-key', new Uint8Array(0))
  const leaf = sha256(uint(7, 1), key, secret('filler-leaf', uint(counter, 8)))
  return { key, leaf, blinding: secret('filler-log', uint(counter, 8)).slice(0, 16) }
}

/** The root of an access log as an anchor shows it: H(0x08 | blinding | root). */
export function blindedLogRoot(
  root: Uint8Array,
  { blinding }: Pick<AnchorFiller, 'blinding'>,
): Uint8Array {
  return sha256(concat(uint(8, 1), blinding, root))
}
