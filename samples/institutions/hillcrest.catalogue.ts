import { type Catalogue, fields, optional, required, sameNumber } from './catalogue.ts'
import {
  german,
  hillcrestResources,
  id,
  instant,
  iso,
  resource,
  stand,
  status,
  storno,
} from './hillcrest.resources.ts'

const immunizations = resource({
  name: 'immunizations',
  category: 7,
  table: 'impfung',
  label: 'Vaccinations',
  columns: `${iso('datum')} AS date, code, impfstoff AS name, charge AS lot`,
  status: storno,
  order: 'datum',
  fields: fields(
    id,
    ['date', 'date', 'Given'],
    ['code', 'text', 'CVX code'],
    ['name', 'text', 'Vaccine'],
    ['lot', 'text', 'Lot'],
    status,
  ),
  insert: {
    into: `(nr, patnr, datum, code, impfstoff, charge) VALUES (:id, :owner, ${german(':date')}, :code, :name, :lot)`,
    parameters: [
      required('date', 'date', 'Given'),
      required('name', 'text', 'Vaccine'),
      optional('code', 'text', 'CVX code'),
      optional('lot', 'text', 'Lot'),
    ],
  },
})

const procedures = resource({
  name: 'procedures',
  category: 8,
  table: 'leistung',
  label: 'Procedures and care plans',
  columns: `${iso('datum')} AS date, ${iso('bis')} AS until, code, bezeichnung AS name, grund AS reason`,
  status: storno,
  order: 'datum',
  fields: fields(
    id,
    ['date', 'date', 'Start'],
    ['until', 'date', 'End'],
    ['code', 'text', 'SNOMED CT code'],
    ['name', 'text', 'Procedure'],
    ['reason', 'text', 'Reason'],
    status,
  ),
  insert: {
    into: `(nr, patnr, datum, bis, code, bezeichnung, grund, art)
VALUES (:id, :owner, ${german(':date')}, ${german(':until')}, :code, :name, :reason, 'leistung')`,
    parameters: [
      required('date', 'date', 'Start'),
      optional('until', 'date', 'End'),
      required('name', 'text', 'Procedure'),
      optional('code', 'text', 'SNOMED CT code'),
      optional('reason', 'text', 'Reason'),
    ],
  },
})

const encounters = resource({
  name: 'encounters',
  category: 9,
  table: 'kontakt',
  label: 'Visits',
  columns: `${instant} AS date, code, art AS name, anlass AS reason,
  (SELECT name FROM behandler WHERE kuerzel = kontakt.behandler) AS clinician`,
  status: storno,
  order: 'datum',
  fields: fields(
    id,
    ['date', 'instant', 'Start'],
    ['code', 'text', 'SNOMED CT code'],
    ['name', 'text', 'Visit'],
    ['reason', 'text', 'Reason'],
    ['clinician', 'text', 'Clinician'],
    status,
  ),
})

const letters = resource({
  name: 'notes',
  category: 10,
  table: 'brief',
  label: 'Letters and reports',
  columns: `${iso('datum')} AS date, art AS name, betreff AS title, inhalt AS text`,
  status: stand,
  order: 'datum',
  fields: fields(
    id,
    ['date', 'date', 'Written'],
    ['name', 'text', 'Kind'],
    ['title', 'text', 'Title'],
    ['text', 'text', 'Text'],
    status,
  ),
  insert: {
    into: `(nr, patnr, datum, art, betreff, inhalt, stand)
VALUES (:id, :owner, ${german(':date')}, 'Note', :title, :text, 'current')`,
    parameters: [
      required('date', 'date', 'Written'),
      required('title', 'text', 'Title'),
      required('text', 'text', 'Text'),
    ],
  },
  update: {
    set: `betreff = :title, inhalt = :text, stand = 'amended'`,
    parameters: [required('title', 'text', 'Title'), required('text', 'text', 'Text')],
  },
})

const people = `SELECT patnr AS id, vorname AS given, nachname AS family, ${iso('geb')} AS birth_date,
  geschlecht AS gender, versnr AS national_id FROM pat`

/** What Hillcrest's gatekeeper may serve. */
export const hillcrestCatalogue: Catalogue = {
  institution: 'hillcrest',
  name: 'Hillcrest Family Practice',
  version: 1,
  patients: {
    table: 'pat',
    idColumn: 'patnr',
    givenNameColumn: 'vorname',
    familyNameColumn: 'nachname',
    birthDateColumn: 'geb',
    nationalIdColumn: 'versnr',
    search: {
      byNationalId: `${people} WHERE ${sameNumber('versnr')}`,
      byId: `${people} WHERE patnr = :value`,
      byName: `${people} WHERE instr(lower(vorname || ' ' || nachname), lower(:value)) > 0
ORDER BY nachname, vorname LIMIT 50`,
      list: `${people} ORDER BY nachname, vorname`,
    },
  },
  resources: [...hillcrestResources, immunizations, procedures, encounters, letters],
  exclusions: [
    { table: 'therapist_notes', reason: 'Psychotherapy notes (45 CFR 164.524(a)(1)(i))' },
    { table: 'arzt_notizen', reason: "Physicians' own notes" },
  ],
}
