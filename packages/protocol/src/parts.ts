import { concat, fromHex, type Hex, uint, utf8 } from './bytes.ts'
import { sha256 } from './hash.ts'
import { hmacUnder } from './keyedHmac.ts'
import { merkleRoot, multiProof, rootFromMultiProof } from './merkle.ts'
import { headerText, leafSalt, type ResultHeader, resultLeafHash } from './results.ts'

/** Where a part of a result stands: its number, its first row and how many rows it has. */
export type PartPlace = { readonly number: number; readonly from: number; readonly rows: number }

/** A part as the leaves of its fields, with the root over them and its own hash. */
export type PartTree = {
  readonly salts: readonly Uint8Array[]
  readonly leaves: readonly Uint8Array[]
  readonly hash: Uint8Array
}

const prefix = uint(0x0a, 1)

/** Hash of a part: H(0x0a | number u32 | from u64 | rows u32 | root over its fields) (docs/protocol.md 7.2). */
export function partHash({ number, from, rows }: PartPlace, fields: Uint8Array): Uint8Array {
  return sha256(prefix, uint(number, 4), uint(from, 8), uint(rows, 4), fields)
}

/** Builds a part's tree from the exact texts of its fields' leaves. */
export function partTree(options: {
  readonly pointer: Uint8Array
  readonly version: number
  readonly place: PartPlace
  readonly columns: readonly string[]
  readonly pointerSecret: Uint8Array
}): PartTree {
  const { pointer, version, place, columns, pointerSecret } = options
  const under = hmacUnder(pointerSecret)
  const start = concat(pointer, uint(version, 4), uint(place.number, 4))
  const salts = columns.map((_, field) => under(concat(start, uint(field, 4)), 16))
  const leaves = columns.map((text, i) => resultLeafHash(salts[i] as Uint8Array, text))
  return { salts, leaves, hash: partHash(place, merkleRoot(leaves)) }
}

/** A result in parts: its header's text and salt, and the root over header and parts. */
export function partedResult(options: {
  readonly header: ResultHeader
  readonly parts: readonly Uint8Array[]
  readonly pointerSecret: Uint8Array
}): { readonly text: string; readonly salt: Uint8Array; readonly root: Uint8Array } {
  const { header, parts, pointerSecret } = options
  const text = headerText(header)
  const salt = leafSalt(pointerSecret, header.pointer, header.version, 0)
  return { text, salt, root: merkleRoot([resultLeafHash(salt, text), ...parts]) }
}

/** Proof that the header and one part stand in a result (docs/protocol.md 7.1, positions 0 and number + 1). */
export function partPath(
  header: Uint8Array,
  parts: readonly Uint8Array[],
  number: number,
): readonly Uint8Array[] {
  return multiProof([header, ...parts], [0, number + 1])
}

/** Root that the header, some fields of a part and their proofs lead to; undefined when they do not fit together. */
export function rootFromPart(options: {
  readonly header: { readonly salt: Hex; readonly text: string }
  /** How many fields and parts the header says there are. */
  readonly fields: number
  readonly parts: number
  readonly place: PartPlace
  /** Hashes of the shown fields' leaves, by number of the field. */
  readonly shown: ReadonlyMap<number, Uint8Array>
  readonly proof: readonly Uint8Array[]
  readonly path: readonly Uint8Array[]
}): Uint8Array | undefined {
  const { header, fields, parts, place, shown, proof, path } = options
  const columns = rootFromMultiProof({ size: fields, leaves: shown, proof })
  if (!columns) return undefined
  const leaves = new Map([
    [0, sha256(uint(0, 1), fromHex(header.salt, 16), utf8(header.text))],
    [place.number + 1, partHash(place, columns)],
  ])
  return rootFromMultiProof({ size: parts + 1, leaves, proof: path })
}

/** Whether a part can stand where it says: the first begins with row 0, the last ends with the last row. */
export function isPlaceIn(
  { number, from, rows }: PartPlace,
  header: { readonly rows: number; readonly parts: number },
): boolean {
  const isLast = number === header.parts - 1
  const isWithin = number < header.parts && rows > 0 && from + rows <= header.rows
  return isWithin && (number === 0) === (from === 0) && isLast === (from + rows === header.rows)
}
