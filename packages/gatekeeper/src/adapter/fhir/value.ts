import type { FieldType } from '@medrec/protocol'
import { ReadError } from '../RowCollector.ts'
import type { SqlRead } from '../typedText.ts'
import { type Json, JsonNumber, writeLossless } from './losslessJson.ts'

/** What a path found, for a field of a type. Throws ReadError when there is more than one value. */
export function readOf(found: readonly Json[], { name, type }: Field): SqlRead {
  const [value, other] = found
  if (value === undefined || value === null) return null
  // Of a field of JSON all values are told, as a list.
  if (other !== undefined && type === 'json') return writeLossless(found)
  if (other !== undefined) throw new ReadError({ problem: 'form', field: name })
  if (value instanceof JsonNumber) return numberOf(value.text)
  if (typeof value === 'boolean') return String(value)
  if (typeof value !== 'string') return type === 'json' ? writeLossless(value) : unusable(name)
  switch (type) {
    case 'instant':
      return instantOf(value)
    case 'bytes':
      return bytesOf(value, name)
    default:
      return value
  }
}

type Field = { readonly name: string; readonly type: FieldType }

/** Digits as written; an exponent is written out. */
function numberOf(text: string): string | number {
  return /[eE]/.test(text) ? Number(text) : text
}

/** A moment with its zone (FHIR R4, instant) in UTC, to the millisecond; other text as it is, which is then refused. */
function instantOf(text: string): string {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.test(text)) return text
  const time = Date.parse(text)
  return Number.isNaN(time) ? text : new Date(time).toISOString().replace('.000Z', 'Z')
}

function bytesOf(text: string, field: string): Uint8Array {
  const bare = text.replaceAll(/\s/g, '')
  const bytes = Buffer.from(bare, 'base64')
  return bytes.toString('base64') === bare ? new Uint8Array(bytes) : unusable(field)
}

function unusable(field: string): never {
  throw new ReadError({ problem: 'form', field })
}
