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
  const order = Uint32Array.from(entries, (_, i) => i)
  const heads = Uint32Array.from(entries, ({ key }) => headOf(key))
  const building = { entries, order, heads, leaves: 0 }
  const top = built(building, { from: 0, to: entries.length }, 0)
  return { root: top.hash, size: building.leaves, top }
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

/** Entries, and the order they are put into: those below one node stand beside each other. */
type Building = {
  readonly entries: readonly Leaf[]
  readonly order: Uint32Array
  /** The first 32 bits of each key in that order, so that most looks at a key need no way to it. */
  readonly heads: Uint32Array
  leaves: number
}
const headBits = 32

function headOf(key: Uint8Array): number {
  const [a = 0, b = 0, c = 0, d = 0] = key
  return (a << 24) | (b << 16) | (c << 8) | d
}

type Range = { readonly from: number; readonly to: number }

function built(building: Building, { from, to }: Range, depth: number): Node {
  const only = onlyLeaf(building, { from, to })
  if (only) {
    building.leaves += 1
    return only
  }
  const middle = partition(building, { from, to }, depth)
  return branch(
    middle > from ? built(building, { from, to: middle }, depth + 1) : undefined,
    middle < to ? built(building, { from: middle, to }, depth + 1) : undefined,
  )
}

/** The last entry of a range whose entries all have one key. */
function onlyLeaf({ entries, order, heads }: Building, { from, to }: Range): Leaf | undefined {
  let last = order[from] as number
  const { key } = entries[last] as Leaf
  for (let at = from + 1; at < to; at++) {
    if (heads[at] !== heads[from]) return undefined
    const i = order[at] as number
    if (!equal((entries[i] as Leaf).key, key)) return undefined
    if (i > last) last = i
  }
  return entries[last]
}

/** Puts the entries whose key has bit 0 at a depth before the others; where those begin. */
function partition(building: Building, { from, to }: Range, depth: number): number {
  const { order, heads } = building
  let [low, high] = [from, to]
  while (low < high) {
    if (bitAt(building, low, depth) === 0) {
      low += 1
    } else {
      high -= 1
      swap(order, low, high)
      swap(heads, low, high)
    }
  }
  return low
}

function bitAt({ entries, order, heads }: Building, at: number, depth: number): number {
  if (depth < headBits) return ((heads[at] as number) >>> (headBits - 1 - depth)) & 1
  return bit((entries[order[at] as number] as Leaf).key, depth)
}

function swap(list: Uint32Array, a: number, b: number): void {
  const before = list[a] as number
  list[a] = list[b] as number
  list[b] = before
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
