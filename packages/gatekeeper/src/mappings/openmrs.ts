import type { Catalogue } from '../catalogue.ts'
import { type Dialect, fields, type Mapping, sexOf } from './Mapping.ts'

type Resource = Catalogue['resources'][number]

/**
 * OpenMRS platform 2.x (openmrs.org), on MariaDB or MySQL as it comes. What was voided is left out; moments have no
 * zone there and are taken for UTC.
 */
export const openmrs: Mapping = {
  version: 1,
  engines: ['mariadb'],
  content: (sql) => ({
    patients: people(sql),
    resources: [
      demographics(sql),
      conditions(sql),
      diagnoses(sql),
      allergies(sql),
      medications(sql),
      observations(sql),
      encounters(sql),
      visits(sql),
    ],
    exclusions: [
      { table: 'users', reason: 'Log-in names and hashes of passwords', ifPresent: true },
      { table: 'note', reason: 'Free text may hold psychotherapy notes', ifPresent: true },
    ],
  }),
}

/** The English name of a concept, fully specified. */
function nameOf(concept: string): string {
  return `(SELECT n.name FROM concept_name n WHERE n.concept_id = ${concept} AND n.voided = 0 AND n.locale LIKE 'en%'
    ORDER BY n.concept_name_type = 'FULLY_SPECIFIED' DESC, n.locale, n.concept_name_id LIMIT 1)`
}

function people(sql: Dialect): Catalogue['patients'] {
  const identifier = `(SELECT i.identifier FROM patient_identifier i WHERE i.patient_id = p.patient_id AND i.voided = 0
    ORDER BY i.preferred DESC, i.patient_identifier_id LIMIT 1)`
  const person = `SELECT ${sql.text('p.patient_id')} AS id, n.given_name AS given, n.family_name AS family,
  ${sql.date('s.birthdate')} AS birth_date, ${sexOf('s.gender')} AS gender, ${identifier} AS national_id
FROM patient p JOIN person s ON s.person_id = p.patient_id
  LEFT JOIN person_name n ON n.person_id = p.patient_id AND n.voided = 0 AND n.preferred = 1 WHERE p.voided = 0`
  const order = 'ORDER BY n.family_name, n.given_name, p.patient_id'
  return {
    search: {
      byNationalId: `${person} AND EXISTS (SELECT 1 FROM patient_identifier i WHERE i.patient_id = p.patient_id
  AND i.voided = 0 AND i.identifier = :value)`,
      byId: `${person} AND p.patient_id = :value`,
      byName: `${person} AND ${sql.holds("concat_ws(' ', n.given_name, n.family_name)")} ${order} LIMIT 50`,
      list: `${person} ${order} LIMIT 1000`,
    },
  }
}

const key = { ownerColumn: 'owner', recordKey: ['id'] }

function demographics(sql: Dialect): Resource {
  return {
    ...{ name: 'demographics', category: 1, schema: 'openmrs/person', label: 'Personal details' },
    query: `SELECT p.person_id AS id, ${sql.text('p.person_id')} AS owner, n.given_name AS given, n.family_name AS family,
  ${sql.date('p.birthdate')} AS birth_date, ${sexOf('p.gender')} AS gender, p.dead AS dead,
  ${sql.date('p.death_date')} AS death_date, ${sql.text('a.address1')} AS street, ${sql.text('a.city_village')} AS city,
  ${sql.text('a.country')} AS country
FROM person p LEFT JOIN person_name n ON n.person_id = p.person_id AND n.voided = 0 AND n.preferred = 1
  LEFT JOIN person_address a ON a.person_id = p.person_id AND a.voided = 0 AND a.preferred = 1
WHERE p.voided = 0 AND p.person_id = :owner`,
    ...key,
    fields: fields(
      ['id', 'int', 'Record number'],
      ['given', 'text', 'First name'],
      ['family', 'text', 'Last name'],
      ['birth_date', 'date', 'Date of birth'],
      ['gender', 'text', 'Sex'],
      ['dead', 'bool', 'Died'],
      ['death_date', 'date', 'Date of death'],
      ['street', 'text', 'Street'],
      ['city', 'text', 'City'],
      ['country', 'text', 'Country'],
    ),
  }
}

