import { DatabaseSync } from '@photostructure/sqlite'
import { expect, test } from 'vitest'
import { columnLooks } from './columnLooks.ts'
import { declaredType, typeOfValues } from './fieldType.ts'
import { foreignTables } from './foreign.test-support.ts'
import { mostFields } from './Mapping.ts'
import type { Asker } from './openAsker.ts'
import { type Looks, type Proposal, proposeMapping, proposeResource } from './proposeMapping.ts'
import { readTables } from './readTables.ts'
import { type Table, tableNamed } from './Table.ts'
import { categoryOf, identifierOf, kindOfNumber, labelOf, soundsPrivate } from './words.ts'

/** What is proposed for a database made of these statements. */
async function proposed(sql: string): Promise<Proposal> {
  const database = new DatabaseSync(':memory:')
  database.exec(sql)
  const ask = async (text: string, values: readonly string[] = []) => {
    const statement = database.prepare(text)
    statement.setReadBigInts(true)
    return statement.all(...values) as Record<string, unknown>[]
  }
  const asker: Asker = {
    ...{ engine: 'sqlite', ask, glance: ask },
    close: async () => database.close(),
  }
  const tables = await readTables(asker)
  const proposal = proposeMapping(tables, await columnLooks(asker, tables))
  await asker.close()
  return proposal
}

test('a database that was never seen is read by its keys, types and names', async () => {
  const { patients, resources, exclusions, left } = await proposed(foreignTables)
  expect(patients).toEqual({
    ...{ table: 'tbl_patients', id: 'pat_no', given: 'first_name', family: 'last_name' },
    ...{ birthDate: 'dob', gender: 'sex', nationalId: 'insurance_no' },
  })
  expect(
    resources.map(({ table, category, owner, key, fields }) => [
      ...[table, category, owner, key.join()],
      fields.map(({ name, type }) => `${name} ${type}`).join(', '),
    ]),
  ).toEqual([
    // A time without a zone is no instant.
    ['drug_allergies', 3, 'patient_id', 'id', 'id int, substance text, noted text'],
    [
      ...['lab_results', 5, 'pat_no', 'order_no,line'],
      'order_no int, line int, ordered_by int, taken_on date, test text, value decimal, unit text',
    ],
    [
      ...['prescriptions', 4, 'pat_no', 'rx_id'],
      'rx_id int, drug text, dose text, since date, physician int',
    ],
    [
      ...['tbl_patients', 1, 'pat_no', 'pat_no'],
      'first_name text, last_name text, dob date, sex text, insurance_no text, phone text',
    ],
  ])
  expect(exclusions.map(({ table }) => table)).toEqual(['psych_session_notes'])
  expect(left).toEqual(['billing', 'staff', 'wards'])
})

test('nothing is proposed for what has no owner, no key or no plain name', async () => {
  const people = `CREATE TABLE person (id TEXT PRIMARY KEY, given TEXT, family TEXT, birth TEXT);`
  const proposal = await proposed(`${people}
CREATE TABLE "lab results" (id TEXT PRIMARY KEY, person_id TEXT);
CREATE TABLE labs_without_owner (id TEXT PRIMARY KEY, value TEXT);
CREATE TABLE labs_without_key (person_id TEXT, value TEXT);
CREATE TABLE labs_of_two (id TEXT PRIMARY KEY, mother TEXT REFERENCES person (id), child TEXT REFERENCES person (id))`)
  expect(proposal.resources.map(({ table }) => table)).toEqual(['person'])
  expect(proposal.left).toEqual(['labs_of_two', 'labs_without_key', 'labs_without_owner'])
  expect(proposal.odd).toEqual(['lab results'])
  const none = await proposed('CREATE TABLE stock (id TEXT PRIMARY KEY, amount INTEGER)')
  expect(none).toEqual({
    ...{ patients: undefined, resources: [], exclusions: [] },
    ...{ left: ['stock'], odd: [] },
  })
})

test('a column that this user may not read is not proposed', () => {
  const column = {
    ...{ isNullable: false, keyPlace: undefined, isReadable: true },
    ...{ refersTo: undefined, refersToColumn: undefined },
  }
  const table = {
    ...{ schema: undefined, name: 'lab', isView: false },
    columns: [
      { ...column, name: 'id', type: 'integer', keyPlace: 1 },
      { ...column, name: 'patient_id', type: 'integer' },
      { ...column, name: 'hidden', type: 'text', isReadable: false },
    ],
  }
  const patients = { table: 'people', id: 'id', given: 'g', family: 'f', birthDate: 'b' }
  const resource = proposeResource(table, {
    ...{ patients, category: { category: 5, label: 'Results' } },
    around: { tables: [table], typeOf: () => 'int' as const },
  })
  expect(resource?.fields.map(({ name }) => name)).toEqual(['id'])
})

