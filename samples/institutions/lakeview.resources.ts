import {
  type CatalogueField,
  type CatalogueParameter,
  type CatalogueResource,
  type CatalogueWrite,
  fields,
  optional,
  required,
} from './catalogue.ts'
import { typeConcepts } from './lakeview.concepts.ts'

/** What all resources of the site share. */
export const shared: Pick<CatalogueResource, 'ownerColumn' | 'recordKey'> = {
  ownerColumn: 'owner',
  recordKey: ['id'],
}

/** OMOP's moments have no zone; the site's clock is UTC. */
export function moment(column: string): string {
  return `replace(${column}, ' ', 'T') || 'Z'`
}

/** A canonical instant as OMOP writes moments. */
export const localDate: string = `replace(substr(:date, 1, 19), 'T', ' ')`

/** The concept of an entered code, or 0 ("no matching concept" in OMOP's conventions). */
export function concept(vocabulary: string): string {
  return `coalesce((SELECT min(concept_id) FROM concept WHERE concept_code = :code AND vocabulary_id = '${vocabulary}'), 0)`
}

/** Marks an entry as entered in error. */
export function retract(table: string): CatalogueWrite {
  return {
    sql: `UPDATE ${table} SET record_status = 'entered-in-error' WHERE ${table}_id = :id AND person_id = :owner`,
    parameters: [],
  }
}

const demographics: CatalogueResource = {
  name: 'demographics',
  category: 1,
  schema: 'omop/person',
  label: 'Personal details',
  query: `SELECT p.person_id AS id, CAST(p.person_id AS TEXT) AS owner, i.given_name AS given, i.family_name AS family,
  i.birth_date AS birth_date, p.gender_source_value AS gender, i.national_id AS national_id, i.street AS street,
  i.city AS city, i.state AS state, i.zip AS postal_code, i.country AS country, i.phone AS phone,
  i.language AS language, i.death_date AS death_date
FROM person p JOIN person_identity i ON i.person_id = p.person_id WHERE p.person_id = :owner`,
  ...shared,
  fields: fields(
    ['id', 'int', 'Record number'],
    ['given', 'text', 'First name'],
    ['family', 'text', 'Last name'],
    ['birth_date', 'date', 'Date of birth'],
    ['gender', 'text', 'Sex'],
    ['national_id', 'text', 'National ID'],
    ['street', 'text', 'Street'],
    ['city', 'text', 'City'],
    ['state', 'text', 'State'],
    ['postal_code', 'text', 'Postal code'],
    ['country', 'text', 'Country'],
    ['phone', 'text', 'Phone'],
    ['language', 'text', 'Language'],
    ['death_date', 'date', 'Date of death'],
  ),
}

const conditions: CatalogueResource = {
  name: 'conditions',
  category: 2,
  schema: 'omop/condition_occurrence',
  label: 'Conditions',
  query: `SELECT condition_occurrence_id AS id, CAST(person_id AS TEXT) AS owner, condition_start_date AS date,
  condition_end_date AS until, condition_source_value AS code, condition_concept_id AS concept,
  source_name AS name, record_status AS status
FROM condition_occurrence WHERE person_id = :owner ORDER BY condition_start_date, condition_occurrence_id`,
  ...shared,
  fields: fields(
    ['id', 'int', 'Record number'],
    ['date', 'date', 'Since'],
    ['until', 'date', 'Until'],
    ['code', 'text', 'SNOMED CT code'],
    ['concept', 'int', 'OMOP concept'],
    ['name', 'text', 'Condition'],
    ['status', 'text', 'Status'],
  ),
  insert: {
    id: 'int',
    sql: `INSERT INTO condition_occurrence (condition_occurrence_id, person_id, condition_concept_id,
  condition_start_date, condition_start_datetime, condition_end_date, condition_type_concept_id,
  condition_source_value, source_name, record_status)
VALUES (:id, :owner, ${concept('SNOMED')}, :date, :date || ' 00:00:00', :until, ${typeConcepts.ehr}, :code, :name,
  CASE WHEN :until IS NULL THEN 'active' ELSE 'resolved' END)`,
    parameters: [
      required('date', 'date', 'Since'),
      optional('until', 'date', 'Until'),
      required('name', 'text', 'Condition'),
      optional('code', 'text', 'SNOMED CT code'),
    ],
  },
  update: {
    sql: `UPDATE condition_occurrence SET source_name = :name, condition_start_date = :date,
  condition_end_date = :until, record_status = :status
WHERE condition_occurrence_id = :id AND person_id = :owner`,
    parameters: [
      required('name', 'text', 'Condition'),
      required('date', 'date', 'Since'),
      optional('until', 'date', 'Until'),
      required('status', 'text', 'Status', ['active', 'resolved', 'inactive']),
    ],
  },
  retract: retract('condition_occurrence'),
}

