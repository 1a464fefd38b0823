import { type Hex, Keys, random, toHex } from '@medrec/protocol'

/** Somebody with keys and an idTag. */
export type Someone = { readonly keys: Keys.Keys; readonly idTag: Uint8Array; readonly tag: Hex }

/** Fresh keys and a random idTag. */
export function someone(networkId: Uint8Array): Someone {
  const idTag = random(32)
  return { keys: Keys.fromEntropy(Keys.newEntropy(), networkId), idTag, tag: toHex(idTag) }
}
