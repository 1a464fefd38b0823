import { suite } from '#suite'
import { concat, utf8 } from './bytes.ts'
import { hkdf } from './hkdf.ts'

const prefix = utf8('medrec/v1/')

/** SHA-256 of the joined parts (FIPS 180-4). */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  return suite.sha256(parts.length === 1 ? (parts[0] as Uint8Array) : concat(...parts))
}

/** HMAC-SHA-256 over the joined parts (RFC 2104). */
export function hmac(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  return suite.hmac(key, concat(...parts))
}

/** Keccak-256 of the joined parts, as Ethereum uses it. */
export function keccak(...parts: readonly Uint8Array[]): Uint8Array {
  return suite.keccak(parts.length === 1 ? (parts[0] as Uint8Array) : concat(...parts))
}

/** HKDF-SHA-256 (RFC 5869) with the protocol's prefix before `info`. */
export function derive(options: {
  secret: Uint8Array
  networkId: Uint8Array
  info: readonly (Uint8Array | string)[]
  size: number
}): Uint8Array {
  const info = options.info.map((part) => (typeof part === 'string' ? utf8(part) : part))
  return hkdf({
    secret: options.secret,
    salt: options.networkId,
    info: concat(prefix, ...info),
    size: options.size,
  })
}

/** Random bytes from the platform's generator. */
export function random(size: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(size))
}
