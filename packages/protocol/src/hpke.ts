import { suite } from '#suite'
import { concat, uint, utf8 } from './bytes.ts'
import { hmac, random } from './hash.ts'

/** A sealed message: the sender's ephemeral public key and the ciphertext. */
export type HpkeSealed = { readonly enc: Uint8Array; readonly ciphertext: Uint8Array }

// DHKEM(X25519, HKDF-SHA256) = 0x0020, HKDF-SHA256 = 0x0001, ChaCha20Poly1305 = 0x0003
const kemSuite = concat(utf8('KEM'), uint(0x0020, 2))
const hpkeSuite = concat(utf8('HPKE'), uint(0x0020, 2), uint(0x0001, 2), uint(0x0003, 2))
const version = utf8('HPKE-v1')
const none = new Uint8Array(0)

/** Seals one message to a public key (RFC 9180, base mode, single shot). Undefined for a bad key. */
export function hpkeSeal(options: {
  publicKey: Uint8Array
  info: Uint8Array
  aad: Uint8Array
  plain: Uint8Array
  /** Ephemeral private key; only for test vectors. */
  ephemeral?: Uint8Array
}): HpkeSealed | undefined {
  const ephemeral = suite.x25519(options.ephemeral ?? random(32))
  const enc = ephemeral.publicKey
  const shared = ephemeral.agree(options.publicKey)
  if (!shared) return undefined
  const context = schedule(decapsulated(shared, enc, options.publicKey), options.info)
  const ciphertext = suite.chacha.seal({ ...context, aad: options.aad, plain: options.plain })
  return { enc, ciphertext }
}

/** Opens a message sealed to our key, or undefined when it was altered or is not ours. */
export function hpkeOpen(options: {
  privateKey: Uint8Array
  info: Uint8Array
  aad: Uint8Array
  sealed: HpkeSealed
}): Uint8Array | undefined {
  const { enc, ciphertext } = options.sealed
  const own = suite.x25519(options.privateKey)
  const shared = own.agree(enc)
  if (!shared) return undefined
  const context = schedule(decapsulated(shared, enc, own.publicKey), options.info)
  return suite.chacha.open({ ...context, aad: options.aad, sealed: ciphertext })
}

/** A fresh X25519 pair for one answer. */
export function newReplyKey(): { privateKey: Uint8Array; publicKey: Uint8Array } {
  const privateKey = random(32)
  return { privateKey, publicKey: suite.x25519(privateKey).publicKey }
}

function decapsulated(shared: Uint8Array, enc: Uint8Array, recipient: Uint8Array): Uint8Array {
  const extracted = labeledExtract(kemSuite, none, 'eae_prk', shared)
  return labeledExpand(kemSuite, extracted, 'shared_secret', concat(enc, recipient), 32)
}

function schedule(shared: Uint8Array, info: Uint8Array): { key: Uint8Array; nonce: Uint8Array } {
  const context = contextOf(info)
  const secret = labeledExtract(hpkeSuite, shared, 'secret', none)
  return {
    key: labeledExpand(hpkeSuite, secret, 'key', context, 32),
    nonce: labeledExpand(hpkeSuite, secret, 'base_nonce', context, 12),
  }
}

const known = new WeakMap<Uint8Array, Uint8Array>()

/** The key schedule's context, which is the same for all messages of one purpose: `info` is never written to. */
function contextOf(info: Uint8Array): Uint8Array {
  const context = known.get(info) ?? newContext(info)
  known.set(info, context)
  return context
}

function newContext(info: Uint8Array): Uint8Array {
  const pskIdHash = labeledExtract(hpkeSuite, none, 'psk_id_hash', none)
  return concat(uint(0, 1), pskIdHash, labeledExtract(hpkeSuite, none, 'info_hash', info))
}

function labeledExtract(
  suiteId: Uint8Array,
  salt: Uint8Array,
  label: string,
  ikm: Uint8Array,
): Uint8Array {
  const key = salt.length === 0 ? new Uint8Array(32) : salt
  return hmac(key, version, suiteId, utf8(label), ikm)
}

function labeledExpand(
  suiteId: Uint8Array,
  secret: Uint8Array,
  label: string,
  info: Uint8Array,
  size: number,
): Uint8Array {
  const labeled = concat(uint(size, 2), version, suiteId, utf8(label), info)
  return hmac(secret, labeled, uint(1, 1)).slice(0, size)
}
