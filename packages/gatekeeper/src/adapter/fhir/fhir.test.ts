import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { sha256, toHex, utf8 } from '@medrec/protocol'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import {
  type FhirServer,
  hasFhirServer,
  startFhirServer,
} from '../../../../../scenarios/fhirServer/fhirServer.ts'
import { medrec } from '../../../../cli/src/participant/town.test-support.ts'
import { openRoles } from '../../../../cli/src/setup/roles.test-support.ts'
import { type Catalogue, CatalogueError, definitionOf, parseCatalogue } from '../../catalogue.ts'
import { resolveCatalogue } from '../../mappings/resolveCatalogue.ts'
import { publicSet } from '../../mappings/tables.test-support.ts'
import type { Adapter, RowsUnusableError } from '../Adapter.ts'
import { patientLimits } from '../limits.test-support.ts'
import { openAdapter } from '../openAdapter.ts'
import { openWriter } from '../openWriter.ts'
import { sampleDigest } from '../sample.test-support.ts'
import { parseSource } from '../source.ts'
import { definition, openFor } from '../suite.test-support.ts'
import type { Change, Writer } from '../Writer.ts'
import { fhirCatalogue, fhirSample, fillFhir } from './clinic.test-support.ts'

const lacks = !hasFhirServer && process.env['CI'] !== 'true'
const need = 'a FHIR server (needs it fetched: npm run fhir)'

let server: FhirServer
beforeAll(async () => {
  if (lacks) return
  server = await startFhirServer()
  await fillFhir(server.base)
})
afterAll(async () => {
  if (!lacks) await server.close()
})

const opened = (catalogue: Catalogue = fhirCatalogue, more = patientLimits): Promise<Adapter> =>
  openFor(parseSource(server.base), catalogue, more)
const labs = definition('labs', fhirCatalogue)
const withLabs = (change: object): Catalogue => ({
  ...fhirCatalogue,
  resources: fhirCatalogue.resources.map((resource) => ({ ...resource, ...change })),
})
const problemOf = async (reading: Promise<unknown>): Promise<string> =>
  reading.then(
    () => 'none',
    (error: RowsUnusableError) => error.problem,
  )

describe.skipIf(lacks)(`reading ${need}`, () => {
  test('gives typed text of the patient’s own resources, without the labelled ones', async () => {
    const adapter = await opened()
    const { rows } = await adapter.rows(labs, 'P1')
    expect(rows).toEqual([
      ['L1', '2024-03-01', '4548-4', '6.10'],
      ['L2', '2024-06-01', '4548-4', null],
    ])
  })
  test('gives the hash that the same rows have on every engine', async () => {
    const adapter = await opened(fhirSample)
    const { columns } = await adapter.columns(definition('sample', fhirSample), 'S1')
    expect(toHex(sha256(utf8(JSON.stringify(columns))))).toBe(sampleDigest)
  })
  test('follows every page, up to the limit of rows', async () => {
    const adapter = await opened()
    expect((await adapter.rows(labs, 'P3')).rows).toHaveLength(45)
    const few = await opened(fhirCatalogue, { ...patientLimits, rows: 44 })
    expect(await problemOf(few.rows(labs, 'P3'))).toBe('rows')
    const small = await opened(fhirCatalogue, { ...patientLimits, bytes: 100 })
    expect(await problemOf(small.rows(labs, 'P3'))).toBe('bytes')
  })
  test('finds what came in since it asked the same', async () => {
    const adapter = await opened()
    const own = async () => (await adapter.rows(labs, 'P2')).rows.map(([id]) => id)
    expect(await own()).toEqual(['L3'])
    const body = JSON.stringify({
      ...{ resourceType: 'Observation', id: 'N1', status: 'final', code: { text: 'x' } },
      ...{ subject: { reference: 'Patient/P2' }, category: [{ coding: [{ code: 'laboratory' }] }] },
    })
    const headers = { 'content-type': 'application/fhir+json' }
    await fetch(`${server.base}/Observation/N1`, { method: 'PUT', headers, body })
    expect(await own()).toEqual(['L3', 'N1'])
  })
  test('finds nothing for an owner that is no id', async () => {
    const adapter = await opened()
    for (const owner of [
      'P9',
      'P1,P2',
      'P1&_include=*',
      'P1|',
      '*',
      '',
      '../Patient/P1',
      'P1%2CP2',
    ])
      expect((await adapter.rows(labs, owner)).rows).toEqual([])
  })
  test('refuses what is not said to be the patient’s', async () => {
    const catalogue = withLabs({ ownerColumn: 'performer.reference' })
    const adapter = await opened(catalogue)
    expect(await problemOf(adapter.rows(definition('labs', catalogue), 'P1'))).toBe('owner')
  })
  test('refuses a field that has several values, and one without its form', async () => {
    for (const path of ['code.coding.code', 'status']) {
      const catalogue = withLabs({ paths: { ...fhirCatalogue.resources[0]?.paths, value: path } })
      const adapter = await opened(catalogue)
      expect(await problemOf(adapter.rows(definition('labs', catalogue), 'P1'))).toBe('form')
    }
  })
  test('finds people by name, id and national id', async () => {
    const adapter = await opened()
    const found = {
      ...{ id: 'P1', given: 'Ada', family: 'Berg', birth_date: '1980-01-02' },
      ...{ gender: 'female', national_id: '123' },
    }
    expect(await adapter.people('byName', 'Berg')).toEqual([found])
    expect(await adapter.people('byId', 'P1')).toEqual([found])
    expect(await adapter.people('byNationalId', '123')).toEqual([found])
    expect(await adapter.people('byName', 'Berg,Dahl')).toEqual([])
    expect(await adapter.people('list')).toHaveLength(4)
  })
})

