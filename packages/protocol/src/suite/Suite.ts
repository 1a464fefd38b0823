/** A signature in compact form (EIP-2098): r 32 | vs 32. */
export type Signature = Uint8Array

/** The primitives that the protocol stands on; one implementation for Node, one for browsers. */
export type Suite = {
  /** FIPS 180-4 */
  sha256(bytes: Uint8Array): Uint8Array
  /** RFC 2104 with SHA-256 */
  hmac(key: Uint8Array, message: Uint8Array): Uint8Array
  /** RFC 5869 with SHA-256 */
  hkdf(options: { ikm: Uint8Array; salt: Uint8Array; info: Uint8Array; size: number }): Uint8Array
  /** Public key x | y (64 bytes) of a secp256k1 private key (32 bytes). */
  publicKey(privateKey: Uint8Array): Uint8Array
  /** Signs a 32-byte digest with low s (RFC 6979 nonce). */
  sign(digest: Uint8Array, privateKey: Uint8Array): Signature
  /** Public key x | y that made the signature, or undefined when there is none. */
  recover(digest: Uint8Array, signature: Signature): Uint8Array | undefined
  /** publicKey + tweak * G, or undefined when that is no point. */
  tweakPublic(publicKey: Uint8Array, tweak: Uint8Array): Uint8Array | undefined
  /** privateKey + tweak mod n, or undefined when that is zero. */
  tweakPrivate(privateKey: Uint8Array, tweak: Uint8Array): Uint8Array | undefined
  /** RFC 7748 */
  x25519Public(privateKey: Uint8Array): Uint8Array
  /** RFC 7748; undefined when the result is all zeros. */
  x25519(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined
  /** RFC 8439 */
  chacha: Aead
}

export type Aead = {
  seal(options: {
    key: Uint8Array
    nonce: Uint8Array
    aad: Uint8Array
    plain: Uint8Array
  }): Uint8Array
  open(options: {
    key: Uint8Array
    nonce: Uint8Array
    aad: Uint8Array
    sealed: Uint8Array
  }): Uint8Array | undefined
}
