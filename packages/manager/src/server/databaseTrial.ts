import type { Catalogue, Source } from '@medrec/gatekeeper'
import type * as Setup from '@medrec/gatekeeper/setup'
import { z } from 'zod'
import { ApiError } from './problems.ts'
import type { StaffNode } from './staffNode.ts'

/** Loaded only where somebody sets up: a running node needs none of it. */
const loadSetup = (): Promise<typeof Setup> => import('@medrec/gatekeeper/setup')

const text = z.string().min(1).max(128)
/** Checked again by the set-up itself, whose form this is (packages/gatekeeper/src/setup/Mapping.ts). */
const tables = z.looseObject({
  patients: z.looseObject({ table: text }),
  resources: z.array(z.looseObject({ table: text })).max(500),
})

/** A database that is to be connected. */
export const connection = z.strictObject({
  address: z.string().trim().min(1).max(500),
  /** Never kept but in the node's configuration, never answered, never logged */
  secret: z.string().max(4_000).optional(),
})

/** What is to be tried or kept. */
export const plan = connection.extend({
  /** "present", the name of a mapping that comes with MedRec, or tables and columns */
  mapping: z.union([text, tables]),
  exclusions: z
    .array(z.strictObject({ table: text, reason: z.string().trim().min(1).max(200) }))
    .max(500),
  sensitivity: z.record(z.string(), z.enum(['N', 'R', 'V'])),
  samples: z.array(text).max(20).optional(),
})

type Connection = z.infer<typeof connection>
export type Plan = z.infer<typeof plan>

/** A column that could be shared, and the field that it would become. */
type Choice = { readonly name: string; readonly type: string; readonly field: unknown }

/** Connects and tells what is there. Throws RecordsUnreachableError, PlaceNotAllowedError. */
export async function lookAt(node: StaffNode, wanted: Connection): Promise<unknown> {
  const setup = await loadSetup()
  const source = sourceOf(node, wanted)
  await setup.trySource(source)
  const schema = source.engine === 'fhir' ? undefined : await setup.readSchema(source)
  const { names, recognised } = setup.mappingsFor(source.engine, schema?.tables ?? [])
  return {
    name: setup.nameOfSource(source),
    isPresent: node.records.isPresent(wanted.address),
    mappings: names.map((name) => ({ name, kinds: setup.kindsOf(name, source.engine) })),
    recognised: recognised ?? null,
    proposal: schema ? { ...schema.proposal, left: undefined } : null,
    tables: (schema?.tables ?? []).map((table) => ({
      place: setup.placeOf(table),
      isView: table.isView,
      owner: ownerGuess(setup, schema, table),
      key: setup.keyOf(table, schema?.tables ?? []),
      label: setup.labelOf(table.name),
      patients: schema ? setup.proposePatients(table, schema) : {},
      columns: columnsOf(setup, schema, table),
    })),
  }
}

/** What a plan comes to on this database. */
export type Tried = { readonly catalogue: Catalogue; readonly run: Setup.DryRun }

/**
 * Reads some patients' records as the gatekeeper would with this plan. Throws MappingError, CatalogueError,
 * RecordsUnreachableError, PlaceNotAllowedError.
 */
export async function tryPlan(node: StaffNode, wanted: Plan): Promise<Tried> {
  const setup = await loadSetup()
  const source = sourceOf(node, wanted)
  try {
    const catalogue = await catalogueOf(node, { wanted, source, setup })
    const run = await setup.dryRun({
      ...{ source, catalogue, kept: node.gatekeeper.keptDefinitions() },
      ...(wanted.samples && wanted.samples.length > 0 && { samples: wanted.samples }),
    })
    if (run.problems.length > 0) throw new setup.MappingError(run.problems)
    return { catalogue, run }
  } catch (error) {
    throw error instanceof setup.MappingError
      ? setupProblem(error, remediesFor(node, { setup, wanted, problems: error.problems }))
      : error
  }
}

/** Ways out that a screen may offer; what stays now is not among them. */
function remediesFor(
  { gatekeeper, records }: StaffNode,
  options: {
    readonly setup: typeof Setup
    readonly wanted: Plan
    readonly problems: readonly Setup.Problem[]
  },
): readonly Setup.Remedy[] {
  const { setup, wanted, problems } = options
  const { mapping, exclusions, sensitivity } = wanted
  const parsed = setup.mapping.safeParse({ ...(mapping as object), exclusions: [] })
  if (typeof mapping === 'string' || !parsed.success) return []
  const kept = records.isPresent(wanted.address) ? gatekeeper.catalogue.exclusions : []
  const isKept = (table: string): boolean =>
    kept.some((one) => one.table.toLowerCase() === table.toLowerCase())
  return setup.remediesFor(problems, {
    ...{ mapping: parsed.data, sensitivity },
    exclusions: exclusions.filter(({ table }) => !isKept(table)),
  })
}

