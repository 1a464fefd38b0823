import type { Catalogue } from '../catalogue.ts'
import { type Dialect, fields, type Mapping, sexOf } from './Mapping.ts'

type Resource = Catalogue['resources'][number]

/**
 * GNUmed 22 (gnumed.de; Debian's gnumed-server) on PostgreSQL. What it marks as confidential is left out, and so are
 * progress notes.
 */
export const gnumed: Mapping = {
  version: 1,
  engines: ['postgres'],
  content: (sql) => ({
    patients: people(sql),
    resources: [
      demographics,
      conditions,
      allergies,
      medications,
      results,
      vaccinations,
      procedures,
      encounters,
    ],
    exclusions: [
      { table: 'clin.clin_narrative', reason: 'Progress notes may hold psychotherapy notes' },
    ],
  }),
}

function people(sql: Dialect): Catalogue['patients'] {
  const externalId = `(SELECT x.external_id FROM dem.lnk_identity2ext_id x WHERE x.id_identity = i.pk
    ORDER BY x.id LIMIT 1)`
  const person = `SELECT i.pk::text AS id, n.firstnames AS given, n.lastnames AS family, i.dob::date AS birth_date,
  ${sexOf('i.gender')} AS gender, ${externalId} AS national_id
FROM dem.identity i JOIN dem.names n ON n.id_identity = i.pk AND n.active WHERE NOT i.deleted`
  const order = 'ORDER BY n.lastnames, n.firstnames, i.pk'
  return {
    search: {
      byNationalId: `${person} AND EXISTS (SELECT 1 FROM dem.lnk_identity2ext_id x
  WHERE x.id_identity = i.pk AND x.external_id = :value)`,
      byId: `${person} AND i.pk = :value`,
      byName: `${person} AND ${sql.holds("n.firstnames || ' ' || n.lastnames")} ${order} LIMIT 50`,
      list: `${person} ${order} LIMIT 1000`,
    },
  }
}

const key = { ownerColumn: 'owner', recordKey: ['id'] }
/** An item belongs to whom its encounter belongs to. */
const ofEncounter = 'JOIN clin.encounter e ON e.pk = t.fk_encounter WHERE e.fk_patient = :owner'

const demographics: Resource = {
  ...{ name: 'demographics', category: 1, schema: 'gnumed-22/identity', label: 'Personal details' },
  query: `SELECT i.pk AS id, i.pk::text AS owner, n.firstnames AS given, n.lastnames AS family, i.dob::date AS birth_date,
  ${sexOf('i.gender')} AS gender, i.deceased::date AS death_date
FROM dem.identity i JOIN dem.names n ON n.id_identity = i.pk AND n.active WHERE NOT i.deleted AND i.pk = :owner`,
  ...key,
  fields: fields(
    ['id', 'int', 'Record number'],
    ['given', 'text', 'First names'],
    ['family', 'text', 'Last names'],
    ['birth_date', 'date', 'Date of birth'],
    ['gender', 'text', 'Sex'],
    ['death_date', 'date', 'Date of death'],
  ),
}

const conditions: Resource = {
  ...{ name: 'conditions', category: 2, schema: 'gnumed-22/health_issue', label: 'Health issues' },
  query: `SELECT t.pk AS id, e.fk_patient::text AS owner, t.modified_when AS date, t.description AS name, t.laterality AS side,
  t.is_active AS active, t.clinically_relevant AS relevant, t.diagnostic_certainty_classification AS certainty
FROM clin.health_issue t ${ofEncounter} AND NOT t.is_confidential`,
  ...key,
  fields: fields(
    ['id', 'int', 'Record number'],
    ['date', 'instant', 'Last changed'],
    ['name', 'text', 'Health issue'],
    ['side', 'text', 'Side'],
    ['active', 'bool', 'Active'],
    ['relevant', 'bool', 'Relevant'],
    ['certainty', 'text', 'Certainty'],
  ),
}

const allergies: Resource = {
  ...{ name: 'allergies', category: 3, schema: 'gnumed-22/allergy', label: 'Allergies' },
  query: `SELECT t.pk AS id, e.fk_patient::text AS owner, t.clin_when AS date, t.substance AS name, t.allergene AS allergen,
  t.atc_code AS code, k.value AS kind, t.definite AS definite, t.narrative AS reaction
FROM clin.allergy t JOIN clin._enum_allergy_type k ON k.pk = t.fk_type ${ofEncounter}`,
  ...key,
  fields: fields(
    ['id', 'int', 'Record number'],
    ['date', 'instant', 'Recorded'],
    ['name', 'text', 'Substance'],
    ['allergen', 'text', 'Allergen'],
    ['code', 'text', 'ATC code'],
    ['kind', 'text', 'Kind'],
    ['definite', 'bool', 'Certain'],
    ['reaction', 'text', 'Reaction'],
  ),
}

