import {
  canonicalJson,
  type FieldType,
  isCanonical,
  toBase64Url,
  type Value,
} from '@medrec/protocol'

/** What SQLite's driver gives when it reads integers as bigint. */
export type SqlRead = string | number | bigint | Uint8Array | null

/**
 * A value as the one text of its type (docs/protocol.md section 7); undefined when it has none, as text
 * that is no date. 64-bit integers and the scale of decimals survive.
 */
export function typedText(type: FieldType, value: SqlRead): Value | undefined {
  if (value === null) return null
  // What most columns hold has its form already.
  if (type === 'int' && typeof value === 'bigint') return String(value)
  if (type === 'text' && typeof value === 'string') return value.isWellFormed() ? value : undefined
  const text = textOf(type, value)
  return text !== undefined && isCanonical(type, text) ? text : undefined
}

function textOf(type: FieldType, value: string | number | bigint | Uint8Array): string | undefined {
  if (value instanceof Uint8Array) return type === 'bytes' ? toBase64Url(value) : undefined
  if (type === 'bytes') return undefined
  if (type === 'bool') return boolText(value)
  if (type === 'json') return typeof value === 'string' ? jsonText(value) : String(value)
  return typeof value === 'number' ? numberText(value) : String(value)
}

function boolText(value: string | number | bigint): string | undefined {
  const text = String(value)
  if (text === '1' || text === 'true') return 'true'
  return text === '0' || text === 'false' ? 'false' : undefined
}

/** Shortest decimal digits that read back as the same number, without an exponent. */
function numberText(value: number): string | undefined {
  if (!Number.isFinite(value)) return undefined
  const text = String(value === 0 ? 0 : value)
  const match = /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(text)
  if (!match) return text
  const [, sign, whole = '', fraction = '', exponent] = match
  const digits = whole + fraction
  const point = whole.length + Number(exponent)
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`
  return `${sign}${digits.padEnd(point, '0')}`
}

/** RFC 8785, or undefined when it is not JSON: the caller says which field, never the value. */
function jsonText(text: string): string | undefined {
  try {
    return canonicalJson(JSON.parse(text))
  } catch {
    return undefined
  }
}
