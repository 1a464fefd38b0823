import type { Engine } from '../adapter/source.ts'
import { type Catalogue, parseCatalogue } from '../catalogue.ts'
import { resolveCatalogue, shippedMappings } from '../mappings/resolveCatalogue.ts'
import {
  type Exclusions,
  type MappedResource,
  type Mapping,
  MappingError,
  type Problem,
} from './Mapping.ts'
import type { SqlEngine } from './openAsker.ts'
import { searchesOf } from './searches.ts'
import { isPlain, quoted, tableText } from './sqlNames.ts'
import { columnNamed, placeOf, type Table, tableNamed } from './Table.ts'

export type Institution = {
  /** Short name, in the names of schemas */
  readonly institution: string
  readonly name: string
}

/** The catalogue of a mapping, for an engine. Throws MappingError naming tables and columns that are not there. */
export function buildCatalogue(
  mapping: Mapping,
  options: Institution & { readonly engine: SqlEngine; readonly tables: readonly Table[] },
): Catalogue {
  const { engine, tables, institution, name } = options
  const problems = problemsOf(mapping, tables)
  if (problems.length > 0) throw new MappingError(problems)
  return parseCatalogue({
    institution,
    name,
    version: 1,
    patients: { search: searchesOf(mapping.patients, { engine, tables }) },
    resources: mapping.resources.map((resource) => ({
      name: resource.name,
      category: resource.category,
      schema: `${institution}/${resource.name}`,
      label: resource.label,
      ...(resource.sensitivity && { sensitivity: resource.sensitivity }),
      query: queryOf(resource, tables),
      ownerColumn: ownerAlias(resource),
      recordKey: recordKeyOf(resource),
      fields: resource.fields.map(({ name: field, type, label }, bit) => ({
        ...{ bit, name: field, type, label },
      })),
    })),
    exclusions: mapping.exclusions,
  })
}

/**
 * The catalogue of a shipped mapping, or of a catalogue's JSON, with the institution's name and its exclusions as
 * well. Throws CatalogueError.
 */
export function adoptCatalogue(
  mapping: unknown,
  options: Institution & { readonly engine: Engine; readonly exclusions: Exclusions },
): Catalogue {
  const { institution, name, engine, exclusions } = options
  const json = typeof mapping === 'string' ? { institution, name, mapping } : mapping
  const catalogue = parseCatalogue(resolveCatalogue(json, engine))
  const named = new Set(catalogue.exclusions.map(({ table }) => table.toLowerCase()))
  const added = exclusions.filter(({ table }) => !named.has(table.toLowerCase()))
  return { ...catalogue, institution, name, exclusions: [...catalogue.exclusions, ...added] }
}