const allergies: CatalogueResource = {
  name: 'allergies',
  category: 3,
  schema: 'omop/allergy',
  label: 'Allergies',
  query: `SELECT observation_id AS id, CAST(person_id AS TEXT) AS owner, observation_date AS date,
  observation_source_value AS code, source_name AS name, value_as_string AS reaction, record_status AS status
FROM observation WHERE person_id = :owner AND qualifier_source_value = 'allergy'
ORDER BY observation_date, observation_id`,
  ...shared,
  fields: fields(
    ['id', 'int', 'Record number'],
    ['date', 'date', 'Recorded'],
    ['code', 'text', 'Code'],
    ['name', 'text', 'Allergy'],
    ['reaction', 'text', 'Reaction'],
    ['status', 'text', 'Status'],
  ),
  insert: {
    id: 'int',
    sql: `INSERT INTO observation (observation_id, person_id, observation_concept_id, observation_date,
  observation_type_concept_id, value_as_string, observation_source_value, qualifier_source_value, source_name,
  record_status)
VALUES (:id, :owner, ${concept('SNOMED')}, :date, ${typeConcepts.ehr}, :reaction, :code, 'allergy', :name, 'active')`,
    parameters: [
      required('date', 'date', 'Recorded'),
      required('name', 'text', 'Allergy'),
      optional('code', 'text', 'Code'),
      optional('reaction', 'text', 'Reaction'),
    ],
  },
  retract: retract('observation'),
}

type Drug = {
  readonly name: string
  readonly category: number
  readonly label: string
  readonly type: number
  readonly vocabulary: string
  readonly columns: string
  readonly fields: readonly CatalogueField[]
  readonly status: string
  readonly until: string
  readonly extra: { readonly column: string; readonly value: CatalogueParameter }
}

function drug(kind: Drug): CatalogueResource {
  const { column, value } = kind.extra
  return {
    name: kind.name,
    category: kind.category,
    schema: `omop/${kind.name}`,
    label: kind.label,
    query: `SELECT drug_exposure_id AS id, CAST(person_id AS TEXT) AS owner,
  ${moment('drug_exposure_start_datetime')} AS date, ${kind.columns} drug_source_value AS code,
  drug_concept_id AS concept, source_name AS name, ${column} AS ${value.name}, record_status AS status
FROM drug_exposure WHERE person_id = :owner AND drug_type_concept_id = ${kind.type}
ORDER BY drug_exposure_start_datetime, drug_exposure_id`,
    ...shared,
    fields: kind.fields,
    insert: {
      id: 'int',
      sql: `INSERT INTO drug_exposure (drug_exposure_id, person_id, drug_concept_id, drug_exposure_start_date,
  drug_exposure_start_datetime, drug_exposure_end_date, verbatim_end_date, drug_type_concept_id,
  drug_source_value, source_name, ${column}, record_status)
VALUES (:id, :owner, ${concept(kind.vocabulary)}, substr(:date, 1, 10), ${localDate},
  coalesce(${kind.until}, substr(:date, 1, 10)), ${kind.until}, ${kind.type}, :code, :name, :${value.name},
  '${kind.status}')`,
      parameters: [
        required('date', 'instant', 'Date'),
        ...(kind.until === ':until' ? [optional('until', 'date', 'Until')] : []),
        required('name', 'text', 'Name'),
        optional('code', 'text', `${kind.vocabulary} code`),
        value,
      ],
    },
    update: {
      sql: `UPDATE drug_exposure SET source_name = :name, ${column} = :${value.name}, record_status = :status
WHERE drug_exposure_id = :id AND person_id = :owner`,
      parameters: [
        required('name', 'text', 'Name'),
        value,
        required('status', 'text', 'Status', ['active', 'stopped', 'completed']),
      ],
    },
    retract: retract('drug_exposure'),
  }
}

const medications: CatalogueResource = drug({
  name: 'medications',
  category: 4,
  label: 'Medicines',
  type: typeConcepts.prescribed,
  vocabulary: 'RxNorm',
  columns: 'verbatim_end_date AS until,',
  status: 'active',
  until: ':until',
  extra: { column: 'sig', value: required('dosage', 'text', 'Dosage') },
  fields: fields(
    ['id', 'int', 'Record number'],
    ['date', 'instant', 'Prescribed'],
    ['until', 'date', 'Until'],
    ['code', 'text', 'RxNorm code'],
    ['concept', 'int', 'OMOP concept'],
    ['name', 'text', 'Medicine'],
    ['dosage', 'text', 'Dosage'],
    ['status', 'text', 'Status'],
  ),
})

