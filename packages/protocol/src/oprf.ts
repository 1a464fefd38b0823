import { ristretto255_oprf } from '@noble/curves/ed25519.js'
import { utf8 } from './bytes.ts'
import { MalformedError } from './errors.ts'
import { type Identification, normalise } from './identification.ts'

const { oprf } = ristretto255_oprf

/** What the one who looks an ID up keeps, and what it sends. */
export type Blinded = { readonly blind: Uint8Array; readonly blinded: Uint8Array }

/** A fresh OPRF key for a registrar: 32 bytes. */
export function newOprfKey(): Uint8Array {
  return oprf.generateKeyPair().secretKey
}

/** Blinds an identification number so that the registrar does not learn it (RFC 9497 section 3.3.1). */
export function blind(identification: Identification): Blinded {
  return oprf.blind(utf8(normalise(identification)))
}

/** The registrar's part: evaluates a blinded element. Throws MalformedError when it is no group element. */
export function evaluate(key: Uint8Array, blinded: Uint8Array): Uint8Array {
  return ofElement(() => oprf.blindEvaluate(key, blinded))
}

/** The idTag (32 bytes) from the registrar's evaluation (docs/protocol.md 2.1). Throws MalformedError. */
export function finalize(
  identification: Identification,
  secret: Uint8Array,
  evaluated: Uint8Array,
): Uint8Array {
  const input = utf8(normalise(identification))
  return ofElement(() => oprf.finalize(input, secret, evaluated)).slice(0, 32)
}

function ofElement(compute: () => Uint8Array): Uint8Array {
  try {
    return compute()
  } catch (cause) {
    throw new MalformedError('an element of ristretto255 expected', { cause })
  }
}