describe.skipIf(lacks)(`the start on ${need}`, () => {
  test('is refused while an excluded type can be read', async () => {
    const exclusions = [{ table: 'Communication', reason: 'x' }]
    await expect(opened({ ...fhirCatalogue, exclusions })).rejects.toThrow(
      /excluded table can be read[\s\S]*Communication/,
    )
    const hidden = [{ table: 'NoSuchType', reason: 'x' }]
    await opened({ ...fhirCatalogue, exclusions: hidden })
    const read = [{ table: 'Observation', reason: 'x' }]
    await expect(opened({ ...fhirCatalogue, exclusions: read })).rejects.toThrow(
      /reads an excluded table/,
    )
  })
  test('is refused when the server does not search so', async () => {
    const query = 'Observation?patient=:owner&vaccine-code=1'
    await expect(opened(withLabs({ query }))).rejects.toThrow(/vaccine-code/)
  })
  test('is refused on what is no FHIR server', async () => {
    await expect(openFor(parseSource(`${server.base}/Patient`), fhirCatalogue)).rejects.toThrow(
      CatalogueError,
    )
  })
})

describe.skipIf(lacks)(`writing to ${need}`, () => {
  const { resources } = fhirCatalogue
  const [resource] = resources as readonly [Catalogue['resources'][number]]
  const change = (
    kind: Change['kind'],
    values: Change['values'],
    key: string,
    owner = 'P2',
  ): Change => ({
    kind,
    resource,
    template: resource[kind] as Change['template'],
    values,
    owner,
    key,
  })
  const writer = async (): Promise<Writer> => {
    const source = parseSource(server.base)
    const found = (await openWriter({
      source,
      writeSource: source,
      resources,
      limits: patientLimits,
    })) as Writer
    onTestFinished(() => found.close())
    return found
  }
  const request = 'b2b35a0e-7d6d-4c3c-8a48-7b4c9d1e2f30'
  test('creates a record once, corrects and retracts it, and only for its patient', async () => {
    const { write } = await writer()
    const values = { date: '2024-05-06', code: '2160-0', value: '0.90' }
    const { outcome, key } = await write(change('insert', values, request))
    expect(outcome).toBe('written')
    expect(await write(change('insert', values, request))).toEqual({ outcome: 'exists', key })
    const adapter = await opened()
    const own = async () => (await adapter.rows(labs, 'P2')).rows.filter(([id]) => id === key)
    expect(await own()).toEqual([[key, '2024-05-06', '2160-0', '0.90']])
    expect((await write(change('update', { value: '1.00' }, key))).outcome).toBe('written')
    expect(await own()).toEqual([[key, '2024-05-06', '2160-0', '1.00']])
    expect((await write(change('update', { value: '2' }, key, 'P1'))).outcome).toBe('none')
    expect((await write(change('update', { value: '2' }, 'no-such'))).outcome).toBe('none')
    expect((await write(change('retract', {}, key))).outcome).toBe('written')
    const { status } = (await (await fetch(`${server.base}/Observation/${key}`)).json()) as {
      status: string
    }
    expect(status).toBe('entered-in-error')
  })
  test('refuses what the server refuses', async () => {
    const { write } = await writer()
    const values = { date: 'soon', code: 'x', value: null }
    await expect(write(change('insert', values, 'another'))).rejects.toThrow(/refused the write/)
  })
})

