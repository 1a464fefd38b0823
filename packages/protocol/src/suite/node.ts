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
import type { Suite } from './Suite.ts'
import { secp256k1 } from './secp256k1.ts'

const x25519Curve = { kty: 'OKP', crv: 'X25519' } as const
const noPublicHalf = 'A'.repeat(43)

/** Native primitives: OpenSSL by node:crypto, libsecp256k1 by its addon. */
export const suite: Suite = {
  sha256: (bytes) => bytesOf(hash('sha256', bytes, 'buffer')),
  hmac: (key, message) => bytesOf(createHmac('sha256', key).update(message).digest()),
  hkdf: ({ ikm, salt, info, size }) => new Uint8Array(hkdfSync('sha256', ikm, salt, info, size)),
  ...secp256k1,
  x25519Public(privateKey) {
    const { x } = createPublicKey(privateKeyObject(privateKey)).export({ format: 'jwk' })
    return bytesOf(Buffer.from(String(x), 'base64url'))
  },
  x25519(privateKey, publicKey) {
    if (publicKey.length !== 32) return undefined // OpenSSL reads the first 32 bytes of more
    try {
      return bytesOf(
        diffieHellman({
          privateKey: privateKeyObject(privateKey),
          publicKey: createPublicKey({
            format: 'jwk',
            key: { ...x25519Curve, x: Buffer.from(publicKey).toString('base64url') },
          }),
        }),
      )
    } catch {
      return undefined // OpenSSL refuses points of small order
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
