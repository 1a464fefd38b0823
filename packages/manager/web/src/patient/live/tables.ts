import { type Change, Parts, type PointerState, type Query } from '@medrec/library'
import type { FieldType } from '@medrec/protocol'
import type { RecordSet, Right, Table, Verdict, Who } from '../model.ts'
import { refusalText } from './refusals.ts'

/** A proven result as a table of the screens. */
export function tableOf(kept: Query.Result): Table {
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
    read: Parts.following(undefined, kept),
    proof: kept.commitment.is === 'anchored' ? 'anchored' : 'promised',
    block: kept.commitment.is === 'anchored' ? kept.commitment.anchor.block.number : undefined,
  }
}

const unexplained = 3

type Known = {
  readonly pointer: PointerState | undefined
  readonly institution: Who
  readonly current: Query.Result
  readonly right: Right
  /** Of one's own record; absent for what others share. */
  readonly change: Change.Change | undefined
  readonly trouble: string | undefined
}

/** One kind of record as the screens show it. */
export function setOf(known: Known): RecordSet {
  const { pointer, current, change } = known
  const isOpen = change?.isOpen ?? false
  return {
    id: current.pointer,
    relationship: current.relationship,
    institution: known.institution,
    resource: current.resource,
    label: current.label,
    category: current.category,
    right: known.right,
    current: tableOf(current),
    ...(change?.former && { former: tableOf(change.former) }),
    ...(change?.refusal && { formerMissing: refusalText(change.refusal) }),
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
