import { equal } from './bytes.ts'
import { MalformedError } from './errors.ts'
import { sha256 } from './hash.ts'

const nodePrefix = Uint8Array.of(1)
/** What is hashed for a node of two hashes; written anew for each. */
const node = new Uint8Array(65)
node.set(nodePrefix)

/** Hash of an inner node: H(0x01 | left | right) (RFC 9162 section 2.1). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  // A proof from outside may hold anything: only two hashes fill the node exactly.
  if (left.length !== 32 || right.length !== 32) return sha256(nodePrefix, left, right)
  node.set(left, 1)
  node.set(right, 33)
  return sha256(node)
}

/** Root over leaf hashes (RFC 9162 section 2.1.1). Throws MalformedError when there are none. */
export function merkleRoot(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) throw new MalformedError('a tree without leaves')
  if (leaves.length === 1) return leaves[0] as Uint8Array
  const left = splitPoint(leaves.length)
  return nodeHash(merkleRoot(leaves.slice(0, left)), merkleRoot(leaves.slice(left)))
}

/** Sibling hashes of one leaf, from the leaf up (RFC 9162 section 2.1.3.1). */
export function inclusionProof(
  leaves: readonly Uint8Array[],
  position: number,
): readonly Uint8Array[] {
  if (!isPosition(position, leaves.length)) throw new MalformedError('no leaf at this position')
  if (leaves.length === 1) return []
  const left = splitPoint(leaves.length)
  return position < left
    ? [...inclusionProof(leaves.slice(0, left), position), merkleRoot(leaves.slice(left))]
    : [...inclusionProof(leaves.slice(left), position - left), merkleRoot(leaves.slice(0, left))]
}

/** Root that a leaf and its inclusion proof lead to, or undefined (RFC 9162 section 2.1.3.2). */
export function rootFromInclusion(options: {
  leaf: Uint8Array
  position: number
  size: number
  proof: readonly Uint8Array[]
}): Uint8Array | undefined {
  const { leaf, position, size, proof } = options
  if (!isPosition(position, size)) return undefined
  let first = position
  let last = size - 1
  let hash = leaf
  for (const sibling of proof) {
    if (last === 0) return undefined
    if (first % 2 === 1 || first === last) {
      hash = nodeHash(sibling, hash)
      while (first % 2 === 0 && first !== 0) {
        first = Math.floor(first / 2)
        last = Math.floor(last / 2)
      }
    } else {
      hash = nodeHash(hash, sibling)
    }
    first = Math.floor(first / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 ? hash : undefined
}

/** Whether the proof leads from the leaf to the root. */
export function isIncluded(
  root: Uint8Array,
  options: Parameters<typeof rootFromInclusion>[0],
): boolean {
  const reached = rootFromInclusion(options)
  return reached !== undefined && equal(reached, root)
}

/**
 * Hashes that, with the leaves at `positions` (ascending), give the root: those of every largest subtree
 * without a wanted leaf, from left to right (docs/protocol.md section 7.1).
 */
export function multiProof(
  leaves: readonly Uint8Array[],
  positions: readonly number[],
): readonly Uint8Array[] {
  if (leaves.length === 0) throw new MalformedError('a tree without leaves')
  const proof: Uint8Array[] = []
  const visit = (from: number, size: number): void => {
    if (!positions.some((position) => position >= from && position < from + size)) {
      proof.push(merkleRoot(leaves.slice(from, from + size)))
    } else if (size > 1) {
      const left = splitPoint(size)
      visit(from, left)
      visit(from + left, size - left)
    }
  }
  visit(0, leaves.length)
  return proof
}

/** Root that leaves and a multi-position proof lead to, or undefined when they do not fit together. */
export function rootFromMultiProof(options: {
  size: number
  leaves: ReadonlyMap<number, Uint8Array>
  proof: readonly Uint8Array[]
}): Uint8Array | undefined {
  const { size, leaves, proof } = options
  const positions = [...leaves.keys()]
  if (positions.length === 0 || !positions.every((at) => isPosition(at, size))) return undefined
  let used = 0
  const visit = (from: number, count: number): Uint8Array | undefined => {
    if (!positions.some((at) => at >= from && at < from + count)) return proof[used++]
    if (count === 1) return leaves.get(from)
    const half = splitPoint(count)
    const left = visit(from, half)
    const right = visit(from + half, count - half)
    return left && right && nodeHash(left, right)
  }
  const root = visit(0, size)
  return used === proof.length ? root : undefined
}

/** Whole numbers only: a leaf at position 2.5 would be shown without being checked. */
function isPosition(position: number, size: number): boolean {
  return (
    Number.isSafeInteger(position) && Number.isSafeInteger(size) && position >= 0 && position < size
  )
}

/** Largest power of two below `size`. */
function splitPoint(size: number): number {
  let half = 1
  while (half * 2 < size) half *= 2
  return half
}
