import type { Catalogue } from '../catalogue.ts'
import { type Dialect, fields, type Mapping, sexOf } from './Mapping.ts'

type Resource = Catalogue['resources'][number]

/** Synthea's CSV export (version 3, github.com/synthetichealth/synthea/wiki/CSV-File-Data-Dictionary) as tables. */
export const synthea: Mapping = {
  version: 1,
  engines: ['sqlite', 'postgres', 'mariadb'],
  content: (sql) => ({
    patients: people(sql),
    resources: [
      demographics(sql),
      conditions(sql),
      allergies(sql),
      medications(sql),
      ...observations(sql),
      immunizations(sql),
      procedures(sql),
      encounters(sql),
    ],
    exclusions: [],
  }),
}

function people(sql: Dialect): Catalogue['patients'] {
  const person = `SELECT id, first AS given, last AS family, ${sql.date('birthdate')} AS birth_date,
  ${sexOf('gender')} AS gender, ssn AS national_id FROM patients`
  return {
    search: {
      byNationalId: `${person} WHERE replace(ssn, '-', '') = replace(:value, '-', '')`,
      byId: `${person} WHERE id = :value`,
      byName: `${person} WHERE ${sql.holds("first || ' ' || last")} ORDER BY last, first LIMIT 50`,
      list: `${person} ORDER BY last, first LIMIT 1000`,
    },
  }
}

function demographics(sql: Dialect): Resource {
  return {
    ...{ name: 'demographics', category: 1, schema: 'synthea/patients', label: 'Personal details' },
    query: `SELECT id, id AS owner, first AS given, last AS family, ${sql.date('birthdate')} AS birth_date,
  ${sql.date('deathdate')} AS death_date, ${sexOf('gender')} AS gender, ${sql.text('ssn')} AS national_id,
  ${sql.text('address')} AS street, ${sql.text('city')} AS city, ${sql.text('state')} AS state,
  ${sql.text('zip')} AS postal_code FROM patients WHERE id = :owner`,
    ...{ ownerColumn: 'owner', recordKey: ['id'] },
    fields: fields(
      ['id', 'text', 'Record number'],
      ['given', 'text', 'First name'],
      ['family', 'text', 'Last name'],
      ['birth_date', 'date', 'Date of birth'],
      ['death_date', 'date', 'Date of death'],
      ['gender', 'text', 'Sex'],
      ['national_id', 'text', 'National ID'],
      ['street', 'text', 'Street'],
      ['city', 'text', 'City'],
      ['state', 'text', 'State'],
      ['postal_code', 'text', 'Postal code'],
    ),
  }
}

/** The tables have no keys of their own: what stands twice is numbered. */
function numbered(by: string): string {
  return `row_number() OVER (PARTITION BY ${by} ORDER BY ${by})`
}

const entryKey = ['encounter', 'code', 'date', 'occurrence']
const entryFields = [
  ['encounter', 'text', 'Visit'],
  ['occurrence', 'int', 'Occurrence'],
] as const

function conditions(sql: Dialect): Resource {
  return {
    ...{ name: 'conditions', category: 2, schema: 'synthea/conditions', label: 'Conditions' },
    query: `SELECT patient AS owner, ${sql.date('start')} AS date, ${sql.date('stop')} AS until,
  ${sql.text('code')} AS code, description AS name, encounter, ${numbered('encounter, code, start')} AS occurrence
FROM conditions WHERE patient = :owner`,
    ...{ ownerColumn: 'owner', recordKey: entryKey },
    fields: fields(
      ['date', 'date', 'Since'],
      ['until', 'date', 'Until'],
      ['code', 'text', 'SNOMED CT code'],
      ['name', 'text', 'Condition'],
      ...entryFields,
    ),
  }
}

function allergies(sql: Dialect): Resource {
  return {
    ...{ name: 'allergies', category: 3, schema: 'synthea/allergies', label: 'Allergies' },
    query: `SELECT patient AS owner, ${sql.date('start')} AS date, ${sql.date('stop')} AS until,
  ${sql.text('code')} AS code, description AS name, ${sql.text('category')} AS category,
  ${sql.text('description1')} AS reaction, ${sql.text('severity1')} AS severity, encounter,
  ${numbered('encounter, code, start')} AS occurrence FROM allergies WHERE patient = :owner`,
    ...{ ownerColumn: 'owner', recordKey: entryKey },
    fields: fields(
      ['date', 'date', 'Since'],
      ['until', 'date', 'Until'],
      ['code', 'text', 'Code'],
      ['name', 'text', 'Allergy'],
      ['category', 'text', 'Category'],
      ['reaction', 'text', 'Reaction'],
      ['severity', 'text', 'Severity'],
      ...entryFields,
    ),
  }
}

