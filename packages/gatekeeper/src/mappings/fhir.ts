import type { Catalogue, WriteTemplate } from '../catalogue.ts'
import { fields, type Mapping } from './Mapping.ts'

type Resource = Catalogue['resources'][number]
type Shown = readonly [name: string, path: string, label: string]

/** FHIR R4 servers (hl7.org/fhir/R4), with the shapes that US Core and Synthea use. */
export const fhir: Mapping = {
  version: 1,
  engines: ['fhir'],
  content: () => ({
    patients: people,
    resources: [
      resource('demographics', 1, 'Personal details', 'Patient?_id=:owner', 'id', demographics),
      {
        ...ofPatient('conditions', 2, 'Conditions', 'Condition', conditions),
        ...{ insert: newCondition, retract: wrongEntry('condition-ver-status') },
      },
      {
        ...ofPatient('allergies', 3, 'Allergies', 'AllergyIntolerance', allergies, 'patient'),
        retract: wrongEntry('allergyintolerance-verification'),
      },
      {
        ...ofPatient('medications', 4, 'Medications', 'MedicationRequest', medications),
        retract: wrong,
      },
      {
        ...ofPatient(
          'results',
          5,
          'Test results',
          'Observation',
          observations,
          'subject',
          'laboratory',
        ),
        ...{ insert: newResult('laboratory'), update: otherValue, retract: wrong },
      },
      {
        ...ofPatient(
          'vitals',
          6,
          'Vital signs',
          'Observation',
          observations,
          'subject',
          'vital-signs',
        ),
        ...{ insert: newResult('vital-signs'), update: otherValue, retract: wrong },
      },
      {
        ...ofPatient('immunizations', 7, 'Immunizations', 'Immunization', immunizations, 'patient'),
        retract: wrong,
      },
      { ...ofPatient('procedures', 8, 'Procedures', 'Procedure', procedures), retract: wrong },
      ofPatient('encounters', 9, 'Visits', 'Encounter', encounters),
    ],
    exclusions: [],
    excludedLabels: [
      {
        system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode',
        code: 'PSYTHPN',
        reason: 'Psychotherapy notes (45 CFR 164.524(a)(1)(i))',
      },
    ],
  }),
}

const people: Catalogue['patients'] = {
  search: {
    byNationalId: 'Patient?identifier=:value',
    byId: 'Patient?_id=:value',
    byName: 'Patient?name=:value&_count=50',
    list: 'Patient?_count=200',
  },
  paths: {
    id: 'id',
    given: 'name[0].given[0]',
    family: 'name[0].family',
    birth_date: 'birthDate',
    gender: 'gender',
    national_id:
      "identifier.where(system='http://hl7.org/fhir/sid/us-ssn').value | identifier[0].value",
  },
}

const id: Shown = ['id', 'id', 'Record number']
const name = (what: string): Shown => [
  'name',
  'code.text | code.coding[0].display | code.coding[0].code',
  what,
]
const code = (path = 'code'): Shown => ['code', `${path}.coding[0].code`, 'Code']

const demographics: readonly Shown[] = [
  id,
  ['given', 'name[0].given[0]', 'First name'],
  ['family', 'name[0].family', 'Last name'],
  ['birth_date', 'birthDate', 'Date of birth'],
  ['gender', 'gender', 'Sex'],
  ['death', 'deceasedDateTime', 'Died'],
  ['street', 'address[0].line[0]', 'Street'],
  ['city', 'address[0].city', 'City'],
  ['postal_code', 'address[0].postalCode', 'Postal code'],
  ['country', 'address[0].country', 'Country'],
]
const conditions: readonly Shown[] = [
  id,
  ['date', 'onsetDateTime | onsetPeriod.start | recordedDate', 'Since'],
  ['until', 'abatementDateTime | abatementPeriod.end', 'Until'],
  code(),
  name('Condition'),
  ['status', 'clinicalStatus.coding[0].code', 'Status'],
  ['certainty', 'verificationStatus.coding[0].code', 'Certainty'],
]
const allergies: readonly Shown[] = [
  id,
  ['date', 'onsetDateTime | recordedDate', 'Since'],
  code(),
  name('Allergy'),
  [
    'reaction',
    'reaction[0].manifestation[0].text | reaction[0].manifestation[0].coding[0].display',
    'Reaction',
  ],
  ['criticality', 'criticality', 'Criticality'],
  ['status', 'clinicalStatus.coding[0].code', 'Status'],
  ['certainty', 'verificationStatus.coding[0].code', 'Certainty'],
]
const medications: readonly Shown[] = [
  id,
  ['date', 'authoredOn', 'Prescribed'],
  code('medicationCodeableConcept'),
  [
    'name',
    'medicationCodeableConcept.text | medicationCodeableConcept.coding[0].display | medicationReference.display',
    'Medication',
  ],
  ['dose', 'dosageInstruction[0].text', 'Dosage'],
  ['status', 'status', 'Status'],
]
const observations: readonly Shown[] = [
  id,
  ['date', 'effectiveDateTime | effectivePeriod.start | issued', 'Time'],
  code(),
  name('Test'),
  [
    'value',
    'valueQuantity.value | valueCodeableConcept.text | valueCodeableConcept.coding[0].display | valueString | valueInteger | valueBoolean',
    'Value',
  ],
  ['unit', 'valueQuantity.unit | valueQuantity.code', 'Unit'],
  ['parts', 'component', 'Parts'],
  ['status', 'status', 'Status'],
]
const immunizations: readonly Shown[] = [
  id,
  ['date', 'occurrenceDateTime | occurrenceString', 'Date'],
  code('vaccineCode'),
  ['name', 'vaccineCode.text | vaccineCode.coding[0].display', 'Vaccine'],
  ['status', 'status', 'Status'],
]
const procedures: readonly Shown[] = [
  id,
  ['date', 'performedDateTime | performedPeriod.start', 'Start'],
  ['until', 'performedPeriod.end', 'End'],
  code(),
  name('Procedure'),
  ['status', 'status', 'Status'],
]
const encounters: readonly Shown[] = [
  id,
  ['date', 'period.start', 'Start'],
  ['until', 'period.end', 'End'],
  ['class', 'class.code', 'Kind'],
  code('type[0]'),
  ['name', 'type[0].text | type[0].coding[0].display', 'Visit'],
  ['status', 'status', 'Status'],
]

