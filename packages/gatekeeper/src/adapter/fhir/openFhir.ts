import { CatalogueError } from '../../catalogue.ts'
import {
  type Adapter,
  DatabaseStoppedError,
  type Person,
  RowsUnusableError,
  type SchemaPrint,
  wholeLimits,
} from '../Adapter.ts'
import type { Limits, Reading, ReadRows, Setup } from '../messages.ts'
import { RowBatch } from '../RowBatch.ts'
import { type Columns, columnsOf, ReadError, RowCollector } from '../RowCollector.ts'
import type { Source } from '../source.ts'
import type { SqlRead } from '../typedText.ts'
import { AnswerTooLargeError, FhirClient } from './FhirClient.ts'
import { isObject, type Json, type JsonObject } from './losslessJson.ts'
import { pagesOf } from './pages.ts'
import { type Path, parsePath } from './path.ts'
import { probe } from './probe.ts'
import { escaped, isId, parseSearch, type Search, searchAddress } from './search.ts'
import { readOf } from './value.ts'

type FhirSource = Extract<Source, { engine: 'fhir' }>

/** A resource of the catalogue, ready to be read from resources of the server. */
type Ready = {
  readonly search: Search
  readonly columns: Columns
  readonly owner: Path
  readonly paths: readonly { readonly path: Path; readonly field: Reading['fields'][number] }[]
}

/** Verbose as it is, a resource is not larger than this many times what is shown of it. */
const wordiness = 16

/**
 * Opens a FHIR R4 server for reading. Throws CatalogueError when it does not fit the catalogue, when a search is
 * not one that may be asked, and when an excluded type can be read; DatabaseStoppedError.
 */
export async function openFhir(source: FhirSource, setup: Setup): Promise<Adapter> {
  const client = new FhirClient(source.authorization)
  try {
    const reader = new FhirReader(source, setup, client)
    const schema = await probe(client, {
      base: source.base,
      searches: reader.searches(),
      excluded: setup.exclusions.map(({ table }) => table),
    })
    return reader.adapter(schema)
  } catch (error) {
    client.close()
    throw error
  }
}

class FhirReader {
  readonly #base: string
  readonly #setup: Setup
  readonly #client: FhirClient
  readonly #ready: ReadonlyMap<string, Ready>
  readonly #people: ReadonlyMap<string, Search>
  readonly #person: ReadonlyMap<string, Path>

