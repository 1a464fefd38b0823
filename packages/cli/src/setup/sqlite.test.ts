import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '@medrec/node'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { foreignTables } from '../../../gatekeeper/src/setup/foreign.test-support.ts'
import { medrec, type Ran } from '../participant/town.test-support.ts'
import { openRoles } from './roles.test-support.ts'

const folder = mkdtempSync(join(tmpdir(), 'medrec-setup-'))
const at = (file: string): string => join(folder, file)
const database = at('his.db')
const exec = (sql: string): void => {
  const open = new DatabaseSync(database)
  open.exec(sql)
  open.close()
}
let nodes: Awaited<ReturnType<typeof openRoles>>
const setup = (...more: readonly string[]): Promise<Ran> =>
  medrec('--json', 'provider', 'setup', '--dir', at('node'), '--registrar', nodes.url, ...more)
const usual = ['--database', database, '--name', "St. Anne's", '--yes']
const answersWith = (content: object): readonly string[] => {
  writeFileSync(at('answers.json'), JSON.stringify(content))
  return ['--answers', at('answers.json')]
}
const patients = {
  ...{ table: 'tbl_patients', id: 'pat_no', given: 'first_name', family: 'last_name' },
  birthDate: 'dob',
}
const labs = (more: object = {}): object => ({
  ...{ table: 'lab_results', name: 'labs', category: 5, label: 'Results', owner: 'pat_no' },
  ...{ key: ['order_no', 'line'] },
  fields: [{ column: 'test', name: 'test', type: 'text', label: 'Test' }],
  ...more,
})
const mappingOf = (more: object = {}): object => ({
  mapping: { patients, resources: [labs(more)] },
})

beforeAll(async () => {
  nodes = await openRoles()
})
beforeEach(() => {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true })
  exec(foreignTables)
})
afterAll(() => {
  nodes.close()
  rmSync(folder, { recursive: true, force: true })
})

test('a script sets up a provider on a database that was never seen', async () => {
  const { code, json, out, err } = await setup(...usual, '--sample', '101')
  expect({ code, json }).toMatchObject({
    code: 0,
    json: {
      ...{ ok: true, patients: 1, excess: 0 },
      resources: [
        { name: 'drug_allergies', category: 3, rows: 1 },
        { name: 'lab_results', category: 5, rows: 2 },
        { name: 'prescriptions', category: 4, rows: 1 },
        { name: 'tbl_patients', category: 1, rows: 1 },
      ],
    },
  })
  const { config } = readConfig(at('node/node.toml'))
  expect(config).toMatchObject({
    role: 'provider',
    name: "St. Anne's",
    provider: { records: database },
  })
  const catalogue = JSON.parse(readFileSync(at('node/catalogue.json'), 'utf8'))
  expect(catalogue.exclusions).toEqual([
    { table: 'psych_session_notes', reason: 'Psychotherapy notes (45 CFR 164.524(a)(1)(i))' },
  ])
  for (const name of readdirSync(at('node')))
    expect(statSync(at(`node/${name}`)).mode & 0o077).toBe(0)
  const written = readdirSync(at('node')).map((name) => readFileSync(at(`node/${name}`), 'utf8'))
  for (const text of [...written, out, err])
    expect(text).not.toMatch(/Novak|Hemoglobin|never to be read|"101"/)
})

