import { type Hex, origins, toHex } from '@medrec/protocol'
import { PointerTables } from '@medrec/records/node'
import type { Core } from './Core.ts'
import type { PointerRow, RelationshipRow } from './map/PointerMap.ts'
import { isUnexplained } from './query/gatherFacts.ts'

/** A relationship as the institution's screens show it. */
export type PatientState = {
  readonly localPatient: string
  readonly relationship: Hex
  readonly subject: Hex
  readonly policy: 'subjectOnly' | 'dualConsent'
  readonly status: string
  /** Unix seconds */
  readonly createdAt: number
}

/** A pointer as the institution's screens show it. */
export type PointerOverview = {
  readonly pointer: Hex
  readonly relationship: Hex
  readonly resource: string
  readonly label: string
  readonly version: number
  readonly origin: 'writePath' | 'feed' | 'unexplained' | 'restored'
  readonly time: number
  readonly isAnchored: boolean
  /** The change waits for the patient's word; viewers get nothing until then. */
  readonly isUnexplained: boolean
  readonly acknowledged:
    | {
        readonly version: number
        readonly verdict: 'seen' | 'wrong'
        readonly reason: string | null
      }
    | undefined
  readonly history: readonly {
    readonly version: number
    readonly origin: number
    readonly time: number
    readonly reason: string | null
    /** Who wrote it, as JSON of Staff. */
    readonly staff: string | null
  }[]
}

/** Every relationship with its status. */
export function listPatients(core: Core): readonly PatientState[] {
  return [...core.map.relationships()].map((row) => stateOf(core, row))
}

/** Every pointer of a patient's relationships. */
export function pointersOfPatient(core: Core, localPatient: string): readonly PointerOverview[] {
  return [...core.map.relationships()]
    .filter((row) => row.localPatient === localPatient)
    .flatMap((row) => core.map.pointersOf(toHex(row.id)))
    .map((pointer) => overview(core, pointer))
}

function stateOf(core: Core, row: RelationshipRow): PatientState {
  return {
    localPatient: row.localPatient,
    relationship: toHex(row.id),
    subject: toHex(row.subjectTag),
    policy: row.policy === 1 ? 'dualConsent' : 'subjectOnly',
    status: core.chain.view().relationship(toHex(row.id))?.status ?? 'none',
    createdAt: row.createdAt,
  }
}

const originNames = new Map(
  Object.entries(origins).map(([name, number]) => [number, name as PointerOverview['origin']]),
)

function overview(core: Core, pointer: PointerRow): PointerOverview {
  const id = toHex(pointer.id)
  const versions = PointerTables.versionsOf(core.database, pointer.id)
  const newest = versions.at(-1) as PointerTables.VersionRow
  const word = core.seen.acknowledgement(id)
  const root = core.chain.view().anchor(core.steward)?.root
  const anchored = root && core.map.snapshot(root)?.versions.get(id)?.version
  return {
    pointer: id,
    relationship: toHex(pointer.relationship),
    resource: pointer.resource,
    label: core.definitions.get(pointer.definition)?.label ?? pointer.resource,
    version: newest.version,
    origin: originNames.get(newest.origin as 1) ?? 'unexplained',
    time: newest.time,
    isAnchored: anchored === newest.version,
    isUnexplained: isUnexplained(core, id),
    acknowledged: word && {
      version: word.version,
      verdict: word.verdict === 1 ? 'wrong' : 'seen',
      reason: word.reason,
    },
    history: versions.map(({ version, origin, time, reason, staff }) => ({
      version,
      origin,
      time,
      reason,
      staff,
    })),
  }
}
