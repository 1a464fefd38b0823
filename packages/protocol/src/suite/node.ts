import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hash,
  hkdfSync,
  type KeyObject,
} from 'node:crypto'
import { createKeccak } from 'hash-wasm'
import type { Suite } from './Suite.ts'
import { secp256k1 } from './secp256k1.ts'

const x25519Curve = { kty: 'OKP', crv: 'X25519' } as const
const noPublicHalf = 'A'.repeat(43)

/** OpenSSL has no Keccak-256 before version 3.2; WebAssembly is ten times faster than JavaScript. */
const keccak256 = await createKeccak(256)

/** Native primitives: OpenSSL by node:crypto, libsecp256k1 by its addon, Keccak by WebAssembly. */
export const suite: Suite = {
  // By a string, since a Buffer from OpenSSL has memory of its own: half the time, a third of the memory.
  sha256: (bytes) => bytesOf(Buffer.from(hash('sha256', bytes, 'binary'), 'binary')),
  hmac: (key, message) => bytesOf(createHmac('sha256', key).update(message).digest()),
  keccak: (bytes) => keccak256.init().update(bytes).digest('binary'),
  hkdf: ({ ikm, salt, info, size }) => new Uint8Array(hkdfSync('sha256', ikm, salt, info, size)),
  ...secp256k1,
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
  toBase64: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64'),
  fromBase64: (text) => bytesOf(Buffer.from(text, 'base64')),
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
