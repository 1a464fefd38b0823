import {
  compare,
  emptyRoot,
  equal,
  fromHex,
  type Hex,
  hiddenHash,
  indexEntryHash,
  indexLeafHash,
  indexPointer,
  MalformedError,
  mapKey,
  merkleRoot,
  nextLogHead,
  rootFromMultiProof,
  toHex,
} from '@medrec/protocol'
import { type Commitment, commitmentOf, type Known } from './verifyRoots.ts'
import type { IndexAnswer, IndexedPointer, LogAnswer } from './wire.ts'

/** Whose index was asked for, and what we saw of it last. */
export type ExpectedIndex = {
  readonly subject: Hex
  readonly steward: Hex
  readonly relationship: Hex
  /** The subject knows the salt, a viewer only the index's map key. */
  readonly salt: Uint8Array | undefined
  readonly key: Uint8Array
  readonly since: { readonly index: Hex; readonly updates: number } | undefined
}

export type IndexDisbelief =
  | 'ANSWER_MALFORMED'
  | 'OTHER_RECORD'
  | 'INDEX_BROKEN'
  /** It does not follow from what we saw before: something was taken back. */
  | 'INDEX_FORKED'
  | 'LOG_BROKEN'
  | 'ROOT_UNKNOWN'

export type ProvenIndex = { readonly leaf: Hex; readonly commitment: Commitment }

type IndexEntry = Parameters<typeof indexEntryHash>[0]

/** The index without its pointers, as the answer about a log has it. */
type Bare = Omit<IndexAnswer, 'pointers'>

/** Checks that an index is committed to, and that it extends the one we saw last (docs/protocol.md 8.2). */
export function verifyIndex(
  answer: Bare & { readonly pointers?: readonly IndexedPointer[] },
  expected: ExpectedIndex,
  known: Known,
): ProvenIndex | IndexDisbelief {
  try {
    return verify(answer, expected, known)
  } catch (error) {
    if (error instanceof MalformedError) return 'ANSWER_MALFORMED'
    throw error
  }
}

/** Checks that the entries of a log are those that the index commits to, in their order. */
export function verifyLog(
  answer: LogAnswer,
  expected: ExpectedIndex & { readonly before: Hex | undefined },
  known: Known,
): (ProvenIndex & { readonly committed: number }) | IndexDisbelief {
  if (answer.relationship !== expected.relationship) return 'OTHER_RECORD'
  const { opened } = answer.index
  if (!opened || (expected.before !== undefined && answer.before !== expected.before))
    return 'LOG_BROKEN'
  const proven = verifyIndex(answer.index, expected, known)
  if (typeof proven === 'string') return proven
  const committed = opened.logLength - answer.from
  // All of it is newer than the commitment: nothing is proven, nothing contradicted.
  if (committed < 0) return { ...proven, committed: 0 }
  if (committed > answer.entries.length) return 'LOG_BROKEN'
  const head = answer.entries.slice(0, committed).reduce(logHead, answer.before)
  return head === opened.logHead ? { ...proven, committed } : 'LOG_BROKEN'
}

/** Head of a log after one more entry: H(0x06 | head | text). */
export function logHead(head: Hex, text: string): Hex {
  return toHex(nextLogHead(fromHex(head, 32), text))
}

function verify(
  answer: Bare & { readonly pointers?: readonly IndexedPointer[] },
  expected: ExpectedIndex,
  known: Known,
): ProvenIndex | IndexDisbelief {
  for (const name of ['subject', 'steward', 'relationship'] as const)
    if (answer[name] !== expected[name]) return 'OTHER_RECORD'
  const { salt, key } = expected
  if (salt && !isOpened(answer, salt)) return 'INDEX_BROKEN'
  const { pointers } = answer
  const isProven = !pointers || (salt ? areAll(answer, pointers, salt) : areSome(answer, pointers))
  if (!isProven) return 'INDEX_BROKEN'
  const hash = leafOf(answer, key, fromHex(answer.previous, 32))
  const proven = { index: { key, hash } }
  const promise = answer.pending
  const pendingLeaf = promise && { key, hash: fromHex(promise.leaf, 32) }
  const commitment = commitmentOf(
    known,
    pendingLeaf ? { ...proven, leaf: pendingLeaf } : proven,
    answer,
  )
  if (!commitment) return 'ROOT_UNKNOWN'
  return extendsSeen(answer, expected, hash) ? { leaf: toHex(hash), commitment } : 'INDEX_FORKED'
}

function leafOf(
  answer: Pick<Bare, 'relationship' | 'size' | 'entries' | 'hidden'>,
  key: Uint8Array,
  previous: Uint8Array,
): Uint8Array {
  return indexLeafHash(key, {
    relationship: fromHex(answer.relationship, 32),
    size: answer.size,
    entries: fromHex(answer.entries, 32),
    hidden: fromHex(answer.hidden, 32),
    previous,
  })
}

function isOpened(answer: Bare, salt: Uint8Array): boolean {
  if (!answer.opened) return false
  const { updates, logHead: head, logLength } = answer.opened
  const hidden = hiddenHash(salt, { updates, logHead: fromHex(head, 32), logLength })
  return toHex(hidden) === answer.hidden
}

/** Whether these are all pointers of the index, each under its own key. */
function areAll(answer: Bare, pointers: readonly IndexedPointer[], salt: Uint8Array): boolean {
  const relationship = fromHex(answer.relationship, 32)
  const entries = pointers.map(entryOf).toSorted((a, b) => compare(a.pointer, b.pointer))
  if (entries.some(({ pointer, key }) => !equal(key, mapKey(salt, relationship, pointer))))
    return false
  const root = entries.length === 0 ? emptyRoot : merkleRoot(entries.map(indexEntryHash))
  return entries.length === answer.size && toHex(root) === answer.entries
}

/** Whether these pointers, which are all that a viewer is told of, stand in the index. */
function areSome(answer: Bare, pointers: readonly IndexedPointer[]): boolean {
  const { positions = [], proof = [] } = answer.shown ?? {}
  if (positions.length !== pointers.length || new Set(positions).size !== positions.length)
    return false
  if (pointers.length === 0) return proof.length === 0
  const hashes = pointers.map((pointer) => indexEntryHash(entryOf(pointer)))
  const leaves = new Map(positions.map((at, i) => [at, hashes[i] as Uint8Array]))
  const root = rootFromMultiProof({
    size: answer.size,
    leaves,
    proof: proof.map((hash) => fromHex(hash, 32)),
  })
  return root !== undefined && toHex(root) === answer.entries
}

function entryOf({ pointer, category, schema, key }: IndexedPointer): IndexEntry {
  return { pointer: fromHex(pointer, 16), category, schema, key: fromHex(key, 32) }
}

/** Follows the index leaves from the one we saw to this one. */
function extendsSeen(answer: Bare, expected: ExpectedIndex, current: Uint8Array): boolean {
  const { since, key } = expected
  if (!since || since.index === toHex(current)) return true
  if (!answer.chain || (answer.opened && answer.opened.updates < since.updates)) return false
  let hash = fromHex(since.index, 32)
  for (const step of answer.chain)
    hash = leafOf({ ...step, relationship: answer.relationship }, key, hash)
  return equal(hash, current)
}

/** The map key of a relationship's index. */
export function indexKeyOf(salt: Uint8Array, relationship: Hex): Uint8Array {
  return mapKey(salt, fromHex(relationship, 32), indexPointer)
}
