import {
  type Catalogue,
  type CatalogueResource,
  fields,
  optional,
  required,
  sameNumber,
} from './catalogue.ts'
import { typeConcepts } from './lakeview.concepts.ts'
import {
  concept,
  lakeviewResources,
  localDate,
  moment,
  retract,
  shared,
} from './lakeview.resources.ts'

const procedures: CatalogueResource = {
  name: 'procedures',
  category: 8,
  schema: 'omop/procedure_occurrence',
  label: 'Procedures',
  query: `SELECT procedure_occurrence_id AS id, CAST(person_id AS TEXT) AS owner,
  ${moment('procedure_datetime')} AS date, ${moment('procedure_end_datetime')} AS until,
  procedure_source_value AS code, procedure_concept_id AS concept, source_name AS name, record_status AS status
FROM procedure_occurrence WHERE person_id = :owner ORDER BY procedure_datetime, procedure_occurrence_id`,
  ...shared,
  fields: fields(
    ['id', 'int', 'Record number'],
    ['date', 'instant', 'Start'],
    ['until', 'instant', 'End'],
    ['code', 'text', 'SNOMED CT code'],
    ['concept', 'int', 'OMOP concept'],
    ['name', 'text', 'Procedure'],
    ['status', 'text', 'Status'],
  ),
  insert: {
    id: 'int',
    sql: `INSERT INTO procedure_occurrence (procedure_occurrence_id, person_id, procedure_concept_id, procedure_date,
  procedure_datetime, procedure_type_concept_id, procedure_source_value, source_name, record_status)
VALUES (:id, :owner, ${concept('SNOMED')}, substr(:date, 1, 10), ${localDate}, ${typeConcepts.ehr}, :code, :name,
  'completed')`,
    parameters: [
      required('date', 'instant', 'Start'),
      required('name', 'text', 'Procedure'),
      optional('code', 'text', 'SNOMED CT code'),
    ],
  },
  retract: retract('procedure_occurrence'),
}

const encounters: CatalogueResource = {
  name: 'encounters',
  category: 9,
  schema: 'omop/visit_occurrence',
  label: 'Visits',
  query: `SELECT v.visit_occurrence_id AS id, CAST(v.person_id AS TEXT) AS owner,
  ${moment('v.visit_start_datetime')} AS date, ${moment('v.visit_end_datetime')} AS until,
  v.visit_source_value AS code, v.source_name AS name, p.provider_name AS clinician, s.care_site_name AS place,
  v.record_status AS status
FROM visit_occurrence v LEFT JOIN provider p ON p.provider_id = v.provider_id
  LEFT JOIN care_site s ON s.care_site_id = v.care_site_id
WHERE v.person_id = :owner ORDER BY v.visit_start_datetime, v.visit_occurrence_id`,
  ...shared,
  fields: fields(
    ['id', 'int', 'Record number'],
    ['date', 'instant', 'Start'],
    ['until', 'instant', 'End'],
    ['code', 'text', 'SNOMED CT code'],
    ['name', 'text', 'Visit'],
    ['clinician', 'text', 'Clinician'],
    ['place', 'text', 'Place'],
    ['status', 'text', 'Status'],
  ),
  retract: retract('visit_occurrence'),
}

const notes: CatalogueResource = {
  name: 'notes',
  category: 10,
  schema: 'omop/note',
  label: 'Notes and reports',
  query: `SELECT note_id AS id, CAST(person_id AS TEXT) AS owner, ${moment('note_datetime')} AS date,
  note_source_value AS code, source_name AS name, note_title AS title, note_text AS text, record_status AS status
FROM note WHERE person_id = :owner ORDER BY note_datetime, note_id`,
  ...shared,
  fields: fields(
    ['id', 'int', 'Record number'],
    ['date', 'instant', 'Written'],
    ['code', 'text', 'LOINC code'],
    ['name', 'text', 'Kind'],
    ['title', 'text', 'Title'],
    ['text', 'text', 'Text'],
    ['status', 'text', 'Status'],
  ),
  insert: {
    id: 'int',
    sql: `INSERT INTO note (note_id, person_id, note_date, note_datetime, note_type_concept_id, note_class_concept_id,
  note_title, note_text, note_source_value, source_name, record_status)
VALUES (:id, :owner, substr(:date, 1, 10), ${localDate}, ${typeConcepts.ehr}, 0, :title, :text, '34109-9', 'Note',
  'current')`,
    parameters: [
      required('date', 'instant', 'Written'),
      required('title', 'text', 'Title'),
      required('text', 'text', 'Text'),
    ],
  },
  update: {
    sql: `UPDATE note SET note_title = :title, note_text = :text, record_status = 'amended'
WHERE note_id = :id AND person_id = :owner`,
    parameters: [required('title', 'text', 'Title'), required('text', 'text', 'Text')],
  },
  retract: retract('note'),
}

const people = `SELECT i.person_id AS id, i.given_name AS given, i.family_name AS family, i.birth_date AS birth_date,
  p.gender_source_value AS gender, i.national_id AS national_id, i.national_id_country AS id_country
FROM person_identity i JOIN person p ON p.person_id = i.person_id`

/** What Lakeview's gatekeeper may serve. */
export const lakeviewCatalogue: Catalogue = {
  institution: 'lakeview',
  name: 'Lakeview Medical Group',
  version: 1,
  patients: {
    table: 'person_identity',
    idColumn: 'person_id',
    givenNameColumn: 'given_name',
    familyNameColumn: 'family_name',
    birthDateColumn: 'birth_date',
    nationalIdColumn: 'national_id',
    search: {
      byNationalId: `${people} WHERE ${sameNumber('i.national_id')}`,
      byId: `${people} WHERE i.person_id = :value`,
      byName: `${people} WHERE instr(lower(i.given_name || ' ' || i.family_name), lower(:value)) > 0
ORDER BY i.family_name, i.given_name LIMIT 50`,
      list: `${people} ORDER BY i.family_name, i.given_name`,
    },
  },
  resources: [...lakeviewResources, procedures, encounters, notes],
  exclusions: [
    { table: 'psychotherapy_note', reason: 'Psychotherapy notes (45 CFR 164.524(a)(1)(i))' },
    { table: 'provider_private_note', reason: "Physicians' own notes" },
  ],
}
