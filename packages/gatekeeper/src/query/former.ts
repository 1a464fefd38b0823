import { resultLeafHash } from '@medrec/protocol'

/** Leaf hashes of texts that were kept. */
export function resultLeaves(
  texts: readonly string[],
  salts: readonly Uint8Array[],
): readonly Uint8Array[] {
  return texts.map((text, position) => resultLeafHash(salts[position] as Uint8Array, text))
}
