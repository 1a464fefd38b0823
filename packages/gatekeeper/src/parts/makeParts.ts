import { columnTexts, type PartPlace, partedResult, partTree, type Row } from '@medrec/protocol'
import { PartTables } from '@medrec/records/node'
import { RowsUnusableError } from '../adapter/Adapter.ts'
import type { Core } from '../Core.ts'
import type { Definition } from '../catalogue.ts'
import type { NewVersion, PointerRow } from '../map/PointerMap.ts'
import { labelsOf } from '../map/resultTree.ts'
import { gatherRows, nextTurn } from './gatherRows.ts'
import { RowSpool } from './RowSpool.ts'

/** One record that no one answer holds is read at a time, of whatever patient. */
export const largeTurn = 'large record'

/** A version that is made of what the data say now. */
export type Making = {
  readonly pointer: PointerRow
  readonly definition: Definition
  readonly owner: string
  readonly version: number
  readonly origin: NewVersion['origin']
  readonly reason: string | null
}

/** What the data say, as a version will hold it. */
export type MadeVersion = Pick<NewVersion, 'tree' | 'rows' | 'parts' | 'mark'>

/**
 * Cuts a record that no one answer holds into parts and keeps them: sorted on disk, hashed part by part, so that
 * memory holds one part whatever the record's size (docs/protocol.md 7.2). The parts count for nothing before their
 * version is there. Throws RowsUnusableError, DatabaseBusyError, DatabaseStoppedError.
 */
export function makeParts(core: Core, making: Making): Promise<MadeVersion> {
  return core.exclusive(largeTurn, async () => {
    const { pointer, definition, owner } = making
    await dropLeftParts(core, pointer)
    const spool = new RowSpool()
    try {
      const mark = await gatherRows(core, { definition, owner, secret: pointer.secret }, spool)
      const hashes: Uint8Array[] = []
      let rows = 0
      for (const cut of cutsOf(spool, core.limits)) {
        hashes.push(keepPart(core, making, { number: hashes.length, from: rows }, cut))
        rows += cut.length
        await nextTurn()
      }
      const parts = hashes.length
      return { ...headed(making, { rows, parts: hashes }), rows, parts, mark }
    } finally {
      spool.close()
    }
  })
}

/** Forgets parts of versions that are not kept, and of one that a crash left unfinished. */
export async function dropLeftParts(core: Core, pointer: PointerRow): Promise<void> {
  while (PartTables.dropOnePart(core.database, pointer.id)) await nextTurn()
}

/** The rows of each part: as many as one answer may hold. Throws RowsUnusableError. */
function* cutsOf(
  spool: RowSpool,
  limits: { readonly rows: number; readonly bytes: number },
): Iterable<readonly Row[]> {
  let cut: Row[] = []
  let size = 0
  let before: string | undefined
  for (const { key, row: text } of spool.sorted()) {
    if (key === before) throw new RowsUnusableError({ problem: 'key' })
    before = key
    const row = JSON.parse(text) as Row
    const length = row.reduce((sum, value) => sum + (value?.length ?? 0), 0)
    if (length > limits.bytes) throw new RowsUnusableError({ problem: 'bytes' })
    if (cut.length === limits.rows || size + length > limits.bytes) {
      yield cut
      cut = []
      size = 0
    }
    cut.push(row)
    size += length
  }
  if (cut.length > 0) yield cut
}

function keepPart(
  core: Core,
  { pointer, definition, version }: Making,
  at: Omit<PartPlace, 'rows'>,
  cut: readonly Row[],
): Uint8Array {
  const place = { ...at, rows: cut.length }
  const columns = columnTexts(definition.fields, cut)
  const { id, secret } = pointer
  const { hash } = partTree({ pointer: id, version, place, columns, pointerSecret: secret })
  const { number, from: first, rows } = place
  const texts = JSON.stringify(columns)
  PartTables.insertPart(core.database, {
    ...{ pointer: id, version, number, first, rows, hash, texts },
  })
  return hash
}

function headed(
  { pointer, definition, version, origin, reason }: Making,
  { rows, parts }: { readonly rows: number; readonly parts: readonly Uint8Array[] },
): Pick<MadeVersion, 'tree'> {
  const { text, root } = partedResult({
    header: {
      ...{ pointer: pointer.id, version, rows, parts: parts.length },
      ...{ category: pointer.category, schema: pointer.schema, catalogue: pointer.catalogue },
      labels: labelsOf(definition),
      fields: definition.fields.length,
      change: { origin, reason },
    },
    ...{ parts, pointerSecret: pointer.secret },
  })
  return { tree: { texts: [text], root } }
}
