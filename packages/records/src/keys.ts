import { compare, concat, fromUtf8, MalformedError, toBigInt, uint, utf8 } from '@medrec/protocol'
import type { Key, Range } from './Store.ts'

const numberTag = 1
const textTag = 2
/** Above every tag, so that `prefix | last` ends all that begins with the prefix. */
const last = Uint8Array.of(255)

/**
 * A key as bytes whose order (shorter first, then byte by byte) is the key's order in every store.
 * Number: `01 | 8 bytes`; text: `02 | UTF-8 with 00 written 00 ff | 00`. Throws MalformedError.
 */
export function encodeKey(key: Key): Uint8Array {
  return concat(...(typeof key === 'string' ? [key] : key).map(encodePart))
}

/** Reads `encodeKey` back; a key of one text is that text. */
export function decodeKey(bytes: Uint8Array): Key {
  const parts: (string | number)[] = []
  for (let at = 0; at < bytes.length; ) {
    const [part, next] = bytes[at] === numberTag ? readNumber(bytes, at) : readText(bytes, at)
    parts.push(part)
    at = next
  }
  const [first] = parts
  return parts.length === 1 && typeof first === 'string' ? first : parts
}

/** Bounds of a range as bytes: from inclusive, to exclusive. */
export function boundsOf(range: Range = {}): { from: Uint8Array; to: Uint8Array } {
  const prefix = range.prefix === undefined ? new Uint8Array(0) : encodeKey(range.prefix)
  return {
    from: range.from === undefined ? prefix : greater(encodeKey(range.from), prefix),
    to: range.to === undefined ? concat(prefix, last) : lesser(encodeKey(range.to), prefix),
  }
}

function greater(key: Uint8Array, prefix: Uint8Array): Uint8Array {
  return compare(key, prefix) < 0 ? prefix : key
}

function lesser(key: Uint8Array, prefix: Uint8Array): Uint8Array {
  const end = concat(prefix, last)
  return compare(key, end) < 0 ? key : end
}

function encodePart(part: string | number): Uint8Array {
  if (typeof part === 'number') {
    if (!Number.isSafeInteger(part) || part < 0)
      throw new MalformedError('a number in a key is whole and not negative')
    return concat(Uint8Array.of(numberTag), uint(part, 8))
  }
  const escaped: number[] = [textTag]
  for (const byte of utf8(part)) escaped.push(...(byte === 0 ? [0, 255] : [byte]))
  return Uint8Array.from([...escaped, 0])
}

function readNumber(bytes: Uint8Array, at: number): [number, number] {
  return [Number(toBigInt(bytes.slice(at + 1, at + 9))), at + 9]
}

function readText(bytes: Uint8Array, at: number): [string, number] {
  const text: number[] = []
  let next = at + 1
  while (!(bytes[next] === 0 && bytes[next + 1] !== 255)) {
    text.push(bytes[next] as number)
    next += bytes[next] === 0 ? 2 : 1
  }
  return [fromUtf8(Uint8Array.from(text)), next + 1]
}
