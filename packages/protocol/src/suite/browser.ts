import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import { x25519 as curve25519 } from '@noble/curves/ed25519.js'
import { p256 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { bytesToNumberBE, numberToBytesBE } from '@noble/curves/utils.js'
import { hmac as nobleHmac } from '@noble/hashes/hmac.js'
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js'
import { keccak_256 as nobleKeccak } from '@noble/hashes/sha3.js'
import { fromDigits } from './hexDigits.ts'
import type { Suite } from './Suite.ts'

const Point = secp256k1.Point
const order = Point.CURVE().n
const hexOf: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, '0'),
)

/** Pure JavaScript primitives, for browsers and for comparing with the native ones in tests. */
export const suite: Suite = {
  sha256: nobleSha256,
  hmac: (key, message) => nobleHmac(nobleSha256, key, message),
  keccak: (bytes) => nobleKeccak(bytes),
  p256Verify(publicKey, message, signature) {
    try {
      return p256.verify(signature, message, Uint8Array.of(4, ...publicKey), { lowS: false })
    } catch {
      return false // no point of the curve
    }
  },
  publicKey: (privateKey) => secp256k1.getPublicKey(privateKey, false).slice(1),
  sign(digest, privateKey) {
    const signature = secp256k1.sign(digest, privateKey, {
      prehash: false,
      lowS: true,
      format: 'recovered',
    })
    const compact = signature.slice(1)
    if (signature[0] === 1) compact[32] = (compact[32] as number) | 0x80
    return compact
  },
  recover(digest, signature) {
    if (digest.length !== 32 || signature.length !== 64) return undefined
    const recovered = new Uint8Array(65)
    recovered[0] = (signature[32] as number) >> 7
    recovered.set(signature, 1)
    recovered[33] = (recovered[33] as number) & 0x7f
    try {
      const compressed = secp256k1.recoverPublicKey(recovered, digest, { prehash: false })
      return Point.fromBytes(compressed).toBytes(false).slice(1)
    } catch {
      return undefined // not a signature: the answer is "nobody", not an error
    }
  },
  tweakPublic(publicKey, tweak) {
    const scalar = bytesToNumberBE(tweak)
    if (scalar >= order) return undefined
    try {
      const point = Point.fromBytes(Uint8Array.of(4, ...publicKey))
      const sum = scalar === 0n ? point : point.add(Point.BASE.multiply(scalar))
      return sum.is0() ? undefined : sum.toBytes(false).slice(1)
    } catch {
      return undefined // no point of the curve
    }
  },
  tweakPrivate(privateKey, tweak) {
    if (bytesToNumberBE(tweak) >= order) return undefined
    const scalar = (bytesToNumberBE(privateKey) + bytesToNumberBE(tweak)) % order
    return scalar === 0n ? undefined : numberToBytesBE(scalar, 32)
  },
  x25519: (privateKey) => ({
    get publicKey() {
      return curve25519.getPublicKey(privateKey)
    },
    agree(publicKey) {
      try {
        return curve25519.getSharedSecret(privateKey, publicKey)
      } catch {
        return undefined // a point of small order: no secret can be agreed on
      }
    },
  }),
  chacha: {
    seal: ({ key, nonce, aad, plain }) => chacha20poly1305(key, nonce, aad).encrypt(plain),
    open({ key, nonce, aad, sealed }) {
      try {
        return chacha20poly1305(key, nonce, aad).decrypt(sealed)
      } catch {
        return undefined // altered, or not for us
      }
    },
  },
  toHex(bytes) {
    let digits = ''
    for (const byte of bytes) digits += hexOf[byte]
    return digits
  },
  fromHex: fromDigits,
  toBase64(bytes) {
    let binary = ''
    for (let i = 0; i < bytes.length; i += 8192)
      binary += String.fromCharCode(...bytes.subarray(i, i + 8192))
    return btoa(binary)
  },
  fromBase64(text) {
    try {
      return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
    } catch {
      return undefined // no base64
    }
  },
}