/** Names of the shipped mappings for an engine, those first whose tables are all there. */
export function mappingsFor(
  engine: Engine,
  tables: readonly Table[],
): { readonly names: readonly string[]; readonly recognised: string | undefined } {
  const names = shippedMappings
    .filter(({ engines }) => engines.includes(engine))
    .map(({ name }) => name)
  const known = new Set(tables.map(({ name }) => name.toLowerCase()))
  const isWhole = (mapping: string): boolean => {
    const { resources } = adoptCatalogue(mapping, {
      ...{ institution: 'x', name: 'x', engine, exclusions: [] },
    })
    const read = resources.flatMap(({ query }) => [...query.matchAll(/(?:FROM|JOIN)\s+"?(\w+)/gi)])
    return read.every(([, table = '']) => known.has(table.toLowerCase()))
  }
  return { names, recognised: engine === 'fhir' ? names[0] : names.find(isWhole) }
}

/** Kinds of records that a shipped mapping offers. Throws CatalogueError. */
export function kindsOf(
  mapping: string,
  engine: Engine,
): readonly Pick<Catalogue['resources'][number], 'name' | 'label'>[] {
  const nobody = { institution: 'x', name: 'x', exclusions: [] }
  return adoptCatalogue(mapping, { ...nobody, engine }).resources.map(({ name, label }) => ({
    name,
    label,
  }))
}

function queryOf(resource: MappedResource, tables: readonly Table[]): string {
  const table = tableNamed(tables, resource.table) as Table
  const column = (name: string): string => quoted(columnNamed(table, name)?.name ?? name)
  const shown = resource.fields.map(
    ({ column: from, name }) => `${column(from)} AS ${quoted(name)}`,
  )
  const hidden = hiddenKeys(resource).map(([from, alias]) => `${column(from)} AS ${quoted(alias)}`)
  const owner = `${column(resource.owner)} AS ${quoted(ownerAlias(resource))}`
  return `SELECT ${[owner, ...hidden, ...shown].join(', ')}
FROM ${tableText(table)} WHERE ${column(resource.owner)} = :owner`
}

/** A name that no field has. */
function ownerAlias({ fields }: MappedResource): string {
  return fields.some(({ name }) => name === 'owner') ? 'owner_of_record' : 'owner'
}

/** Columns of the record key that are not shared, with a name for each. */
function hiddenKeys({ key, fields }: MappedResource): readonly (readonly [string, string])[] {
  return key
    .filter((name) => !fields.some(({ column }) => column === name))
    .map((name, i) => [name, `record_key_${i}`])
}

function recordKeyOf(resource: MappedResource): readonly string[] {
  const hidden = new Map(hiddenKeys(resource))
  return resource.key.map(
    (name) =>
      hidden.get(name) ?? (resource.fields.find(({ column }) => column === name)?.name as string),
  )
}

function problemsOf(mapping: Mapping, tables: readonly Table[]): readonly Problem[] {
  const { patients, resources } = mapping
  const placed = (table: string): string => {
    const found = tableNamed(tables, table)
    return (found ? placeOf(found) : table).toLowerCase()
  }
  const { table: people, idType: _, idCountry: __, ...columns } = patients
  const names = resources.map(({ name }) => name)
  const wanted = Object.values(columns).filter((column) => column !== undefined)
  return [
    ...columnProblems(tables, people, wanted).map((text) => ({ text, about: 'people' }) as const),
    ...resources.flatMap(({ table, owner, key, fields }): readonly Problem[] => {
      const excluded = mapping.exclusions.find((one) => placed(one.table) === placed(table))
      const texts = [
        ...columnProblems(tables, table, [owner, ...key, ...fields.map(({ column }) => column)]),
        ...(new Set(fields.map(({ name }) => name)).size < fields.length
          ? [`${table}: two fields have the same name.`]
          : []),
      ]
      const about = { about: 'table', table } as const
      return [
        ...texts.map((text) => ({ text, ...about })),
        ...(excluded
          ? [{ text: `${table}: shared and excluded at once.`, ...about, excluded: excluded.table }]
          : []),
      ]
    }),
    ...names
      .filter((name, i) => names.indexOf(name) !== i)
      .map((kind) => {
        const text = `${kind}: two kinds of records have this name.`
        return { text, about: 'kind', kind } as const
      }),
  ]
}

/** What is wrong with a table and the columns of it that a mapping names. */
function columnProblems(
  tables: readonly Table[],
  place: string,
  columns: readonly string[],
): readonly string[] {
  const table = tableNamed(tables, place)
  if (!table)
    return [
      `${place}: no such table or view, or this user does not see it. There are: ${listed(tables)}.`,
    ]
  const odd = [table.name, ...columns].filter((name) => !isPlain(name))
  return [
    ...odd.map(
      (name) =>
        `${place}: "${name}" is no plain name; make a view that gives it one, and map that.`,
    ),
    ...[...new Set(columns)].flatMap((name) => {
      const column = columnNamed(table, name)
      if (!column) return [`${place}.${name}: no such column.`]
      return column.isReadable ? [] : [`${place}.${name}: this user may not read it.`]
    }),
  ]
}

function listed(tables: readonly Table[]): string {
  const places = tables.map(placeOf)
  return places.length > 12 ? `${places.slice(0, 12).join(', ')} ...` : places.join(', ')
}
