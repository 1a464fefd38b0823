import { suite } from '#suite'
import { type Account, accountOf, addressOf, deriveScalar } from './accounts.ts'
import { concat, uint, utf8 } from './bytes.ts'
import { derive, hmac } from './hash.ts'
import type { Keys } from './Keys.ts'
import { hmacUnder } from './keyedHmac.ts'

/** What the registrar tells of a participant, as far as keys are derived from it. */
export type Party = {
  readonly idTag: Uint8Array
  readonly identity: Uint8Array
  readonly version: number
  readonly spendKey: Uint8Array
  readonly viewKey: Uint8Array
}

/** The role that a controller plays in a relationship. */
export type Role = 'steward' | 'subject'

/** Secrets shared by two participants; the two directions differ (docs/protocol.md 2.3). */
export type Pair = {
  /** For notes that I write. */
  readonly mine: Uint8Array
  /** For notes that the other writes. */
  readonly theirs: Uint8Array
}

const [tagLabel, noteLabel, updateLabel] = [utf8('tag'), utf8('note'), utf8('update')]

/** Agrees on secrets with another participant, or undefined when her view key allows none. */
export function pair(keys: Keys, me: Party, other: Party): Pair | undefined {
  const secret = suite.x25519(keys.view.privateKey).agree(other.viewKey)
  if (!secret) return undefined
  const direction = (author: Party, reader: Party): Uint8Array =>
    derive({
      secret,
      networkId: keys.networkId,
      info: ['pair', ...named(author), ...named(reader)],
      size: 32,
    })
  return { mine: direction(me, other), theirs: direction(other, me) }
}

/** The secret for notes to oneself. */
export function selfPair(keys: Keys): Pair {
  const secret = hmac(keys.self, utf8('medrec/v1/self'))
  return { mine: secret, theirs: secret }
}

/** Tag (16 bytes) of the note with counter `i`. */
export function noteTag(direction: Uint8Array, i: number): Uint8Array {
  return hmacUnder(direction)(concat(tagLabel, uint(i, 8)), 16)
}

/** Key of the note with counter `i`. */
export function noteKey(direction: Uint8Array, i: number): Uint8Array {
  return hmacUnder(direction)(concat(noteLabel, uint(i, 8)))
}

/** Tag (8 bytes) of update number `n` (from 1) of a relationship. */
export function updateTag(
  stewardToSubject: Uint8Array,
  relationship: Uint8Array,
  n: number,
): Uint8Array {
  return hmacUnder(stewardToSubject)(concat(updateLabel, relationship, uint(n, 8)), 8)
}

/** Salt of the scope that a subject writes for a viewer. */
export function scopeSalt(
  subjectToViewer: Uint8Array,
  relationship: Uint8Array,
  grant: Uint8Array,
): Uint8Array {
  return hmac(subjectToViewer, utf8('scope'), relationship, grant)
}

/** Salt of the delegation that a subject writes for a delegate. */
export function delegationSalt(
  subjectToDelegate: Uint8Array,
  relationship: Uint8Array,
  slot: Uint8Array,
): Uint8Array {
  return hmac(subjectToDelegate, utf8('delegation'), relationship, slot)
}

/** Address of somebody's one-time controller, which only its owner can sign for (ERC-5564's arithmetic). */
export function controllerAddress(options: {
  networkId: Uint8Array
  stewardToSubject: Uint8Array
  role: Role
  nonce: Uint8Array
  spendKey: Uint8Array
}): Uint8Array | undefined {
  const tweaked = suite.tweakPublic(options.spendKey, tweak(options))
  return tweaked && addressOf(tweaked)
}

/** One's own one-time controller. It signs operations and scopes only and is never exported. */
export function controller(options: {
  keys: Keys
  stewardToSubject: Uint8Array
  role: Role
  nonce: Uint8Array
}): Account | undefined {
  const { keys } = options
  const privateKey = suite.tweakPrivate(
    keys.spend.privateKey,
    tweak({ ...options, networkId: keys.networkId }),
  )
  return privateKey && accountOf(privateKey)
}

function tweak(options: {
  networkId: Uint8Array
  stewardToSubject: Uint8Array
  role: Role
  nonce: Uint8Array
}): Uint8Array {
  return deriveScalar({
    secret: options.stewardToSubject,
    networkId: options.networkId,
    info: ['controller', options.role, options.nonce],
  })
}

function named(party: Party): readonly Uint8Array[] {
  return [party.idTag, party.identity, uint(party.version, 4)]
}
