import type { Catalogue } from '../catalogue.ts'
import { type Dialect, fields, type Mapping } from './Mapping.ts'

type Resource = Catalogue['resources'][number]

/**
 * eICU Collaborative Research Database, demo 2.0.1 (physionet.org/content/eicu-crd-demo). A person is `uniquepid`, with
 * one row of `patient` for each stay; times are minutes from the admission to the unit.
 */
export const eicu: Mapping = {
  version: 1,
  engines: ['sqlite', 'postgres', 'mariadb'],
  content: (sql) => ({
    patients: people(sql),
    resources: [stays(sql), ...tables.map((table) => ofStay(sql, table))],
    exclusions: [
      { table: 'note', reason: 'Free text may hold psychotherapy notes', ifPresent: true },
    ],
  }),
}

function people(sql: Dialect): Catalogue['patients'] {
  const person = `SELECT DISTINCT uniquepid AS id, NULL AS given, uniquepid AS family, NULL AS birth_date,
  lower(${sql.text('gender')}) AS gender, uniquepid AS national_id FROM patient`
  return {
    search: {
      byNationalId: `${person} WHERE uniquepid = :value`,
      byId: `${person} WHERE uniquepid = :value`,
      byName: `${person} WHERE ${sql.holds('uniquepid')} ORDER BY uniquepid LIMIT 50`,
      list: `${person} ORDER BY uniquepid LIMIT 1000`,
    },
  }
}

function stays(sql: Dialect): Resource {
  return {
    ...{
      name: 'encounters',
      category: 9,
      schema: 'eicu-2.0/patient',
      label: 'Intensive care stays',
    },
    query: `SELECT patientunitstayid AS id, uniquepid AS owner, ${sql.text('gender')} AS gender, ${sql.text('age')} AS age,
  ${sql.text('ethnicity')} AS ethnicity, ${sql.text('unittype')} AS unit, ${sql.text('apacheadmissiondx')} AS reason,
  ${sql.text('unitadmitsource')} AS from_place, ${sql.text('unitdischargelocation')} AS to_place,
  unitdischargeoffset AS minutes, ${sql.text('hospitaldischargeyear')} AS discharge_year,
  ${sql.text('unitdischargestatus')} AS outcome FROM patient WHERE uniquepid = :owner`,
    ...{ ownerColumn: 'owner', recordKey: ['id'] },
    fields: fields(
      ['id', 'int', 'Stay'],
      ['gender', 'text', 'Sex'],
      ['age', 'text', 'Age'],
      ['ethnicity', 'text', 'Ethnicity'],
      ['unit', 'text', 'Unit'],
      ['reason', 'text', 'Reason of admission'],
      ['from_place', 'text', 'Came from'],
      ['to_place', 'text', 'Went to'],
      ['minutes', 'int', 'Length in minutes'],
      ['discharge_year', 'text', 'Year of discharge'],
      ['outcome', 'text', 'Outcome'],
    ),
  }
}

type Column = readonly [
  name: string,
  type: 'text' | 'decimal' | 'int',
  column: string,
  label: string,
]
type Table = {
  readonly name: string
  readonly category: number
  readonly label: string
  readonly table: string
  readonly key: string
  readonly offset: string
  readonly columns: readonly Column[]
}

const tables: readonly Table[] = [
  {
    ...{ name: 'admission_diagnoses', category: 2, label: 'Diagnoses on admission' },
    ...{ table: 'admissiondx', key: 'admissiondxid', offset: 'admitdxenteredoffset' },
    columns: [['name', 'text', 'admitdxpath', 'Diagnosis']],
  },
  {
    ...{ name: 'conditions', category: 2, label: 'Diagnoses' },
    ...{ table: 'diagnosis', key: 'diagnosisid', offset: 'diagnosisoffset' },
    columns: [
      ['name', 'text', 'diagnosisstring', 'Diagnosis'],
      ['code', 'text', 'icd9code', 'ICD-9 and ICD-10 codes'],
      ['priority', 'text', 'diagnosispriority', 'Priority'],
    ],
  },
  {
    ...{ name: 'medications', category: 4, label: 'Medications' },
    ...{ table: 'medication', key: 'medicationid', offset: 'drugstartoffset' },
    columns: [
      ['name', 'text', 'drugname', 'Medication'],
      ['dose', 'text', 'dosage', 'Dose'],
      ['route', 'text', 'routeadmin', 'Route'],
      ['frequency', 'text', 'frequency', 'Frequency'],
      ['until', 'int', 'drugstopoffset', 'Until (minutes)'],
      ['cancelled', 'text', 'drugordercancelled', 'Cancelled'],
    ],
  },
  {
    ...{ name: 'results', category: 5, label: 'Test results' },
    ...{ table: 'lab', key: 'labid', offset: 'labresultoffset' },
    columns: [
      ['name', 'text', 'labname', 'Test'],
      ['value', 'text', 'labresult', 'Value'],
      ['value_text', 'text', 'labresulttext', 'As reported'],
      ['unit', 'text', 'labmeasurenamesystem', 'Unit'],
    ],
  },
  {
    ...{ name: 'procedures', category: 8, label: 'Treatments' },
    ...{ table: 'treatment', key: 'treatmentid', offset: 'treatmentoffset' },
    columns: [['name', 'text', 'treatmentstring', 'Treatment']],
  },
  {
    ...{ name: 'examinations', category: 6, label: 'Physical examinations' },
    ...{ table: 'physicalexam', key: 'physicalexamid', offset: 'physicalexamoffset' },
    columns: [
      ['name', 'text', 'physicalexampath', 'Examination'],
      ['value', 'text', 'physicalexamtext', 'Finding'],
    ],
  },
]

function ofStay(
  sql: Dialect,
  { name, category, label, table, key, offset, columns }: Table,
): Resource {
  const shown = columns.map(([as, type, column]) =>
    type === 'text' ? `${sql.text(`t.${column}`)} AS ${as}` : `t.${column} AS ${as}`,
  )
  return {
    ...{ name, category, schema: `eicu-2.0/${table}`, label },
    query: `SELECT t.${key} AS id, p.uniquepid AS owner, t.patientunitstayid AS stay, t.${offset} AS minutes,
  ${shown.join(', ')}
FROM ${table} t JOIN patient p ON p.patientunitstayid = t.patientunitstayid WHERE p.uniquepid = :owner`,
    ...{ ownerColumn: 'owner', recordKey: ['id'] },
    fields: fields(
      ['id', 'int', 'Record number'],
      ['stay', 'int', 'Stay'],
      ['minutes', 'int', 'Minutes from admission'],
      ...columns.map(([as, type, , what]) => [as, type, what] as const),
    ),
  }
}
