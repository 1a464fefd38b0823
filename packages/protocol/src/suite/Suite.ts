/** A signature in compact form (EIP-2098): r 32 | vs 32. */
export type Signature = Uint8Array

/** The primitives that the protocol stands on; one implementation for Node, one for browsers. */
export type Suite = {
  /** FIPS 180-4 */
  sha256(bytes: Uint8Array): Uint8Array
  /** RFC 2104 with SHA-256 */
  hmac(key: Uint8Array, message: Uint8Array): Uint8Array
  /** Keccak-256, as Ethereum uses it */
  keccak(bytes: Uint8Array): Uint8Array
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
  /** Whether x | y signed the message: ECDSA on P-256 with SHA-256, signature r | s (FIPS 186-5). */
  p256Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
  /** RFC 7748 */
  x25519(privateKey: Uint8Array): ExchangeKey
  /** RFC 8439 */
  chacha: Aead
  /** RFC 4648 section 8, in lower case */
  toHex(bytes: Uint8Array): string
  /** Undefined for what is no hex. */
  fromHex(digits: string): Uint8Array | undefined
  /** RFC 4648 section 4, with padding */
  toBase64(bytes: Uint8Array): string
  /** Undefined, or any bytes, for what is no base64: the caller compares with the one spelling. */
  fromBase64(text: string): Uint8Array | undefined
}

/** An X25519 key with what is done with it; made once, since making it costs a multiplication. */
export type ExchangeKey = {
  readonly publicKey: Uint8Array
  /** The secret shared with the owner of a public key, or undefined when it is all zeros. */
  agree(publicKey: Uint8Array): Uint8Array | undefined
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
