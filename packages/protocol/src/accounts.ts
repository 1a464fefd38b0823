import { suite } from '#suite'
import { equal, type Hex, toBigInt, toHex, uint } from './bytes.ts'
import { MedrecError } from './errors.ts'
import { derive, keccak } from './hash.ts'

/** A secp256k1 key pair; `publicKey` is x | y (64 bytes), `address` its 20 bytes (Ethereum). */
export type Account = {
  readonly privateKey: Uint8Array
  readonly publicKey: Uint8Array
  readonly address: Uint8Array
}

const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

/** Address of a public key x | y: the low 20 bytes of its Keccak-256. */
export function addressOf(publicKey: Uint8Array): Uint8Array {
  return keccak(publicKey).slice(12)
}

/** Account of a private key (32 bytes). */
export function accountOf(privateKey: Uint8Array): Account {
  const publicKey = suite.publicKey(privateKey)
  return { privateKey, publicKey, address: addressOf(publicKey) }
}

/** A scalar from 48 bytes of HKDF output mod n (docs/protocol.md section 2). Throws on zero. */
export function deriveScalar(options: {
  secret: Uint8Array
  networkId: Uint8Array
  info: readonly (Uint8Array | string)[]
}): Uint8Array {
  const scalar = toBigInt(derive({ ...options, size: 48 })) % order
  if (scalar === 0n) throw new ZeroKeyError()
  return uint(scalar, 32)
}

/** Signs a 32-byte digest; r | vs (EIP-2098). */
export function sign(digest: Uint8Array, account: Account): Uint8Array {
  return suite.sign(digest, account.privateKey)
}

/** A signature as the contracts take it: r, and s with the parity in its highest bit (EIP-2098). */
export type CompactSignature = { readonly r: Hex; readonly vs: Hex }

/** The 64 bytes of a signature as the contracts take them. */
export function compactOf(signature: Uint8Array): CompactSignature {
  return { r: toHex(signature.slice(0, 32)), vs: toHex(signature.slice(32)) }
}

/** Address that signed the digest, or undefined when the signature is none. */
export function signerOf(digest: Uint8Array, signature: Uint8Array): Uint8Array | undefined {
  const publicKey = suite.recover(digest, signature)
  return publicKey && addressOf(publicKey)
}

/** Whether `address` signed the digest. */
export function isSignedBy(
  digest: Uint8Array,
  signature: Uint8Array,
  address: Uint8Array,
): boolean {
  const signer = signerOf(digest, signature)
  return signer !== undefined && equal(signer, address)
}

/** A derivation gave the zero scalar; it happens about once in 2^256 times. */
export class ZeroKeyError extends MedrecError {
  readonly code = 'ZERO_KEY'
  constructor() {
    super('This derivation gives no key. Take another nonce.')
  }
}
