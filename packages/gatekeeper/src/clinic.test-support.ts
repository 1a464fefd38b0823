import { DatabaseSync } from '@photostructure/sqlite'
import { type Catalogue, parseCatalogue } from './catalogue.ts'

const person = `SELECT id, given, family, birth AS birth_date, sex AS gender, number AS national_id FROM person`

/** A small clinic's catalogue; `writeClinic` makes its database. */
export const clinicCatalogue: Catalogue = parseCatalogue({
  institution: 'clinic',
  name: 'Clinic',
  version: 1,
  patients: {
    search: {
      byNationalId: `${person} WHERE number = :value`,
      byId: `${person} WHERE id = :value`,
      byName: `${person} WHERE family LIKE '%' || :value || '%'`,
      list: `${person} ORDER BY id`,
    },
  },
  resources: [
    {
      name: 'labs',
      category: 5,
      schema: 'clinic/labs',
      label: 'Test results',
      query: `SELECT id, patient AS owner, date, code, value, final FROM lab WHERE patient = :owner`,
      ownerColumn: 'owner',
      recordKey: ['id'],
      fields: [
        { bit: 0, name: 'id', type: 'int', label: 'Number' },
        { bit: 1, name: 'date', type: 'date', label: 'Date' },
        { bit: 2, name: 'code', type: 'text', label: 'Code' },
        { bit: 3, name: 'value', type: 'decimal', label: 'Value' },
        { bit: 4, name: 'final', type: 'bool', label: 'Final' },
      ],
      insert: {
        id: 'int',
        sql: `INSERT INTO lab (id, patient, date, code, value, final) VALUES (:id, :owner, :date, :code, :value, 1)`,
        parameters: [
          { name: 'date', type: 'date', label: 'Date', required: true },
          {
            name: 'code',
            type: 'text',
            label: 'Code',
            required: true,
            options: ['4548-4', '2160-0'],
          },
          { name: 'value', type: 'decimal', label: 'Value', required: false },
        ],
      },
      update: {
        sql: 'UPDATE lab SET value = :value WHERE id = :id AND patient = :owner',
        parameters: [{ name: 'value', type: 'decimal', label: 'Value', required: true }],
      },
      retract: {
        sql: 'UPDATE lab SET final = 0 WHERE id = :id AND patient = :owner',
        parameters: [],
      },
    },
    {
      name: 'visits',
      category: 9,
      schema: 'clinic/visits',
      label: 'Visits',
      query: `SELECT id, patient AS owner, day AS date, reason FROM visit WHERE patient = :owner`,
      ownerColumn: 'owner',
      recordKey: ['id'],
      fields: [
        { bit: 0, name: 'id', type: 'int', label: 'Number' },
        { bit: 1, name: 'date', type: 'date', label: 'Date' },
        { bit: 2, name: 'reason', type: 'text', label: 'Reason' },
      ],
    },
  ],
  exclusions: [{ table: 'psychotherapy_notes', reason: '45 CFR 164.524(a)(1)(i)' }],
})

/** Writes the clinic's database with two patients. */
export function writeClinic(path: string): void {
  const database = new DatabaseSync(path)
  database.exec(`
    PRAGMA journal_mode = WAL;
    CREATE TABLE person (id TEXT PRIMARY KEY, given TEXT, family TEXT, birth TEXT, sex TEXT, number TEXT);
    CREATE TABLE lab (id INTEGER PRIMARY KEY, patient TEXT, date TEXT, code TEXT, value TEXT, final INTEGER);
    CREATE TABLE visit (id INTEGER PRIMARY KEY, patient TEXT, day TEXT, reason TEXT);
    CREATE TABLE psychotherapy_notes (id INTEGER PRIMARY KEY, patient TEXT, text TEXT);
    CREATE VIEW all_notes AS SELECT text FROM psychotherapy_notes;
    INSERT INTO person VALUES ('P1', 'Ada', 'Berg', '1980-01-02', 'female', '123'),
      ('p1', 'Bo', 'Dahl', '1990-03-04', 'male', '456');
    INSERT INTO lab VALUES (9007199254740995, 'P1', '2024-06-01', '4548-4', NULL, 0),
      (9007199254740993, 'P1', '2024-03-01', '4548-4', '6.10', 1),
      (7, 'p1', '2024-04-01', '2160-0', '0.9', 1);
    INSERT INTO visit VALUES (1, 'P1', '2024-03-01', 'check-up'), (2, 'p1', '2024-04-01', 'cough');
    INSERT INTO psychotherapy_notes VALUES (1, 'P1', 'never to be read');`)
  database.close()
}
