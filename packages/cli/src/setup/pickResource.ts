import * as Setup from '@medrec/gatekeeper/setup'
import { categories } from '@medrec/protocol'
import { askUntil, wrong } from './askUntil.ts'
import { askColumns, askShared, requireColumn, type Shared, tableText } from './columns.ts'
import type { Dialog } from './Dialog.ts'

/** Numbers and names of all categories, in one line. */
export const categoryList = Object.entries(categories)
  .map(([number, name]) => `${number} ${name}`)
  .join(', ')

/** What a person said of a table: it is shared like this, it is not, or nothing more is. */
export type Answer = Setup.MappedResource | 'no' | 'end'

/**
 * Asks whether and how a table is shared.
 * @param options.before what was answered the last time
 */
export async function pickResource(
  dialog: Dialog,
  table: Setup.Table,
  options: {
    readonly patients: Setup.MappedPatients
    readonly schema: Setup.Schema
    readonly before: Setup.MappedResource | undefined
    /** Whether the tables were gone through before: one that was not shared then is not proposed now */
    readonly isAgain: boolean
    /** Whether that was for patients of another table or number, so that it says nothing of whose the rows are. */
    readonly ofOthers: boolean
  },
): Promise<Answer> {
  const { patients, schema, before, isAgain, ofOthers } = options
  const place = Setup.placeOf(table)
  const known = before ?? schema.proposal.resources.find((resource) => resource.table === place)
  dialog.tell(`\n${tableText(table)}`)
  const guess = known?.category ?? (place === patients.table ? 1 : undefined)
  const category = await pickCategory(dialog, isAgain ? before?.category : guess)
  if (typeof category === 'string') return category
  const owner = await requireColumn(dialog, table, {
    question: 'Column with the id of the patient it belongs to',
    proposal:
      (ofOthers ? undefined : before?.owner) ?? Setup.ownerOf(table, patients, schema.tables),
  })
  const usual = before?.key ?? Setup.keyOf(table, schema.tables)
  const key = await askColumns(dialog, table, {
    question: `Columns that tell its rows apart${usual.length > 0 ? '' : ' (it has no primary key)'}`,
    proposal: usual.join(', ') || undefined,
  })
  const label = await dialog.ask(
    'label',
    'Heading that patients read',
    known?.label ?? Setup.labelOf(table.name),
  )
  const shared = await askShared(dialog, table, {
    ...{ owner, before: before && sharedBefore(before) },
  })
  const headings = new Map(shared.map(({ name, heading }) => [name, heading]))
  const hidden = table.columns.map(({ name }) => name).filter((name) => !headings.has(name))
  const resource = Setup.mapResource(table, {
    ...{ owner, key, hidden, typeOf: schema.typeOf, category: { category, label } },
  })
  if (resource) {
    const columns = new Set(resource.fields.map(({ column }) => column))
    const lost = shared.map(({ name }) => name).filter((name) => !columns.has(name))
    if (lost.length > 0)
      dialog.tell(
        `Left out: ${lost.join(', ')}. Only columns with a plain name and values that can be shown are shared; a view can give them both.`,
      )
    const fields = resource.fields.map((field) => ({
      ...field,
      label: headings.get(field.column) ?? field.label,
    }))
    return namedBefore({ ...resource, fields }, before)
  }
  dialog.tell('None of these columns can be read as it is; the table is not shared.')
  return 'no'
}

/** Names that were given before stay, and what was made text stays text. */
function namedBefore(
  resource: Setup.MappedResource,
  before: Setup.MappedResource | undefined,
): Setup.MappedResource {
  if (!before) return resource
  const known = new Map(before.fields.map((field) => [field.column, field]))
  const fields = resource.fields.map((field) => {
    const { name = field.name, type } = known.get(field.column) ?? {}
    return { ...field, name, type: type === 'text' ? type : field.type }
  })
  const isClear = new Set(fields.map(({ name }) => name)).size === fields.length
  return { ...resource, name: before.name, ...(isClear && { fields }) }
}

/** What was shared of a table the last time; a heading that its name gives anyway is none. */
function sharedBefore({ fields }: Setup.MappedResource): readonly Shared[] {
  return fields.map(({ column, label }) => ({
    name: column,
    heading: label === Setup.labelOf(column) ? undefined : label,
  }))
}

function pickCategory(dialog: Dialog, guess: number | undefined): Promise<number | 'no' | 'end'> {
  return askUntil(dialog, {
    key: 'category',
    question: 'Category ("no": not shared; "end": nor any table after it)',
    proposal: String(guess ?? 'no'),
    read: (answer) => {
      if (answer === 'no' || answer === 'end') return answer
      const found = Object.entries(categories).find(
        ([number, name]) => number === answer || name === answer,
      )
      return found ? Number(found[0]) : wrong(`One of ${categoryList}; or "no", or "end".`)
    },
  })
}
