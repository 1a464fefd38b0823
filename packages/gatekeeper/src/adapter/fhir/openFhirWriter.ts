import { DatabaseBusyError, DatabaseStoppedError } from '../Adapter.ts'
import type { Limits } from '../messages.ts'
import type { Source } from '../source.ts'
import {
  type Change,
  type NamedTemplate,
  type Outcome,
  WriteRefusedError,
  type Writer,
} from '../Writer.ts'
import { type FhirAnswer, FhirClient, type FhirRequest } from './FhirClient.ts'
import { isObject, type JsonObject, writeLossless } from './losslessJson.ts'
import { parsePath } from './path.ts'
import { isId, parseSearch } from './search.ts'
import { filled, merged, requireTemplate } from './template.ts'

type FhirSource = Extract<Source, { engine: 'fhir' }>

/** Of a write's request id, as an identifier that a resource keeps (RFC 4122 URN; FHIR R4, Identifier). */
const system = 'urn:ietf:rfc:3986'
/** A resource that comes back may hold a document. */
const largestResource = 16_777_216

/** Opens an account that writes to a FHIR R4 server. Throws CatalogueError when a template cannot be used. */
export async function openFhirWriter(
  source: FhirSource,
  options: { readonly templates: readonly NamedTemplate[]; readonly limits: Limits },
): Promise<Writer> {
  for (const { resource, template } of options.templates) requireTemplate(resource, template)
  const client = new FhirClient(source.authorization)
  const writer = new FhirWriter(source.base, client, options.limits)
  return { write: (change) => writer.write(change), close: async () => client.close() }
}

class FhirWriter {
  readonly #base: string
  readonly #client: FhirClient
  readonly #limits: Limits

  constructor(base: string, client: FhirClient, limits: Limits) {
    this.#base = base
    this.#client = client
    this.#limits = limits
  }

  write(change: Change): Promise<Outcome> {
    return change.kind === 'insert' ? this.#create(change) : this.#update(change)
  }

  /** Conditional create: the same request id again finds what it made (FHIR R4, section 3.1.0.8.1). */
  async #create(change: Change): Promise<Outcome> {
    const { type } = parseSearch(change.resource.query, 'owner')
    const body = filled(change)
    if (!isId(change.owner) || body['resourceType'] !== type) throw refused(change)
    const value = `urn:uuid:${change.key}`
    const given = Array.isArray(body['identifier']) ? body['identifier'] : []
    const answer = await this.#ask(change, {
      ...{ method: 'POST', address: `${this.#base}/${type}` },
      headers: { 'if-none-exist': `identifier=${encodeURIComponent(`${system}|${value}`)}` },
      body: writeLossless({ ...body, identifier: [...given, { system, value }] }),
    })
    const id = answer.body?.['id'] ?? idOf(answer.headers.get('location'), type)
    if (typeof id !== 'string') throw new DatabaseStoppedError(`HTTP ${answer.status}`)
    return { outcome: answer.status === 201 ? 'written' : 'exists', key: id }
  }

  /** Reads, changes and puts back; a change by somebody else between is refused by the server (FHIR R4, section 3.1.0.4.1). */
  async #update(change: Change): Promise<Outcome> {
    const { key, resource, owner } = change
    const none: Outcome = { outcome: 'none', key }
    const { type } = parseSearch(resource.query, 'owner')
    if (!isId(key) || !isId(owner)) return none
    const address = `${this.#base}/${type}/${key}`
    const found = await this.#ask(change, { method: 'GET', address })
    if (found.status === 404 || found.status === 410 || !found.body) return none
    if (!this.#isOf(found.body, change)) return none
    const version = isObject(found.body['meta']) ? found.body['meta']['versionId'] : undefined
    if (typeof version !== 'string') throw refused(change)
    const put = await this.#ask(change, {
      ...{ method: 'PUT', address, headers: { 'if-match': `W/"${version}"` } },
      body: writeLossless(merged(found.body, filled(change))),
    })
    if (put.status === 409 || put.status === 412) throw new DatabaseBusyError()
    return { outcome: 'written', key }
  }

  #isOf(body: JsonObject, { resource, owner, key }: Change): boolean {
    const [subject] = parsePath(resource.ownerColumn)?.(body) ?? []
    const names = [`Patient/${owner}`, `${this.#base}/Patient/${owner}`]
    return body['id'] === key && typeof subject === 'string' && names.includes(subject)
  }

  async #ask(change: Change, request: Omit<FhirRequest, 'bytes' | 'signal'>): Promise<FhirAnswer> {
    const signal = AbortSignal.timeout(this.#limits.milliseconds + 3_000)
    const answer = await this.#client.ask({ ...request, bytes: largestResource, signal })
    const { status } = answer
    if (status >= 500) throw new DatabaseStoppedError(`HTTP ${status}`)
    if (status === 429) throw new DatabaseBusyError()
    const isExpected = [404, 409, 410, 412].includes(status) && change.kind !== 'insert'
    if (status >= 400 && !isExpected) throw refused(change)
    return answer
  }
}

function idOf(location: string | null, type: string): string | undefined {
  const parts = (location ?? '').split('/')
  const id = parts[parts.lastIndexOf(type) + 1] ?? ''
  return parts.includes(type) && isId(id) ? id : undefined
}

function refused({ resource }: Change): WriteRefusedError {
  return new WriteRefusedError(resource.name)
}
