import { suite } from '#suite'
import { addressOf } from './accounts.ts'

/** A P-256 key pair that signs requests; the private half may be one that nobody can take out (WebCrypto). */
export type P256Key = {
  /** x | y, 64 bytes */
  readonly publicKey: Uint8Array
  /** What statements and key ids name it by: the low 20 bytes of keccak(x | y) */
  readonly address: Uint8Array
  /** r | s, 64 bytes, over SHA-256 of the message (RFC 9421, ecdsa-p256-sha256) */
  sign(message: Uint8Array): Promise<Uint8Array>
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const

/** Makes a key whose private half never leaves the platform's key store (W3C Web Cryptography API). */
export async function newP256Key(): Promise<P256Key> {
  const pair = await crypto.subtle.generateKey(algorithm, false, ['sign'])
  const raw = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey))
  const publicKey = raw.slice(1) // after the byte that says "uncompressed"
  return {
    publicKey,
    address: addressOf(publicKey),
    sign: async (message) => {
      const by = { name: 'ECDSA', hash: 'SHA-256' }
      return new Uint8Array(await crypto.subtle.sign(by, pair.privateKey, Uint8Array.from(message)))
    },
  }
}

/** Whether the key x | y signed the message (FIPS 186-5, P-256 with SHA-256; r | s). */
export function isP256Signature(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (publicKey.length !== 64 || signature.length !== 64) return false
  return suite.p256Verify(publicKey, message, signature)
}
