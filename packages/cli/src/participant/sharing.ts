import { type Preview, Query, type RelationshipState } from '@medrec/library'
import type { Hex } from '@medrec/protocol'
import { UsageError } from '../output.ts'
import { NotFoundError, RefusedError } from './errors.ts'
import { recordOf, recordsOf, relationshipOf } from './lookups.ts'
import type { Person } from './open.ts'

/** Categories of each set (docs/protocol.md section 3); undefined: all. */
const sets: Readonly<Record<string, readonly number[] | undefined>> = {
  summary: [2, 3, 4, 7],
  medicines: [3, 4],
  results: [5, 6],
  everything: undefined,
}

/** What the subject wants to show, as written on the command line. */
export type Wanted = {
  /** `resource` or `resource:field,field` */
  readonly items: readonly string[]
  readonly preset: string | undefined
  readonly relationship: string | undefined
}

/** Reads what is to be shared, so that only seen fields are ticked. Throws UsageError, NotFoundError, RefusedError. */
export async function tick(
  person: Person,
  wanted: Wanted,
): Promise<{ relationship: Hex; ticked: readonly Preview.Ticked[] }> {
  const { items, preset } = wanted
  if (preset !== undefined && !(preset in sets))
    throw new UsageError(`--preset: one of ${Object.keys(sets).join(', ')}.`)
  if ((items.length === 0) === (preset === undefined))
    throw new UsageError('Name what to share: RESOURCE:FIELD,FIELD ... or --preset NAME.')
  const { id: relationship } = sourceOf(person, wanted.relationship)
  const records = await recordsOf(person, { relationship })
  const chosen =
    preset === undefined
      ? items.map((item) => chosenOf(records, item))
      : records
          .filter(({ category }) => sets[preset]?.includes(category) ?? true)
          .map((record) => ({ record, fields: undefined }))
  if (chosen.length === 0)
    throw new NotFoundError('record', { found: 0, see: 'medrec query index' })
  const ticked: Preview.Ticked[] = []
  for (const { record, fields } of chosen)
    ticked.push(await seen(person, { relationship, pointer: record.pointer, fields }))
  return { relationship, ticked }
}

function sourceOf(person: Person, text: string | undefined): RelationshipState {
  const isOpen = ({ role, status }: RelationshipState): boolean =>
    role === 'subject' && ['accepted', 'closedBySteward'].includes(status)
  if (text !== undefined) return relationshipOf(person, text, isOpen)
  const open = person.participant.summary().relationships.filter(isOpen)
  const [only] = open
  if (open.length === 1 && only) return only
  throw open.length === 0
    ? new NotFoundError('relationship', { found: 0, see: 'medrec relationship list' })
    : new UsageError(
        'Say from whom with --of RELATIONSHIP: several institutions keep your records.',
      )
}

type Records = Query.Index['pointers']

function chosenOf(
  records: Records,
  item: string,
): { record: Records[number]; fields: readonly string[] | undefined } {
  const [resource = '', fields] = item.split(':')
  const names = fields?.split(',').map((name) => name.trim())
  if (names?.some((name) => name === ''))
    throw new UsageError('What to share is written RESOURCE:FIELD,FIELD without empty names.')
  return { record: recordOf(records, resource), fields: names }
}

/** Reads the newest version of a record and ticks its fields; a field she has not is refused. */
async function seen(
  person: Person,
  wanted: { relationship: Hex; pointer: Hex; fields: readonly string[] | undefined },
): Promise<Preview.Ticked> {
  const { relationship, pointer } = wanted
  const answer = await Query.read(person.participant, { relationship, pointer, purpose: 0 })
  if (!answer.ok) throw new RefusedError(answer.code, [answer.words])
  const known = answer.result.columns.map(({ name }) => name)
  const fields = wanted.fields ?? known
  if (fields.some((name) => !known.includes(name)))
    throw new NotFoundError('field', { found: 0, see: 'medrec query index' })
  return { relationship, pointer, fields }
}

/** The previews as tables, exactly as the viewer will see them. */
export type Shown = {
  readonly label: string
  readonly names: readonly string[]
  readonly rows: readonly (readonly unknown[])[]
}

/** Columns turned into rows. */
export function shownOf({ label, columns }: Preview.Preview): Shown {
  const length = Math.max(0, ...columns.map(({ values }) => values.length))
  return {
    label,
    names: columns.map(({ name }) => name),
    rows: Array.from({ length }, (_, row) => columns.map(({ values }) => values[row] ?? null)),
  }
}
