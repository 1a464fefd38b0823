import { emptyRoot, equal, indexEntryHash, merkleRoot } from '@medrec/protocol'
import type { PointerTables } from '@medrec/records/node'

/** Hashes of the index's entries, in the order of its tree. */
export function entryHashes(pointers: readonly PointerTables.PointerRow[]): readonly Uint8Array[] {
  return pointers.map(({ id, category, schema, key }) =>
    indexEntryHash({ pointer: id, category, schema, key }),
  )
}

/** Position of a pointer in an index. */
export function positionOf(pointers: readonly PointerTables.PointerRow[], id: Uint8Array): number {
  return pointers.findIndex((pointer) => equal(pointer.id, id))
}

/** Root over the entries of an index. */
export function entriesRoot(pointers: readonly PointerTables.PointerRow[]): Uint8Array {
  return pointers.length === 0 ? emptyRoot : merkleRoot(entryHashes(pointers))
}
