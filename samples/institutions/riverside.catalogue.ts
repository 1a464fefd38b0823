import {
  type Catalogue,
  type CatalogueResource,
  fields,
  required,
  sameNumber,
} from './catalogue.ts'
import { care, person, retract } from './riverside.resources.ts'

function intervalResource(
  name: string,
  category: number,
  table: string,
  label: string,
  type: 'date' | 'instant',
): CatalogueResource {
  return {
    name,
    category,
    schema: `synthea/${table}`,
    label,
    query: `SELECT Id AS id, PATIENT AS owner, START AS date, STOP AS until, CODE AS code, DESCRIPTION AS name,
  REASONDESCRIPTION AS reason, STATUS AS status
FROM ${table} WHERE PATIENT = :owner ORDER BY START, Id`,
    ownerColumn: 'owner',
    recordKey: ['id'],
    fields: fields(
      ['id', 'text', 'Record number'],
      ['date', type, 'Start'],
      ['until', type, 'End'],
      ['code', 'text', 'SNOMED CT code'],
      ['name', 'text', 'Name'],
      ['reason', 'text', 'Reason'],
      ['status', 'text', 'Status'],
    ),
    retract: retract(table),
  }
}

const notes: CatalogueResource = {
  name: 'notes',
  category: 10,
  schema: 'synthea/notes',
  label: 'Notes and reports',
  query: `SELECT Id AS id, PATIENT AS owner, DATE AS date, CODE AS code, DESCRIPTION AS name, TITLE AS title,
  TEXT AS text, STATUS AS status
FROM notes WHERE PATIENT = :owner ORDER BY DATE, Id`,
  ownerColumn: 'owner',
  recordKey: ['id'],
  fields: fields(
    ['id', 'text', 'Record number'],
    ['date', 'instant', 'Written'],
    ['code', 'text', 'LOINC code'],
    ['name', 'text', 'Kind'],
    ['title', 'text', 'Title'],
    ['text', 'text', 'Text'],
    ['status', 'text', 'Status'],
  ),
  insert: {
    id: 'uuid',
    sql: `INSERT INTO notes (Id, DATE, PATIENT, CODE, DESCRIPTION, TITLE, TEXT, STATUS)
VALUES (:id, :date, :owner, '34109-9', 'Note', :title, :text, 'current')`,
    parameters: [
      required('date', 'instant', 'Written'),
      required('title', 'text', 'Title'),
      required('text', 'text', 'Text'),
    ],
  },
  update: {
    sql: `UPDATE notes SET TITLE = :title, TEXT = :text, STATUS = 'amended' WHERE Id = :id AND PATIENT = :owner`,
    parameters: [required('title', 'text', 'Title'), required('text', 'text', 'Text')],
  },
  retract: retract('notes'),
}

/** What Riverside's gatekeeper may serve. */
export const riversideCatalogue: Catalogue = {
  institution: 'riverside',
  name: 'Riverside Hospital',
  version: 1,
  patients: {
    table: 'patients',
    idColumn: 'Id',
    givenNameColumn: 'FIRST',
    familyNameColumn: 'LAST',
    birthDateColumn: 'BIRTHDATE',
    nationalIdColumn: 'SSN',
    search: searches(),
  },
  resources: [
    ...person,
    ...care,
    intervalResource('procedures', 8, 'procedures', 'Procedures', 'instant'),
    intervalResource('careplans', 8, 'careplans', 'Care plans', 'date'),
    intervalResource('encounters', 9, 'encounters', 'Visits', 'instant'),
    notes,
  ],
  exclusions: [
    { table: 'psychotherapy_notes', reason: 'Psychotherapy notes (45 CFR 164.524(a)(1)(i))' },
    { table: 'physician_private_notes', reason: "Physicians' own notes" },
  ],
}

function searches(): Catalogue['patients']['search'] {
  const select = `SELECT Id AS id, FIRST AS given, LAST AS family, BIRTHDATE AS birth_date, GENDER AS gender,
  SSN AS national_id FROM patients`
  return {
    byNationalId: `${select} WHERE ${sameNumber('SSN')}`,
    byId: `${select} WHERE Id = :value`,
    byName: `${select} WHERE instr(lower(FIRST || ' ' || LAST), lower(:value)) > 0 ORDER BY LAST, FIRST LIMIT 50`,
    list: `${select} ORDER BY LAST, FIRST`,
  }
}
