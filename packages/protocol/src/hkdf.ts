import { suite } from '#suite'
import { concat } from './bytes.ts'
import { type KeyedHmac, keyedHmac } from './keyedHmac.ts'

/** What was extracted from a secret, by salt: one secret gives two keys to each relationship. */
const extracted = new WeakMap<Uint8Array, WeakMap<Uint8Array, KeyedHmac>>()

/** HKDF-SHA-256 (RFC 5869), for up to 8,160 bytes. */
export function hkdf(options: {
  readonly secret: Uint8Array
  readonly salt: Uint8Array
  readonly info: Uint8Array
  readonly size: number
}): Uint8Array {
  const { secret, salt, info, size } = options
  const under = extract(secret, salt)
  let last: Uint8Array = new Uint8Array(0)
  let output = last
  for (let i = 1; output.length < size; i++) {
    last = under(concat(last, info, Uint8Array.of(i)))
    output = concat(output, last)
  }
  return output.slice(0, size)
}

function extract(secret: Uint8Array, salt: Uint8Array): KeyedHmac {
  const bySalt = extracted.get(secret) ?? new WeakMap<Uint8Array, KeyedHmac>()
  extracted.set(secret, bySalt)
  const known = bySalt.get(salt) ?? keyedHmac(suite.hmac(salt, secret))
  bySalt.set(salt, known)
  return known
}
