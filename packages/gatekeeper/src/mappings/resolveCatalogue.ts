import { z } from 'zod'
import type { Engine } from '../adapter/source.ts'
import { CatalogueError } from '../catalogue.ts'
import { eicu } from './eicu.ts'
import { fhir } from './fhir.ts'
import { gnumed } from './gnumed.ts'
import { dialectOf, type Mapping } from './Mapping.ts'
import { omop } from './omop.ts'
import { openmrs } from './openmrs.ts'
import { synthea } from './synthea.ts'

/** Mappings that come with MedRec, by the name that a configuration gives. */
const mappings: Readonly<Record<string, Mapping>> = {
  'synthea-csv': synthea,
  'omop-5.4': omop,
  'eicu-demo': eicu,
  openmrs,
  'gnumed-22': gnumed,
  'fhir-r4': fhir,
}

/** Names of the mappings, and the engines that each is for. */
export const shippedMappings: readonly {
  readonly name: string
  readonly engines: readonly Engine[]
}[] = Object.entries(mappings).map(([name, { engines }]) => ({ name, engines }))

/** A catalogue that takes a shipped mapping, whole or in part, and adds exclusions of the institution's own. */
const chosen = z.strictObject({
  institution: z.string().min(1),
  name: z.string().min(1),
  mapping: z.string(),
  /** Raised when something below changes, or when a source was changed on purpose. */
  version: z.int().min(1).max(0xff).default(1),
  /** Names of the resources that are offered; all when absent. */
  resources: z.array(z.string()).min(1).readonly().optional(),
  exclusions: z
    .array(z.strictObject({ table: z.string(), reason: z.string() }))
    .readonly()
    .default([]),
})

/**
 * A catalogue as an institution writes it, with a shipped mapping filled in for its engine. Any other JSON is
 * handed on for `parseCatalogue`. Throws CatalogueError naming what is not known.
 */
export function resolveCatalogue(json: unknown, engine: Engine): unknown {
  if (typeof json !== 'object' || json === null || !('mapping' in json)) return json
  const parsed = chosen.safeParse(json)
  if (!parsed.success)
    throw new CatalogueError(
      'The catalogue is not well formed.',
      parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`),
    )
  const { institution, name, mapping: called, version, resources: wanted } = parsed.data
  const mapping = Object.hasOwn(mappings, called) ? mappings[called] : undefined
  if (!mapping?.engines.includes(engine))
    throw new CatalogueError('There is no such mapping for this database.', [
      `Mapping: ${called}`,
      `Known for this database: ${namesFor(engine)}`,
    ])
  const content = mapping.content(dialectOf(engine))
  const unknown = (wanted ?? []).filter((one) => content.resources.every((r) => r.name !== one))
  if (unknown.length > 0)
    throw new CatalogueError(
      'The mapping has no such resource.',
      unknown.map((one) => `Resource: ${one}`),
    )
  return {
    ...{ institution, name },
    // The mapping's own version and the institution's together: a field keeps its meaning within one.
    version: mapping.version * 256 + version,
    ...content,
    resources: content.resources.filter((one) => wanted?.includes(one.name) ?? true),
    exclusions: [...content.exclusions, ...parsed.data.exclusions],
  }
}

function namesFor(engine: Engine): string {
  return shippedMappings
    .filter(({ engines }) => engines.includes(engine))
    .map(({ name }) => name)
    .join(', ')
}
