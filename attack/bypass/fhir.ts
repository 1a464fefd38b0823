import { parseCatalogue } from '@medrec/gatekeeper'
import { parsePath } from '../../packages/gatekeeper/src/adapter/fhir/path.ts'
import { parseSearch } from '../../packages/gatekeeper/src/adapter/fhir/search.ts'
import { parseSource } from '../../packages/gatekeeper/src/adapter/source.ts'
import { clinicCatalogue } from '../../packages/gatekeeper/src/clinic.test-support.ts'
import { startFhirServer } from '../../scenarios/fhirServer/fhirServer.ts'
import { type Clinic, canaries, type Place, strays } from './Clinic.ts'

const psychotherapy = {
  system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode',
  code: 'PSYTHPN',
}
const [labs, visits] = clinicCatalogue.resources as unknown as readonly [Labs, Labs]
type Labs = (typeof clinicCatalogue.resources)[number]
const day = { name: 'day', type: 'date', label: 'Day', required: true }
const reason = { name: 'reason', type: 'text', label: 'Reason', required: false }

/** The same clinic on a FHIR server: labs are Observations, visits are Encounters. */
const catalogue = parseCatalogue({
  ...{ institution: 'clinic', name: 'Clinic', version: 1, exclusions: [] },
  excludedLabels: [{ ...psychotherapy, reason: '45 CFR 164.524(a)(1)(i)' }],
  patients: {
    search: {
      ...{ byNationalId: 'Patient?identifier=:value', byId: 'Patient?_id=:value' },
      ...{ byName: 'Patient?name=:value', list: 'Patient?_count=50' },
    },
    paths: { id: 'id', given: 'name[0].given[0]', family: 'name[0].family' },
  },
  resources: [
    {
      ...{ name: 'labs', category: 5, schema: labs.schema, label: labs.label },
      query: 'Observation?patient=:owner&category=laboratory',
      ...{ ownerColumn: 'subject.reference', recordKey: ['id'] },
      fields: labs.fields.map((field) =>
        field.name === 'id' ? { ...field, type: 'text' } : field,
      ),
      paths: {
        ...{ id: 'id', date: 'effectiveDateTime', code: 'code.text', value: 'valueQuantity.value' },
        final: "extension.where(url='urn:final').valueBoolean",
      },
    },
    {
      ...{ name: 'visits', category: 9, schema: visits.schema, label: visits.label },
      query: 'Encounter?patient=:owner',
      ...{ ownerColumn: 'subject.reference', recordKey: ['id'] },
      fields: visits.fields.map((field) =>
        field.name === 'id' ? { ...field, type: 'text' } : field,
      ),
      paths: { id: 'id', date: 'period.start', reason: 'reasonCode.text' },
      insert: {
        id: 'uuid',
        parameters: [day, reason],
        body: encounter({ owner: ':owner', day: ':day', text: ':reason' }),
      },
      update: { parameters: [reason], body: { reasonCode: [{ text: ':reason' }] } },
    },
  ],
})

const places: readonly Place[] = [
  (payload, { query }) => ({ query: `${query}&${payload}` }),
  (payload, { query }) => ({ query: `${query}${payload}` }),
  (payload, { query }) => ({ query: query.replace(':owner', payload) }),
  (payload, { query }) => ({ query: query.replace('laboratory', payload) }),
  (payload, { paths }) => ({ paths: { ...paths, value: payload } }),
]

/** A clinic on a FHIR server of somebody else's making. */
export async function openFhirClinic(): Promise<Clinic> {
  const server = await startFhirServer()
  const { base } = server
  const source = parseSource(base)
  await put(base, rows())
  // Its first description of itself takes longer than a gatekeeper waits on a busy machine.
  await (await fetch(`${base}/metadata`)).arrayBuffer()
  let held: readonly string[] = []
  const changes = changesOf(base)
  return {
    engine: 'fhir',
    source: { source, writeSource: source },
    ...{ catalogue, places, knowsTables: false, milliseconds: 30_000 },
    patientOf: (_, number) => `of-${number}`,
    hold: async (payloads) => {
      const visit = (id: string, owner: string, text: string): Resource => ({
        ...{ id, ...encounter({ owner, day: '2024-01-01', text }) },
      })
      const made = payloads.flatMap((text, i) => [
        { resourceType: 'Patient', id: `of-${i}`, name: [{ text }] },
        visit(`held-${i}`, 'P1', text),
        visit(`his-${i}`, `of-${i}`, text),
      ])
      held = made.map(({ resourceType, id }) => `${resourceType}/${id}`)
      await put(base, made)
    },
    drop: async () => {
      const requests = held.toReversed().map((url) => ({ request: { method: 'DELETE', url } }))
      await transaction(base, requests)
    },
    canHold: isFhirString,
    state: async (but) => JSON.stringify([strays(), await changes(but)]),
    refuses: ({ query, ownerColumn, recordKey, fields, paths }) => {
      try {
        parseSearch(query, 'owner')
      } catch {
        return true // is not one that may be asked
      }
      const names = [ownerColumn, ...fields.map(({ name }) => name)]
      const named = [ownerColumn, ...fields.map(({ name }) => paths?.[name] ?? '')]
      return (
        recordKey.some((name) => !names.includes(name)) ||
        named.some((path) => parsePath(path) === undefined)
      )
    },
    close: server.close,
  }
}

