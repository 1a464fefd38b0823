import { suite } from '#suite'
import { MalformedError } from './errors.ts'

/** `0x` and lower-case hex digits. */
export type Hex = `0x${string}`

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

/** Joins byte strings. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let size = 0
  for (const part of parts) size += part.length
  const joined = new Uint8Array(size)
  let offset = 0
  for (const part of parts) {
    joined.set(part, offset)
    offset += part.length
  }
  return joined
}

/** Bytes as lower-case hex with `0x`. */
export function toHex(bytes: Uint8Array): Hex {
  return `0x${suite.toHex(bytes)}`
}

/** Reads hex with `0x`; `size` bytes when given. Throws MalformedError. */
export function fromHex(hex: string, size?: number): Uint8Array {
  const bytes = hex.startsWith('0x') ? suite.fromHex(hex.slice(2)) : undefined
  if (!bytes) throw new MalformedError('hex digits expected')
  if (size !== undefined && bytes.length !== size)
    throw new MalformedError(`${size} bytes expected, ${bytes.length} found`)
  return bytes
}

/** An unsigned integer as `size` big-endian bytes. Throws MalformedError if it is none or does not fit. */
export function uint(value: number | bigint, size: number): Uint8Array {
  if (typeof value === 'number') return fromNumber(value, size)
  if (value <= Number.MAX_SAFE_INTEGER) return fromNumber(Number(value), size)
  let rest = value
  const bytes = new Uint8Array(size)
  for (let i = size - 1; i >= 0; i--) {
    bytes[i] = Number(rest & 0xffn)
    rest >>= 8n
  }
  if (rest !== 0n) throw new MalformedError(`a number of ${size} bytes expected`)
  return bytes
}

/** The same for what most numbers are: ten times as fast as by way of a bigint. */
function fromNumber(value: number, size: number): Uint8Array {
  if (!Number.isSafeInteger(value)) throw new MalformedError('a whole number expected')
  let rest = value
  const bytes = new Uint8Array(size)
  for (let i = size - 1; i >= 0; i--) {
    bytes[i] = rest % 256
    rest = Math.floor(rest / 256)
  }
  if (rest !== 0) throw new MalformedError(`a number of ${size} bytes expected`)
  return bytes
}

/** Reads big-endian bytes as an unsigned integer. */
export function toBigInt(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(toHex(bytes))
}

/** UTF-8 bytes of a text. Throws MalformedError for unpaired surrogates. */
export function utf8(text: string): Uint8Array {
  if (!text.isWellFormed()) throw new MalformedError('text with an unpaired surrogate')
  return encoder.encode(text)
}

/** Text of UTF-8 bytes. Throws MalformedError when they are not UTF-8. */
export function fromUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch (cause) {
    throw new MalformedError('UTF-8 text expected', { cause })
  }
}

/** Equal contents; not constant in time, so not for secrets. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Order of byte strings, shorter first when one begins the other. */
export function compare(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const difference = (a[i] as number) - (b[i] as number)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** Order of well-formed texts by their UTF-8 bytes, without writing them. */
export function compareTexts(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const difference = byCodePoint(a.charCodeAt(i)) - byCodePoint(b.charCodeAt(i))
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** UTF-8 sorts as code points do; in UTF-16, surrogates stand below the units from 0xe000 on. */
function byCodePoint(unit: number): number {
  if (unit < 0xd800) return unit
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800
}

/** base64url without padding (RFC 4648 section 5). */
export function toBase64Url(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** Reads base64url without padding. Throws MalformedError; other spellings of the same bytes too. */
export function fromBase64Url(text: string): Uint8Array {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) throw new MalformedError('base64url expected')
  const bytes = suite.fromBase64(text.replaceAll('-', '+').replaceAll('_', '/'))
  if (!bytes) throw new MalformedError('base64 expected')
  if (toBase64Url(bytes) !== text) throw new MalformedError('canonical base64url expected')
  return bytes
}

/** base64 with padding (RFC 4648 section 4). */
export function toBase64(bytes: Uint8Array): string {
  return suite.toBase64(bytes)
}

/** Reads base64 with padding. Throws MalformedError; other spellings of the same bytes too. */
export function fromBase64(text: string): Uint8Array {
  const bytes = suite.fromBase64(text)
  if (!bytes) throw new MalformedError('base64 expected')
  if (toBase64(bytes) !== text) throw new MalformedError('canonical base64 expected')
  return bytes
}