const medications: Resource = {
  ...{
    name: 'medications',
    category: 4,
    schema: 'gnumed-22/substance_intake',
    label: 'Medications',
  },
  query: `SELECT t.pk AS id, e.fk_patient::text AS owner, t.clin_when AS date, s.description AS name, s.atc AS code,
  d.amount AS amount, d.unit AS unit, t.schedule AS schedule, t.discontinued AS until, t.discontinue_reason AS why_ended
FROM clin.substance_intake t JOIN ref.lnk_dose2drug l ON l.pk = t.fk_drug_component
  JOIN ref.dose d ON d.pk = l.fk_dose JOIN ref.substance s ON s.pk = d.fk_substance ${ofEncounter}`,
  ...key,
  fields: fields(
    ['id', 'int', 'Record number'],
    ['date', 'instant', 'Since'],
    ['name', 'text', 'Substance'],
    ['code', 'text', 'ATC code'],
    ['amount', 'decimal', 'Amount'],
    ['unit', 'text', 'Unit'],
    ['schedule', 'text', 'Schedule'],
    ['until', 'instant', 'Until'],
    ['why_ended', 'text', 'Why ended'],
  ),
}

const results: Resource = {
  ...{ name: 'results', category: 5, schema: 'gnumed-22/test_result', label: 'Test results' },
  query: `SELECT t.pk AS id, e.fk_patient::text AS owner, t.clin_when AS date, y.loinc AS code, y.name AS name,
  t.val_num AS value, t.val_alpha AS value_text, t.val_unit AS unit, t.val_normal_min AS low, t.val_normal_max AS high,
  t.abnormality_indicator AS flag, t.status AS status
FROM clin.test_result t JOIN clin.test_type y ON y.pk = t.fk_type ${ofEncounter}`,
  ...key,
  fields: fields(
    ['id', 'int', 'Record number'],
    ['date', 'instant', 'Time'],
    ['code', 'text', 'LOINC code'],
    ['name', 'text', 'Test'],
    ['value', 'decimal', 'Number'],
    ['value_text', 'text', 'Text'],
    ['unit', 'text', 'Unit'],
    ['low', 'decimal', 'Normal from'],
    ['high', 'decimal', 'Normal to'],
    ['flag', 'text', 'Abnormal'],
    ['status', 'text', 'Status'],
  ),
}

const vaccinations: Resource = {
  ...{ name: 'immunizations', category: 7, schema: 'gnumed-22/vaccination', label: 'Vaccinations' },
  query: `SELECT t.pk AS id, e.fk_patient::text AS owner, t.clin_when AS date, p.description AS name, t.batch_no AS batch,
  t.site AS site, t.reaction AS reaction
FROM clin.vaccination t JOIN ref.vaccine v ON v.pk = t.fk_vaccine
  LEFT JOIN ref.drug_product p ON p.pk = v.fk_drug_product ${ofEncounter}`,
  ...key,
  fields: fields(
    ['id', 'int', 'Record number'],
    ['date', 'instant', 'Date'],
    ['name', 'text', 'Vaccine'],
    ['batch', 'text', 'Batch'],
    ['site', 'text', 'Site'],
    ['reaction', 'text', 'Reaction'],
  ),
}

const procedures: Resource = {
  ...{ name: 'procedures', category: 8, schema: 'gnumed-22/procedure', label: 'Procedures' },
  query: `SELECT t.pk AS id, e.fk_patient::text AS owner, t.clin_when AS date, t.clin_end AS until, t.narrative AS name,
  t.is_ongoing AS ongoing FROM clin.procedure t ${ofEncounter}`,
  ...key,
  fields: fields(
    ['id', 'int', 'Record number'],
    ['date', 'instant', 'Start'],
    ['until', 'instant', 'End'],
    ['name', 'text', 'Procedure'],
    ['ongoing', 'bool', 'Goes on'],
  ),
}

const encounters: Resource = {
  ...{ name: 'encounters', category: 9, schema: 'gnumed-22/encounter', label: 'Encounters' },
  query: `SELECT e.pk AS id, e.fk_patient::text AS owner, e.started AS date, e.last_affirmed AS until, k.description AS kind,
  e.reason_for_encounter AS reason
FROM clin.encounter e JOIN clin.encounter_type k ON k.pk = e.fk_type WHERE e.fk_patient = :owner`,
  ...key,
  fields: fields(
    ['id', 'int', 'Record number'],
    ['date', 'instant', 'Start'],
    ['until', 'instant', 'End'],
    ['kind', 'text', 'Kind'],
    ['reason', 'text', 'Reason'],
  ),
}
