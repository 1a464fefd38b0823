import type { Engine, Source } from '../adapter/source.ts'
import { type Catalogue, parseCatalogue } from '../catalogue.ts'
import { adoptCatalogue, buildCatalogue, type Institution, mappingsFor } from './buildCatalogue.ts'
import { checkMapping } from './checkMapping.ts'
import { exclusionProblems } from './exclusionProblems.ts'
import { type Exclusions, type Mapping, MappingError } from './Mapping.ts'
import { asking, type Schema } from './readSchema.ts'

/** Sensitivity by kind of record: N normal, R restricted, V very restricted (HL7 v3 Confidentiality). */
export type Sensitivity = Readonly<Record<string, 'N' | 'R' | 'V'>>

/** What is to leave the institution: tables and columns, or a mapping by its name. */
export type Wanted = Institution & {
  readonly mapping: string | Omit<Mapping, 'exclusions'>
  readonly exclusions: Exclusions
  readonly sensitivity?: Sensitivity | undefined
}

/**
 * The catalogue of what is wanted; a mapping of one's own is checked on the data. Throws MappingError, CatalogueError.
 * @param options.named the catalogue, or its JSON, of a name that no shipped mapping has
 */
export async function settleCatalogue(
  { mapping, exclusions, sensitivity = {}, ...own }: Wanted,
  options: {
    readonly source: Source
    readonly schema: Schema | undefined
    readonly named: (name: string) => unknown
  },
): Promise<Catalogue> {
  const { source, schema, named } = options
  const { engine } = source
  if (typeof mapping === 'string') {
    const adopted = isShipped(mapping, engine) ? mapping : named(mapping)
    return labelled(adoptCatalogue(adopted, { ...own, engine, exclusions }), sensitivity)
  }
  if (engine === 'fhir' || !schema)
    throw new MappingError([
      { text: 'A FHIR server has no tables: name a mapping, or a catalogue.', about: 'mapping' },
    ])
  const whole = { ...mapping, exclusions }
  const { tables } = schema
  const catalogue = buildCatalogue(whole, { ...own, engine, tables })
  const problems = [
    ...(await exclusionProblems(source, { mapping: whole, catalogue })),
    ...(await asking(source, (asker) => checkMapping(asker, whole, tables))),
  ]
  if (problems.length > 0) throw new MappingError(problems)
  return labelled(catalogue, sensitivity)
}

function isShipped(name: string, engine: Engine): boolean {
  return mappingsFor(engine, []).names.includes(name)
}

function labelled(catalogue: Catalogue, sensitivity: Sensitivity): Catalogue {
  const names = catalogue.resources.map(({ name }) => name)
  const unknown = Object.keys(sensitivity).filter((name) => !names.includes(name))
  if (unknown.length > 0)
    throw new MappingError(
      unknown.map((name) => ({
        text: `sensitivity: ${name} is no kind of record here. There are: ${names.join(', ')}.`,
        about: 'sensitivity',
      })),
    )
  return parseCatalogue({
    ...catalogue,
    resources: catalogue.resources.map((resource) => {
      const label = sensitivity[resource.name]
      return label === undefined ? resource : { ...resource, sensitivity: label }
    }),
  })
}
