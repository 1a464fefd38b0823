import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { suite } from '#suite'
import { type Account, accountOf, deriveScalar } from './accounts.ts'
import { uint, utf8 } from './bytes.ts'
import { MedrecError } from './errors.ts'
import { derive, random, sha256 } from './hash.ts'

/** Everything a participant derives from her 16 bytes of entropy (docs/protocol.md 2). */
export type Keys = {
  readonly entropy: Uint8Array
  readonly networkId: Uint8Array
  /** Signs statements; its address is registered. */
  readonly identity: Account
  /** Base of one-time controllers; its public key is registered. */
  readonly spend: Account
  /** X25519 pair of which the public half is registered. */
  readonly view: { readonly privateKey: Uint8Array; readonly publicKey: Uint8Array }
  /** Secret for notes to oneself. */
  readonly self: Uint8Array
}

const secondsPerDay = 86_400

/** Keys of a participant on one network. `entropy`: 16 bytes. */
export function fromEntropy(entropy: Uint8Array, networkId: Uint8Array): Keys {
  const account = (name: string): Account =>
    accountOf(deriveScalar({ secret: entropy, networkId, info: [name] }))
  const privateKey = derive({ secret: entropy, networkId, info: ['view'], size: 32 })
  return {
    entropy,
    networkId,
    identity: account('identity'),
    spend: account('spend'),
    view: { privateKey, publicKey: suite.x25519(privateKey).publicKey },
    self: derive({ secret: entropy, networkId, info: ['self'], size: 32 }),
  }
}

/** Fresh entropy for a new participant: 16 bytes. */
export function newEntropy(): Uint8Array {
  return random(16)
}

/** The 12 words of the entropy (BIP-39, English). */
export function toWords(entropy: Uint8Array): string {
  return entropyToMnemonic(entropy, wordlist)
}

/** Entropy of 12 words; spaces and case do not matter. Throws WordsError naming what is wrong. */
export function fromWords(text: string): Uint8Array {
  const words = text.trim().toLowerCase().split(/\s+/)
  if (words.length !== 12) throw new WordsError(`12 words are needed, ${words.length} were given.`)
  const unknown = words.findIndex((word) => !wordlist.includes(word))
  if (unknown !== -1) throw new WordsError(`Word number ${unknown + 1} is not in the list.`)
  try {
    return mnemonicToEntropy(words.join(' '), wordlist)
  } catch {
    throw new WordsError(
      'Every word is in the list, but together they are no recovery words: check their order.',
    )
  }
}

/** The hardened key of one grant; nobody can link it to the relationship (docs/protocol.md 2). */
export function grantKey(keys: Keys, relationship: Uint8Array, nonce: Uint8Array): Account {
  return hardened(keys, ['grant', relationship, nonce])
}

/** The hardened key of one delegation's slot (docs/protocol.md 2). */
export function delegationKey(keys: Keys, relationship: Uint8Array, nonce: Uint8Array): Account {
  return hardened(keys, ['delegate', relationship, nonce])
}

/** The steward's consent key that stands in the terms of a dual-consent relationship. */
export function consentKey(keys: Keys, nonce: Uint8Array): Account {
  return hardened(keys, ['consent', nonce])
}

/** The one-time key of a consent's slot. */
export function consentSlotKey(keys: Keys, grant: Uint8Array): Account {
  return hardened(keys, ['consent-slot', grant])
}

/** The key that signs HTTP requests to one audience on one day (`now`: unix seconds). */
export function requestKey(keys: Keys, audience: string, now: number): Account {
  const day = uint(Math.floor(now / secondsPerDay), 4)
  return hardened(keys, ['request', sha256(utf8(audience)), day])
}

/** An institution's key for anchors, pending leaves and receipts. */
export function anchorKey(keys: Keys): Account {
  return hardened(keys, ['anchor'])
}

/** An institution's relay account number `index`. */
export function relayKey(keys: Keys, index: number): Account {
  return hardened(keys, ['relay', uint(index, 4)])
}

/** The account that a researcher's blocks are credited to. */
export function coinbaseKey(keys: Keys): Account {
  return hardened(keys, ['coinbase'])
}

function hardened(keys: Keys, info: readonly (Uint8Array | string)[]): Account {
  return accountOf(deriveScalar({ secret: keys.entropy, networkId: keys.networkId, info }))
}

/** The recovery words are not words of ours. */
export class WordsError extends MedrecError {
  readonly code = 'WORDS_WRONG'
}
