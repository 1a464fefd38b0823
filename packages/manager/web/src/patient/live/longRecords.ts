import { type Participant, Parts } from '@medrec/library'
import type { NextPart, RecordSet } from '../model.ts'
import { refusalText } from './refusals.ts'
import { tableOf } from './tables.ts'

/** Fetches and proves the part that follows, under the same root, with the fields that are shown (docs/protocol.md 7.2). */
export async function nextPart(
  participant: Participant,
  set: RecordSet,
  { after, signal }: { readonly after: Parts.Progress; readonly signal: AbortSignal },
): Promise<NextPart> {
  const { source, purpose } = set.right
  const elements = set.current?.fields.map(({ name }) => name) ?? []
  const options = { ...source, pointer: set.id, purpose, elements, after, signal }
  for await (const answer of Parts.readPatiently(participant, options)) {
    if (!answer.ok) return { ok: false, reason: refusalText(answer) }
    const { fields, rows } = tableOf(answer.result)
    const places = elements.map((name) => fields.findIndex((field) => field.name === name))
    const read = Parts.following(after, answer.result)
    if (read)
      return { ok: true, read, rows: rows.map((row) => places.map((at) => row[at] ?? null)) }
  }
  return { ok: true, read: after, rows: [] } // stopped
}
