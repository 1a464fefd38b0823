import { toHex } from '@medrec/protocol'
import { AccessTables } from '@medrec/records/node'
import type { RelationshipRow } from '../map/PointerMap.ts'
import type { Context } from './Context.ts'
import { indexProof } from './indexAnswer.ts'
import type { Reason } from './refusals.ts'

/** Entries in one answer; more are asked for with a higher `from`. */
const longestPage = 1_000

/** Body of an answer to `POST /log`: "Who looked", with proof (docs/protocol.md 8). */
export function logText(
  context: Context,
  { from, row }: { readonly from: number; readonly row: RelationshipRow },
): { readonly text: string } | { readonly reason: Reason } {
  const index = indexProof(context, row, true)
  if (!index) return { reason: 'pointer-foreign' }
  const before =
    from === 0 ? undefined : AccessTables.entriesOf(context.database, row.id, from - 1, 1)[0]
  const entries = AccessTables.entriesOf(context.database, row.id, from, longestPage)
  return {
    text: JSON.stringify({
      relationship: toHex(row.id),
      from,
      before: toHex(before?.head ?? new Uint8Array(32)),
      entries: entries.map(({ text }) => text),
      index,
    }),
  }
}
