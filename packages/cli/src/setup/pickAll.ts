import * as Setup from '@medrec/gatekeeper/setup'
import type { SetupAnswers } from '@medrec/node/setup'
import { pickPatients } from './pickPatients.ts'
import { categoryList, pickResource } from './pickResource.ts'
import type { Session } from './Session.ts'

/** A mapping that a person put together. */
export type Picked = Exclude<SetupAnswers['mapping'], string | undefined>

/**
 * Asks table by table, and keeps each answer at once: who stops goes on with the next table, and after a mapping
 * that was refused only what was wrong is asked again.
 */
export async function pickAll(session: Session, schema: Setup.Schema): Promise<Picked> {
  const { dialog, learn } = session
  const draft = session.answers.draft ?? { resources: [], asked: [] }
  const { before } = draft
  const patients = draft.patients ?? (await pickPatients(dialog, schema, before?.patients))
  const ofOthers = before !== undefined && !isSamePeople(before.patients, patients)
  let { resources } = draft
  // Whose the records are was said of other people's numbers: each table is asked again.
  let asked = ofOthers && !draft.patients ? [] : draft.asked
  const keep = (): void => learn({ draft: { patients, resources, asked, before } })
  keep()
  const kept = new Set(schema.proposal.exclusions.map(({ table }) => table))
  const open = schema.tables.filter(
    (table) => !kept.has(Setup.placeOf(table)) && Setup.isPlain(table.name),
  )
  dialog.tell(
    `${openingText(open.length, asked.length)}\nCategories: ${categoryList}. Whatever gets none is not shared.`,
  )
  for (const table of open) {
    const place = Setup.placeOf(table)
    if (asked.includes(place)) continue
    const answer = await pickResource(dialog, table, {
      ...{ patients, schema, before: resources.find((resource) => resource.table === place) },
      isAgain: before !== undefined,
      ofOthers,
    })
    const others = resources.filter((resource) => resource.table !== place)
    resources = typeof answer === 'string' ? others : [...others, answer]
    asked = answer === 'end' ? open.map(Setup.placeOf) : [...asked, place]
    keep()
  }
  if (resources.length > 0) return { patients, resources }
  dialog.tell('\nNothing would be shared like this: give at least one table a category.')
  learn({ draft: { patients, resources: [], asked: [] } })
  return pickAll(session, schema)
}

/** What is asked again after a mapping was refused: the tables that the problems name, and nothing else. */
export function draftAfter(
  { patients, resources }: Picked,
  schema: Setup.Schema,
  problems: readonly Setup.Problem[],
): NonNullable<SetupAnswers['draft']> {
  const isPeople = problems.some(({ about }) => about === 'people')
  const wrong = resources.filter(({ table, name }) =>
    problems.some(
      (problem) =>
        (problem.about === 'table' && problem.table === table) ||
        (problem.about === 'kind' && problem.kind === name),
    ),
  )
  const places = schema.tables.map(Setup.placeOf)
  return {
    ...(!isPeople && { patients }),
    resources,
    asked: places.filter((place) => wrong.every(({ table }) => table !== place)),
    before: { patients },
  }
}

function isSamePeople(one: Setup.MappedPatients, other: Setup.MappedPatients): boolean {
  return one.table === other.table && one.id === other.id
}

function openingText(tables: number, asked: number): string {
  if (asked === 0)
    return `${tables} tables. Each answer is kept; Ctrl-C stops, and the same command goes on.`
  return `Going on; ${asked} tables are answered.`
}
