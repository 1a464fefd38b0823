import { common } from '../text/common.ts'
import { showDate } from '../ui/dates.ts'
import type { FieldInfo, RecordSet, Row, Table } from './model.ts'

/** One entry of a record, as a line of the timeline. */
export type Item = {
  readonly set: RecordSet
  readonly row: Row
  readonly key: string
  readonly title: string
  readonly value?: string | undefined
  /** ISO date or empty */
  readonly date: string
}

const dull = /(^|_)(id|uuid|code|system|key|source|owner|url|status|type|class|unit|units)($|_)/
const naming =
  /(description|display|name|title|concept|drug|vaccine|test|diagnosis|reason|item|what)/
const valuing = /(^|_)(value|result|dose|amount|reading)/
const unit = /(^|_)units?($|_)/

/** The date under which an entry stands: of its first date that is not the person's birth. */
export function dateOf(table: Table, row: Row): string {
  const at = table.fields.findIndex(
    (field, i) =>
      (field.type === 'date' || field.type === 'instant') && !/birth/.test(field.name) && row[i],
  )
  return (at === -1 ? null : row[at]) ?? ''
}

function titleOf(table: Table, row: Row): string {
  const texts = table.fields
    .map((field, i) => ({ field, value: row[i] }))
    .filter(({ field, value }) => field.type === 'text' && value)
  const named = texts.find(({ field }) => naming.test(field.name) && !dull.test(field.name))
  const readable = named ?? texts.find(({ field }) => !dull.test(field.name)) ?? texts[0]
  return readable?.value ?? common.empty
}

function measureOf(table: Table, row: Row, title: string): string | undefined {
  const at = table.fields.findIndex(
    (field, i) => valuing.test(field.name) && !dull.test(field.name) && row[i] && row[i] !== title,
  )
  if (at === -1) return undefined
  const unitAt = table.fields.findIndex((field, i) => unit.test(field.name) && row[i])
  return [row[at], unitAt === -1 ? null : row[unitAt]].filter(Boolean).join(' ')
}

/** Every entry of a record set. */
export function itemsOf(set: RecordSet): readonly Item[] {
  const table = set.current
  if (!table) return []
  return table.rows.map((row) => {
    const title = titleOf(table, row)
    return {
      set,
      row,
      key: keyOf(table, row),
      title,
      value: measureOf(table, row, title),
      date: dateOf(table, row),
    }
  })
}

/** What names a row across versions: its first field that names a record, else all of it. */
export function keyOf(table: Table, row: Row): string {
  const at = table.fields.findIndex((field) => /(^|_)(id|uuid|key)$/.test(field.name))
  return (at === -1 ? undefined : row[at]) ?? row.join('|')
}

/** A value as people read it. */
export function showValue(field: FieldInfo, value: string | null): string {
  if (value === null || value === '') return common.empty
  if (field.type === 'date' || field.type === 'instant') return showDate(value)
  if (field.type === 'bool') return value === 'true' ? common.yes : common.no
  return value
}

/** Whether a field names codes or numbers of records: of use to machines more than to people. */
export function isDull(name: string): boolean {
  return dull.test(name)
}

/** Fields that mean something to a reader, a value's unit with it: codes and ids come last. */
export function readable(fields: readonly FieldInfo[]): readonly number[] {
  const places = fields.map((_, i) => i)
  const isLast = (i: number): boolean => {
    const { name } = fields[i] as FieldInfo
    return isDull(name) && !unit.test(name)
  }
  return [...places.filter((i) => !isLast(i)), ...places.filter(isLast)]
}

export type Difference = {
  readonly kind: 'added' | 'removed' | 'changed'
  readonly title: string
  readonly date: string
  readonly cells: readonly { field: FieldInfo; before: string | null; after: string | null }[]
}

/**
 * What changed between two versions, entry by entry. Of one that was read in part nothing is said to be missing: what is
 * not in its beginning may stand further down.
 */
export function differences(former: Table, current: Table): readonly Difference[] {
  const before = new Map(former.rows.map((row) => [keyOf(former, row), row]))
  const found: Difference[] = []
  for (const row of current.rows) {
    const old = before.get(keyOf(current, row))
    before.delete(keyOf(current, row))
    const cells = current.fields.flatMap((field, i) => {
      const was = old?.[former.fields.findIndex((one) => one.name === field.name)] ?? null
      const is = row[i] ?? null
      return was === is ? [] : [{ field, before: was, after: is }]
    })
    if (cells.length > 0 && (old || !former.read))
      found.push({
        kind: old ? 'changed' : 'added',
        title: titleOf(current, row),
        date: dateOf(current, row),
        cells,
      })
  }
  if (current.read) return found
  for (const row of before.values())
    found.push({
      kind: 'removed',
      title: titleOf(former, row),
      date: dateOf(former, row),
      cells: former.fields.map((field, i) => ({ field, before: row[i] ?? null, after: null })),
    })
  return found
}
