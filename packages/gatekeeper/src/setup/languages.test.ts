import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  hasMariadb,
  hasPostgres,
  startMariadb,
  startPostgres,
} from '../adapter/servers.test-support.ts'
import { parseSource } from '../adapter/source.ts'
import { germanTables, loaded, sqliteSchema } from './german.test-support.ts'
import type { SqlSource } from './openAsker.ts'
import { readSchema, type Schema } from './readSchema.ts'

const isCi = process.env['CI'] === 'true'
const engines = ['sqlite', 'postgres', 'mariadb'] as const
const lacks = { sqlite: false, postgres: !hasPostgres && !isCi, mariadb: !hasMariadb && !isCi }
const closing: (() => Promise<void>)[] = []
let servers: { readonly postgres?: SqlSource; readonly mariadb?: SqlSource } = {}

beforeAll(async () => {
  if (!lacks.postgres) {
    const server = await startPostgres()
    closing.push(() => server.close())
    const postgres = `postgres://owner@localhost:${server.port}/clinic?socket=${server.folder}`
    servers = { ...servers, postgres: parseSource(postgres) as SqlSource }
  }
  if (lacks.mariadb) return
  const server = await startMariadb()
  closing.push(() => server.close())
  const mariadb = `mysql://owner@localhost/clinic?socket=${server.folder}/s`
  servers = { ...servers, mariadb: parseSource(mariadb) as SqlSource }
})
afterAll(() => Promise.all(closing.map((close) => close())))

async function schemaOn(engine: (typeof engines)[number], sql: string): Promise<Schema> {
  if (engine === 'sqlite') return sqliteSchema(sql)
  const source = servers[engine] as SqlSource
  await loaded(source, sql)
  return readSchema(source)
}

const archive = `CREATE SCHEMA archive;
CREATE TABLE archive.tbl_stamm (patientennr VARCHAR(12) NOT NULL PRIMARY KEY);
CREATE TABLE archive.impfungen (nr INTEGER PRIMARY KEY, patientennr VARCHAR(12) NOT NULL,
  FOREIGN KEY (patientennr) REFERENCES archive.tbl_stamm (patientennr))`

const shared = ({ proposal }: Schema) =>
  proposal.resources.map(({ table, category, owner, key }) => [table, category, owner, key.join()])

for (const engine of engines)
  test.skipIf(lacks[engine])(
    `on ${engine} declared keys and codes count more than names, and foreign names are known`,
    async () => {
      const schema = await schemaOn(engine, germanTables)
      const { patients, exclusions, left } = schema.proposal
      expect(patients).toEqual({
        // The key of the table is another one: what the others' keys lead to counts.
        ...{ table: 'tbl_stamm', id: 'patientennr', given: 'vorname', family: 'nachname' },
        ...{ birthDate: 'geb_dat', gender: 'geschlecht', nationalId: 'versichertennr' },
      })
      expect(shared(schema)).toEqual([
        ['besuche', 9, 'patientennr', 'fall_nr'],
        ['laborwerte', 5, 'gehoert', 'auftrag,zeile'],
        ['tab_7', 4, 'gehoert', 'nr'],
        ['tbl_stamm', 1, 'patientennr', 'lfd'],
        ['v_befunde', 5, 'gehoert', 'befund_nr'],
      ])
      expect(exclusions.map(({ table }) => table)).toEqual(['psychotherapie_notizen'])
      expect(left).toEqual(['aerzte', 'rechnungen', 'tab_9', 'termine'])
      if (engine === 'sqlite') return
      // Whose patients have the same numbers.
      const more = await schemaOn(engine, archive)
      expect(shared(more)).toEqual(shared(schema))
      expect(more.proposal.left).toContain('archive.impfungen')
    },
  )

