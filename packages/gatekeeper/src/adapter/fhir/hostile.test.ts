import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CatalogueError, parseCatalogue } from '../../catalogue.ts'
import type { Adapter } from '../Adapter.ts'
import { patientLimits } from '../limits.test-support.ts'
import { openWriter } from '../openWriter.ts'
import { parseSource } from '../source.ts'
import { definition, openFor } from '../suite.test-support.ts'
import { fhirCatalogue } from './clinic.test-support.ts'

/** A server that lies: what it says to a search stands in the test. */
let server: Server
let base: string
let say: (response: ServerResponse, path: string) => void
const asked: { readonly path: string; readonly authorization: string | undefined }[] = []
beforeAll(async () => {
  server = createServer((request, response) => {
    const path = request.url ?? ''
    asked.push({ path, authorization: request.headers.authorization })
    if (path.endsWith('/metadata')) response.end(JSON.stringify(statement))
    else say(response, path)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/fhir`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const parameter = (name: string) => ({ name })
const statement = {
  ...{ resourceType: 'CapabilityStatement', fhirVersion: '4.0.1' },
  rest: [
    {
      resource: [
        { type: 'Observation', searchParam: ['patient', 'category'].map(parameter) },
        { type: 'Patient', searchParam: ['identifier', 'name'].map(parameter) },
      ],
    },
  ],
}
const labs = definition('labs', fhirCatalogue)
const lab = (owner = 'P1', more: object = {}) => ({
  ...{ resourceType: 'Observation', id: 'L1', subject: { reference: `Patient/${owner}` } },
  ...more,
})
const match = (resource: object, mode = 'match') => ({ resource, search: { mode } })
const bundle = (entry: readonly object[], link: readonly object[] = [], more: object = {}) => ({
  ...{ resourceType: 'Bundle', type: 'searchset', entry, ...more },
  link: [{ relation: 'self', url: `${base}/Observation?patient=P1&category=laboratory` }, ...link],
})
const json = (value: () => unknown) => (response: ServerResponse) =>
  response.end(JSON.stringify(value()))
const opened = (limits = patientLimits): Promise<Adapter> =>
  openFor(parseSource(base, { secret: 'the token' }), fhirCatalogue, limits)

test('what is well is read, with the token and nothing else of ours', async () => {
  say = json(() => bundle([match(lab()), match({ resourceType: 'OperationOutcome' }, 'outcome')]))
  const adapter = await opened()
  expect((await adapter.rows(labs, 'P1')).rows).toEqual([['L1', null, null, null]])
  expect(asked.at(-1)).toEqual({
    path: '/fhir/Observation?patient=P1&category=laboratory',
    authorization: 'Bearer the token',
  })
})

const statementProblems: readonly (readonly [string, () => unknown])[] = [
  ['a resource of another type', () => bundle([match({ ...lab(), resourceType: 'Patient' })])],
  ['an included resource', () => bundle([match(lab(), 'include')])],
  ['an entry without a resource', () => bundle([{ fullUrl: 'x' }])],
  ['no bundle', () => lab()],
  ['a bundle of another type', () => bundle([], [], { type: 'history' })],
  ['a list', () => [bundle([])]],
  ['a next page elsewhere', () => bundle([], [{ relation: 'next', url: 'http://evil.test/fhir' }])],
  [
    'a next page outside the base',
    () => bundle([], [{ relation: 'next', url: `${base.replace('/fhir', '/admin')}?x=1` }]),
  ],
  [
    'a next page of a base that only begins alike',
    () => bundle([], [{ relation: 'next', url: `${base}evil?x=1` }]),
  ],
  ['a next page for ever', () => bundle([], [{ relation: 'next', url: `${base}?x=1` }])],
  [
    'a search that left a parameter out',
    () => ({ ...bundle([match(lab())]), link: [{ relation: 'self', url: '?patient=P1' }] }),
  ],
  ['a search that does not say what it did', () => ({ ...bundle([match(lab())]), link: [] })],
]
test.each(statementProblems)('refuses %s', async (_, answer) => {
  say = json(answer)
  const adapter = await opened({ ...patientLimits, rows: 3 })
  await expect(adapter.rows(labs, 'P1')).rejects.toThrow(/does not run/)
})

const owners: readonly (readonly [string, () => object])[] = [
  ['another patient’s', () => lab('P2')],
  ['a patient’s in other letters', () => lab('p1')],
  ['a version of the patient', () => lab('P1/_history/2')],
  [
    'a patient of another server',
    () => lab('P1', { subject: { reference: 'http://x/Patient/P1' } }),
  ],
  ['a group’s', () => lab('P1', { subject: { reference: 'Group/P1' } })],
  ['nobody’s', () => lab('P1', { subject: undefined })],
  ['two people’s', () => lab('P1', { subject: [{ reference: 'Patient/P1' }, { reference: 'x' }] })],
]
test.each(owners)('refuses %s resource', async (_, resource) => {
  say = json(() => bundle([match(resource())]))
  const adapter = await opened()
  await expect(adapter.rows(labs, 'P1')).rejects.toThrow(/belongs to somebody else/)
})

test.each([
  ['with its system', { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode' }],
  ['without a system', {}],
])('a resource with an excluded label, %s, is not there', async (_, system) => {
  const security = [{ code: 'R' }, { ...system, code: 'PSYTHPN' }]
  say = json(() => bundle([match(lab('P1', { meta: { security } }))]))
  const adapter = await opened()
  expect((await adapter.rows(labs, 'P1')).rows).toEqual([])
})

test.each([
  ['a redirect', 302, /cannot be reached/],
  ['a refusal', 403, /HTTP 403/],
  ['an error with a patient’s name in it', 500, /HTTP 500/],
  ['a full server', 503, /took too long/],
])('%s tells its code and nothing else', async (_, status, told) => {
  say = (response) => response.writeHead(status, { location: '/fhir/elsewhere' }).end('Ada Berg')
  const adapter = await opened()
  const error = await adapter.rows(labs, 'P1').catch((found) => found)
  expect(error.message).toMatch(told)
  expect(JSON.stringify([error, error.stack, error.cause])).not.toMatch(/Ada|elsewhere/)
})

test('an answer without an end is cut off, and one that does not come is not waited for', async () => {
  const adapter = await opened({ rows: 10, bytes: 1_000, milliseconds: 300 })
  say = (response) => {
    const more = (): unknown => response.writable && response.write(' '.repeat(65_536), more)
    more()
  }
  await expect(adapter.rows(labs, 'P1')).rejects.toThrow(/larger than the limit|took too long/)
  say = () => undefined
  await expect(adapter.rows(labs, 'P1')).rejects.toThrow(/took too long/)
})

test('a server that is not there is told by its code; once closed nothing is asked', async () => {
  await expect(openFor(parseSource('http://127.0.0.1:1/fhir'), fhirCatalogue)).rejects.toThrow(
    /cannot be reached/,
  )
  const adapter = await opened()
  await adapter.close()
  await expect(adapter.rows(labs, 'P1')).rejects.toThrow(/cannot be reached/)
})

test.each([
  'Observation',
  'observation?patient=:owner',
  'Observation?category=laboratory',
  'Observation?patient=:owner&patient=:owner',
  'Observation?patient=P1',
  'Observation?patient=:owner&_include=Observation:subject',
  'Observation?patient=:owner&_revinclude=Provenance:target',
  'Observation?patient=:owner&_has:Observation:patient:code=1',
  'Observation?patient.name=:owner',
  'Observation?patient:Patient.name=:owner',
  'Observation?patient=:owner&code:in=http://x',
  'Observation?patient=:owner&_elements=id',
  'Observation?patient=:owner&code=a%26_include=b',
  'Observation/$lastn?patient=:owner',
  'Patient/:owner/$everything?patient=:owner',
  '../Patient?_id=:owner',
  'http://evil.test/Observation?patient=:owner',
  'Observation?patient=:owner#x',
])('a catalogue with the search %s does not start', async (query) => {
  const resources = fhirCatalogue.resources.map((resource) => ({ ...resource, query }))
  await expect(openFor(parseSource(base), { ...fhirCatalogue, resources })).rejects.toThrow(
    CatalogueError,
  )
})

test.each([
  ['no path for a field', { paths: { id: 'id' } }],
  ['a path that is none', { paths: { ...fhirCatalogue.resources[0]?.paths, id: 'id()' } }],
  ['an owner that is no path', { ownerColumn: '1=1' }],
])('a catalogue with %s does not start', async (_, change) => {
  const resources = fhirCatalogue.resources.map((resource) => ({ ...resource, ...change }))
  await expect(openFor(parseSource(base), { ...fhirCatalogue, resources })).rejects.toThrow(
    CatalogueError,
  )
})

test('a template without a body, or with other names than its parameters, does not start', async () => {
  const [resource] = fhirCatalogue.resources
  const source = parseSource(base)
  for (const update of [
    { sql: 'UPDATE x SET y = 1', parameters: [] },
    { body: { status: ':state' }, parameters: [] },
    { body: { status: 'x' }, parameters: resource?.update?.parameters ?? [] },
  ]) {
    const resources = parseCatalogue({
      ...fhirCatalogue,
      resources: [{ ...resource, update }],
    }).resources
    await expect(openWriter({ source, writeSource: source, resources })).rejects.toThrow(
      CatalogueError,
    )
  }
})
