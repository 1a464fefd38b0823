import type { Anchor } from '@medrec/client'
import {
  type Domain,
  equal,
  fromHex,
  type Hex,
  isStatementOf,
  longestPromise,
  MerkleMap,
  toHex,
} from '@medrec/protocol'
import type { AnchoredAt, PendingAt } from './wire.ts'

/** What a verifier knows by herself. */
export type Known = {
  readonly domain: Domain
  /** The institution's key for anchors and promises. */
  readonly anchorKey: Hex
  /** Roots that count now, newest first (docs/protocol.md 8.2). */
  readonly anchors: readonly Anchor[]
  /** Unix seconds */
  readonly now: number
}

/** How far the institution's clock may be ahead of ours (seconds). */
const clockTolerance = 60

/** How a leaf is committed to. */
export type Commitment =
  | { readonly is: 'anchored'; readonly anchor: Anchor }
  | { readonly is: 'pending'; readonly until: number }

/** Map key and hash of a leaf; the index leaf, and the pointer's leaf when one is proven. */
type Leaves = {
  readonly index: { readonly key: Uint8Array; readonly hash: Uint8Array }
  readonly leaf?: { readonly key: Uint8Array; readonly hash: Uint8Array }
}

/** Checks that both leaves stand under an anchored root that counts now, or were promised. */
export function commitmentOf(
  known: Known,
  leaves: Leaves,
  proof: {
    readonly anchored?: (AnchoredAt & { readonly path?: readonly Hex[] }) | undefined
    readonly pending?: PendingAt | undefined
  },
): Commitment | undefined {
  if (proof.anchored && proof.pending) return undefined
  if (proof.anchored) return anchoredAt(known, leaves, proof.anchored)
  return proof.pending && promised(known, leaves, proof.pending)
}

function anchoredAt(
  known: Known,
  { index, leaf }: Leaves,
  at: AnchoredAt & { readonly path?: readonly Hex[] },
): Commitment | undefined {
  const root = MerkleMap.rootFromPath(index.key, index.hash, hashes(at.indexPath))
  if (leaf && !equal(root, MerkleMap.rootFromPath(leaf.key, leaf.hash, hashes(at.path ?? []))))
    return undefined
  const anchor = known.anchors.find(
    (recent) => recent.root === toHex(root) && recent.counter === at.counter,
  )
  return anchor && { is: 'anchored', anchor }
}

function promised(known: Known, { index, leaf }: Leaves, at: PendingAt): Commitment | undefined {
  const value = {
    leaf: (leaf ?? index).hash,
    index: index.hash,
    time: at.time,
    delay: at.delay,
  }
  const key = fromHex(known.anchorKey, 20)
  const signed = isStatementOf(key, fromHex(at.signature, 64), known.domain, 'Pending', value)
  const until = at.time + at.delay
  // An old promise shown again would hide what was anchored since, and one of the future hold too long.
  const holds =
    at.delay <= longestPromise && at.time <= known.now + clockTolerance && known.now <= until
  return signed && holds ? { is: 'pending', until } : undefined
}

function hashes(path: readonly Hex[]): readonly Uint8Array[] {
  return path.map((hash) => fromHex(hash, 32))
}
