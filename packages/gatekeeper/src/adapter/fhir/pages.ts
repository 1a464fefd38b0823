import { DatabaseBusyError } from '../Adapter.ts'
import { ReadError } from '../RowCollector.ts'
import type { FhirClient } from './FhirClient.ts'
import { isObject, type Json, type JsonObject } from './losslessJson.ts'
import type { Search } from './search.ts'

type Asked = {
  readonly base: string
  readonly address: string
  readonly search: Search
  readonly rows: number
  /** Of all pages together. */
  readonly bytes: number
  readonly signal: AbortSignal
}

/** A server may give the list of an earlier search again, without what was written since (RFC 9111, section 5.2.1.4). */
const fresh = { 'cache-control': 'no-cache' }

/**
 * The resources that a search finds, page by page (FHIR R4, section 3.1.1.5). Only the server's own pages are
 * followed, and nothing but matches of the type is taken. Throws ReadError, DatabaseBusyError, DatabaseStoppedError.
 */
export async function* pagesOf(client: FhirClient, asked: Asked): AsyncGenerator<JsonObject> {
  let next: string | undefined = asked.address
  let found = 0
  for (let page = 0; next !== undefined; page += 1) {
    if (page > asked.rows) throw wrong('next')
    const { signal, bytes } = asked
    const asking = { method: 'GET', address: next, headers: fresh, bytes, signal } as const
    const { status, body } = await client.ask(asking)
    const bundle = bundleOf(status, body)
    if (page === 0) requireUnderstood(bundle, asked.search)
    for (const entry of listOf(bundle['entry'])) {
      const resource = matchOf(entry, asked.search.type)
      if (!resource) continue
      found += 1
      if (found > asked.rows) throw new ReadError({ problem: 'rows' })
      yield resource
    }
    next = nextOf(bundle, asked.base)
  }
}

function bundleOf(status: number, body: JsonObject | undefined): JsonObject {
  if (status === 429 || status === 503) throw new DatabaseBusyError()
  if (status !== 200) throw wrong(`HTTP ${status}`)
  if (body?.['resourceType'] !== 'Bundle' || body['type'] !== 'searchset') throw wrong('Bundle')
  return body
}

/** A server may leave out a parameter that it does not know; its own link says which it used. */
function requireUnderstood(bundle: JsonObject, { parameters }: Search): void {
  const self = linkOf(bundle, 'self')
  const used = URL.canParse(self ?? '', 'http://server')
    ? new URL(self ?? '', 'http://server').searchParams
    : new URLSearchParams()
  const missing = parameters.find(([name]) => name !== '_count' && !used.has(name))
  if (missing) throw wrong(`parameter ${missing[0]}`)
}

/** The resource of an entry; undefined for what a server says about the search itself. */
function matchOf(entry: Json, type: string): JsonObject | undefined {
  const resource = isObject(entry) ? entry['resource'] : undefined
  if (!isObject(entry) || !isObject(resource)) throw wrong('entry')
  const mode = isObject(entry['search']) ? entry['search']['mode'] : 'match'
  if (mode === 'outcome' && resource['resourceType'] === 'OperationOutcome') return undefined
  if (mode !== 'match' || resource['resourceType'] !== type) throw wrong('entry')
  return resource
}

/** The next page, on the same origin and under the same base. */
function nextOf(bundle: JsonObject, base: string): string | undefined {
  const next = linkOf(bundle, 'next')
  if (next === undefined) return undefined
  const from = new URL(base)
  if (!URL.canParse(next, `${base}/`)) throw wrong('next')
  const to = new URL(next, `${base}/`)
  const isUnder = to.pathname === from.pathname || to.pathname.startsWith(`${from.pathname}/`)
  if (to.origin !== from.origin || !isUnder || to.username !== '') throw wrong('next')
  return to.href
}

function linkOf(bundle: JsonObject, relation: string): string | undefined {
  const link = listOf(bundle['link']).find((one) => isObject(one) && one['relation'] === relation)
  const url = isObject(link) ? link['url'] : undefined
  return typeof url === 'string' ? url : undefined
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : []
}

function wrong(field: string): ReadError {
  return new ReadError({ problem: 'statement', field })
}
