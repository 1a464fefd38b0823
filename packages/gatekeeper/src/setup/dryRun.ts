import type { Value } from '@medrec/protocol'
import {
  type Adapter,
  DatabaseStoppedError,
  type Excess,
  type Person,
  RowsUnusableError,
} from '../adapter/Adapter.ts'
import { openAdapter } from '../adapter/openAdapter.ts'
import type { Source } from '../adapter/source.ts'
import { type Catalogue, type Definition, definitionOf } from '../catalogue.ts'
import { roleOf } from '../openRecords.ts'
import { isTooLarge } from '../parts/readVersion.ts'
import type { Problem } from './Mapping.ts'
import { RecordsUnreachableError } from './RecordsUnreachableError.ts'

/** What a patient would be shown of one kind of record. */
export type Preview = {
  readonly patient: string
  readonly resource: string
  readonly label: string
  readonly fields: Definition['fields']
  /** How many rows there are. */
  readonly count: number
  /** All of them; of a record that no one answer holds, the first that came. */
  readonly rows: readonly (readonly Value[])[]
}

/** What a catalogue gives on this database; the rows are somebody's, and are shown or dropped. */
export type DryRun = {
  readonly people: readonly Person[]
  readonly previews: readonly Preview[]
  /** Kinds of records that cannot be served as they are, and why; no value is named. */
  readonly problems: readonly Problem[]
  readonly excess: readonly Excess[]
  /** The statements that make an account which may read this and no more. */
  readonly role: readonly string[]
}

/** Patients that are read when none is named. */
const usualSample = 10
/** Rows that are kept of a record that no one answer holds. */
const keptRows = 100

/**
 * Opens the database as the gatekeeper would, with its start-up probe, and reads some patients' records.
 * Throws CatalogueError when the catalogue does not fit or an exclusion can be read; RecordsUnreachableError.
 * @param options.samples ids of the patients to read; the first ones of the list when absent
 * @param options.kept definitions that pointers made before still name: their statements must run too
 */
export async function dryRun(options: {
  readonly source: Source
  readonly catalogue: Catalogue
  readonly samples?: readonly string[]
  readonly kept?: readonly Definition[]
}): Promise<DryRun> {
  const { source, catalogue, kept = [] } = options
  const definitions = catalogue.resources.map((resource) => definitionOf(catalogue, resource))
  const present = new Set(definitions.map(({ digest }) => digest))
  const adapter = await opened(source, {
    catalogue,
    definitions: [...kept.filter(({ digest }) => !present.has(digest)), ...definitions],
  })
  try {
    const people = await sampled(adapter, options.samples)
    const previews: Preview[] = []
    const problems: Problem[] = []
    for (const definition of definitions)
      for (const { id } of people) {
        const read = await readOne(adapter, definition, String(id))
        if ('about' in read) problems.push(read)
        else previews.push(read)
      }
    const { excess } = adapter
    const missing = (options.samples ?? []).length - people.length
    if (options.samples && missing > 0)
      problems.push({ text: `samples: ${missing} of them are no patients.`, about: 'samples' })
    return {
      people,
      previews,
      problems,
      excess,
      role: roleOf(source, adapter),
    }
  } finally {
    await adapter.close()
  }
}

async function opened(
  source: Source,
  parts: { readonly catalogue: Catalogue; readonly definitions: readonly Definition[] },
): Promise<Adapter> {
  try {
    return await openAdapter({ source, ...parts })
  } catch (error) {
    if (error instanceof DatabaseStoppedError) throw RecordsUnreachableError.of(source, error)
    throw error
  }
}

async function sampled(
  adapter: Adapter,
  samples: readonly string[] | undefined,
): Promise<readonly Person[]> {
  if (!samples) return (await adapter.people('list')).slice(0, usualSample)
  const found = await Promise.all(samples.map((id) => adapter.people('byId', id)))
  return found.flat()
}

async function readOne(
  adapter: Adapter,
  definition: Definition,
  patient: string,
): Promise<Preview | Problem> {
  const { resource, label, fields } = definition
  try {
    const read = await readRows(adapter, definition, patient)
    return { patient, resource, label, fields, ...read }
  } catch (error) {
    if (error instanceof RowsUnusableError)
      return {
        ...{ text: `${resource}: ${error.message.split('\n').join(' ')}`, about: 'kind' },
        ...{ kind: resource, field: error.problem === 'form' ? error.field : undefined },
      }
    throw error
  }
}

/** A record that is too large for one answer is served in parts (decision 11), so it is read whatever its size. */
async function readRows(
  adapter: Adapter,
  definition: Definition,
  patient: string,
): Promise<Pick<Preview, 'count' | 'rows'>> {
  try {
    const { rows } = await adapter.rows(definition, patient)
    return { count: rows.length, rows }
  } catch (error) {
    if (!isTooLarge(error)) throw error
  }
  let count = 0
  const first: (readonly Value[])[] = []
  await adapter.each(definition, patient, async ({ rows }) => {
    count += rows.length
    first.push(...rows.slice(0, keptRows - first.length))
  })
  return { count, rows: first }
}