function conditions(sql: Dialect): Resource {
  return {
    ...{ name: 'conditions', category: 2, schema: 'openmrs/conditions', label: 'Conditions' },
    query: `SELECT c.condition_id AS id, ${sql.text('c.patient_id')} AS owner, ${sql.date('c.onset_date')} AS date,
  ${sql.date('c.end_date')} AS until, c.condition_coded AS concept,
  coalesce(${nameOf('c.condition_coded')}, c.condition_non_coded) AS name, c.clinical_status AS status,
  c.verification_status AS certainty FROM conditions c WHERE c.voided = 0 AND c.patient_id = :owner`,
    ...key,
    fields: fields(
      ['id', 'int', 'Record number'],
      ['date', 'date', 'Since'],
      ['until', 'date', 'Until'],
      ['concept', 'int', 'Concept'],
      ['name', 'text', 'Condition'],
      ['status', 'text', 'Status'],
      ['certainty', 'text', 'Certainty'],
    ),
  }
}

function diagnoses(sql: Dialect): Resource {
  return {
    ...{
      name: 'diagnoses',
      category: 2,
      schema: 'openmrs/encounter_diagnosis',
      label: 'Diagnoses',
    },
    query: `SELECT d.diagnosis_id AS id, ${sql.text('d.patient_id')} AS owner, ${sql.instant('d.date_created')} AS date,
  d.diagnosis_coded AS concept, coalesce(${nameOf('d.diagnosis_coded')}, d.diagnosis_non_coded) AS name,
  d.certainty AS certainty, d.encounter_id AS encounter
FROM encounter_diagnosis d WHERE d.voided = 0 AND d.patient_id = :owner`,
    ...key,
    fields: fields(
      ['id', 'int', 'Record number'],
      ['date', 'instant', 'Recorded'],
      ['concept', 'int', 'Concept'],
      ['name', 'text', 'Diagnosis'],
      ['certainty', 'text', 'Certainty'],
      ['encounter', 'int', 'Encounter'],
    ),
  }
}

function allergies(sql: Dialect): Resource {
  return {
    ...{ name: 'allergies', category: 3, schema: 'openmrs/allergy', label: 'Allergies' },
    query: `SELECT a.allergy_id AS id, ${sql.text('a.patient_id')} AS owner, ${sql.instant('a.date_created')} AS date,
  a.coded_allergen AS concept, coalesce(a.non_coded_allergen, ${nameOf('a.coded_allergen')}) AS name,
  a.allergen_type AS kind, ${nameOf('a.severity_concept_id')} AS severity, ${sql.text('a.comments')} AS comments
FROM allergy a WHERE a.voided = 0 AND a.patient_id = :owner`,
    ...key,
    fields: fields(
      ['id', 'int', 'Record number'],
      ['date', 'instant', 'Recorded'],
      ['concept', 'int', 'Concept'],
      ['name', 'text', 'Allergy'],
      ['kind', 'text', 'Kind'],
      ['severity', 'text', 'Severity'],
      ['comments', 'text', 'Comments'],
    ),
  }
}