test.each<[string, readonly string[], string, string]>([
  [
    'no database of that name',
    ['--database', at('none.db')],
    'RECORDS_UNREACHABLE',
    'There is no file of this name',
  ],
  [
    'a file that is no database',
    ['--database', at('text')],
    'RECORDS_UNREACHABLE',
    'is no SQLite database',
  ],
  [
    'an unknown table',
    answersFile(mappingOf({ table: 'labs' })),
    'MAPPING_WRONG',
    'labs: no such table',
  ],
  [
    'an unknown column',
    answersFile(mappingOf({ owner: 'patient' })),
    'MAPPING_WRONG',
    'lab_results.patient: no such column',
  ],
  [
    'an owner column with nulls',
    answersFile(mappingOf({ table: 'half', key: ['id'] })),
    'MAPPING_WRONG',
    'half.pat_no: 1 row belongs to nobody',
  ],
  [
    'an owner that is no patient',
    answersFile(mappingOf({ owner: 'ordered_by' })),
    'MAPPING_WRONG',
    "not one of its values is a patient's id",
  ],
  [
    'a record key that stands twice',
    answersFile(mappingOf({ key: ['order_no'] })),
    'MAPPING_WRONG',
    'stands on several rows',
  ],
  [
    'a type that values do not have',
    answersFile(
      mappingOf({ fields: [{ column: 'test', name: 'test', type: 'date', label: 'T' }] }),
    ),
    'MAPPING_WRONG',
    'Field or code: test',
  ],
  [
    'an excluded table behind a view',
    answersFile({
      ...mappingOf({
        table: 'shown',
        key: ['id'],
        fields: [{ column: 'body', name: 'body', type: 'text', label: 'B' }],
      }),
    }),
    'MAPPING_WRONG',
    'shown: reads psych_session_notes, which must never be readable',
  ],
  [
    'a table both shared and excluded',
    ['--exclude', 'lab_results'],
    'MAPPING_WRONG',
    'shared and excluded at once',
  ],
  [
    'an excluded table that is not there',
    ['--exclude', 'psych_notes'],
    'CATALOGUE_WRONG',
    'Table: psych_notes',
  ],
  ['a sample that is no patient', ['--sample', '999'], 'MAPPING_WRONG', 'are no patients'],
  [
    'a mapping of another database',
    ['--mapping', 'omop-5.4'],
    'CATALOGUE_WRONG',
    'does not fit the catalogue',
  ],
  ['a mapping that is not there', ['--mapping', at('none.json')], 'CATALOGUE_FILE', 'none.json'],
  [
    'a label for nothing',
    answersFile({ sensitivity: { labs: 'R' } }),
    'MAPPING_WRONG',
    'labs is no kind of record here',
  ],
  ['answers that are none', answersFile({ databse: 'x' }), 'ANSWERS_WRONG', 'databse'],
  ['a port in words', ['--port', 'first'], 'USAGE', 'whole number'],
  ['an app without a scheme', ['--portal', 'localhost:8630'], 'USAGE', 'Write it with http://'],
  [
    'a registrar that is no address',
    ['--registrar', 'registrar'],
    'USAGE',
    'answer for "registrar" cannot be taken',
  ],
])('%s is refused, and nothing is written', async (_, more, code, words) => {
  exec(`CREATE TABLE half (id INTEGER PRIMARY KEY, pat_no INTEGER, test TEXT);
INSERT INTO half VALUES (1, 101, 'a'), (2, NULL, 'b');
CREATE VIEW shown AS SELECT id, pat_no, body FROM psych_session_notes`)
  writeFileSync(at('text'), 'no database at all, but long enough to be read as a header')
  const [option, content] = more
  const words_ = option === 'answers' ? answersWith(JSON.parse(content as string)) : more
  const ran = await setup(...usual, ...words_)
  expect(ran.json).toMatchObject({ ok: false, code })
  expect(ran.err).toContain(words)
  expect(ran.err).not.toMatch(/Hemoglobin|never to be read/)
  expect(existsSync(at('node/node.toml'))).toBe(false)
  expect(existsSync(at('node/catalogue.json'))).toBe(false)
})

function answersFile(content: object): readonly string[] {
  return ['answers', JSON.stringify(content)]
}

test('what a script did not answer is named, kept answers are not asked again, and nothing is overwritten', async () => {
  const stopped = await setup('--database', database, '--name', "St. Anne's")
  expect(stopped).toMatchObject({ code: 2, json: { code: 'USAGE' } })
  expect(stopped.err).toContain('no answer for "mapping"')
  const on = await setup('--yes')
  expect(on).toMatchObject({ code: 0, json: { ok: true } })
  const before = readFileSync(at('node/node.toml'), 'utf8')
  expect(await setup('--yes')).toMatchObject({ code: 0 })
  const other = await setup('--yes', '--port', '9000')
  expect(other).toMatchObject({ code: 1, json: { code: 'FILES_THERE' } })
  expect(readFileSync(at('node/node.toml'), 'utf8')).toBe(before)
  expect(await setup('--yes', '--port', '9000', '--overwrite')).toMatchObject({ code: 0 })
  expect(readConfig(at('node/node.toml')).config).toMatchObject({ listen: { port: 9_000 } })
})

test.each<[string, () => string, string]>([
  ['nothing answers', () => 'http://127.0.0.1:2', 'Start the registrar'],
  ['another node answers', () => `${nodes.url}/portal`, 'its role is portal'],
])(
  'where %s instead of a registrar, a script is refused until one does',
  async (_, address, words) => {
    const refused = await setup(...usual, '--registrar', address())
    expect(refused).toMatchObject({ code: 2, json: { ok: false, code: 'USAGE' } })
    expect(refused.err).toContain(words)
    expect(readdirSync(at('node'))).toEqual(['setup.json'])
    expect(await setup('--yes')).toMatchObject({ code: 0 })
    expect(readConfig(at('node/node.toml')).config).toMatchObject({
      provider: { registrar: nodes.url },
    })
  },
)

test('an app that does not answer yet is told of, and taken', async () => {
  const { code, err } = await setup(...usual, '--portal', 'http://127.0.0.1:2')
  expect(code).toBe(0)
  expect(err).toContain('Nothing answers at http://127.0.0.1:2 just now')
})