function medications(sql: Dialect): Resource {
  return {
    ...{ name: 'medications', category: 4, schema: 'synthea/medications', label: 'Medications' },
    query: `SELECT patient AS owner, ${sql.date('start')} AS date, ${sql.date('stop')} AS until,
  ${sql.text('code')} AS code, description AS name, ${sql.text('dispenses')} AS dispenses,
  ${sql.text('reasondescription')} AS reason, encounter, ${numbered('encounter, code, start')} AS occurrence
FROM medications WHERE patient = :owner`,
    ...{ ownerColumn: 'owner', recordKey: entryKey },
    fields: fields(
      ['date', 'date', 'Since'],
      ['until', 'date', 'Until'],
      ['code', 'text', 'RxNorm code'],
      ['name', 'text', 'Medication'],
      ['dispenses', 'text', 'Times dispensed'],
      ['reason', 'text', 'Reason'],
      ...entryFields,
    ),
  }
}

/** One table holds results, vital signs and answers to questions. */
function observations(sql: Dialect): readonly Resource[] {
  const kinds = [
    ['results', 5, 'Test results', "= 'laboratory'"],
    ['vitals', 6, 'Vital signs', "= 'vital-signs'"],
    ['observations', 5, 'Other observations', "NOT IN ('laboratory', 'vital-signs')"],
  ] as const
  return kinds.map(([name, category, label, which]) => ({
    ...{ name, category, schema: `synthea/observations-${name}`, label },
    query: `SELECT patient AS owner, ${sql.instant('date')} AS date, ${sql.text('code')} AS code,
  description AS name, ${sql.text('value')} AS value, ${sql.text('units')} AS unit,
  coalesce(${sql.text('encounter')}, '') AS encounter, ${numbered('encounter, code, date')} AS occurrence
FROM observations WHERE patient = :owner AND coalesce(category, '') ${which}`,
    ...{ ownerColumn: 'owner', recordKey: entryKey },
    fields: fields(
      ['date', 'instant', 'Time'],
      ['code', 'text', 'LOINC code'],
      ['name', 'text', 'Test'],
      ['value', 'text', 'Value'],
      ['unit', 'text', 'Unit'],
      ...entryFields,
    ),
  }))
}

function immunizations(sql: Dialect): Resource {
  return {
    ...{
      name: 'immunizations',
      category: 7,
      schema: 'synthea/immunizations',
      label: 'Immunizations',
    },
    query: `SELECT patient AS owner, ${sql.date('date')} AS date, ${sql.text('code')} AS code,
  description AS name, encounter, ${numbered('encounter, code, date')} AS occurrence
FROM immunizations WHERE patient = :owner`,
    ...{ ownerColumn: 'owner', recordKey: entryKey },
    fields: fields(
      ['date', 'date', 'Date'],
      ['code', 'text', 'CVX code'],
      ['name', 'text', 'Vaccine'],
      ...entryFields,
    ),
  }
}

function procedures(sql: Dialect): Resource {
  return {
    ...{ name: 'procedures', category: 8, schema: 'synthea/procedures', label: 'Procedures' },
    query: `SELECT patient AS owner, ${sql.instant('start')} AS date, ${sql.instant('stop')} AS until,
  ${sql.text('code')} AS code, description AS name, ${sql.text('reasondescription')} AS reason, encounter,
  ${numbered('encounter, code, start')} AS occurrence FROM procedures WHERE patient = :owner`,
    ...{ ownerColumn: 'owner', recordKey: entryKey },
    fields: fields(
      ['date', 'instant', 'Start'],
      ['until', 'instant', 'End'],
      ['code', 'text', 'SNOMED CT code'],
      ['name', 'text', 'Procedure'],
      ['reason', 'text', 'Reason'],
      ...entryFields,
    ),
  }
}

function encounters(sql: Dialect): Resource {
  return {
    ...{ name: 'encounters', category: 9, schema: 'synthea/encounters', label: 'Visits' },
    query: `SELECT e.id AS id, e.patient AS owner, ${sql.instant('e.start')} AS date, ${sql.instant('e.stop')} AS until,
  e.encounterclass AS class, ${sql.text('e.code')} AS code, e.description AS name, o.name AS place,
  p.name AS clinician, ${sql.text('e.reasondescription')} AS reason
FROM encounters e LEFT JOIN organizations o ON o.id = e.organization LEFT JOIN providers p ON p.id = e.provider
WHERE e.patient = :owner`,
    ...{ ownerColumn: 'owner', recordKey: ['id'] },
    fields: fields(
      ['id', 'text', 'Record number'],
      ['date', 'instant', 'Start'],
      ['until', 'instant', 'End'],
      ['class', 'text', 'Kind'],
      ['code', 'text', 'SNOMED CT code'],
      ['name', 'text', 'Visit'],
      ['place', 'text', 'Place'],
      ['clinician', 'text', 'Clinician'],
      ['reason', 'text', 'Reason'],
    ),
  }
}
