import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hash,
  type KeyObject,
  verify as verifySignature,
} from 'node:crypto'
import { createKeccak } from 'hash-wasm'
import { fromDigits } from './hexDigits.ts'
import type { Suite } from './Suite.ts'
import { secp256k1 } from './secp256k1.ts'

const x25519Curve = { kty: 'OKP', crv: 'X25519' } as const
/** Digits that are read as fast without a Buffer. */
const shortHex = 128
/** Bytes of a block and of an output of SHA-256 (FIPS 180-4). */
const [blockSize, hashSize] = [64, 32]
const noPublicHalf = 'A'.repeat(43)

/** OpenSSL has no Keccak-256 before version 3.2; WebAssembly is ten times faster than JavaScript. */
const keccak256 = await createKeccak(256)

/** Native primitives: OpenSSL by node:crypto, libsecp256k1 by its addon, Keccak by WebAssembly. */
export const suite: Suite = {
  sha256,
  hmac,
  keccak: (bytes) => keccak256.init().update(bytes).digest('binary'),
  ...secp256k1,
  p256Verify(publicKey, message, signature) {
    const key = p256Object(publicKey)
    const by = key && { key, dsaEncoding: 'ieee-p1363' as const }
    return by !== undefined && verifySignature('sha256', message, by, signature)
  },
  x25519(bytes) {
    const privateKey = privateKeyObject(bytes)
    return {
      publicKey: bytesOf(Buffer.from(String(privateKey.export({ format: 'jwk' }).x), 'base64url')),
      agree: (publicKey) => agreed(privateKey, publicKey),
    }
  },
  chacha: {
    seal({ key, nonce, aad, plain }) {
      const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 })
      cipher.setAAD(aad, { plaintextLength: plain.length })
      return bytesOf(Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]))
    },
    open({ key, nonce, aad, sealed }) {
      if (sealed.length < 16) return undefined
      const decipher = createDecipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 })
      decipher.setAAD(aad, { plaintextLength: sealed.length - 16 })
      decipher.setAuthTag(sealed.subarray(-16))
      try {
        return bytesOf(Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]))
      } catch {
        return undefined // altered, or not for us
      }
    },
  },
  toHex: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex'),
  fromHex(digits) {
    // A Buffer shares its memory with others, so a key or an id that stays would keep eight kilobytes.
    if (digits.length <= shortHex) return fromDigits(digits)
    // Node stops at what is no digit, but of a character above U+00FF it looks at the low byte alone.
    if (Buffer.byteLength(digits) !== digits.length) return undefined
    const bytes = bytesOf(Buffer.from(digits, 'hex'))
    return 2 * bytes.length === digits.length ? bytes : undefined
  },
  toBase64: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64'),
  fromBase64: (text) => bytesOf(Buffer.from(text, 'base64')),
}

/** By a string, since a Buffer from OpenSSL has memory of its own: half the time, a third of the memory. */
function sha256(bytes: Uint8Array): Uint8Array {
  return bytesOf(Buffer.from(hash('sha256', bytes, 'binary'), 'binary'))
}

/** Two hashes: half the time of an Hmac object, and nothing for the garbage collector to finalise. */
function hmac(key: Uint8Array, message: Uint8Array): Uint8Array {
  const short = key.length > blockSize ? sha256(key) : key
  const inner = new Uint8Array(blockSize + message.length)
  const outer = new Uint8Array(blockSize + hashSize)
  for (let i = 0; i < blockSize; i++) {
    const byte = short[i] ?? 0
    inner[i] = byte ^ 0x36
    outer[i] = byte ^ 0x5c
  }
  inner.set(message, blockSize)
  outer.set(sha256(inner), blockSize)
  return sha256(outer)
}

function agreed(privateKey: KeyObject, publicKey: Uint8Array): Uint8Array | undefined {
  if (publicKey.length !== 32) return undefined // OpenSSL reads the first 32 bytes of more
  const x = Buffer.from(publicKey).toString('base64url')
  try {
    const other = createPublicKey({ format: 'jwk', key: { ...x25519Curve, x } })
    return bytesOf(diffieHellman({ privateKey, publicKey: other }))
  } catch {
    return undefined // OpenSSL refuses points of small order
  }
}

// As JWK, which OpenSSL reads ten times faster than DER. It derives the public half itself and does not look at `x`.
function privateKeyObject(bytes: Uint8Array): KeyObject {
  const d = Buffer.from(bytes).toString('base64url')
  return createPrivateKey({ format: 'jwk', key: { ...x25519Curve, d, x: noPublicHalf } })
}

/** A plain Uint8Array, so that values compare equal in Node and in browsers. */
function bytesOf(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length)
}

/** Undefined when the two halves are no point of the curve. */
function p256Object(publicKey: Uint8Array): KeyObject | undefined {
  const half = (from: number): string =>
    Buffer.from(publicKey.slice(from, from + 32)).toString('base64url')
  const key = { kty: 'EC', crv: 'P-256', x: half(0), y: half(32) }
  try {
    return createPublicKey({ format: 'jwk', key })
  } catch {
    return undefined
  }
}