/** FHIR's dates may stop at a month or a year, so they are texts; parts of an observation stay JSON. */
function resource(
  name: string,
  category: number,
  label: string,
  query: string,
  ownerColumn: string,
  shown: readonly Shown[],
): Resource {
  const type = query.slice(0, query.indexOf('?'))
  return {
    ...{ name, category, schema: `fhir-r4/${type}`, label, query, ownerColumn, recordKey: ['id'] },
    fields: fields(
      ...shown.map(([as, , what]) => [as, as === 'parts' ? 'json' : 'text', what] as const),
    ),
    paths: Object.fromEntries(shown.map(([as, path]) => [as, path])),
  }
}

function ofPatient(
  name: string,
  number: number,
  label: string,
  type: string,
  shown: readonly Shown[],
  member = 'subject',
  category?: string,
): Resource {
  const more = category === undefined ? '' : `&category=${category}`
  return resource(
    name,
    number,
    label,
    `${type}?patient=:owner${more}&_count=200`,
    `${member}.reference`,
    shown,
  )
}

const subject = { reference: 'Patient/:owner' }
const parameter = (
  called: string,
  type: WriteTemplate['parameters'][number]['type'],
  label: string,
  required = true,
): WriteTemplate['parameters'][number] => ({ name: called, type, label, required })

function newResult(category: string): Resource['insert'] {
  const system = 'http://terminology.hl7.org/CodeSystem/observation-category'
  return {
    id: 'uuid',
    parameters: [
      parameter('date', 'instant', 'Time'),
      parameter('name', 'text', 'Test'),
      parameter('code', 'text', 'LOINC code', false),
      parameter('value', 'decimal', 'Value'),
      parameter('unit', 'text', 'Unit', false),
    ],
    body: {
      ...{ resourceType: 'Observation', status: 'final', subject, effectiveDateTime: ':date' },
      category: [{ coding: [{ system, code: category }] }],
      code: { text: ':name', coding: [{ system: 'http://loinc.org', code: ':code' }] },
      valueQuantity: { value: ':value', unit: ':unit' },
    },
  }
}

const otherValue: WriteTemplate = {
  parameters: [parameter('value', 'decimal', 'Value')],
  body: { status: 'corrected', valueQuantity: { value: ':value' } },
}

const wrong: WriteTemplate = { parameters: [], body: { status: 'entered-in-error' } }

const clinical = 'http://terminology.hl7.org/CodeSystem/condition-clinical'
const newCondition: Resource['insert'] = {
  id: 'uuid',
  parameters: [
    parameter('date', 'date', 'Since'),
    parameter('name', 'text', 'Condition'),
    parameter('code', 'text', 'SNOMED CT code', false),
  ],
  body: {
    ...{ resourceType: 'Condition', subject, onsetDateTime: ':date' },
    clinicalStatus: { coding: [{ system: clinical, code: 'active' }] },
    code: { text: ':name', coding: [{ system: 'http://snomed.info/sct', code: ':code' }] },
  },
}
/** Without a clinical status: an entry in error has none (FHIR R4, con-5 and ait-2). */
function wrongEntry(system: string): WriteTemplate {
  return {
    parameters: [],
    body: {
      clinicalStatus: null,
      verificationStatus: {
        coding: [
          { system: `http://terminology.hl7.org/CodeSystem/${system}`, code: 'entered-in-error' },
        ],
      },
    },
  }
}
