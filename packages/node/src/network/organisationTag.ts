import { fromHex, type Hex, sha256, toHex, utf8 } from '@medrec/protocol'

/**
 * The idTag of an organisation: it has no number that must stay secret, so the tag comes from the key itself
 * and nobody else can take it.
 */
export function organisationTag(networkId: Uint8Array, identity: Uint8Array): Hex {
  return toHex(sha256(utf8('medrec/v1/organisation'), networkId, identity))
}

/** Eight groups of four characters that two people can compare by telephone. */
export function fingerprintOf(idTag: Hex): string {
  const digest = toHex(sha256(utf8('medrec/v1/fingerprint'), fromHex(idTag, 32))).slice(2, 34)
  return digest.match(/.{4}/g)?.join(' ') ?? ''
}
