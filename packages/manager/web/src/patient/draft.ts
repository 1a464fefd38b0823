import type { Hex } from '@medrec/protocol'
import { now } from '../ui/dates.ts'
import type { RecordSet } from './model.ts'

export type Choice = ReadonlyMap<Hex, ReadonlySet<number>>
export type PresetName = 'summary' | 'medicines' | 'results' | 'everything' | 'own'
export type UntilName = 'demo' | 'visit' | 'month' | 'year' | 'date'

/** Categories of each preset (docs/protocol.md section 3). */
const presets: Readonly<Record<Exclude<PresetName, 'own' | 'everything'>, readonly number[]>> = {
  summary: [2, 3, 4, 7],
  medicines: [3, 4],
  results: [5, 6],
}

/** The fields that a preset ticks; record sets that were never fetched have none to tick. */
export function choose(preset: PresetName, records: readonly RecordSet[]): Choice {
  if (preset === 'own') return new Map()
  const fitting = records.filter(
    (set) => preset === 'everything' || presets[preset].includes(set.category),
  )
  return new Map(fitting.map((set) => [set.id, allBits(set)]))
}

export function allBits(set: RecordSet): ReadonlySet<number> {
  return new Set(set.current?.fields.map(({ bit }) => bit))
}

/** The choice with one field on or off. */
export function toggle(choice: Choice, set: Hex, bits: Iterable<number>, on: boolean): Choice {
  const next = new Set(choice.get(set))
  for (const bit of bits) {
    if (on) next.add(bit)
    else next.delete(bit)
  }
  const result = new Map(choice)
  if (next.size === 0) result.delete(set)
  else result.set(set, next)
  return result
}

const hour = 3_600
const day = 24 * hour

/**
 * When a share ends, in unix seconds; `date` is a day of the calendar, to its last second. Spans end with an hour
 * or a day: the end stands on the chain, and a second of its own would tie the grants of one share together.
 */
export function untilOf(name: UntilName, date: string): number | undefined {
  switch (name) {
    case 'demo':
      return now() + 120
    case 'visit':
      return Math.ceil((now() + 10 * hour) / hour) * hour
    case 'month':
      return Math.ceil((now() + 30 * day) / day) * day
    case 'year':
      return Math.floor((now() + 396 * day) / day) * day
    case 'date': {
      const end = Date.parse(`${date}T23:59:59`) / 1000
      return end > now() && end < now() + 396 * day ? Math.floor(end) : undefined
    }
  }
}

/** The chosen fields of one record set, as the viewer will get them. */
export function narrowed(set: RecordSet, bits: ReadonlySet<number>): RecordSet {
  if (!set.current) return set
  const places = set.current.fields.flatMap((field, i) => (bits.has(field.bit) ? [i] : []))
  const { fields, rows } = set.current
  return {
    ...set,
    current: {
      ...set.current,
      fields: places.flatMap((i) => fields[i] ?? []),
      rows: rows.map((row) => places.map((i) => row[i] ?? null)),
    },
  }
}
