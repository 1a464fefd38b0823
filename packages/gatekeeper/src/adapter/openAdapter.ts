import type { Definition } from '../catalogue.ts'
import { type Adapter, type AdapterOptions, usualLimits } from './Adapter.ts'
import { openFhir } from './fhir/openFhir.ts'
import { openMariadb } from './mariadb/openMariadb.ts'
import type { Limits, Setup } from './messages.ts'
import { openPostgres } from './postgres/openPostgres.ts'
import type { Source } from './source.ts'
import { openSqlite } from './sqlite/openSqlite.ts'

/**
 * Opens the institution's records for reading. Throws CatalogueError when the database does not fit the
 * catalogue, and when an exclusion can be read: then nothing is served at all; DatabaseStoppedError when the
 * database cannot be reached.
 */
export function openAdapter(
  options: Omit<AdapterOptions, 'limits'> & {
    readonly source: Source
    readonly limits?: Limits | undefined
  },
): Promise<Adapter> {
  const { source, limits = usualLimits } = options
  const setup = setupOf({ ...options, limits })
  switch (source.engine) {
    case 'sqlite':
      return openSqlite(source.file, setup)
    case 'postgres':
      return openPostgres(source, setup)
    case 'mariadb':
      return openMariadb(source, setup)
    case 'fhir':
      return openFhir(source, setup)
  }
}

function setupOf({ catalogue, definitions, limits }: AdapterOptions): Setup {
  const { byId, byName, byNationalId, list } = catalogue.patients.search
  return {
    readings: Object.fromEntries(
      definitions.map((definition) => [definition.digest, readingOf(definition)]),
    ),
    searches: { byId, byName, byNationalId, list },
    exclusions: catalogue.exclusions.map(({ table, ifPresent = false }) => ({ table, ifPresent })),
    personPaths: catalogue.patients.paths ?? {},
    labels: catalogue.excludedLabels ?? [],
    limits,
  }
}

function readingOf(definition: Definition): Setup['readings'][string] {
  const { query, ownerColumn, recordKey, paths, fields } = definition
  return {
    sql: query,
    ownerColumn,
    recordKey,
    paths,
    fields: fields.map(({ name, type }) => ({ name, type })),
  }
}
