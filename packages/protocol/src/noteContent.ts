import { decode, encode } from 'cborg'
import { equal, toBigInt, uint } from './bytes.ts'
import { anyPointer, type Entry, isSorted, sorted } from './scope.ts'

const none = new Uint8Array(0)

/** Content of a note, by kind (docs/protocol.md section 5). Times are unix seconds. */
export type NoteContent =
  | {
      readonly kind: 'proposal'
      readonly nonce: Uint8Array
      readonly salt: Uint8Array
      readonly policy: number
      readonly consent?: Uint8Array | undefined
      readonly stewardVersion: number
      readonly subjectVersion: number
      readonly restored?: boolean | undefined
    }
  | {
      readonly kind: 'pointer'
      readonly relationship: Uint8Array
      readonly pointer: Uint8Array
      readonly category: number
      readonly schema: number
      readonly catalogue: number
      readonly querySalt: Uint8Array
      readonly query: string
      readonly result: Uint8Array
      readonly resource: string
      readonly place: string
      readonly version: number
      readonly time: number
    }
  | {
      readonly kind: 'answer'
      readonly relationship: Uint8Array
      /** 2 accepted, 3 rejected, 4 closed */
      readonly status: number
      readonly reason?: string | undefined
    }
  | {
      readonly kind: 'acknowledgement'
      readonly relationship: Uint8Array
      readonly pointer: Uint8Array
      readonly version: number
      /** 0 seen, 1 wrong */
      readonly verdict: number
      readonly reason?: string | undefined
    }
  | ({
      readonly kind: 'share'
      /** As in the terms, which a viewer never gets; absent when the subject's consent is enough. */
      readonly policy?: number | undefined
    } & SharedScope)
  | ({
      readonly kind: 'shareCopy'
      readonly viewer: Uint8Array
      readonly salt: Uint8Array
    } & SharedScope)
  | {
      readonly kind: 'consent'
      readonly grant: Uint8Array
      readonly slot: Uint8Array
      readonly signature: Uint8Array
    }
  | {
      readonly kind: 'contact'
      readonly idTag: Uint8Array
      readonly name: string
      readonly relation?: string | undefined
      readonly identity: Uint8Array
    }
  | {
      readonly kind: 'checkpoint'
      readonly seen: readonly (readonly [
        relationship: Uint8Array,
        index: Uint8Array,
        updates: number,
      ])[]
      readonly time: number
    }
  | {
      readonly kind: 'stopped'
      readonly grant?: Uint8Array | undefined
      readonly relationship?: Uint8Array | undefined
      readonly reason?: string | undefined
    }

/** A scope as a share note carries it: what the reader can derive is left out. */
export type SharedScope = {
  readonly steward: Uint8Array
  readonly relationship: Uint8Array
  readonly index: Uint8Array
  readonly epoch: number
  readonly purposes: number
  readonly notBefore: number
  readonly grant: Uint8Array
  readonly signature: Uint8Array
  readonly entries: readonly Entry[]
}

type Kind = NoteContent['kind']
type FieldType = 'bytes' | 'number' | 'text' | 'bool' | 'entries' | 'seen'
/** `size`: exact length of bytes, or greatest length of a number. */
type Field = readonly [name: string, type: FieldType, size?: number]

const shared: readonly Field[] = [
  ['steward', 'bytes', 32],
  ['relationship', 'bytes', 32],
  ['index', 'bytes', 32],
  ['epoch', 'number', 2],
  ['purposes', 'number', 2],
  ['notBefore', 'number', 5],
  ['grant', 'bytes', 20],
  ['signature', 'bytes', 64],
  ['entries', 'entries'],
]

/** Number of each kind and the CBOR keys of its fields, in order from 0. */
const layouts: {
  readonly [kind in Kind]: {
    number: number
    fields: readonly Field[]
    optional?: readonly string[]
  }
} = {
  proposal: {
    number: 1,
    fields: [
      ['nonce', 'bytes', 16],
      ['salt', 'bytes', 32],
      ['policy', 'number', 1],
      ['consent', 'bytes', 20],
      ['stewardVersion', 'number', 4],
      ['subjectVersion', 'number', 4],
      ['restored', 'bool'],
    ],
    optional: ['consent', 'restored'],
  },
  pointer: {
    number: 2,
    fields: [
      ['relationship', 'bytes', 32],
      ['pointer', 'bytes', 16],
      ['category', 'number', 4],
      ['schema', 'number', 4],
      ['catalogue', 'number', 2],
      ['querySalt', 'bytes', 16],
      ['query', 'text'],
      ['result', 'bytes', 32],
      ['resource', 'text'],
      ['place', 'text'],
      ['version', 'number', 4],
      ['time', 'number', 5],
    ],
  },
  answer: {
    number: 3,
    fields: [
      ['relationship', 'bytes', 32],
      ['status', 'number', 1],
      ['reason', 'text'],
    ],
    optional: ['reason'],
  },
  acknowledgement: {
    number: 4,
    fields: [
      ['relationship', 'bytes', 32],
      ['pointer', 'bytes', 16],
      ['version', 'number', 4],
      ['verdict', 'number', 1],
      ['reason', 'text'],
    ],
    optional: ['reason'],
  },
  share: { number: 5, fields: [...shared, ['policy', 'number', 1]], optional: ['policy'] },
  shareCopy: { number: 6, fields: [...shared, ['viewer', 'bytes', 32], ['salt', 'bytes', 32]] },
  consent: {
    number: 7,
    fields: [
      ['grant', 'bytes', 20],
      ['slot', 'bytes', 20],
      ['signature', 'bytes', 64],
    ],
  },
  contact: {
    number: 8,
    fields: [
      ['idTag', 'bytes', 32],
      ['name', 'text'],
      ['relation', 'text'],
      ['identity', 'bytes', 20],
    ],
    optional: ['relation'],
  },
  checkpoint: {
    number: 9,
    fields: [
      ['seen', 'seen'],
      ['time', 'number', 5],
    ],
  },
  stopped: {
    number: 10,
    fields: [
      ['grant', 'bytes', 20],
      ['relationship', 'bytes', 32],
      ['reason', 'text'],
    ],
    optional: ['grant', 'relationship', 'reason'],
  },
}