function medications(sql: Dialect): Resource {
  return {
    ...{ name: 'medications', category: 4, schema: 'openmrs/drug_order', label: 'Medications' },
    query: `SELECT o.order_id AS id, ${sql.text('o.patient_id')} AS owner, ${sql.instant('o.date_activated')} AS date,
  ${sql.instant('coalesce(o.date_stopped, o.auto_expire_date)')} AS until, o.concept_id AS concept,
  coalesce(d.drug_non_coded, ${nameOf('o.concept_id')}) AS name, d.dose AS dose, ${nameOf('d.dose_units')} AS unit,
  ${sql.text('d.dosing_instructions')} AS instructions, o.order_action AS action
FROM orders o JOIN drug_order d ON d.order_id = o.order_id WHERE o.voided = 0 AND o.patient_id = :owner`,
    ...key,
    fields: fields(
      ['id', 'int', 'Record number'],
      ['date', 'instant', 'Since'],
      ['until', 'instant', 'Until'],
      ['concept', 'int', 'Concept'],
      ['name', 'text', 'Medication'],
      ['dose', 'decimal', 'Dose'],
      ['unit', 'text', 'Unit'],
      ['instructions', 'text', 'Instructions'],
      ['action', 'text', 'Action'],
    ),
  }
}

function observations(sql: Dialect): Resource {
  return {
    ...{ name: 'results', category: 5, schema: 'openmrs/obs', label: 'Observations' },
    query: `SELECT o.obs_id AS id, ${sql.text('o.person_id')} AS owner, ${sql.instant('o.obs_datetime')} AS date,
  o.concept_id AS concept, ${nameOf('o.concept_id')} AS name, o.value_numeric AS value, u.units AS unit,
  coalesce(${nameOf('o.value_coded')}, ${sql.text('o.value_text')}) AS value_text,
  ${sql.instant('o.value_datetime')} AS value_date, o.encounter_id AS encounter, o.obs_group_id AS part_of
FROM obs o LEFT JOIN concept_numeric u ON u.concept_id = o.concept_id WHERE o.voided = 0 AND o.person_id = :owner`,
    ...key,
    fields: fields(
      ['id', 'int', 'Record number'],
      ['date', 'instant', 'Time'],
      ['concept', 'int', 'Concept'],
      ['name', 'text', 'Observation'],
      ['value', 'decimal', 'Number'],
      ['unit', 'text', 'Unit'],
      ['value_text', 'text', 'Text'],
      ['value_date', 'instant', 'Moment'],
      ['encounter', 'int', 'Encounter'],
      ['part_of', 'int', 'Part of'],
    ),
  }
}

function encounters(sql: Dialect): Resource {
  return {
    ...{ name: 'encounters', category: 9, schema: 'openmrs/encounter', label: 'Encounters' },
    query: `SELECT e.encounter_id AS id, ${sql.text('e.patient_id')} AS owner, ${sql.instant('e.encounter_datetime')} AS date,
  t.name AS name, l.name AS place, e.visit_id AS visit
FROM encounter e LEFT JOIN encounter_type t ON t.encounter_type_id = e.encounter_type
  LEFT JOIN location l ON l.location_id = e.location_id WHERE e.voided = 0 AND e.patient_id = :owner`,
    ...key,
    fields: fields(
      ['id', 'int', 'Record number'],
      ['date', 'instant', 'Time'],
      ['name', 'text', 'Encounter'],
      ['place', 'text', 'Place'],
      ['visit', 'int', 'Visit'],
    ),
  }
}

function visits(sql: Dialect): Resource {
  return {
    ...{ name: 'visits', category: 9, schema: 'openmrs/visit', label: 'Visits' },
    query: `SELECT v.visit_id AS id, ${sql.text('v.patient_id')} AS owner, ${sql.instant('v.date_started')} AS date,
  ${sql.instant('v.date_stopped')} AS until, t.name AS name, l.name AS place
FROM visit v LEFT JOIN visit_type t ON t.visit_type_id = v.visit_type_id
  LEFT JOIN location l ON l.location_id = v.location_id WHERE v.voided = 0 AND v.patient_id = :owner`,
    ...key,
    fields: fields(
      ['id', 'int', 'Record number'],
      ['date', 'instant', 'Start'],
      ['until', 'instant', 'End'],
      ['name', 'text', 'Kind of visit'],
      ['place', 'text', 'Place'],
    ),
  }
}
