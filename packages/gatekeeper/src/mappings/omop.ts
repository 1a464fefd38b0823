import type { Catalogue } from '../catalogue.ts'
import { type Dialect, fields, type Mapping } from './Mapping.ts'

type Resource = Catalogue['resources'][number]

/**
 * OMOP Common Data Model 5.4 (ohdsi.github.io/CommonDataModel/cdm54.html). A person has no name there: she is found
 * by her number and by `person_source_value`.
 */
export const omop: Mapping = {
  version: 1,
  engines: ['sqlite', 'postgres', 'mariadb'],
  content: (sql) => ({
    patients: people(sql),
    resources: [
      demographics(sql),
      ...events.map((event) => eventResource(sql, event)),
      measurements(sql),
      observations(sql),
      visits(sql),
    ],
    exclusions: [
      { table: 'note', reason: 'Free text may hold psychotherapy notes', ifPresent: true },
      { table: 'note_nlp', reason: 'Free text may hold psychotherapy notes', ifPresent: true },
    ],
  }),
}

function people(sql: Dialect): Catalogue['patients'] {
  const person = `SELECT ${sql.text('person_id')} AS id, NULL AS given, person_source_value AS family,
  ${sql.date('birth_datetime')} AS birth_date, ${gender('gender_concept_id')} AS gender,
  person_source_value AS national_id FROM person`
  return {
    search: {
      byNationalId: `${person} WHERE person_source_value = :value`,
      byId: `${person} WHERE person_id = :value`,
      byName: `${person} WHERE ${sql.holds('person_source_value')} ORDER BY person_id LIMIT 50`,
      list: `${person} ORDER BY person_id LIMIT 1000`,
    },
  }
}

/** The two standard concepts of vocabulary Gender; others by their number. */
function gender(column: string): string {
  return `CASE ${column} WHEN 8507 THEN 'male' WHEN 8532 THEN 'female' ELSE 'unknown' END`
}

const key = { ownerColumn: 'owner', recordKey: ['id'] }

function demographics(sql: Dialect): Resource {
  return {
    ...{ name: 'demographics', category: 1, schema: 'omop-5.4/person', label: 'Personal details' },
    query: `SELECT p.person_id AS id, ${sql.text('p.person_id')} AS owner, ${sql.text('p.person_source_value')} AS source,
  ${gender('p.gender_concept_id')} AS gender, ${sql.date('p.birth_datetime')} AS birth_date, p.year_of_birth AS birth_year,
  ${sql.date('d.death_date')} AS death_date, ${sql.text('l.city')} AS city, ${sql.text('l.state')} AS state,
  ${sql.text('l.zip')} AS postal_code
FROM person p LEFT JOIN death d ON d.person_id = p.person_id LEFT JOIN location l ON l.location_id = p.location_id
WHERE p.person_id = :owner`,
    ...key,
    fields: fields(
      ['id', 'int', 'Record number'],
      ['source', 'text', 'Number at the source'],
      ['gender', 'text', 'Sex'],
      ['birth_date', 'date', 'Date of birth'],
      ['birth_year', 'int', 'Year of birth'],
      ['death_date', 'date', 'Date of death'],
      ['city', 'text', 'City'],
      ['state', 'text', 'State'],
      ['postal_code', 'text', 'Postal code'],
    ),
  }
}

/** Tables of things that began and perhaps ended, all of one make. */
type Event = {
  readonly name: string
  readonly category: number
  readonly label: string
  readonly table: string
  /** What its columns begin with. */
  readonly prefix: string
  readonly start: string
  readonly end: string
  readonly what: string
}

const events: readonly Event[] = [
  {
    ...{ name: 'conditions', category: 2, label: 'Conditions', table: 'condition_occurrence' },
    ...{ prefix: 'condition', start: 'condition_start_date', end: 'condition_end_date' },
    what: 'Condition',
  },
  {
    ...{ name: 'medications', category: 4, label: 'Medications', table: 'drug_exposure' },
    ...{ prefix: 'drug', start: 'drug_exposure_start_date', end: 'drug_exposure_end_date' },
    what: 'Medication',
  },
  {
    ...{ name: 'procedures', category: 8, label: 'Procedures', table: 'procedure_occurrence' },
    ...{ prefix: 'procedure', start: 'procedure_date', end: 'procedure_end_date' },
    what: 'Procedure',
  },
  {
    ...{ name: 'devices', category: 8, label: 'Devices', table: 'device_exposure' },
    ...{ prefix: 'device', start: 'device_exposure_start_date', end: 'device_exposure_end_date' },
    what: 'Device',
  },
]

