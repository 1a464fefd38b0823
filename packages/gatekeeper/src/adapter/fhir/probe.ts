import { createHash } from 'node:crypto'
import { CatalogueError } from '../../catalogue.ts'
import { DatabaseStoppedError, type SchemaPrint } from '../Adapter.ts'
import type { FhirAnswer, FhirClient } from './FhirClient.ts'
import { isObject, type Json, type JsonObject } from './losslessJson.ts'
import type { Search } from './search.ts'

/** A capability statement names every parameter of every type. */
const largestStatement = 16_777_216
/** A server that just started takes long to describe itself. */
const patience = 60_000

type Probed = {
  readonly base: string
  readonly searches: readonly Search[]
  /** Types of resources that must not be readable. */
  readonly excluded: readonly string[]
}

/**
 * Asks a server what it is, and tries to read what must not be readable. Throws CatalogueError when it is no FHIR
 * R4 server, does not search as the catalogue needs, or gives an excluded type; DatabaseStoppedError.
 */
export async function probe(client: FhirClient, probed: Probed): Promise<SchemaPrint> {
  const get = (path: string, bytes: number): Promise<FhirAnswer> =>
    client.ask({
      ...{ method: 'GET', address: `${probed.base}/${path}`, bytes },
      signal: AbortSignal.timeout(patience),
    })
  const { status, body } = await get('metadata', largestStatement)
  const version = body?.['fhirVersion']
  if (status !== 200 || typeof version !== 'string' || !version.startsWith('4.0'))
    throw new CatalogueError('This is no FHIR R4 server, or it may not be asked.', [
      `HTTP status: ${status}`,
      `FHIR version: ${typeof version === 'string' ? version : 'not told'}`,
    ])
  const known = searchable(body as JsonObject)
  for (const search of probed.searches) requireSearchable(known, search)
  for (const type of probed.excluded) {
    if (probed.searches.some((search) => search.type === type))
      throw refusal('A query of the catalogue reads an excluded table.', type)
    const answer = await get(`${encodeURIComponent(type)}?_count=1`, largestStatement)
    if (answer.status >= 500) throw new DatabaseStoppedError(`HTTP ${answer.status}`)
    if (answer.status < 400) throw refusal('An excluded table can be read.', type)
  }
  return Object.fromEntries(
    [...new Set(probed.searches.map(({ type }) => type))].map((type) => {
      const names = [...(known.get(type) ?? [])].toSorted().join('\n')
      return [type, createHash('sha256').update(names).digest('hex')]
    }),
  )
}

function requireSearchable(
  known: ReadonlyMap<string, ReadonlySet<string>>,
  { type, parameters }: Search,
): void {
  const missing = parameters.find(
    ([name]) => name !== '_count' && name !== '_id' && !known.get(type)?.has(name),
  )
  if (missing || !known.has(type))
    throw new CatalogueError('The FHIR server does not search as the catalogue needs.', [
      `Type: ${type}`,
      ...(missing ? [`Parameter: ${missing[0]}`] : []),
    ])
}

/** Names of search parameters by type (FHIR R4, CapabilityStatement.rest.resource). */
function searchable(statement: JsonObject): ReadonlyMap<string, ReadonlySet<string>> {
  const [rest] = listOf(statement['rest'])
  const resources = isObject(rest) ? listOf(rest['resource']) : []
  return new Map(
    resources.filter(isObject).map((resource) => [
      String(resource['type']),
      new Set(
        listOf(resource['searchParam'])
          .filter(isObject)
          .map(({ name }) => String(name)),
      ),
    ]),
  )
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : []
}

function refusal(summary: string, type: string): CatalogueError {
  return new CatalogueError(summary, [`Table: ${type}`])
}
