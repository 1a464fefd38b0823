import { purposes } from '@medrec/protocol'
import type { Entry } from './Audit.ts'
import { auditEventOf } from './auditEvent.ts'
import { csvRow } from './csv.ts'

const columns: readonly (readonly [heading: string, of: (entry: Entry) => string])[] = [
  ['Date (UTC)', ({ content }) => new Date(content.time * 1_000).toISOString()],
  ['Institution', ({ name }) => name],
  ['Institution id', ({ institution }) => institution],
  ['Log entry', ({ number }) => String(number)],
  ['What', ({ content }) => content.kind],
  ['Who', ({ content }) => whoOf(content)],
  ['For', ({ content }) => content.delegate ?? ''],
  ['Patient in these files', ({ patient }) => patient ?? ''],
  ['Purpose', ({ content }) => purposeOf(content)],
  ['Reason', ({ content }) => content.code ?? ''],
  ['Times', ({ content }) => String(content.count ?? 1)],
  ['Record', ({ content }) => content.pointer ?? ''],
  ['Fields', ({ content }) => (content.elements ?? []).join(' ')],
  ['Share', ({ content }) => content.grant ?? ''],
  ['Emergency', ({ content }) => content.emergency ?? ''],
  ['Outcome', ({ content }) => [content.outcome, content.remark].filter(Boolean).join(': ')],
  ['Block', ({ content }) => (content.block === undefined ? '' : String(content.block))],
]

/** Who asked: an idTag, or the log-in and role of somebody of the institution. */
export function whoOf({ who, staff }: Entry['content']): string {
  return staff ? `${staff.id} (${staff.role})` : (who.idTag ?? '')
}

/** What for, by the name of docs/protocol.md section 3. */
export function purposeOf({ purpose }: Entry['content']): string {
  return purpose === undefined ? '' : (purposes[purpose] ?? 'other')
}

/** Entries of several institutions as CSV, a line at a time. */
export function* csvOf(entries: Iterable<Entry>): Generator<string> {
  yield csvRow(columns.map(([heading]) => heading))
  for (const entry of entries) yield csvRow(columns.map(([, of]) => of(entry)))
}

/** The same as a FHIR R4 Bundle of AuditEvents, in pieces; patients stand in it by the number that the files give them. */
export function* bundleOf(entries: Iterable<Entry>): Generator<string> {
  yield '{"resourceType":"Bundle","type":"collection","entry":['
  let separator = ''
  for (const entry of entries) {
    yield `${separator}\n${JSON.stringify(bundled(entry))}`
    separator = ','
  }
  yield '\n]}\n'
}

function bundled({ institution, name, number, patient, content }: Entry): object {
  const { grant, delegate, emergency } = content
  const event = auditEventOf(
    {
      entry: { ...content, sequence: number },
      ...{ subject: undefined, pseudonym: patient, name: whoOf(content) },
      // A share, a delegation or an emergency is what others than the patient read by.
      ...{ isSubject: !(grant || delegate || emergency), label: undefined, resource: undefined },
    },
    { name, idTag: institution },
  )
  const id = `${institution.slice(2, 18)}-${number}`
  return { fullUrl: `urn:medrec:log:${institution}:${number}`, resource: { ...event, id } }
}
