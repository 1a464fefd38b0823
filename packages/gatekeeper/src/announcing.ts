import { fromHex, type Hex, toHex } from '@medrec/protocol'
import { PointerTables } from '@medrec/records/node'
import type { Core } from './Core.ts'
import { announcePointers, sendingTurn, sendProposal } from './enrol.ts'

/** Hands to the outbox all that a crash, or a relationship not yet on the chain, has held back. */
export function announceAll(core: Core): Promise<void> {
  return core.exclusive(sendingTurn, async () => {
    for (const row of core.map.relationships()) if (!row.proposed) await sendProposal(core, row)
    await announcePointers(core)
    await announceUpdates(core)
  })
}

/** One update tag for each new version (docs/protocol.md 5); the relationship must stand on the chain first. */
async function announceUpdates(core: Core): Promise<void> {
  type Waiting = ReturnType<typeof PointerTables.unannouncedVersions>[number]
  const waiting = new Map<Hex, Waiting[]>()
  for (const version of PointerTables.unannouncedVersions(core.database)) {
    const pointer = core.map.pointer(toHex(version.pointer))
    if (!pointer) continue
    const relationship = toHex(pointer.relationship)
    waiting.set(relationship, [...(waiting.get(relationship) ?? []), version])
  }
  for (const [relationship, versions] of waiting) {
    const last = Math.max(...versions.map(({ update }) => update))
    if (!(await core.wishes.update(relationship, last))) continue
    core.database.transaction(() => {
      for (const { pointer, version } of versions)
        PointerTables.markVersionAnnounced(core.database, pointer, version)
    })
  }
}

/** Keeps what the subjects said of versions; the chain's notes are the only source. */
export function hearAcknowledgements(core: Core): void {
  for (const { id, pointers } of core.wishes.relationships())
    for (const pointer of pointers) if (core.map.pointer(pointer.id)) hearWords(core, id, pointer)
}

type Told = ReturnType<Core['wishes']['relationships']>[number]['pointers'][number]

function hearWords(core: Core, relationship: Hex, { id, acknowledgements }: Told): void {
  const counts = new Map<number, number>()
  const newest = core.map.version(id)?.version ?? 0
  for (const { version, verdict, reason, block } of acknowledgements) {
    const words = (counts.get(version) ?? 0) + 1
    counts.set(version, words)
    const said = {
      pointer: fromHex(id, 16),
      version,
      verdict: verdict === 'wrong' ? 1 : 0,
      reason: reason ?? null,
      time: block.time,
      words,
    }
    const isNew = core.seen.acknowledge(said, newest)
    if (isNew) core.emit({ type: 'acknowledged', relationship, pointer: id, version, verdict })
  }
}
