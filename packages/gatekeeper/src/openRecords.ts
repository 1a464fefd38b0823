import { equal } from '@medrec/protocol'
import { type NodeDatabase, PointerTables, SourceTables } from '@medrec/records/node'
import { type Adapter, usualLimits } from './adapter/Adapter.ts'
import type { Limits } from './adapter/messages.ts'
import { openAdapter } from './adapter/openAdapter.ts'
import { openWriter } from './adapter/openWriter.ts'
import { accountHost, roleStatements } from './adapter/roleStatements.ts'
import { changedIn } from './adapter/schemaChange.ts'
import type { Source } from './adapter/source.ts'
import type { Writer } from './adapter/Writer.ts'
import {
  type Catalogue,
  CatalogueError,
  catalogueHash,
  type Definition,
  definitionOf,
  readDefinition,
} from './catalogue.ts'

/** The institution's records, opened for reading and, with an account for it, for writing. */
export type Records = {
  /** The catalogue's, and those that pointers made before still name, by digest. */
  readonly definitions: ReadonlyMap<string, Definition>
  readonly adapter: Adapter
  readonly writer: Writer | undefined
  /** The statements that make an account for reading which may do no more than it needs. */
  readonly role: readonly string[]
}

/**
 * Opens the institution's records. Throws CatalogueError when the database does not fit the catalogue, when an
 * exclusion can be read, and when a source is not what it was when this catalogue was opened first; DatabaseStoppedError.
 */
export async function openRecords(
  options: {
    readonly database: NodeDatabase
    readonly source: Source
    readonly writeSource?: Source
    readonly limits?: Limits
  },
  catalogue: Catalogue,
): Promise<Records> {
  const { database, source, limits } = options
  const definitions = allDefinitions(database, catalogue)
  const adapter = await openAdapter({
    ...{ source, catalogue, definitions: [...definitions.values()], limits },
  })
  try {
    requireAccepted(database, catalogue, adapter)
    const writer = await openWriter({ ...options, resources: catalogue.resources })
    return { definitions, adapter, writer, role: roleOf(source, adapter) }
  } catch (error) {
    await adapter.close()
    throw error
  }
}

/** The statements that make an account for reading by the catalogue; none where there are no accounts. */
export function roleOf(source: Source, { needs }: Adapter): readonly string[] {
  if (source.engine === 'sqlite' || source.engine === 'fhir') return []
  const { milliseconds } = usualLimits
  const { engine, database } = source
  // Another name than the present account's, so that both can be there until the address is changed.
  const user = 'medrec_read'
  const of = { engine, database, user, host: accountHost(source), tables: needs }
  return roleStatements({ ...of, purpose: 'read', milliseconds })
}

/** What pointers made until now name: any later catalogue and database must answer it too. */
export function keptDefinitions(database: NodeDatabase): readonly Definition[] {
  return PointerTables.definitions(database).map(({ json }) => readDefinition(json))
}

/** The catalogue's definitions, and those that pointers made before still name. */
function allDefinitions(
  database: NodeDatabase,
  catalogue: Catalogue,
): ReadonlyMap<string, Definition> {
  const kept = keptDefinitions(database)
  const present = catalogue.resources.map((resource) => definitionOf(catalogue, resource))
  return new Map([...kept, ...present].map((definition) => [definition.digest, definition]))
}

/** A source that changed while the node was down is noticed too; another catalogue accepts it as it is. */
function requireAccepted(
  database: NodeDatabase,
  catalogue: Catalogue,
  { schema }: Pick<Adapter, 'schema'>,
): void {
  const hash = catalogueHash(catalogue)
  const known = SourceTables.accepted(database)
  if (known && equal(known.catalogue, hash)) {
    const changed = changedIn(JSON.parse(known.print), schema)
    if (changed !== undefined)
      throw new CatalogueError(
        'A source table or view is no longer what it was when the catalogue was accepted.',
        [`Table or view: ${changed}`],
      )
  }
  SourceTables.accept(database, { catalogue: hash, print: JSON.stringify(schema) })
}