/** Kind by its number. */
export const noteKinds: Readonly<Record<number, Kind>> = Object.fromEntries(
  Object.entries(layouts).map(([kind, { number }]) => [number, kind as Kind]),
)

/** Encodes content as CBOR with small integer keys (RFC 8949 section 4.2.1). */
export function encodeContent(content: NoteContent): { kind: number; body: Uint8Array } {
  const { number, fields } = layouts[content.kind]
  const values = content as unknown as Record<string, unknown>
  const map = new Map<number, unknown>()
  fields.forEach(([name, type], key) => {
    const value = values[name]
    if (value !== undefined) map.set(key, toCbor(type, value))
  })
  return { kind: number, body: encode(map) }
}

/** Decodes content, or undefined when it is not of that kind's form. */
export function decodeContent(kind: number, body: Uint8Array): NoteContent | undefined {
  const name = noteKinds[kind]
  if (!name) return undefined
  const { fields, optional = [] } = layouts[name]
  let map: unknown
  try {
    map = decode(body, { useMaps: true, strict: true, rejectDuplicateMapKeys: true })
  } catch {
    return undefined // junk is ignored, as every note that does not open
  }
  if (!(map instanceof Map)) return undefined
  const content: Record<string, unknown> = { kind: name }
  for (const [key, [field, type, size]] of fields.entries()) {
    const raw = map.get(key)
    if (raw === undefined && optional.includes(field)) continue
    const value = fromCbor(type, raw, size)
    if (value === undefined) return undefined
    content[field] = value
  }
  return content as NoteContent
}

function toCbor(type: FieldType, value: unknown): unknown {
  if (type !== 'entries') return value
  return sorted(value as readonly Entry[]).map(({ pointer, category, schema, catalogue, mask }) => [
    equal(pointer, anyPointer) ? none : pointer,
    category,
    schema,
    catalogue,
    trimmed(mask),
  ])
}

function fromCbor(type: FieldType, raw: unknown, size: number | undefined): unknown {
  switch (type) {
    case 'bytes':
      return isBytes(raw, size) ? raw : undefined
    case 'number':
      return isCount(raw, size) ? raw : undefined
    case 'text':
      return typeof raw === 'string' ? raw : undefined
    case 'bool':
      return typeof raw === 'boolean' ? raw : undefined
    case 'entries':
      return toEntries(raw)
    case 'seen':
      return allOf(raw, toSeen)
  }
}

/** Only entries that a scope may hold, so that a reader can hash what she was sent. */
function toEntries(raw: unknown): readonly Entry[] | undefined {
  const entries = allOf(raw, toEntry)
  return entries && isSorted(entries) ? entries : undefined
}

function toEntry(raw: unknown): Entry | undefined {
  if (!Array.isArray(raw) || raw.length !== 5) return undefined
  const [id, category, schema, catalogue, mask] = raw as unknown[]
  if (!isBytes(mask) || mask.length > 32 || mask[0] === 0) return undefined
  if (!isCount(category, 4) || !isCount(schema, 4) || !isCount(catalogue, 2)) return undefined
  const pointer = isBytes(id, 0) ? anyPointer : id
  if (!isBytes(pointer, 16) || (pointer !== anyPointer && equal(pointer, anyPointer)))
    return undefined
  return { pointer, category, schema, catalogue, mask: toBigInt(mask) }
}

function toSeen(raw: unknown): readonly [Uint8Array, Uint8Array, number] | undefined {
  if (!Array.isArray(raw) || raw.length !== 3) return undefined
  const [relationship, index, updates] = raw as unknown[]
  return isBytes(relationship, 32) && isBytes(index, 32) && isCount(updates)
    ? [relationship, index, updates]
    : undefined
}

function allOf<T>(raw: unknown, read: (item: unknown) => T | undefined): readonly T[] | undefined {
  if (!Array.isArray(raw)) return undefined
  const items = raw.map(read)
  return items.includes(undefined) ? undefined : (items as T[])
}

function isBytes(value: unknown, size?: number): value is Uint8Array {
  return value instanceof Uint8Array && (size === undefined || value.length === size)
}

function isCount(value: unknown, size = 6): value is number {
  return (
    typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value < 256 ** size
  )
}

function trimmed(mask: bigint): Uint8Array {
  const bytes = uint(mask, 32)
  const first = bytes.findIndex((byte) => byte !== 0)
  return first === -1 ? none : bytes.slice(first)
}