/** What was tried, in numbers; none where patients were chosen, of whom a number tells something. */
export function toldOf({ catalogue, run }: Tried, { samples = [] }: Plan): unknown {
  const isChosen = samples.length > 0
  return {
    patients: run.people.length,
    excess: run.excess,
    role: run.excess.length > 0 ? run.role : [],
    exclusions: catalogue.exclusions,
    resources: catalogue.resources.map(({ name, label, category, sensitivity, fields }) => {
      const read = run.previews.filter(({ resource }) => resource === name)
      return {
        ...{ name, label, category, sensitivity: sensitivity ?? 'N', fields: fields.length },
        patients: isChosen ? null : read.filter(({ count }) => count > 0).length,
        rows: isChosen ? null : read.reduce((sum, { count }) => sum + count, 0),
      }
    }),
  }
}

/** The catalogue that would be kept: a higher version than now, and without an exclusion less on the same database. */
async function catalogueOf(
  { gatekeeper, records }: StaffNode,
  {
    wanted,
    source,
    setup,
  }: { readonly wanted: Plan; readonly source: Source; readonly setup: typeof Setup },
): Promise<Catalogue> {
  const present = gatekeeper.catalogue
  const { institution, name } = present
  const isPresent = records.isPresent(wanted.address)
  const kept = isPresent ? present.exclusions : []
  const added = wanted.exclusions.filter(
    ({ table }) => !kept.some((one) => one.table.toLowerCase() === table.toLowerCase()),
  )
  const schema = source.engine === 'fhir' ? undefined : await setup.readSchema(source)
  const catalogue = await setup.settleCatalogue(
    {
      ...{ institution, name, sensitivity: wanted.sensitivity },
      mapping: typeof wanted.mapping === 'string' ? wanted.mapping : mappingOf(setup, wanted),
      exclusions: [...kept, ...added],
    },
    {
      ...{ source, schema },
      named: (called) => {
        if (called === 'present') return present
        throw new setup.MappingError([
          { text: `${called}: there is no such mapping for this database.`, about: 'mapping' },
        ])
      },
    },
  )
  const labels = labelsOf(catalogue, isPresent ? present : undefined)
  return {
    ...catalogue,
    ...(labels.length > 0 && { excludedLabels: labels }),
    version: present.version + 1,
  }
}

type Labels = NonNullable<Catalogue['excludedLabels']>

/** Labels that hide a resource, with those of today that the mapping does not have. */
function labelsOf({ excludedLabels = [] }: Catalogue, present: Catalogue | undefined): Labels {
  const missing = (present?.excludedLabels ?? []).filter(
    (kept) =>
      !excludedLabels.some(({ system, code }) => system === kept.system && code === kept.code),
  )
  return [...excludedLabels, ...missing]
}

function mappingOf(setup: typeof Setup, { mapping }: Plan): Omit<Setup.Mapping, 'exclusions'> {
  const parsed = setup.mapping.safeParse({ ...(mapping as object), exclusions: [] })
  if (parsed.success) return parsed.data
  throw new setup.MappingError(
    parsed.error.issues.map(({ path, message }) => ({
      ...{ text: `${path.join('.')}: ${message}`, about: 'mapping' },
    })),
  )
}

function sourceOf({ records }: StaffNode, { address, secret }: Connection): Source {
  return records.sourceOf(address, secret === '' ? undefined : secret)
}

function ownerGuess(
  setup: typeof Setup,
  schema: Setup.Schema | undefined,
  table: Setup.Table,
): string | null {
  const patients = schema?.proposal.patients
  return (patients && setup.ownerOf(table, patients, schema.tables)) ?? null
}

/** Every column of a table that could be shared, whichever one is chosen as the owner. */
function columnsOf(
  setup: typeof Setup,
  schema: Setup.Schema | undefined,
  table: Setup.Table,
): readonly Choice[] {
  if (!schema) return []
  const whole = setup.mapResource(table, {
    ...{ owner: '', key: [], hidden: [], typeOf: schema.typeOf },
    category: { category: 1, label: '' },
  })
  return table.columns
    .filter(({ isReadable }) => isReadable)
    .map(({ name, type }) => ({
      ...{ name, type },
      field: whole?.fields.find(({ column }) => column === name) ?? null,
    }))
}

/** An error of the set-up as IT reads it: what is wrong, by table and column, and what to do; never a value. */
export function setupProblem(error: unknown, remedies: readonly Setup.Remedy[] = []): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error
  const status = statuses[String(error.code)]
  if (status === undefined) return error
  const [message = '', ...facts] = error.message.split('\n')
  return new ApiError({
    ...{ status, code: String(error.code), message, whatToDo: facts.join('\n') },
    ...(remedies.length > 0 && { remedies }),
  })
}

const statuses: Readonly<Record<string, number>> = {
  PLACE_NOT_ALLOWED: 403,
  DATABASE_ADDRESS: 400,
  RECORDS_UNREACHABLE: 422,
  RECORDS_SECRET: 422,
  MAPPING_WRONG: 422,
  CATALOGUE_WRONG: 422,
  CONFIG_WRONG: 500,
}
