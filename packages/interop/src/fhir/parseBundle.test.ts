import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseBundle } from '../index.ts'
import { decimal, instant } from './values.ts'

const patient = {
  resourceType: 'Patient',
  id: 'p1',
  birthDate: '1980-02-03',
  gender: 'female',
  name: [{ family: 'Doe', given: ['Jane'] }],
  identifier: [{ system: 'http://hl7.org/fhir/sid/us-ssn', value: '999-00-0001' }],
}

const loinc = (code: string, display: string) => ({
  coding: [{ system: 'http://loinc.org', code, display }],
})

function bundle(...resources: readonly object[]): object {
  return { resourceType: 'Bundle', entry: resources.map((resource) => ({ resource })) }
}

const glucose = {
  resourceType: 'Observation',
  id: 'o1',
  status: 'final',
  code: loinc('2345-7', 'Glucose'),
  subject: { reference: 'Patient/p1' },
  effectiveDateTime: '2024-03-01T10:00:00+02:00',
  valueQuantity: { value: 1.5e-7, unit: 'mg/dL' },
}

test('reads who somebody is and what was measured, in UTC and without exponents', () => {
  const { persons, problems, mapped } = parseBundle(bundle(patient, glucose))
  expect(problems).toEqual([])
  expect(mapped).toEqual({ Patient: 1, Observation: 1 })
  expect(persons[0]).toMatchObject({
    id: 'p1',
    identification: {
      type: 'national-id',
      country: 'US',
      value: '999-00-0001',
      birthDate: '1980-02-03',
    },
    demographics: { given: 'Jane', family: 'Doe', gender: 'female' },
    observations: [
      {
        id: 'o1',
        date: '2024-03-01T08:00:00Z',
        value: { kind: 'quantity', value: '0.00000015', unit: 'mg/dL' },
      },
    ],
  })
})

test('follows urn:uuid, relative, conditional and contained references', () => {
  const organisation = {
    resourceType: 'Organization',
    id: 'org',
    name: 'Clinic',
    identifier: [{ system: 'urn:x', value: '7' }],
  }
  const encounter = {
    resourceType: 'Encounter',
    id: 'e1',
    status: 'finished',
    subject: { reference: 'urn:uuid:p1' },
    period: { start: '2024-01-01' },
    type: [loinc('1', 'Visit')],
    serviceProvider: { reference: 'Organization?identifier=urn:x|7' },
  }
  const medication = {
    resourceType: 'MedicationRequest',
    id: 'm1',
    status: 'active',
    subject: { reference: 'Patient/p1/_history/2' },
    encounter: { reference: 'Encounter/e1' },
    contained: [{ resourceType: 'Medication', id: 'drug', code: loinc('2', 'Iron') }],
    medicationReference: { reference: '#drug' },
  }
  const { persons, problems } = parseBundle(bundle(patient, organisation, encounter, medication))
  expect(problems).toEqual([])
  expect(persons[0]?.organisations).toEqual([{ id: 'org', name: 'Clinic' }])
  expect(persons[0]?.encounters[0]).toMatchObject({ id: 'e1', organisationId: 'org' })
  expect(persons[0]?.medications[0]).toMatchObject({
    code: { display: 'Iron' },
    encounterId: 'e1',
    start: '2024-01-01T00:00:00Z',
  })
})

test('keeps an unresolved conditional organisation by its value and words', () => {
  const encounter = {
    resourceType: 'Encounter',
    id: 'e1',
    subject: { reference: 'Patient/p1' },
    period: { start: '2024-01-01' },
    serviceProvider: { reference: 'Organization?identifier=urn:x|77', display: 'Far clinic' },
  }
  const [person] = parseBundle(bundle(patient, encounter)).persons
  expect(person?.organisations).toEqual([{ id: '77', name: 'Far clinic' }])
})

test('takes both pressures of a blood pressure as entries of their own', () => {
  const pressure = {
    ...glucose,
    id: 'bp',
    code: loinc('85354-9', 'Blood pressure'),
    valueQuantity: undefined,
    component: [
      { code: loinc('8480-6', 'Systolic'), valueQuantity: { value: 120, code: 'mm[Hg]' } },
      { code: loinc('8462-4', 'Diastolic'), valueQuantity: { value: 80, code: 'mm[Hg]' } },
    ],
  }
  const [person] = parseBundle(bundle(patient, pressure)).persons
  expect(person?.observations.map(({ id, panel }) => [id, panel])).toEqual([
    ['bp.8480-6', 'Blood pressure'],
    ['bp.8462-4', 'Blood pressure'],
  ])
})

test('never files an entry under somebody whom its reference does not name alone', () => {
  const twin = { ...patient, name: [{ family: 'Roe' }] }
  const { persons, problems } = parseBundle(bundle(patient, twin, glucose))
  expect(persons.map((person) => person.observations)).toEqual([[], []])
  expect(problems).toEqual(['Observation: its patient is not in the file'])
  const elsewhere = { ...glucose, subject: { reference: 'https://other.example/Patient/p1' } }
  const strange = parseBundle(bundle(patient, elsewhere))
  expect(strange.persons[0]?.observations).toEqual([])
  expect(strange.problems).toHaveLength(1)
})