test('names of a claims file are known: beneficiaries, the shortened columns, what a pharmacy gave', () => {
  const people = named(
    'bene',
    ['bene_id'],
    [...['bene_birth_dt', 'bene_sex_ident_cd', 'bene_srnm_name', 'bene_gvn_name', 'mbi_num']],
  )
  const drugs = named('part_d_event', ['pde_id'], ['bene_id', 'prod_srvc_id'])
  const { patients, resources } = proposeMapping([people, drugs], asText)
  expect(patients).toEqual({
    ...{ table: 'bene', id: 'bene_id', given: 'bene_gvn_name', family: 'bene_srnm_name' },
    ...{ birthDate: 'bene_birth_dt', gender: 'bene_sex_ident_cd', nationalId: 'mbi_num' },
  })
  expect(resources.map(({ table, category, owner }) => [table, category, owner])).toEqual([
    ['bene', 1, 'bene_id'],
    ['part_d_event', 4, 'bene_id'],
  ])
})

test('a table with more columns than a kind of record may have is left to a person', () => {
  const people = named('patients', ['id'], ['given_name', 'family_name', 'birth_date'])
  const wide = named('lab_results', ['id'], ['patient_id', ...letters(mostFields)])
  const fits = named('visits', ['id'], ['patient_id', ...letters(mostFields - 1)])
  const { resources, left } = proposeMapping([people, wide, fits], asText)
  expect(left).toEqual(['lab_results'])
  expect(resources.map(({ table }) => table)).toEqual(['patients', 'visits'])
})

test('a table is named without its schema where one table has the name', () => {
  const [a, b] = [named('bene', ['id'], []), named('visit', ['id'], [])]
  const tables = [
    { ...a, schema: 'claims' },
    { ...b, schema: 'claims' },
    { ...b, schema: 'old' },
  ]
  expect(tableNamed(tables, 'BENE')).toBe(tables[0])
  expect(tableNamed(tables, 'visit')).toBeUndefined()
  expect(tableNamed(tables, 'old.visit')).toBe(tables[2])
})

const asText: Looks = { typeOf: () => 'text', codesOf: () => undefined }

function letters(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `c${i}`)
}

function named(name: string, key: readonly string[], columns: readonly string[]): Table {
  const plain = {
    ...{ type: 'text', isNullable: true, isReadable: true },
    ...{ refersTo: undefined, refersToColumn: undefined },
  }
  return {
    ...{ schema: undefined, name, isView: false },
    columns: [
      ...key.map((column, i) => ({ ...plain, name: column, keyPlace: i + 1 })),
      ...columns.map((column) => ({ ...plain, name: column, keyPlace: undefined })),
    ],
  }
}

test.each<[Parameters<typeof declaredType>[0], string, string]>([
  ['postgres', 'bigint', 'int'],
  ['postgres', 'numeric(12,3)', 'decimal'],
  ['postgres', 'timestamp with time zone', 'instant'],
  ['postgres', 'timestamp without time zone', 'text'],
  ['postgres', 'integer[]', 'text'],
  ['postgres', 'jsonb', 'json'],
  ['postgres', 'uuid', 'text'],
  ['mariadb', 'tinyint(1)', 'bool'],
  ['mariadb', 'tinyint(4)', 'int'],
  ['mariadb', 'datetime', 'text'],
  ['mariadb', 'timestamp', 'instant'],
  ['mariadb', 'varbinary(16)', 'bytes'],
])('%s %s is %s', (engine, declared, type) => {
  expect(declaredType(engine, declared)).toBe(type)
})

test.each<[string, readonly (string | bigint | number | Uint8Array | null)[], string | undefined]>([
  ['TEXT', ['2024-01-02', null], 'date'],
  ['TEXT', ['2024-01-02T03:04:05Z'], 'instant'],
  ['TEXT', ['2024-01-02', 'unknown'], 'text'],
  ['DATETIME', ['2024-01-02 03:04:05'], 'text'],
  ['INTEGER', [1n, 2n], 'int'],
  ['INTEGER', [1n, 'one'], 'text'],
  ['BOOLEAN', [0n, 1n], 'bool'],
  ['BOOLEAN', [2n], 'text'],
  ['BLOB', [new Uint8Array(2)], 'bytes'],
  ['BLOB', [new Uint8Array(2), 'text'], undefined],
  ['REAL', [], 'decimal'],
])('a SQLite column %s with the values of row %# is typed by them', (declared, values, type) => {
  expect(typeOfValues(declared, values)).toBe(type)
})

test.each<[string, number | undefined]>([
  ['DrugAllergies', 3],
  ['immunisations', 7],
  ['medical_history', undefined],
  ['LAB_RESULTS', 5],
  ['labels', undefined],
  ['billing', undefined],
])('the name %s speaks of category %s', (name, category) => {
  expect(categoryOf(name)?.category).toBe(category)
})

test('names become words and fields', () => {
  expect(labelOf('takenAt')).toBe('Taken at')
  expect(identifierOf('Größe (cm)')).toBe('grosse_cm')
  expect(['therapist_notes', 'arzt_notizen', 'fraud_review', 'lab'].map(soundsPrivate)).toEqual([
    ...[true, true, true, false],
  ])
})

test.each([
  ['mbi_num', 'insurance-number'],
  ['InsuranceNo', 'insurance-number'],
  ['ssn', 'national-id'],
  ['national_id', 'national-id'],
  ['passport', 'passport'],
  ['mrn', 'record-number'],
])('a number called %s is most likely %s', (column, kind) => {
  expect(kindOfNumber(column)).toBe(kind)
})