  constructor({ base }: FhirSource, setup: Setup, client: FhirClient) {
    this.#base = base
    this.#setup = setup
    this.#client = client
    this.#ready = new Map(
      Object.entries(setup.readings).map(([digest, reading]) => [digest, readied(reading)]),
    )
    this.#people = new Map(
      Object.entries(setup.searches).map(([name, text]) => [
        name,
        parseSearch(text, name === 'list' ? 'list' : 'value'),
      ]),
    )
    this.#person = new Map(
      Object.entries(setup.personPaths).map(([name, path]) => [name, pathOf(name, path)]),
    )
    if (!this.#person.has('id'))
      throw new CatalogueError('A FHIR catalogue lacks paths.', ['patients.paths: id'])
  }

  searches(): readonly Search[] {
    return [...[...this.#ready.values()].map(({ search }) => search), ...this.#people.values()]
  }

  adapter(schema: SchemaPrint): Adapter {
    const types = [...new Set(this.searches().map(({ type }) => type))].toSorted()
    return {
      schema,
      needs: types.map((name) => ({ schema: this.#base, name, isView: false, columns: [] })),
      excess: [], // a server does not tell what its own rules allow whom
      rows: ({ digest }, owner) => this.#read(digest, owner, (found) => found.rows()),
      columns: ({ digest }, owner) => this.#read(digest, owner, (found) => found.columns()),
      each: ({ digest }, owner, take) => this.#each(digest, owner, take),
      people: (search, value) => this.#found(search, value ?? ''),
      dataVersion: async () => undefined,
      processId: () => undefined,
      isUp: () => this.#client.isUp(),
      close: async () => this.#client.close(),
    }
  }

  async #read<T>(digest: string, owner: string, end: (found: RowCollector) => T): Promise<T> {
    const ready = this.#ready.get(digest)
    if (!ready) throw new RowsUnusableError({ problem: 'unknown' })
    try {
      return await twice(async () => {
        const collector = new RowCollector(ready.columns, owner, this.#setup.limits)
        if (isId(owner))
          for await (const resource of this.#resources(ready.search, owner))
            if (!isLabelled(resource, this.#setup.labels))
              collector.add(this.#rowOf(ready, resource))
        return end(collector)
      })
    } catch (error) {
      throw unusable(error)
    }
  }

  /** Page by page; a server may change between two pages, and what was read then is of no one moment. */
  async #each(
    digest: string,
    owner: string,
    take: (batch: ReadRows) => Promise<void>,
  ): Promise<void> {
    const ready = this.#ready.get(digest)
    if (!ready) throw new RowsUnusableError({ problem: 'unknown' })
    if (!isId(owner)) return
    try {
      const batch = new RowBatch(ready.columns, owner, this.#setup.limits)
      for await (const resource of this.#resources(ready.search, owner, wholeLimits)) {
        if (isLabelled(resource, this.#setup.labels)) continue
        batch.add(this.#rowOf(ready, resource))
        if (batch.isFull) await take(batch.take())
      }
      if (!batch.isEmpty) await take(batch.take())
    } catch (error) {
      throw unusable(error)
    }
  }

  #rowOf(ready: Ready, resource: JsonObject): readonly SqlRead[] {
    return [
      this.#ownerOf(ready, resource),
      ...ready.paths.map(({ path, field }) => readOf(path(resource), field)),
    ]
  }

  async #found(name: string, value: string): Promise<readonly Person[]> {
    const search = this.#people.get(name)
    if (!search) throw new RowsUnusableError({ problem: 'unknown' })
    if (name === 'byId' && !isId(value)) return []
    try {
      return await twice(async () => {
        const people: Person[] = []
        for await (const resource of this.#resources(search, escaped(value)))
          if (people.length < this.#setup.limits.rows && !isLabelled(resource, this.#setup.labels))
            people.push(
              Object.fromEntries(
                [...this.#person].map(([field, path]) => [field, textOf(path(resource))]),
              ),
            )
        return people
      })
    } catch (error) {
      throw unusable(error)
    }
  }

  #resources(
    search: Search,
    value: string,
    { rows, milliseconds }: Omit<Limits, 'bytes'> = this.#setup.limits,
  ): AsyncGenerator<JsonObject> {
    const { bytes } = this.#setup.limits
    return pagesOf(this.#client, {
      ...{ base: this.#base, search, rows, bytes: wordiness * bytes + 65_536 },
      address: searchAddress(this.#base, search, value),
      signal: AbortSignal.timeout(milliseconds),
    })
  }

  /** The id of the patient that a resource speaks of, if it is one of this server. */
  #ownerOf({ owner, search }: Ready, resource: JsonObject): string | null {
    const [found, other] = owner(resource)
    if (typeof found !== 'string' || other !== undefined) return null
    if (search.type === 'Patient') return found
    const local = found.startsWith(`${this.#base}/`) ? found.slice(this.#base.length + 1) : found
    return local.startsWith('Patient/') ? local.slice('Patient/'.length) : null
  }
}

function readied(reading: Reading): Ready {
  const { sql, ownerColumn, fields, paths = {} } = reading
  const search = parseSearch(sql, 'owner')
  const owner = pathOf('the owner', ownerColumn)
  const found = fields.map((field) => ({
    field,
    path: pathOf(`field ${field.name}`, paths[field.name] ?? ''),
  }))
  const names = [ownerColumn, ...fields.map(({ name }) => name)]
  // A server gives no columns beside the fields, unlike a statement.
  const missing = reading.recordKey.filter((name) => !names.includes(name))
  if (missing.length > 0)
    throw new CatalogueError('A record key of a FHIR catalogue is no field of its resource.', [
      `Search: ${sql}`,
      `Record key that is no field: ${missing.join(', ')}`,
      `Fields: ${fields.map(({ name }) => name).join(', ')}`,
      'Name fields in "recordKey", or add the missing one with its path.',
    ])
  return { search, owner, paths: found, columns: columnsOf(names, reading) }
}

function pathOf(what: string, text: string): Path {
  const path = parsePath(text)
  if (!path)
    throw new CatalogueError('A FHIR catalogue lacks a path, or it cannot be read.', [
      `Path of ${what}: ${text}`,
    ])
  return path
}

/** Security labels whose resources never leave; a code without its system counts, since it may mean this one. */
function isLabelled(resource: JsonObject, labels: Setup['labels']): boolean {
  const { meta } = resource
  const given = isObject(meta) && Array.isArray(meta['security']) ? meta['security'] : []
  return given.some(
    (label: Json) =>
      isObject(label) &&
      labels.some(
        ({ system, code }) => label['code'] === code && (label['system'] ?? system) === system,
      ),
  )
}

function textOf([value]: readonly Json[]): string | null {
  return value === undefined ? null : String(readOf([value], { name: 'person', type: 'text' }))
}

/** A read that a lost connection ended is asked once more. */
async function twice<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof DatabaseStoppedError)) throw error
    return work()
  }
}

function unusable(error: unknown): unknown {
  if (error instanceof ReadError) return new RowsUnusableError(error.told)
  return error instanceof AnswerTooLargeError ? new RowsUnusableError({ problem: 'bytes' }) : error
}