test('counts types without a place and passes over entries that say nothing', () => {
  const { unmapped, problems } = parseBundle(
    bundle(
      patient,
      { resourceType: 'Claim', id: 'c' },
      { resourceType: 'Claim', id: 'd' },
      { ...glucose, code: {} },
      { ...glucose, id: 'undated', effectiveDateTime: '2024-13-45' },
    ),
  )
  expect(unmapped).toEqual({ Claim: 2 })
  expect(problems).toEqual(['Observation: without code, time or text (2 times)'])
})

test.each([
  ['null', null],
  ['a number', 7],
  ['an array', [patient]],
  ['an object of no type', {}],
  ['a bundle without entries', { resourceType: 'Bundle' }],
  ['entries that are no objects', { resourceType: 'Bundle', entry: [null, 1, 'x', []] }],
  ['a type that is no text', { resourceType: { a: 1 } }],
  ['another type', { resourceType: 'Questionnaire' }],
  ['a patient without birth date', { ...patient, birthDate: undefined }],
  ['a patient born on no day', { ...patient, birthDate: '1980-02-31' }],
])('reports %s and gives nobody', (_, json) => {
  const { persons, problems } = parseBundle(json)
  expect(persons).toEqual([])
  expect(problems.length).toBeGreaterThan(0)
})

test('survives entries that refer to each other in a ring', () => {
  const ring = (id: string, to: string) => ({
    resourceType: 'Procedure',
    id,
    code: loinc(id, id),
    subject: { reference: 'Patient/p1' },
    performedDateTime: '2024-01-01',
    reasonReference: [{ reference: `Procedure/${to}` }],
    encounter: { reference: `Procedure/${id}` },
  })
  const [person] = parseBundle(bundle(patient, ring('a', 'b'), ring('b', 'a'))).persons
  expect(person?.procedures.map(({ reason }) => reason?.code)).toEqual(['b', 'a'])
})

test('makes NUL, unpaired surrogates and endless words harmless', () => {
  const nasty = {
    ...patient,
    name: [{ family: `A${String.fromCharCode(0)}B\ud800`, given: ['x'.repeat(1_000_000)] }],
  }
  const who = parseBundle(nasty).persons[0]?.demographics
  expect(who?.family).toBe('A\ufffdB\ufffd')
  expect(who?.given).toHaveLength(4000)
})

test('survives nesting that would overflow a recursive reader', () => {
  const depth = 200_000
  const deep: unknown = JSON.parse(
    `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Basic","x":${'['.repeat(depth)}${']'.repeat(depth)}}}]}`,
  )
  expect(parseBundle(deep).unmapped).toEqual({ Basic: 1 })
})

test('never throws, whatever stands where', () => {
  const names = ['entry', 'resource', 'resourceType', 'code', 'coding', 'subject', 'reference']
  const more = ['period', 'start', 'valueQuantity', 'value', 'content', 'attachment', 'data']
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom('Bundle', 'Patient', 'Observation', 'DocumentReference', 'Encounter'),
      fc.constantFrom('Patient/p1', '2024-01-01', '', null, true, 1e300, -0),
      fc.string(),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.constantFrom(...names, ...more), tie('value'), { maxKeys: 6 }),
    ),
  }))
  fc.assert(
    fc.property(
      fc.array(value),
      fc.constantFrom('Observation', 'Condition', 'DocumentReference'),
      (values, type) => {
        const resources = values.map((one) => ({
          ...(typeof one === 'object' ? one : { code: one }),
          resourceType: type,
          subject: { reference: 'Patient/p1' },
        }))
        parseBundle(values)
        expect(parseBundle(bundle(patient, ...resources)).persons).toHaveLength(1)
      },
    ),
  )
})

test.each([
  ['2024', '2024-01-01T00:00:00Z'],
  ['2024-02', '2024-02-01T00:00:00Z'],
  ['2024-02-29', '2024-02-29T00:00:00Z'],
  ['2023-02-29', undefined],
  ['2024-01-01T00:30:00+05:30', '2023-12-31T19:00:00Z'],
  ['2024-01-01T00:30:00.123Z', '2024-01-01T00:30:00Z'],
  ['+012024-01-01', undefined],
  ['yesterday', undefined],
  [20240101, undefined],
])('instant(%j) is %j', (value, expected) => {
  expect(instant(value)).toBe(expected)
})

test('a decimal is plain digits and the same number', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
      const text = decimal(number) as string
      expect(text).toMatch(/^-?(0|[1-9]\d*)(\.\d+)?$/)
      expect(Number(text)).toBe(Object.is(number, -0) ? 0 : number)
    }),
  )
})
