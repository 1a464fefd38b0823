import {
  allowedMask,
  equal,
  fromHex,
  type Hex,
  indexEntryHash,
  indexLeafHash,
  indexPointer,
  isPlaceIn,
  labelsHash,
  MalformedError,
  mapKey,
  type Origin,
  type PartPlace,
  parseColumn,
  parseHeader,
  pointerLeafHash,
  type ResultHeader,
  resultLeafHash,
  rootFromInclusion,
  rootFromMultiProof,
  rootFromPart,
  type Scope,
  toHex,
  type Value,
} from '@medrec/protocol'
import { type Commitment, commitmentOf, type Known } from './verifyRoots.ts'
import type { Answer } from './wire.ts'

/** Which record was asked for, and by what right. */
export type Expected = {
  readonly subject: Hex
  readonly steward: Hex
  readonly relationship: Hex
  readonly pointer: Hex
  readonly elements: readonly string[]
  /** A former version; the newest when absent. */
  readonly version?: number | undefined
  /** A part of the result with this root; the first of what there is when absent. */
  readonly part?: { readonly number: number; readonly of: Hex } | undefined
  /** The subject (and steward) derive map keys from the terms' salt; a viewer knows the scope instead. */
  readonly salt: Uint8Array | undefined
  readonly scope: Scope | undefined
  /** The index's map key, where neither is known: a delegate, an emergency, a proof that was handed on. */
  readonly index?: Uint8Array | undefined
}

/** Why an answer is not believed. */
export type Disbelief =
  | 'ANSWER_MALFORMED'
  | 'OTHER_RECORD'
  | 'HEADER_MISMATCH'
  | 'RESULT_BROKEN'
  | 'FIELDS_EXCEEDED'
  | 'FIELDS_MISSING'
  | 'INDEX_BROKEN'
  | 'HISTORY_BROKEN'
  | 'ROOT_UNKNOWN'

/** One field of an answer, as proven. */
export type Column = {
  readonly name: string
  readonly type: string
  readonly label: string
  readonly values: readonly Value[]
}

/** What an answer proves. */
export type Proven = {
  readonly header: ResultHeader
  readonly columns: readonly Column[]
  /** Which rows these are, of a result that no one answer holds. */
  readonly part: PartPlace | undefined
  readonly pointer: Hex
  /** Root that all of it leads to, and hash of the newest leaf of the pointer. */
  readonly result: Hex
  readonly leaf: Hex
  readonly commitment: Commitment
}

/**
 * Checks everything an answer claims against our own view of the chain: leaves to result root, to the
 * pointer's leaf, to the index and to an anchored root or a signed promise (docs/protocol.md 8.2; Figure 2, step 9).
 */
export function verifyAnswer(answer: Answer, expected: Expected, known: Known): Proven | Disbelief {
  try {
    return verify(answer, expected, known)
  } catch (error) {
    if (error instanceof MalformedError) return 'ANSWER_MALFORMED'
    throw error
  }
}

function verify(answer: Answer, expected: Expected, known: Known): Proven | Disbelief {
  for (const name of ['subject', 'steward', 'relationship', 'pointer'] as const)
    if (answer[name] !== expected[name]) return 'OTHER_RECORD'
  const header = parseHeader(answer.header)
  if (!isHeaderOf(header, answer, expected)) return 'HEADER_MISMATCH'
  if (!isPartOf(header, answer, expected)) return 'HEADER_MISMATCH'
  if (resultRoot(answer, header) !== answer.leaf.result) return 'RESULT_BROKEN'
  const columns = columnsOf(answer, expected, header)
  if (typeof columns === 'string') return columns
  const keys = keysOf(answer, expected)
  if (!keys) return 'INDEX_BROKEN'
  // Who asks for the newest version is not served a former one, however well it is proven.
  if (expected.version === undefined && answer.later?.length) return 'HISTORY_BROKEN'
  const hash = newestLeaf(answer, keys.pointer)
  if (!hash) return 'HISTORY_BROKEN'
  const index = indexHash(answer, keys)
  if (!index) return 'INDEX_BROKEN'
  const proven = { index: { key: keys.index, hash: index }, leaf: { key: keys.pointer, hash } }
  const commitment = commitmentOf(known, proven, answer)
  if (!commitment) return 'ROOT_UNKNOWN'
  const { part, pointer } = answer
  const place = part && { number: part.number, from: part.from, rows: part.rows }
  const { result } = answer.leaf
  return { header, columns, part: place, pointer, result, leaf: toHex(hash), commitment }
}

/** Root that the shown leaves lead to; undefined when they do not fit together. */
function resultRoot(answer: Answer, header: ResultHeader): Hex | undefined {
  const leaves = new Map(
    answer.leaves.map(({ position, salt, text }) => [
      position,
      resultLeafHash(fromHex(salt, 16), text),
    ]),
  )
  // A second leaf at one position would be shown without being proven.
  const isOnce = leaves.size === answer.leaves.length
  const first = answer.leaves.find(({ position }) => position === 0)
  if (!isOnce || first?.text !== answer.header) return undefined
  const proof = answer.proof.map((hash) => fromHex(hash, 32))
  const { part, size } = answer
  if (!part || header.parts === undefined) {
    const root = rootFromMultiProof({ size, leaves, proof })
    return root && toHex(root)
  }
  leaves.delete(0)
  const root = rootFromPart({
    header: first,
    ...{ fields: header.fields, parts: header.parts, place: part, proof },
    shown: new Map([...leaves].map(([position, leaf]) => [position - 1, leaf])),
    path: part.path.map((hash) => fromHex(hash, 32)),
  })
  return root && toHex(root)
}

