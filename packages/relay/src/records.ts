import { MalformedError } from '@medrec/protocol'

/** One record of a batch, cut up but not judged (docs/protocol.md section 4). */
export type ParsedRecord = {
  readonly kind: RecordKind
  readonly bytes: Uint8Array
  /** Empty for notes and tags. */
  readonly payload: Uint8Array
  /** r | vs; empty for notes and tags. */
  readonly signature: Uint8Array
  /** The notes as they stand, 400 bytes each. */
  readonly notes: Uint8Array
  /** Unix seconds; undefined where a record has none. */
  readonly deadline: number | undefined
}

export type RecordKind =
  | 'propose'
  | 'accept'
  | 'end'
  | 'stopAll'
  | 'grant'
  | 'revoke'
  | 'anchor'
  | 'notes'
  | 'tags'
  | 'policy'
  | 'answer'

/** By number: name and bytes of payload; a deadline is its last four bytes. */
const layouts: readonly (readonly [kind: RecordKind, size: number, dated: boolean])[] = [
  ['propose', 76, true],
  ['accept', 76, true],
  ['end', 73, false],
  ['stopAll', 74, false],
  ['grant', 56, true],
  ['revoke', 20, false],
  ['anchor', 136, true],
  ['notes', 0, false],
  ['tags', 0, false],
  ['policy', 76, true],
  ['answer', 100, true],
]

const noteSize = 400
const signatureSize = 64
const none = new Uint8Array(0)

/** Whether a record ends something: anybody may send it, at any time, without a token. */
export function isEndingKind(kind: RecordKind): boolean {
  return kind === 'end' || kind === 'stopAll' || kind === 'revoke'
}

/** Cuts up exactly one record. Throws MalformedError when it has another size than its head says. */
export function parseRecord(bytes: Uint8Array): ParsedRecord {
  const head = bytes[0]
  if (head === undefined) throw new MalformedError('an empty record')
  const layout = layouts[head & 15]
  if (!layout) throw new MalformedError(`a record of kind ${head & 15}`)
  const [kind, size, dated] = layout
  const noteCount = head >> 4
  if (kind === 'tags') return parseTags(bytes, noteCount)
  if (kind === 'notes' && noteCount === 0) throw new MalformedError('a record of no notes')
  const signed = kind === 'notes' ? 0 : signatureSize
  const expected = 1 + size + signed + noteCount * noteSize
  if (bytes.length !== expected)
    throw new MalformedError(`a record of ${expected} bytes expected, ${bytes.length} found`)
  const payload = bytes.slice(1, 1 + size)
  return {
    kind,
    bytes,
    payload,
    signature: bytes.slice(1 + size, 1 + size + signed),
    notes: bytes.slice(1 + size + signed),
    deadline: dated
      ? new DataView(payload.buffer, payload.byteOffset).getUint32(size - 4)
      : undefined,
  }
}

function parseTags(bytes: Uint8Array, noteCount: number): ParsedRecord {
  if (noteCount !== 0) throw new MalformedError('update tags carry no notes')
  const count = bytes.length < 3 ? 0 : ((bytes[1] as number) << 8) | (bytes[2] as number)
  if (count === 0) throw new MalformedError('a record of no update tags')
  if (bytes.length !== 3 + count * 8)
    throw new MalformedError(`a record of ${3 + count * 8} bytes expected, ${bytes.length} found`)
  return { kind: 'tags', bytes, payload: none, signature: none, notes: none, deadline: undefined }
}
