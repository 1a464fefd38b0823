import { equal } from '@medrec/protocol'
import { RowsUnusableError } from '../adapter/Adapter.ts'
import type { ReadColumns } from '../adapter/messages.ts'
import type { Core } from '../Core.ts'
import type { VersionRow } from '../map/PointerMap.ts'
import { treeOf } from '../map/resultTree.ts'
import { gatherRows } from './gatherRows.ts'
import { largeTurn, type MadeVersion, type Making, makeParts } from './makeParts.ts'

/** What the data of a pointer say now: in one piece where one answer holds it, else in parts. Throws as `makeParts`. */
export async function readVersion(core: Core, making: Making): Promise<MadeVersion> {
  const read = await columnsOf(core, making)
  return read ? whole(making, read) : makeParts(core, making)
}

/** The same, or undefined when the data are those of the newest version. */
export async function readChange(
  core: Core,
  making: Making,
  newest: VersionRow,
): Promise<MadeVersion | undefined> {
  const { pointer, definition, owner } = making
  if (newest.parts === 0) {
    const read = await columnsOf(core, making)
    if (!read) return makeParts(core, making)
    const { root } = treeOf(pointer, definition, newest, read)
    return equal(root, newest.result) ? undefined : whole(making, read)
  }
  const at = { definition, owner, secret: pointer.secret }
  const isNewest = (mark: Uint8Array | undefined): boolean =>
    mark !== undefined && newest.mark !== null && equal(mark, newest.mark)
  if (isNewest(await core.exclusive(largeTurn, () => gatherRows(core, at)))) return undefined
  const made = await readVersion(core, making)
  return isNewest(made.mark) ? undefined : made // it was changed and changed back
}

/** Whether rows are too many or too large for one answer, and not wrong. */
export function isTooLarge(error: unknown): boolean {
  return (
    error instanceof RowsUnusableError && (error.problem === 'rows' || error.problem === 'bytes')
  )
}

async function columnsOf(
  core: Core,
  { definition, owner }: Making,
): Promise<ReadColumns | undefined> {
  try {
    return await core.adapter.columns(definition, owner)
  } catch (error) {
    if (isTooLarge(error)) return undefined
    throw error
  }
}

function whole({ pointer, definition, ...version }: Making, read: ReadColumns): MadeVersion {
  return { tree: treeOf(pointer, definition, version, read), rows: read.count }
}