function eventResource(sql: Dialect, event: Event): Resource {
  const { name, category, label, table, prefix, start, end, what } = event
  return {
    ...{ name, category, schema: `omop-5.4/${table}`, label },
    query: `SELECT t.${table}_id AS id, ${sql.text('t.person_id')} AS owner, ${sql.date(`t.${start}`)} AS date,
  ${sql.date(`t.${end}`)} AS until, ${sql.text(`t.${prefix}_source_value`)} AS code, t.${prefix}_concept_id AS concept,
  c.concept_name AS name, t.visit_occurrence_id AS visit
FROM ${table} t LEFT JOIN concept c ON c.concept_id = t.${prefix}_concept_id WHERE t.person_id = :owner`,
    ...key,
    fields: fields(
      ['id', 'int', 'Record number'],
      ['date', 'date', 'Since'],
      ['until', 'date', 'Until'],
      ['code', 'text', 'Code at the source'],
      ['concept', 'int', 'OMOP concept'],
      ['name', 'text', what],
      ['visit', 'int', 'Visit'],
    ),
  }
}

function measurements(sql: Dialect): Resource {
  return {
    ...{ name: 'results', category: 5, schema: 'omop-5.4/measurement', label: 'Measurements' },
    query: `SELECT t.measurement_id AS id, ${sql.text('t.person_id')} AS owner, ${sql.date('t.measurement_date')} AS date,
  ${sql.text('t.measurement_source_value')} AS code, t.measurement_concept_id AS concept, c.concept_name AS name,
  t.value_as_number AS value, ${sql.text('t.value_source_value')} AS value_text, ${sql.text('t.unit_source_value')} AS unit,
  t.range_low AS low, t.range_high AS high, t.visit_occurrence_id AS visit
FROM measurement t LEFT JOIN concept c ON c.concept_id = t.measurement_concept_id WHERE t.person_id = :owner`,
    ...key,
    fields: fields(
      ['id', 'int', 'Record number'],
      ['date', 'date', 'Date'],
      ['code', 'text', 'Code at the source'],
      ['concept', 'int', 'OMOP concept'],
      ['name', 'text', 'Measurement'],
      ['value', 'decimal', 'Value'],
      ['value_text', 'text', 'Value at the source'],
      ['unit', 'text', 'Unit'],
      ['low', 'decimal', 'Normal from'],
      ['high', 'decimal', 'Normal to'],
      ['visit', 'int', 'Visit'],
    ),
  }
}

function observations(sql: Dialect): Resource {
  return {
    ...{ name: 'observations', category: 5, schema: 'omop-5.4/observation', label: 'Observations' },
    query: `SELECT t.observation_id AS id, ${sql.text('t.person_id')} AS owner, ${sql.date('t.observation_date')} AS date,
  ${sql.text('t.observation_source_value')} AS code, t.observation_concept_id AS concept, c.concept_name AS name,
  t.value_as_number AS value, ${sql.text('t.value_as_string')} AS value_text, v.concept_name AS value_name,
  t.visit_occurrence_id AS visit
FROM observation t LEFT JOIN concept c ON c.concept_id = t.observation_concept_id
  LEFT JOIN concept v ON v.concept_id = t.value_as_concept_id WHERE t.person_id = :owner`,
    ...key,
    fields: fields(
      ['id', 'int', 'Record number'],
      ['date', 'date', 'Date'],
      ['code', 'text', 'Code at the source'],
      ['concept', 'int', 'OMOP concept'],
      ['name', 'text', 'Observation'],
      ['value', 'decimal', 'Number'],
      ['value_text', 'text', 'Text'],
      ['value_name', 'text', 'Finding'],
      ['visit', 'int', 'Visit'],
    ),
  }
}

function visits(sql: Dialect): Resource {
  return {
    ...{ name: 'encounters', category: 9, schema: 'omop-5.4/visit_occurrence', label: 'Visits' },
    query: `SELECT t.visit_occurrence_id AS id, ${sql.text('t.person_id')} AS owner,
  ${sql.date('t.visit_start_date')} AS date, ${sql.date('t.visit_end_date')} AS until, t.visit_concept_id AS concept,
  c.concept_name AS name, ${sql.text('s.care_site_name')} AS place, ${sql.text('r.provider_name')} AS clinician
FROM visit_occurrence t LEFT JOIN concept c ON c.concept_id = t.visit_concept_id
  LEFT JOIN care_site s ON s.care_site_id = t.care_site_id LEFT JOIN provider r ON r.provider_id = t.provider_id
WHERE t.person_id = :owner`,
    ...key,
    fields: fields(
      ['id', 'int', 'Record number'],
      ['date', 'date', 'Start'],
      ['until', 'date', 'End'],
      ['concept', 'int', 'OMOP concept'],
      ['name', 'text', 'Kind of visit'],
      ['place', 'text', 'Place'],
      ['clinician', 'text', 'Clinician'],
    ),
  }
}
