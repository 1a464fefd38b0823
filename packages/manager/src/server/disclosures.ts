import { csvRow, joinReadings, type PartRead, type Reading } from '@medrec/library'
import { purposes } from '@medrec/protocol'
import type { Audited } from './audit.ts'

/** One line of an accounting of disclosures (HIPAA, 45 CFR 164.528(b)(2)). */
export type Disclosure = {
  readonly entry: number
  /** Unix seconds */
  readonly at: number
  /** Patient's idTag and relationship; the institution's desk knows whose they are. */
  readonly patient: string
  readonly relationship: string
  readonly recipient: string
  readonly recipientTag: string
  readonly what: string
  readonly fields: readonly string[]
  readonly purpose: string
  /** By what right: a signed share by its slot, a delegation, or an emergency access. */
  readonly basis: string
  /** Of a record that was read in parts, which is accounted for once (45 CFR 164.528(b)(3)). */
  readonly reading?: Reading
}

const columns: readonly (readonly [heading: string, of: (line: Disclosure) => string])[] = [
  ['Log entry', ({ entry }) => String(entry)],
  ['Date (UTC)', ({ at }) => dateOf(at)],
  ['Patient', ({ patient }) => patient],
  ['Relationship', ({ relationship }) => relationship],
  ['Recipient', ({ recipient }) => recipient],
  ['Recipient id', ({ recipientTag }) => recipientTag],
  ['What was disclosed', ({ what }) => what],
  ['Fields', ({ fields }) => fields.join(' ')],
  ['Purpose', ({ purpose }) => purpose],
  ['Basis', ({ basis }) => basis],
  ['Parts', ({ reading }) => (reading ? `${reading.parts} of ${reading.of}` : '')],
  ['Rows in parts', ({ reading }) => (reading ? String(reading.rows) : '')],
  ['Last part (UTC)', ({ reading }) => (reading ? dateOf(reading.until) : '')],
]

function dateOf(seconds: number): string {
  return new Date(seconds * 1_000).toISOString()
}

/** The accounting of log entries: a line for each read by somebody else, one for all parts of a reading. */
export function* disclosuresOf(entries: Iterable<Audited>): Generator<Disclosure> {
  for (const { entry, reading } of joinReadings(disclosed(entries), ({ part }) => part))
    yield { ...entry.line, ...(reading && { reading }) }
}

function* disclosed(entries: Iterable<Audited>): Generator<{
  readonly line: Disclosure
  readonly part: PartRead | undefined
}> {
  for (const audited of entries) {
    const line = disclosureOf(audited)
    if (!line) continue
    const { part, time, relationship, who, purpose, pointer, version, elements } = audited.entry
    const of = [relationship, who.idTag, line.basis, purpose, pointer, version, elements]
    yield { line, part: part && { time, of: JSON.stringify(of), part } }
  }
}

/** A read by somebody else than the patient as a line of the accounting; undefined for everything else. */
function disclosureOf({ entry, isSubject, name, subject, label }: Audited): Disclosure | undefined {
  const { kind, relationship, who, elements = [], purpose } = entry
  if (isSubject || !relationship || !who.idTag || (kind !== 'read' && kind !== 'index'))
    return undefined
  return {
    entry: entry.sequence,
    at: entry.time,
    patient: subject ?? '',
    relationship,
    recipient: name,
    recipientTag: who.idTag,
    what: kind === 'index' ? 'Which records and fields there are' : (label ?? 'A record'),
    fields: elements,
    purpose: purpose === undefined ? '' : (purposes[purpose] ?? 'other'),
    basis: basisOf(entry),
  }
}

function basisOf({ grant, emergency, delegate }: Audited['entry']): string {
  if (emergency) return `an emergency access ${emergency}`
  if (grant && delegate) return `a share ${grant} signed by the patient's delegate ${delegate}`
  if (grant) return `the patient's signed share ${grant}`
  return delegate ? "the patient's signed delegation" : "the patient's signature"
}

/** The accounting as CSV (RFC 4180), a line at a time. */
export function* csvOf(lines: Iterable<Disclosure>): Generator<string> {
  yield csvRow(columns.map(([heading]) => heading))
  for (const line of lines) yield csvRow(columns.map(([, of]) => of(line)))
}
