import {
  equal,
  leafSalt,
  merkleRoot,
  multiProof,
  partPath,
  partTree,
  resultLeafHash,
  toHex,
} from '@medrec/protocol'
import { PartTables, PointerTables } from '@medrec/records/node'
import type { PointerRow, VersionRow } from '../map/PointerMap.ts'
import type { Shown } from './answer.ts'
import type { Context } from './Context.ts'
import type { Reason } from './refusals.ts'

/**
 * The wanted fields of one part of a version, from what was kept when the version was made. Each time it is compared
 * with what the version commits to: a copy that was changed is never served (docs/protocol.md 7.2).
 */
export function partShown(
  { database, emit }: Pick<Context, 'database' | 'emit'>,
  { pointer, version }: { readonly pointer: PointerRow; readonly version: VersionRow },
  { number, positions }: { readonly number: number; readonly positions: readonly number[] },
): { readonly shown: Shown } | { readonly reason: Reason } {
  const { id, secret } = pointer
  const kept = PointerTables.versionOf(database, id, version.version)?.texts
  if (!kept) return { reason: 'version-none' }
  const row = PartTables.partOf(database, id, { version: version.version, number })
  if (!row) return { reason: 'part-none' }
  const [header] = JSON.parse(kept) as readonly [string]
  const salt = leafSalt(secret, id, version.version, 0)
  const headerLeaf = resultLeafHash(salt, header)
  const hashes = PartTables.partHashes(database, id, version.version)
  const place = { number, from: row.first, rows: row.rows }
  const columns = JSON.parse(row.texts) as readonly string[]
  const tree = partTree({
    ...{ pointer: id, version: version.version, place, columns, pointerSecret: secret },
  })
  const isCommitted = equal(merkleRoot([headerLeaf, ...hashes]), version.result)
  if (!isCommitted || !equal(tree.hash, row.hash)) {
    const relationship = toHex(pointer.relationship)
    emit({ type: 'alarm', code: 'rows-altered', relationship, pointer: toHex(id) })
    return { reason: 'rows-altered' }
  }
  const wanted = positions.map((position) => position - 1)
  return {
    shown: {
      size: columns.length + 1,
      header,
      leaves: [
        { position: 0, salt: toHex(salt), text: header },
        ...wanted.map((field) => ({
          position: field + 1,
          salt: toHex(tree.salts[field] as Uint8Array),
          text: columns[field] as string,
        })),
      ],
      proof: multiProof(tree.leaves, wanted).map(toHex),
      part: { ...place, path: partPath(headerLeaf, hashes, number).map(toHex) },
    },
  }
}
