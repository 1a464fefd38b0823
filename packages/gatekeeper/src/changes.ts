import { type Hex, type Origin, origins, toHex } from '@medrec/protocol'
import { PointerTables, WriteTables } from '@medrec/records/node'
import { RowsUnusableError } from './adapter/Adapter.ts'
import { type Core, turnOf } from './Core.ts'
import type { Definition } from './catalogue.ts'
import type { PointerRow, RelationshipRow, VersionRow } from './map/PointerMap.ts'
import { dropLeftParts } from './parts/makeParts.ts'
import { readChange } from './parts/readVersion.ts'

/** What is known of a change before it is looked for. */
export type Cause = {
  readonly origin: Origin
  readonly reason: string | null
  readonly staff: string | null
}

/**
 * Compares a pointer's data with what the map commits to. A difference becomes a new version: of the origin
 * that the write path recorded, else `unexplained` (docs/protocol.md 6). Within the patient's turn.
 */
export async function compareWithData(
  core: Core,
  id: Hex,
  cause?: Cause,
): Promise<VersionRow | undefined> {
  const pointer = core.map.pointer(id) as PointerRow
  const relationship = toHex(pointer.relationship)
  const row = core.map.relationship(relationship) as RelationshipRow
  const definition = core.definitions.get(pointer.definition) as Definition
  const newest = core.map.version(id) as VersionRow
  const started = WriteTables.unfinished(core.database, pointer.id)
  const { origin, reason, staff } = cause ?? causeOf(started)
  const next = { version: newest.version + 1, origin, reason }
  const making = { pointer, definition, owner: row.localPatient, ...next }
  const made = await readChange(core, making, newest).catch((error: unknown) => {
    core.looks.failed(id)
    throw error
  })
  if (!made) return undefined
  const version = core.map.change(() => {
    const added = core.map.addVersion(id, { ...made, origin, reason, staff })
    for (const write of started) WriteTables.finish(core.database, write.id)
    PointerTables.dropTexts(core.database, pointer.id, keptFrom(core, pointer, added))
    return added
  })
  await dropLeftParts(core, pointer)
  core.emit({ type: 'changed', relationship, pointer: id, version: version.version, origin })
  if (origin === origins.unexplained)
    core.emit({ type: 'alarm', code: 'unexplained', relationship, pointer: id })
  core.changed()
  return version
}

/**
 * Looks at every pointer of every relationship; `since`: the data version of the last look. Nothing is looked
 * at when the engine tells that nobody committed since.
 */
export async function checkAll(core: Core, since: string | undefined): Promise<string | undefined> {
  const version = await core.adapter.dataVersion()
  if (version !== undefined && version === since) return version
  for (const row of core.map.relationships())
    await core.exclusive(turnOf(row.localPatient), async () => {
      for (const { id } of core.map.pointersOf(toHex(row.id))) await look(core, row, toHex(id))
    })
  return version
}

/** Rows that cannot be read are told; the other records are looked at all the same. */
async function look(core: Core, row: RelationshipRow, pointer: Hex): Promise<void> {
  try {
    await compareWithData(core, pointer)
  } catch (error) {
    if (!(error instanceof RowsUnusableError)) throw error
    const relationship = toHex(row.id)
    core.emit({ type: 'alarm', code: `rows-unusable: ${error.problem}`, relationship, pointer })
  }
}

/** A write that a crash left between the two databases explains the change. */
function causeOf(started: readonly WriteTables.WriteRow[]): Cause {
  const last = started.at(-1)
  return last
    ? { origin: origins.writePath, reason: last.reason, staff: last.staff }
    : { origin: origins.unexplained, reason: null, staff: null }
}

/** The version before the newest stays readable, and the one before a change the subject has not confirmed. */
function keptFrom(core: Core, pointer: PointerRow, newest: VersionRow): number {
  const confirmed = core.seen.confirmedVersion(toHex(pointer.id))
  const open = PointerTables.versionsOf(core.database, pointer.id).find(
    ({ version, origin }) => origin === origins.unexplained && version > confirmed,
  )
  return Math.min(newest.version, open?.version ?? newest.version) - 1
}