const immunizations: CatalogueResource = drug({
  name: 'immunizations',
  category: 7,
  label: 'Vaccinations',
  type: typeConcepts.administered,
  vocabulary: 'CVX',
  columns: '',
  status: 'completed',
  until: 'substr(:date, 1, 10)',
  extra: { column: 'lot_number', value: optional('lot', 'text', 'Lot') },
  fields: fields(
    ['id', 'int', 'Record number'],
    ['date', 'instant', 'Given'],
    ['code', 'text', 'CVX code'],
    ['concept', 'int', 'OMOP concept'],
    ['name', 'text', 'Vaccine'],
    ['lot', 'text', 'Lot'],
    ['status', 'text', 'Status'],
  ),
})

function measurement(
  name: string,
  category: number,
  label: string,
  type: number,
): CatalogueResource {
  return {
    name,
    category,
    schema: `omop/${name}`,
    label,
    query: `SELECT measurement_id AS id, CAST(person_id AS TEXT) AS owner, ${moment('measurement_datetime')} AS date,
  measurement_source_value AS code, measurement_concept_id AS concept, source_name AS name,
  value_as_number AS value, unit_source_value AS unit,
  CASE WHEN value_as_number IS NULL THEN value_source_value END AS text, range_low AS low, range_high AS high,
  record_status AS status
FROM measurement WHERE person_id = :owner AND measurement_type_concept_id = ${type}
ORDER BY measurement_datetime, measurement_id`,
    ...shared,
    fields: fields(
      ['id', 'int', 'Record number'],
      ['date', 'instant', 'Taken'],
      ['code', 'text', 'LOINC code'],
      ['concept', 'int', 'OMOP concept'],
      ['name', 'text', 'Name'],
      ['value', 'decimal', 'Value'],
      ['unit', 'text', 'Unit'],
      ['text', 'text', 'Finding in words'],
      ['low', 'decimal', 'Reference low'],
      ['high', 'decimal', 'Reference high'],
      ['status', 'text', 'Status'],
    ),
    insert: {
      id: 'int',
      sql: `INSERT INTO measurement (measurement_id, person_id, measurement_concept_id, measurement_date,
  measurement_datetime, measurement_type_concept_id, value_as_number, range_low, range_high,
  measurement_source_value, unit_source_value, value_source_value, source_name, record_status)
VALUES (:id, :owner, ${concept('LOINC')}, substr(:date, 1, 10), ${localDate}, ${type}, :value, :low, :high, :code,
  :unit, coalesce(:value, :text), :name, 'final')`,
      parameters: [
        required('date', 'instant', 'Taken'),
        required('name', 'text', 'Name'),
        optional('code', 'text', 'LOINC code'),
        optional('value', 'decimal', 'Value'),
        optional('unit', 'text', 'Unit'),
        optional('text', 'text', 'Finding in words'),
        optional('low', 'decimal', 'Reference low'),
        optional('high', 'decimal', 'Reference high'),
      ],
    },
    update: {
      sql: `UPDATE measurement SET value_as_number = :value, value_source_value = coalesce(:value, :text),
  unit_source_value = :unit, record_status = 'corrected'
WHERE measurement_id = :id AND person_id = :owner`,
      parameters: [
        optional('value', 'decimal', 'Value'),
        optional('unit', 'text', 'Unit'),
        optional('text', 'text', 'Finding in words'),
      ],
    },
    retract: retract('measurement'),
  }
}

const assessments: CatalogueResource = {
  name: 'assessments',
  category: 5,
  schema: 'omop/observation',
  label: 'Assessments and questionnaires',
  sensitivity: 'R',
  query: `SELECT observation_id AS id, CAST(person_id AS TEXT) AS owner, ${moment('observation_datetime')} AS date,
  observation_source_value AS code, source_name AS name, value_as_number AS value, unit_source_value AS unit,
  value_as_string AS text, record_status AS status
FROM observation WHERE person_id = :owner AND qualifier_source_value <> 'allergy'
ORDER BY observation_datetime, observation_id`,
  ...shared,
  fields: fields(
    ['id', 'int', 'Record number'],
    ['date', 'instant', 'Taken'],
    ['code', 'text', 'Code'],
    ['name', 'text', 'Name'],
    ['value', 'decimal', 'Value'],
    ['unit', 'text', 'Unit'],
    ['text', 'text', 'Finding in words'],
    ['status', 'text', 'Status'],
  ),
  retract: retract('observation'),
}

/** Clinical resources of the site, in the order of their categories. */
export const lakeviewResources: readonly CatalogueResource[] = [
  demographics,
  conditions,
  allergies,
  medications,
  measurement('labs', 5, 'Laboratory results', typeConcepts.lab),
  assessments,
  measurement('vitals', 6, 'Vital signs', typeConcepts.ehr),
  immunizations,
]