/** Whether the answer is the part that was asked for, of a result that has parts, or a whole one that has none. */
function isPartOf(header: ResultHeader, { part, leaf }: Answer, expected: Expected): boolean {
  const { rows, parts } = header
  if ((part === undefined) !== (parts === undefined)) return false
  if (expected.part && expected.part.of !== leaf.result) return false
  if ((part?.number ?? 0) !== (expected.part?.number ?? 0)) return false
  return !part || isPlaceIn(part, { rows, parts: parts ?? 0 })
}

function isHeaderOf(header: ResultHeader, answer: Answer, expected: Expected): boolean {
  const { leaf } = answer
  return (
    toHex(header.pointer) === expected.pointer &&
    header.version === leaf.version &&
    (expected.version === undefined || expected.version === leaf.version) &&
    header.category === leaf.category &&
    header.schema === leaf.schema &&
    header.catalogue === leaf.catalogue &&
    header.change.origin === leaf.origin &&
    answer.catalogue.version === leaf.catalogue &&
    equal(header.labels, labelsHash(answer.catalogue)) &&
    answer.size === header.fields + 1 &&
    answer.catalogue.fields.length === header.fields
  )
}

function columnsOf(
  answer: Answer,
  expected: Expected,
  header: ResultHeader,
): readonly Column[] | Disbelief {
  const columns: Column[] = []
  const { rows } = answer.part ?? header
  const { fields } = answer.catalogue
  for (const { position, text } of answer.leaves) {
    if (position === 0) continue
    const { name, type, values } = parseColumn(text)
    const field = fields[position - 1]
    // The position is proven, the catalogue is only told: its bit has to be the position's.
    const isField = field?.name === name && field.bit === position - 1
    if (!isField || values.length !== rows) return 'RESULT_BROKEN'
    if (!expected.elements.includes(name) || !isAllowed(expected.scope, header, field.bit))
      return 'FIELDS_EXCEEDED'
    columns.push({ name, type, label: field.label, values })
  }
  return columns.length === expected.elements.length ? columns : 'FIELDS_MISSING'
}

/** Whether a viewer's scope allows a field; the subject may read all. */
function isAllowed(scope: Scope | undefined, header: ResultHeader, bit: number): boolean {
  if (!scope) return true
  const { pointer: id, category, schema } = header
  return allowedMask(scope, { id, category, schema }).some(
    ({ mask }) => ((mask >> BigInt(bit)) & 1n) === 1n,
  )
}

type KeysOf = { readonly pointer: Uint8Array; readonly index: Uint8Array }

function keysOf(answer: Answer, expected: Expected): KeysOf | undefined {
  const told = fromHex(answer.key, 32)
  if (!expected.salt) {
    const index = expected.scope?.index ?? expected.index
    return index && { pointer: told, index }
  }
  const relationship = fromHex(expected.relationship, 32)
  const pointer = mapKey(expected.salt, relationship, fromHex(expected.pointer, 16))
  const index = mapKey(expected.salt, relationship, indexPointer)
  return equal(pointer, told) ? { pointer, index } : undefined
}

/** Hash of the newest leaf: the answer's own, or the last of those that follow a former version. */
function newestLeaf(answer: Answer, key: Uint8Array): Uint8Array | undefined {
  let hash = leafHash(answer, answer.leaf, key)
  let { version } = answer.leaf
  for (const leaf of answer.later ?? []) {
    if (leaf.previous !== toHex(hash) || leaf.version !== version + 1) return undefined
    hash = leafHash(answer, leaf, key)
    version = leaf.version
  }
  return hash
}

function leafHash(answer: Answer, leaf: Answer['leaf'], key: Uint8Array): Uint8Array {
  return pointerLeafHash(key, {
    relationship: fromHex(answer.relationship, 32),
    pointer: fromHex(answer.pointer, 16),
    version: leaf.version,
    previous: fromHex(leaf.previous, 32),
    origin: leaf.origin as Origin,
    category: leaf.category,
    schema: leaf.schema,
    catalogue: leaf.catalogue,
    query: fromHex(leaf.query, 32),
    result: fromHex(leaf.result, 32),
    time: leaf.time,
  })
}

/** Hash of the index leaf that the pointer's entry leads to. */
function indexHash(answer: Answer, keys: KeysOf): Uint8Array | undefined {
  const { index, leaf } = answer
  const entries = rootFromInclusion({
    leaf: indexEntryHash({
      pointer: fromHex(answer.pointer, 16),
      category: leaf.category,
      schema: leaf.schema,
      key: keys.pointer,
    }),
    position: index.position,
    size: index.size,
    proof: index.entries.map((hash) => fromHex(hash, 32)),
  })
  return (
    entries &&
    indexLeafHash(keys.index, {
      relationship: fromHex(answer.relationship, 32),
      size: index.size,
      entries,
      hidden: fromHex(index.hidden, 32),
      previous: fromHex(index.previous, 32),
    })
  )
}