const smart = publicSet('fhir-r4-synthea-smart')
const mapped = parseCatalogue(
  resolveCatalogue({ institution: 'x', name: 'X', mapping: 'fhir-r4' }, 'fhir'),
)
describe.skipIf(lacks)(`writing by the mapping fhir-r4 to ${need}`, () => {
  test('writes a result that reads back, and takes it back', async () => {
    const source = parseSource(server.base)
    const { resources } = mapped
    const writer = (await openWriter({
      source,
      writeSource: source,
      resources,
      limits: patientLimits,
    })) as Writer
    onTestFinished(() => writer.close())
    const resource = resources.find(
      ({ name }) => name === 'results',
    ) as Catalogue['resources'][number]
    const values = {
      date: '2024-05-06T07:08:09Z',
      name: 'Glucose',
      code: null,
      value: '5.10',
      unit: null,
    }
    const written = await writer.write({
      ...{
        kind: 'insert',
        resource,
        values,
        owner: 'S1',
        key: 'c5f0c1a2-0000-4000-8000-000000000001',
      },
      template: resource.insert as Change['template'],
    })
    const adapter = await opened(mapped)
    const { rows } = await adapter.rows(definition('results', mapped), 'S1')
    expect(rows).toEqual([
      [written.key, '2024-05-06T07:08:09Z', null, 'Glucose', '5.10', null, null, 'final'],
    ])
  })
})

describe.skipIf(lacks)(`reading by the mapping fhir-r4 from ${need}`, () => {
  test.skipIf(!smart.isThere && process.env['CI'] !== 'true')(
    'reads all of a person of the SMART set (MEDREC_TEST_DATA: fhir-r4-synthea-smart)',
    async () => {
      const [file] = readdirSync(smart.path)
        .filter((name) => /^patient-.*\.gz$|\.json\.gz$/.test(name) && !/Information/.test(name))
        .map((name) => join(smart.path, name))
        .toSorted((a, b) => statSync(a).size - statSync(b).size)
      const text = gunzipSync(readFileSync(file as string)).toString('utf8')
      const { entry } = JSON.parse(text) as {
        entry: {
          resource: { resourceType: string; category?: { coding?: { code: string }[] }[] }
        }[]
      }
      const answer = await fetch(server.base, {
        method: 'POST',
        headers: { 'content-type': 'application/fhir+json' },
        body: text,
      })
      const made = (await answer.json()) as { entry: { response: { location: string } }[] }
      const owner = made.entry
        .map(({ response }) => /Patient\/([^/]+)/.exec(response.location)?.[1])
        .find((id) => id !== undefined) as string
      const of = (type: string, category?: string) =>
        entry.filter(
          ({ resource }) =>
            resource.resourceType === type &&
            (category === undefined || resource.category?.[0]?.coding?.[0]?.code === category),
        ).length
      const adapter = await opened(mapped)
      const found: Record<string, number> = {}
      for (const { name } of mapped.resources)
        found[name] = (await adapter.rows(definition(name, mapped), owner)).rows.length
      expect(found).toEqual({
        ...{ demographics: 1, conditions: of('Condition'), allergies: of('AllergyIntolerance') },
        ...{ medications: of('MedicationRequest'), results: of('Observation', 'laboratory') },
        ...{ vitals: of('Observation', 'vital-signs'), immunizations: of('Immunization') },
        ...{ procedures: of('Procedure'), encounters: of('Encounter') },
      })
      expect(found['encounters']).toBeGreaterThan(0)
    },
  )
})

// A server takes longest over its first search of a kind, and a trial has the usual two seconds for each.
describe.skipIf(lacks)(`the setup on ${need}`, () => {
  beforeAll(async () => {
    const adapter = await openAdapter({
      ...{ source: parseSource(server.base), catalogue: mapped, limits: patientLimits },
      definitions: mapped.resources.map((resource) => definitionOf(mapped, resource)),
    })
    for (const { name } of mapped.resources) await adapter.rows(definition(name, mapped), 'P1')
    await adapter.close()
  })

  test('needs the address alone: it finds the mapping, tries it and writes the files', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'medrec-setup-'))
    const nodes = await openRoles()
    onTestFinished(() => {
      nodes.close()
      rmSync(folder, { recursive: true })
    })
    const ran = await medrec(
      ...['--json', 'provider', 'setup', '--dir', folder, '--name', 'Mercy', '--yes'],
      ...['--database', server.base, '--sample', 'P1', '--registrar', nodes.url],
    )
    expect(ran).toMatchObject({ code: 0, json: { ok: true, patients: 1 } })
    const resources = ran.json['resources'] as readonly { rows: number }[]
    expect(resources).toHaveLength(9)
    expect(resources.filter(({ rows }) => rows > 0)).toMatchObject([
      { name: 'demographics', rows: 1 },
      { name: 'results', rows: 2 },
      { name: 'vitals', rows: 1 },
    ])
    expect(readFileSync(join(folder, 'node.toml'), 'utf8')).toContain(`records = "${server.base}"`)
    for (const text of [ran.out, ran.err]) expect(text).not.toMatch(/Berg|6\.10/)
  })
})
