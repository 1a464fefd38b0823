import { suite } from '#suite'
import { concat, equal, utf8 } from './bytes.ts'
import { hmac, random } from './hash.ts'

/** A challenge for the owner of a view key: the institution keeps `secret` and sends `challenge`. */
export type PossessionChallenge = { readonly secret: Uint8Array; readonly challenge: Uint8Array }

/** A fresh challenge (docs/protocol.md 2.2). */
export function challengePossession(): PossessionChallenge {
  const secret = random(32)
  return { secret, challenge: suite.x25519(secret).publicKey }
}

/** The answer of one who holds the view key, or undefined for a challenge that is no key. */
export function provePossession(
  viewPrivateKey: Uint8Array,
  challenge: Uint8Array,
  registrationDigest: Uint8Array,
): Uint8Array | undefined {
  const secret = suite.x25519(viewPrivateKey).agree(challenge)
  return secret && hmac(secret, concat(utf8('medrec/v1/possession'), registrationDigest))
}

/** Whether the answer shows possession of the view key. */
export function isPossessionProven(options: {
  secret: Uint8Array
  viewKey: Uint8Array
  registrationDigest: Uint8Array
  answer: Uint8Array
}): boolean {
  const expected = provePossession(options.secret, options.viewKey, options.registrationDigest)
  return expected !== undefined && equal(expected, options.answer)
}