type Resource = { readonly resourceType: string; readonly id: string }

function encounter({ owner, day: start, text }: { owner: string; day: string; text: string }) {
  return {
    ...{ resourceType: 'Encounter', status: 'finished', class: { code: 'AMB' } },
    ...{ subject: { reference: `Patient/${owner}` }, period: { start }, reasonCode: [{ text }] },
  }
}

/** The two patients' records, and what must not come out. */
function rows(): readonly Resource[] {
  const { otherPatient, almostPatient, column, excluded, table, field, resource } = canaries
  const patient = (id: string, given: string, number: string): Resource =>
    Object.assign(
      { resourceType: 'Patient', id },
      { name: [{ given: [given] }], identifier: [{ value: number }] },
    )
  const lab = (id: string, owner: string, more: object): Resource => ({
    ...{ resourceType: 'Observation', id, status: 'final', note: [{ text: column }] },
    ...{
      category: [{ coding: [{ code: 'laboratory' }] }],
      subject: { reference: `Patient/${owner}` },
    },
    ...more,
  })
  const result = (code: string, date: string, final: boolean): object => ({
    ...{ code: { text: code }, effectiveDateTime: date },
    extension: [{ url: 'urn:final', valueBoolean: final }],
  })
  const visit = (id: string, owner: string, text: string): Resource => ({
    ...{ id, ...encounter({ owner, day: '2024-03-01', text }) },
  })
  return [
    ...[patient('P1', 'Ada', '123'), patient('p1', 'Bo', '456'), patient('P1.', 'Cy', '789')],
    lab('9007199254740993', 'P1', {
      ...result(field, '2024-03-01', true),
      valueQuantity: { value: '#6.10' },
    }),
    lab('9007199254740995', 'P1', result(field, '2024-06-01', false)),
    lab('L7', 'p1', {
      ...result(otherPatient, '2024-04-01', true),
      valueQuantity: { value: '#0.9' },
    }),
    lab('L8', 'P1', {
      ...result(excluded, '2024-04-01', true),
      meta: { security: [psychotherapy] },
    }),
    ...[
      visit('V1', 'P1', resource),
      visit('V2', 'p1', otherPatient),
      visit('V3', 'P1.', almostPatient),
    ],
    { ...{ resourceType: 'Basic', id: 'B1' }, ...{ code: { text: table } } },
  ]
}

async function put(base: string, resources: readonly Resource[]): Promise<void> {
  const entries = resources.map((resource) => ({
    resource,
    request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` },
  }))
  await transaction(base, entries)
}

async function transaction(base: string, entry: readonly object[]): Promise<void> {
  const bundle = JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry })
  const response = await fetch(base, {
    method: 'POST',
    headers: { 'content-type': 'application/fhir+json' },
    // The scale of a decimal is lost on a JavaScript number.
    body: bundle.replaceAll(/"#([\d.]+)"/g, '$1'),
  })
  if (response.status !== 200) throw new Error(await response.text())
}

/** Everything that was changed on a server since it was filled, but for one visit; it grows. */
function changesOf(base: string): (but: string) => Promise<readonly string[]> {
  const found = new Set<string>()
  let since = new Date().toISOString()
  return async (but) => {
    const asked = new Date().toISOString()
    const response = await fetch(`${base}/_history?_count=500&_since=${since}`)
    const { entry = [] } = (await response.json()) as {
      entry?: readonly { readonly request: { readonly method: string; readonly url: string } }[]
    }
    since = asked
    for (const { request } of entry)
      if (!request.url.includes(`Encounter/${but}/`)) found.add(`${request.method} ${request.url}`)
    return [...found]
  }
}

/** Whether it can be a text of FHIR's (R4, datatypes, string): some letter, and no control characters but three. */
function isFhirString(text: string): boolean {
  const codes = [...text].map((letter) => letter.codePointAt(0) as number)
  const isPlain = codes.every((code) => code >= 32 || [9, 10, 13].includes(code))
  return text.isWellFormed() && isPlain && text.trim() !== ''
}
