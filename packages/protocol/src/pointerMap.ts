import { concat, uint, utf8 } from './bytes.ts'
import { hmac, sha256 } from './hash.ts'

/** Content of a leaf of a steward's pointer map (docs/protocol.md 6). */
export type PointerLeaf = {
  readonly relationship: Uint8Array
  readonly pointer: Uint8Array
  readonly version: number
  /** Hash of the former leaf; zeros for the first. */
  readonly previous: Uint8Array
  readonly origin: Origin
  readonly category: number
  readonly schema: number
  readonly catalogue: number
  readonly query: Uint8Array
  readonly result: Uint8Array
  /** Unix seconds */
  readonly time: number
}

/** Content of a relationship's index leaf. */
export type IndexLeaf = {
  readonly relationship: Uint8Array
  readonly size: number
  /** Root over the relationship's pointers; empty-tree hash when there are none. */
  readonly entries: Uint8Array
  readonly hidden: Uint8Array
  readonly previous: Uint8Array
}

/** How a change came: 1 write path, 2 feed, 3 unexplained, 4 restored. */
export type Origin = 1 | 2 | 3 | 4
export const origins: {
  readonly writePath: 1
  readonly feed: 2
  readonly unexplained: 3
  readonly restored: 4
} = {
  writePath: 1,
  feed: 2,
  unexplained: 3,
  restored: 4,
}

/** Longest time (seconds) from a write to its anchor that a pending leaf may promise. */
export const longestPromise = 86_400

/** The pointer id under which a relationship's index stands. */
export const indexPointer: Uint8Array = new Uint8Array(16)
/** Hash of an empty map or an empty list of pointers: H(0x02). */
export const emptyRoot: Uint8Array = sha256(Uint8Array.of(2))

/** Where a pointer stands in the map: HMAC(terms salt, relationship | pointer). */
export function mapKey(
  termsSalt: Uint8Array,
  relationship: Uint8Array,
  pointer: Uint8Array,
): Uint8Array {
  return hmac(termsSalt, relationship, pointer)
}

/** Hash of a pointer's leaf. */
export function pointerLeafHash(key: Uint8Array, leaf: PointerLeaf): Uint8Array {
  return sha256(
    uint(0, 1),
    key,
    leaf.relationship,
    leaf.pointer,
    uint(leaf.version, 4),
    leaf.previous,
    uint(leaf.origin, 1),
    uint(leaf.category, 4),
    uint(leaf.schema, 4),
    uint(leaf.catalogue, 2),
    leaf.query,
    leaf.result,
    uint(leaf.time, 5),
  )
}

/** Hash of an index leaf. */
export function indexLeafHash(key: Uint8Array, leaf: IndexLeaf): Uint8Array {
  return sha256(
    uint(3, 1),
    key,
    leaf.relationship,
    uint(leaf.size, 4),
    leaf.entries,
    leaf.hidden,
    leaf.previous,
  )
}

/** Hash of one pointer's entry in the index. */
export function indexEntryHash(entry: {
  pointer: Uint8Array
  category: number
  schema: number
  key: Uint8Array
}): Uint8Array {
  return sha256(
    uint(0, 1),
    entry.pointer,
    uint(entry.category, 4),
    uint(entry.schema, 4),
    entry.key,
  )
}

/** The part of the index that only the subject (and steward) can open. */
export function hiddenHash(
  termsSalt: Uint8Array,
  hidden: { updates: number; logHead: Uint8Array; logLength: number },
): Uint8Array {
  return hiddenUnder(hiddenBlinding(termsSalt, hidden), hidden)
}

/** What blinds an index's hidden part; whoever is told it can open that one, and no other. */
export function hiddenBlinding(
  termsSalt: Uint8Array,
  { updates, logLength }: { updates: number; logLength: number },
): Uint8Array {
  const counts = concat(uint(updates, 8), uint(logLength, 8))
  return hmac(termsSalt, utf8('hidden'), counts).slice(0, 16)
}

/** Hash of an index's hidden part under its blinding. */
export function hiddenUnder(
  blinding: Uint8Array,
  hidden: { updates: number; logHead: Uint8Array; logLength: number },
): Uint8Array {
  const { updates, logHead, logLength } = hidden
  return sha256(uint(4, 1), blinding, uint(updates, 8), logHead, uint(logLength, 8))
}

/** Salted hash of a query string. */
export function queryHash(salt: Uint8Array, query: string): Uint8Array {
  return sha256(uint(5, 1), salt, utf8(query))
}
