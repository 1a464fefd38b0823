import { fromBase64Url } from '@medrec/protocol'
import { type Catalogue, parseCatalogue } from '../../catalogue.ts'
import { type SampleRow, sampleCatalogue, sampleRows } from '../sample.test-support.ts'

const labs = {
  ...{ name: 'labs', category: 5, schema: 'test/labs', label: 'Test results' },
  query: 'Observation?patient=:owner&category=laboratory',
  ownerColumn: 'subject.reference',
  recordKey: ['id'],
  fields: [
    { bit: 0, name: 'id', type: 'text', label: 'Number' },
    { bit: 1, name: 'date', type: 'date', label: 'Date' },
    { bit: 2, name: 'code', type: 'text', label: 'Code' },
    { bit: 3, name: 'value', type: 'decimal', label: 'Value' },
  ],
  paths: {
    id: 'id',
    date: 'effectiveDateTime',
    code: "code.coding.where(system='http://loinc.org').code.first()",
    value: 'valueQuantity.value',
  },
  insert: {
    id: 'uuid',
    parameters: [
      { name: 'date', type: 'date', label: 'Date', required: true },
      { name: 'code', type: 'text', label: 'Code', required: true },
      { name: 'value', type: 'decimal', label: 'Value', required: false },
    ],
    body: {
      resourceType: 'Observation',
      status: 'final',
      category: [{ coding: [coding('laboratory')] }],
      subject: { reference: 'Patient/:owner' },
      effectiveDateTime: ':date',
      code: { coding: [{ system: 'http://loinc.org', code: ':code' }] },
      valueQuantity: { value: ':value' },
    },
  },
  update: {
    parameters: [{ name: 'value', type: 'decimal', label: 'Value', required: true }],
    body: { status: 'amended', valueQuantity: { value: ':value' } },
  },
  retract: { parameters: [], body: { status: 'entered-in-error' } },
} as const

const people = {
  search: {
    byNationalId: 'Patient?identifier=:value',
    byId: 'Patient?_id=:value',
    byName: 'Patient?name=:value',
    list: 'Patient?_count=50',
  },
  paths: {
    id: 'id',
    given: 'name[0].given[0]',
    family: 'name[0].family',
    birth_date: 'birthDate',
    gender: 'gender',
    national_id: "identifier.where(system='urn:national').value",
  },
}

/** A clinic that keeps its records on a FHIR server. */
export const fhirCatalogue: Catalogue = parseCatalogue({
  ...{ institution: 'clinic', name: 'Clinic', version: 1, patients: people, resources: [labs] },
  exclusions: [],
  excludedLabels: [
    { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'PSYTHPN', reason: 'x' },
  ],
})

/** The sample rows as Observations. */
export const fhirSample: Catalogue = {
  ...fhirCatalogue,
  resources: sampleCatalogue('Observation?patient=:owner', {
    ownerColumn: 'subject.reference',
    paths: {
      id: "identifier.where(system='urn:sample').value",
      day: 'effectiveDateTime',
      moment: 'issued',
      amount: 'valueQuantity.value',
      ratio: 'component.valueQuantity.value',
      flag: "extension.where(url='urn:flag').valueBoolean",
      note: 'note.text',
      scan: "extension.where(url='urn:scan').valueBase64Binary",
      doc: "extension.where(url='urn:doc').valueString",
    },
  }).resources,
}

function coding(code: string): object {
  return { system: 'http://terminology.hl7.org/CodeSystem/observation-category', code }
}

/** Adds the clinic's patients and records to an empty FHIR server, in one transaction. */
export async function fillFhir(base: string): Promise<void> {
  const patient = (id: string, given: string, family: string, number: string): object => ({
    ...{ resourceType: 'Patient', id, name: [{ family, given: [given] }] },
    ...{ birthDate: '1980-01-02', gender: 'female' },
    identifier: [{ system: 'urn:national', value: number }],
  })
  const lab = (id: string, owner: string, more: object = {}): object => ({
    ...{ resourceType: 'Observation', id, status: 'final', effectiveDateTime: '2024-03-01' },
    category: [{ coding: [coding('laboratory')] }],
    code: {
      coding: [
        { system: 'urn:local', code: 'x' },
        { system: 'http://loinc.org', code: '4548-4' },
      ],
    },
    subject: { reference: `Patient/${owner}` },
    ...more,
  })
  const psychotherapy = { system: fhirCatalogue.excludedLabels?.[0]?.system, code: 'PSYTHPN' }
  const texts = [
    patient('P1', 'Ada', 'Berg', '123'),
    patient('P2', 'Bo', 'Dahl', '456'),
    patient('P3', 'Cy', 'Ek', '789'),
    patient('S1', 'Sam', 'Pel', '1000'),
    lab('L2', 'P1', { effectiveDateTime: '2024-06-01' }),
    lab('L3', 'P2'),
    lab('L4', 'P1', { meta: { security: [psychotherapy] } }),
    lab('L5', 'P1', { category: [{ coding: [coding('vital-signs')] }] }),
    ...Array.from({ length: 45 }, (_, i) => lab(`M${i}`, 'P3')),
  ].map((resource) => JSON.stringify(resource))
  // The scale of a decimal is lost on a JavaScript number.
  const exact = JSON.stringify(lab('L1', 'P1', { valueQuantity: { value: 0 } }))
  texts.push(exact.replace('"value":0', '"value":6.10'), ...sampleRows.map(sampleText))
  const entries = texts.map((text) => {
    const { resourceType, id } = JSON.parse(text)
    const request = JSON.stringify({ method: 'PUT', url: `${resourceType}/${id}` })
    return `{"resource":${text},"request":${request}}`
  })
  const response = await fetch(base, {
    method: 'POST',
    headers: { 'content-type': 'application/fhir+json' },
    body: `{"resourceType":"Bundle","type":"transaction","entry":[${entries.join(',')}]}`,
  })
  if (response.status !== 200) throw new Error(await response.text())
}

function sampleText(row: SampleRow, index: number): string {
  const extension = [
    row.flag !== null && { url: 'urn:flag', valueBoolean: row.flag === 'true' },
    row.scan !== null && {
      url: 'urn:scan',
      valueBase64Binary: Buffer.from(fromBase64Url(row.scan)).toString('base64'),
    },
    row.doc !== null && { url: 'urn:doc', valueString: row.doc },
  ].filter(Boolean)
  return JSON.stringify({
    ...{ resourceType: 'Observation', id: `sample-${index}`, status: 'final', code: { text: 'x' } },
    subject: { reference: 'Patient/S1' },
    identifier: [{ system: 'urn:sample', value: row.id }],
    ...(extension.length > 0 && { extension }),
    ...(row.day !== null && { effectiveDateTime: row.day }),
    // The same moment, seen from another zone.
    ...(row.moment !== null && { issued: elsewhere(row.moment) }),
    ...(row.amount !== null && { valueQuantity: { value: `#${row.amount}` } }),
    ...(row.ratio !== null && {
      component: [{ code: { text: 'ratio' }, valueQuantity: { value: `#${row.ratio}` } }],
    }),
    ...(row.note !== null && { note: [{ text: row.note }] }),
  }).replaceAll(/"#([-\d.]+)"/g, '$1')
}

function elsewhere(moment: string): string {
  const there = new Date(Date.parse(moment) + 2 * 3_600_000).toISOString()
  return there.replace('Z', '+02:00')
}