test.each<[string, string, object, readonly (readonly [string, number, string])[]]>([
  [
    'French',
    `CREATE TABLE patients (num_patient INTEGER PRIMARY KEY, "prénom" TEXT, nom TEXT, nom_naissance TEXT,
  lieu_naissance TEXT, date_naissance TEXT, sexe TEXT, nir TEXT);
CREATE TABLE ordonnances (id INTEGER PRIMARY KEY, id_patient INTEGER, medicament TEXT);
CREATE TABLE analyses (id INTEGER PRIMARY KEY, num_patient INTEGER, valeur REAL);
CREATE TABLE sejours (id INTEGER PRIMARY KEY, numero_du_patient INTEGER);
CREATE TABLE vaccins (id INTEGER PRIMARY KEY, patient INTEGER);
CREATE TABLE factures (id INTEGER PRIMARY KEY, num_patient INTEGER);
CREATE TABLE notes_privees (id INTEGER PRIMARY KEY, num_patient INTEGER)`,
    {
      ...{ table: 'patients', id: 'num_patient', given: 'prénom', family: 'nom' },
      ...{ birthDate: 'date_naissance', gender: 'sexe', nationalId: 'nir' },
    },
    [
      ['analyses', 5, 'num_patient'],
      ['ordonnances', 4, 'id_patient'],
      ['patients', 1, 'num_patient'],
      ['sejours', 9, 'numero_du_patient'],
      ['vaccins', 7, 'patient'],
    ],
  ],
  [
    'Spanish',
    `CREATE TABLE pacientes (id_paciente INTEGER PRIMARY KEY, nombre TEXT, apellidos TEXT, lugar_nacimiento TEXT,
  fecha_nacimiento TEXT, sexo TEXT, dni TEXT);
CREATE TABLE medicos (id_medico INTEGER PRIMARY KEY, nombre TEXT, apellidos TEXT, fecha_nacimiento TEXT);
CREATE TABLE alergias (id INTEGER PRIMARY KEY, paciente_id INTEGER);
CREATE TABLE recetas (id INTEGER PRIMARY KEY, id_paciente INTEGER, id_medico INTEGER);
CREATE TABLE citas (id INTEGER PRIMARY KEY, paciente INTEGER);
CREATE TABLE cirugias (id INTEGER PRIMARY KEY, codigo_paciente INTEGER);
CREATE TABLE notas_psicologia (id INTEGER PRIMARY KEY, id_paciente INTEGER)`,
    {
      ...{ table: 'pacientes', id: 'id_paciente', given: 'nombre', family: 'apellidos' },
      ...{ birthDate: 'fecha_nacimiento', gender: 'sexo', nationalId: 'dni' },
    },
    [
      ['alergias', 3, 'paciente_id'],
      ['cirugias', 8, 'codigo_paciente'],
      ['citas', 9, 'paciente'],
      ['pacientes', 1, 'id_paciente'],
      ['recetas', 4, 'id_paciente'],
    ],
  ],
  [
    'Portuguese',
    `CREATE TABLE utentes (numero INTEGER PRIMARY KEY, nome TEXT, apelido TEXT, data_nascimento TEXT, sexo TEXT, nif TEXT);
CREATE TABLE exames (id INTEGER PRIMARY KEY, utente_id INTEGER);
CREATE TABLE receitas (id INTEGER PRIMARY KEY, num_utente INTEGER);
CREATE TABLE doencas (id INTEGER PRIMARY KEY, utente INTEGER);
CREATE TABLE relatorios (id INTEGER PRIMARY KEY, utente INTEGER)`,
    {
      ...{ table: 'utentes', id: 'numero', given: 'nome', family: 'apelido' },
      ...{ birthDate: 'data_nascimento', gender: 'sexo', nationalId: 'nif' },
    },
    [
      ['doencas', 2, 'utente'],
      ['exames', 5, 'utente_id'],
      ['receitas', 4, 'num_utente'],
      ['relatorios', 10, 'utente'],
      ['utentes', 1, 'numero'],
    ],
  ],
])('names in %s are known', async (_, sql, patients, resources) => {
  const schema = sqliteSchema(sql)
  const { proposal } = await schema
  expect(proposal.patients).toEqual(patients)
  expect(shared(await schema).map(([table, category, owner]) => [table, category, owner])).toEqual(
    resources,
  )
})

test('a day of birth by its type alone, when the table has one and no name tells', async () => {
  const people = (columns: string): Promise<Schema> =>
    sqliteSchema(`CREATE TABLE patients (id INTEGER PRIMARY KEY, given TEXT, family TEXT, ${columns});
INSERT INTO patients VALUES (1, 'Ada', 'Novak', '1979-04-12', '2024-01-02')`)
  const one = await people('syntyi TEXT, note TEXT CHECK (note <> 1)')
  expect(one.proposal.patients).toBeUndefined()
  const two = await people('syntyi TEXT, birth_name TEXT')
  expect(two.proposal.patients).toMatchObject({ birthDate: 'syntyi' })
})

test('a key to another column of the patients is no owner, whatever its name', async () => {
  const { proposal } = await sqliteSchema(`
CREATE TABLE patients (id INTEGER PRIMARY KEY, card INTEGER UNIQUE, given TEXT, family TEXT, birth TEXT);
CREATE TABLE labs (id INTEGER PRIMARY KEY, patient_id INTEGER REFERENCES patients (id));
CREATE TABLE visits (id INTEGER PRIMARY KEY, pat INTEGER REFERENCES patients);
CREATE TABLE notes (id INTEGER PRIMARY KEY, patient_id INTEGER REFERENCES patients (card));
CREATE TABLE allergies (id INTEGER PRIMARY KEY, patient_id INTEGER REFERENCES labs (id))`)
  expect(proposal.patients).toMatchObject({ id: 'id' })
  expect(proposal.resources.map(({ table }) => table)).toEqual(['labs', 'patients', 'visits'])
  expect(proposal.left).toEqual(['allergies', 'notes'])
})

