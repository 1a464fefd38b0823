import type { PointerState, Results } from '@medrec/library'
import type { FieldType } from '@medrec/protocol'
import type { RecordSet, Table, Verdict, Who } from '../model.ts'

/** A proven result as a table of the screens. */
export function tableOf(kept: Results.Kept): Table {
  const columns = kept.columns
  return {
    version: kept.version,
    time: kept.time,
    origin: kept.origin,
    reason: kept.reason ?? undefined,
    fields: columns.map(({ name, type, label }) => ({
      bit: kept.catalogue.fields.find((field) => field.name === name)?.bit ?? 0,
      name,
      label,
      type: type as FieldType,
    })),
    rows: Array.from({ length: kept.rows }, (_, row) =>
      columns.map(({ values }) => values[row] ?? null),
    ),
    proof: kept.commitment.is === 'anchored' ? 'anchored' : 'promised',
    block: kept.commitment.is === 'anchored' ? kept.commitment.anchor.block.number : undefined,
  }
}

const unexplained = 3

type Known = {
  readonly pointer: PointerState | undefined
  readonly institution: Who
  readonly current: Results.Kept
  readonly former: Results.Kept | undefined
  readonly trouble: string | undefined
}

/** The last version that needs no answer: the one acknowledged, or the one that came with acceptance. */
export function answeredVersion(pointer: PointerState | undefined): number {
  return Math.max(pointer?.version ?? 0, pointer?.acknowledged?.version ?? 0)
}

/** One kind of record as the screens show it. */
export function setOf(known: Known): RecordSet {
  const { pointer, current, former } = known
  const answered = answeredVersion(pointer)
  const isOpen = pointer !== undefined && current.version > answered
  return {
    id: current.pointer,
    relationship: current.relationship,
    institution: known.institution,
    resource: current.resource,
    label: current.label,
    category: current.category,
    current: tableOf(current),
    ...(isOpen && former && { former: tableOf(former) }),
    state: isOpen ? (current.origin === unexplained ? 'unexplained' : 'changed') : 'current',
    trouble: known.trouble,
    verdict: isOpen ? undefined : verdictOf(pointer, current.version),
  }
}

function verdictOf(pointer: PointerState | undefined, version: number): Verdict | undefined {
  const said = pointer?.acknowledged
  if (!said || said.version !== version) return undefined
  return { kind: said.verdict, version: said.version, reason: said.reason }
}
