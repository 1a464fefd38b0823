import { equal } from './bytes.ts'
import { MalformedError } from './errors.ts'
import { nodeHash } from './merkle.ts'
import { emptyRoot } from './pointerMap.ts'

/** A sparse Merkle map from 32-byte keys to leaf hashes; persistent, so old roots stay usable. */
export type MerkleMap = {
  readonly root: Uint8Array
  readonly size: number
  readonly top: Node | undefined
}

type Leaf = { readonly hash: Uint8Array; readonly key: Uint8Array }
type Node =
  | Leaf
  | { readonly hash: Uint8Array; readonly left: Node | undefined; readonly right: Node | undefined }

const keyBits = 256

export const empty: MerkleMap = { root: emptyRoot, size: 0, top: undefined }

/** The map with `key` set to a leaf's hash; O(depth). */
export function set(map: MerkleMap, key: Uint8Array, leaf: Uint8Array): MerkleMap {
  const found = get(map, key)
  const top = insert(map.top, { hash: leaf, key }, 0)
  return { root: top.hash, size: map.size + (found ? 0 : 1), top }
}

/** A map of many leaves at once; of two with one key the later counts. Each node is hashed once. */
export function of(leaves: Iterable<readonly [key: Uint8Array, leaf: Uint8Array]>): MerkleMap {
  const entries = Array.from(leaves, ([key, hash]) => ({ hash, key }))
  if (entries.length === 0) return empty
  const count = { leaves: 0 }
  const top = built(entries, 0, count)
  return { root: top.hash, size: count.leaves, top }
}

/** Leaf hash at a key. */
export function get(map: MerkleMap, key: Uint8Array): Uint8Array | undefined {
  let node = map.top
  for (let depth = 0; node; depth++) {
    if ('key' in node) return equal(node.key, key) ? node.hash : undefined
    node = bit(key, depth) === 0 ? node.left : node.right
  }
  return undefined
}

/** Siblings from the root down to the leaf at `key`, or undefined when it is not there. */
export function path(map: MerkleMap, key: Uint8Array): readonly Uint8Array[] | undefined {
  const siblings: Uint8Array[] = []
  let node = map.top
  for (let depth = 0; node; depth++) {
    if ('key' in node) return equal(node.key, key) ? siblings : undefined
    const [next, other]: readonly (Node | undefined)[] =
      bit(key, depth) === 0 ? [node.left, node.right] : [node.right, node.left]
    siblings.push(other?.hash ?? emptyRoot)
    node = next
  }
  return undefined
}

/** Root that a leaf and its path lead to. Throws MalformedError when the path is longer than a key. */
export function rootFromPath(
  key: Uint8Array,
  leaf: Uint8Array,
  siblings: readonly Uint8Array[],
): Uint8Array {
  if (siblings.length > keyBits) throw new MalformedError('a path has at most 256 siblings')
  let hash = leaf
  for (let depth = siblings.length - 1; depth >= 0; depth--) {
    const sibling = siblings[depth] as Uint8Array
    hash = bit(key, depth) === 0 ? nodeHash(hash, sibling) : nodeHash(sibling, hash)
  }
  return hash
}

function built(entries: readonly Leaf[], depth: number, count: { leaves: number }): Node {
  const [first] = entries as readonly [Leaf]
  if (entries.every(({ key }) => equal(key, first.key))) {
    count.leaves += 1
    return entries.at(-1) as Leaf
  }
  const [left, right]: [Leaf[], Leaf[]] = [[], []]
  for (const entry of entries) (bit(entry.key, depth) === 0 ? left : right).push(entry)
  return branch(
    left.length > 0 ? built(left, depth + 1, count) : undefined,
    right.length > 0 ? built(right, depth + 1, count) : undefined,
  )
}

function insert(node: Node | undefined, leaf: Leaf, depth: number): Node {
  if (!node) return leaf
  if ('key' in node) return equal(node.key, leaf.key) ? leaf : fork(node, leaf, depth)
  return bit(leaf.key, depth) === 0
    ? branch(insert(node.left, leaf, depth + 1), node.right)
    : branch(node.left, insert(node.right, leaf, depth + 1))
}

function fork(a: Leaf, b: Leaf, depth: number): Node {
  const [sideA, sideB] = [bit(a.key, depth), bit(b.key, depth)]
  if (sideA !== sideB) return sideA === 0 ? branch(a, b) : branch(b, a)
  const deeper = fork(a, b, depth + 1)
  return sideA === 0 ? branch(deeper, undefined) : branch(undefined, deeper)
}

function branch(left: Node | undefined, right: Node | undefined): Node {
  return { hash: nodeHash(left?.hash ?? emptyRoot, right?.hash ?? emptyRoot), left, right }
}

function bit(key: Uint8Array, depth: number): number {
  return ((key[depth >> 3] as number) >> (7 - (depth & 7))) & 1
}