test('a key that names no column leads to the primary key, and counts for it', async () => {
  const { proposal } = await sqliteSchema(`
CREATE TABLE patients (id INTEGER PRIMARY KEY, card INTEGER UNIQUE, given TEXT, family TEXT, birth TEXT);
CREATE TABLE labs (id INTEGER PRIMARY KEY, pat INTEGER REFERENCES patients);
CREATE TABLE visits (id INTEGER PRIMARY KEY, pat INTEGER REFERENCES patients);
CREATE TABLE notes (id INTEGER PRIMARY KEY, pat INTEGER REFERENCES patients (card))`)
  expect(proposal.patients).toMatchObject({ id: 'id' })
  expect(proposal.resources.map(({ table }) => table)).toEqual(['labs', 'patients', 'visits'])
  const other = await sqliteSchema(`
CREATE TABLE patients (id INTEGER PRIMARY KEY, card INTEGER UNIQUE, given TEXT, family TEXT, birth TEXT);
CREATE TABLE labs (id INTEGER PRIMARY KEY, pat INTEGER REFERENCES patients);
CREATE TABLE visits (id INTEGER PRIMARY KEY, pat INTEGER REFERENCES patients (card));
CREATE TABLE notes (id INTEGER PRIMARY KEY, pat INTEGER REFERENCES patients (card))`)
  expect(other.proposal.patients).toMatchObject({ id: 'card' })
  expect(other.proposal.resources.map(({ table }) => table)).toEqual([
    'notes',
    'patients',
    'visits',
  ])
})

test("a row's own number is no patient's, though another table's leads to the patients", async () => {
  const schema = await sqliteSchema(`
CREATE TABLE patients (id INTEGER PRIMARY KEY, given TEXT, family TEXT, birth TEXT);
CREATE TABLE addresses (id INTEGER PRIMARY KEY REFERENCES patients (id), street TEXT);
CREATE TABLE visits (id INTEGER PRIMARY KEY, patient_id INTEGER REFERENCES patients (id));
CREATE TABLE lab_results (id INTEGER PRIMARY KEY, visit INTEGER REFERENCES visits (id), value TEXT);
CREATE TABLE diagnoses (id INTEGER, line INTEGER, value TEXT, PRIMARY KEY (id, line));
CREATE VIEW v_befunde AS SELECT id, value FROM lab_results`)
  expect(shared(schema)).toEqual([
    ['patients', 1, 'id', 'id'],
    ['visits', 9, 'patient_id', 'id'],
  ])
})

test("a row's own number is no patient's, though the patients' has the same name", async () => {
  const schema = await sqliteSchema(`
CREATE TABLE patients (pk INTEGER PRIMARY KEY, given TEXT, family TEXT, birth TEXT);
CREATE TABLE visits (pk INTEGER PRIMARY KEY, patient INTEGER);
CREATE TABLE lab_results (pk INTEGER PRIMARY KEY, visit INTEGER, value TEXT);
CREATE VIEW v_befunde AS SELECT pk, value FROM lab_results`)
  expect(shared(schema)).toEqual([
    ['patients', 1, 'pk', 'pk'],
    ['visits', 9, 'patient', 'pk'],
  ])
  const told = await sqliteSchema(`
CREATE TABLE people (chart INTEGER PRIMARY KEY, given TEXT, family TEXT, birth TEXT);
CREATE TABLE visits (id INTEGER PRIMARY KEY, chart INTEGER)`)
  expect(shared(told)).toEqual([
    ['people', 1, 'chart', 'chart'],
    ['visits', 9, 'chart', 'id'],
  ])
})

test("a column that is called like another one of the patients' holds that, not their id", async () => {
  const schema = await sqliteSchema(`
CREATE TABLE patients (id INTEGER PRIMARY KEY, patient_no INTEGER, given TEXT, family TEXT, birth TEXT);
CREATE TABLE visits (id INTEGER PRIMARY KEY, patient_id INTEGER);
CREATE TABLE lab_results (id INTEGER PRIMARY KEY, patient_no INTEGER, value TEXT)`)
  expect(shared(schema)).toEqual([
    ['patients', 1, 'id', 'id'],
    ['visits', 9, 'patient_id', 'id'],
  ])
})

test('names without Latin letters are not all the same name', async () => {
  const schema = await sqliteSchema(`
CREATE TABLE "пациенты" ("номер" INTEGER PRIMARY KEY, given TEXT, family TEXT, birth TEXT);
CREATE TABLE visits (id INTEGER PRIMARY KEY, "врач" INTEGER, "номер" INTEGER);
CREATE TABLE lab_results (id INTEGER PRIMARY KEY, "врач" INTEGER)`)
  expect(shared(schema)).toEqual([
    ['visits', 9, 'номер', 'id'],
    ['пациенты', 1, 'номер', 'номер'],
  ])
})

test('a view of a table that is gone keeps nobody from connecting the rest', async () => {
  const { tables, proposal } = await sqliteSchema(`
CREATE TABLE patients (id INTEGER PRIMARY KEY, given TEXT, family TEXT, birth TEXT);
CREATE VIEW labs AS SELECT id, patient_id FROM nowhere`)
  expect(tables.map(({ name }) => name)).toEqual(['patients'])
  expect(proposal.resources.map(({ table }) => table)).toEqual(['patients'])
})
