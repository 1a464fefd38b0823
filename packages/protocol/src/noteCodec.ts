import { decode, encode } from 'cborg'
import { equal, toBigInt, uint } from './bytes.ts'
import type { NoteContent } from './noteContent.ts'
import { type FieldType, type Kind, layouts } from './noteLayouts.ts'
import { anyPointer, type Entry, isSorted, sorted } from './scope.ts'

const none = new Uint8Array(0)

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
