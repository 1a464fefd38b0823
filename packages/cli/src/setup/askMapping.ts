import type { Engine } from '@medrec/gatekeeper'
import * as Setup from '@medrec/gatekeeper/setup'
import { categories } from '@medrec/protocol'
import { table as printed } from '../participant/table.ts'
import { plainName } from './columns.ts'
import type { Dialog } from './Dialog.ts'
import { type Picked, pickAll } from './pickAll.ts'
import type { Session } from './Session.ts'

/** Fields that the proposal names of each kind of record. */
const shown = 8

/** Asks what leaves the institution: a shipped mapping, what is proposed, or table by table. */
export async function askMapping(
  session: Session,
  engine: Engine,
  schema: Setup.Schema | undefined,
): Promise<string | Picked> {
  const { dialog, answers } = session
  dialog.tell('\n2/6  What is where')
  const told = answers.mapping
  if (told !== undefined && told !== 'proposed' && told !== 'pick') {
    dialog.tell(typeof told === 'string' ? `Mapping: ${told}.` : pickedText(told))
    return told
  }
  if (schema && answers.draft && dialog.isPerson) return pickAll(session, schema)
  const { names, recognised } = Setup.mappingsFor(engine, schema?.tables ?? [])
  if (!schema) return dialog.ask('mapping', `Mapping (${names.join(', ')}, or a file)`, recognised)
  dialog.tell(proposalText(schema))
  if (recognised !== undefined) dialog.tell(`All tables of the mapping ${recognised} are there.`)
  const proposed = proposedIn(schema)
  const answer = told ?? (await askWay(dialog, { names, recognised, hasProposal: !!proposed }))
  if (answer === 'proposed' && proposed) return proposed
  return answer === 'pick' || answer === 'proposed' ? pickAll(session, schema) : answer
}

function proposedIn({ proposal: { patients, resources } }: Setup.Schema): Picked | undefined {
  return patients && resources.length > 0 ? { patients, resources: [...resources] } : undefined
}

function askWay(
  dialog: Dialog,
  options: {
    readonly names: readonly string[]
    readonly recognised: string | undefined
    readonly hasProposal: boolean
  },
): Promise<string> {
  const { names, recognised, hasProposal } = options
  const ways = `go through the tables ("pick"), or name a mapping that comes with MedRec (${names.join(', ')}: docs/databases.md) or a catalogue's file`
  return dialog.ask(
    'mapping',
    hasProposal ? `Take it ("proposed"), ${ways}` : `You can ${ways}`,
    recognised ?? (hasProposal ? 'proposed' : 'pick'),
  )
}

function proposalText({ proposal }: Setup.Schema): string {
  const { patients, resources, left, odd } = proposal
  if (patients === undefined)
    return 'No table looks like one of patients: none has columns called like a given name, a family name and a day of birth.'
  const rows = resources.map(({ table, category, owner, key, fields }) => [
    ...[table, `${category} ${categories[category] ?? ''}`, owner, key.join(', ')],
    fieldsText(fields),
  ])
  return [
    `Patients: ${patients.table} (${Object.entries(patients)
      .filter(([name]) => name !== 'table')
      .map(([name, column]) => `${name}: ${column}`)
      .join(', ')})`,
    printed(['table', 'category', 'owner', 'record key', 'fields'], rows),
    left.length === 0
      ? 'Nothing else is there.'
      : `Not shared: ${left.join(', ')}. (Rows that lead to their patient by another table: make a view with the patient's id and a column "id", and start again. A table of more than ${Setup.mostFields} columns: "pick".)`,
    ...(odd.length > 0
      ? [`Cannot be shared under their names: ${odd.join(', ')}. ${plainName}`]
      : []),
    ...(patients.nationalId === undefined
      ? [
          'No column looks like an ID number, so nobody is found by one here. If there is one, name it: "pick".',
        ]
      : []),
  ].join('\n')
}

/** Fields of a kind of record, as far as they fit into a table. */
function fieldsText(fields: Setup.MappedResource['fields']): string {
  const few = fields
    .slice(0, shown)
    .map(({ name, type }) => (type === 'text' ? name : `${name} (${type})`))
  const more = fields.length - few.length
  return `${few.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

function pickedText({ patients, resources }: Picked): string {
  const kinds = resources.map(({ name, fields }) => `${name} (fields: ${fields.length})`)
  return `Patients: ${patients.table}. Shared: ${kinds.join(', ')}. (Another mapping: --mapping pick)`
}
