import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '@medrec/node'
import { keptAnswers } from '@medrec/node/setup'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { foreignTables } from '../../../gatekeeper/src/setup/foreign.test-support.ts'
import { type Line, stop, typed } from './typed.test-support.ts'

const folder = mkdtempSync(join(tmpdir(), 'medrec-setup-'))
const at = (file: string): string => join(folder, file)
const database = at('his.db')
const exec = (sql: string): void => {
  const open = new DatabaseSync(database)
  open.exec(sql)
  open.close()
}
const server = createServer((_, response) => void response.end())
let here = ''

beforeAll(async () => {
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done))
  here = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
beforeEach(() => {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true })
  exec(foreignTables)
})
afterAll(() => {
  server.close()
  rmSync(folder, { recursive: true, force: true })
})

const no: Line = [/^Category/, 'no']
const patients: readonly Line[] = [
  [/^Table of patients/, ''],
  [/^Column with the patient's id/, ''],
  [/^Given name/, ''],
  [/^Family name/, ''],
  [/^Date of birth/, ''],
  [/^Gender/, 'none'],
  [/^Number by which/, ''],
  [/^What that number is/, ''],
  [/^Country/, ''],
]
const settings: readonly Line[] = [
  [/^The network's description/, ''],
  [/^Address of the registrar/, ''],
  [/^Address of the registrar/, ''],
  [/^Address of the patients/, ''],
  [/^Port/, '8700'],
]
const unseen: Line = [/^The next lines are real/, '']

function table(category: string, key: string, shared: string): readonly Line[] {
  return [
    [/^Category/, category],
    [/^Column with the id of the patient/, ''],
    [/^Columns that tell/, key],
    [/^Heading/, ''],
    [/^Columns that are shared/, shared],
  ]
}

test('a person is asked, sees the rows on her screen, and is asked again only for what was wrong', async () => {
  const { said, done, rest, error } = await typed(at('node'), [
    [/^Database:/, at('none.db')],
    [/^Database \[.*none\.db\]:/, database],
    [/^Name of the institution:/, 'Mercy'],
    [/^Take it/, 'pick'],
    ...patients,
    ...[no, no], // billing, drug_allergies
    ...table('', 'order_no', 'all but ordered_by'),
    [/^Category/, 'end'], // prescriptions, and all after it
    [/^Tables that must never/, 'psych_session_notes'],
    [/^Sensitive kinds/, 'none'],
    // Refused: a record key twice. That table is mapped again, with what was said of it.
    [/^What now \(change, pick, again, stop\) \[change\]/, ''],
    ...table('', 'order_no, line', ''),
    [/^The next lines are real/, 'yes'],
    [/^Is this right/, ''],
    ...settings,
  ])
  expect({ rest, error }).toEqual({ rest: [], error: undefined })
  expect(done?.resources).toEqual([{ name: 'lab_results', category: 5, rows: 3 }])
  expect(said).toContain('MAPPING_WRONG')
  expect(said).toMatch(/Ada Novak \(101\)[\s\S]*Hemoglobin/)
  const { resources, patients: people } = JSON.parse(readFileSync(done?.catalogue ?? '', 'utf8'))
  expect(resources[0]).toMatchObject({ recordKey: ['order_no', 'line'] })
  expect(resources[0].fields.map(({ name }: { name: string }) => name)).not.toContain('ordered_by')
  expect(people.search.byId).toContain("'insurance-number' AS id_type, 'US' AS id_country")
})

test('what cannot be taken is asked again with a word on what would do, and nothing is lost', async () => {
  const { said, done, rest, error } = await typed(at('node'), [
    [/^Database:/, 'localhost:5432/clinic'],
    [/^Database/, 'postgres://it:secret@localhost/clinic'],
    [/^Database \[postgres:\/\/it@localhost\/clinic\]/, database],
    [/^Name of the institution/, 'x'.repeat(81)],
    [/^Name of the institution/, 'Mercy'],
    [/^Take it/, 'pick'],
    [/^Table of patients/, 'people'],
    ...patients.slice(0, 2),
    [/^Given name/, 'firstname_of_patient'],
    ...patients.slice(2, 7),
    [/^What that number is/, 'National ID'],
    [/^What that number is/, 'national-id'],
    [/^Country/, 'Utopia'],
    [/^Country/, 'de'],
    ...[no, no],
    [/^Category/, '11'],
    ...table('5', 'order_no, line', 'order'),
    [/^Columns that are shared/, 'test=Name of the test, value'],
    [/^Category/, 'end'],
    [/^Tables that must never/, 'psych_notes'],
    [/^Tables that must never/, 'PSYCH_session_notes'],
    [/^Sensitive kinds/, 'labs=R'],
    [/^Sensitive kinds.*names: lab_results/, 'lab_results=R'],
    unseen,
    [/^The network's description/, ''],
    [/^Address of the registrar/, 'localhost:8610'],
    [/^Address of the registrar/, here],
    [/^Address of the patients/, 'localhost:8630'],
    [/^Address of the patients/, 'http://127.0.0.1:9/'],
    [/^Address of the patients/, 'http://127.0.0.1:9/'],
    [/^Port/, 'http'],
    [/^Port/, '8700'],
  ])
  expect({ rest, error }).toEqual({ rest: [], error: undefined })
  for (const words of [
    'Write postgres://user@host:5432/database',
    'It holds a password. Leave that out',
    'There is no table "people". Tables: billing',
    'There is no column "firstname_of_patient". Like it: first_name',
    'Small letters, digits and hyphens.',
    'One of 1 demographics',
    'There is no table "psych_notes"',
    'Write it with http:// or https://',
    'Nothing answers at http://127.0.0.1:9/ just now',
    'A whole number from 1 to 65535.',
  ])
    expect(said).toContain(words)
  expect(readConfig(done?.config ?? '').config).toMatchObject({
    listen: { port: 8_700 },
    provider: { registrar: here, portal: 'http://127.0.0.1:9/' },
  })
  const { exclusions, resources } = JSON.parse(readFileSync(done?.catalogue ?? '', 'utf8'))
  expect(exclusions).toMatchObject([{ table: 'psych_session_notes' }])
  expect(resources).toMatchObject([
    {
      sensitivity: 'R',
      fields: [
        { name: 'test', label: 'Name of the test' },
        { name: 'value', label: 'Value' },
      ],
    },
  ])
})

test('who stops among the tables goes on with the next one', async () => {
  const first = await typed(at('node'), [
    [/^Database:/, database],
    [/^Name of the institution/, 'Mercy'],
    [/^Take it/, 'pick'],
    ...patients,
    no,
    ...table('3', '', ''),
    [/^Category/, stop],
  ])
  expect(first.error).toMatchObject({ message: expect.stringContaining('Stopped') })
  const kept = keptAnswers(at('node/setup.json'))
  expect(kept.draft).toMatchObject({ asked: ['billing', 'drug_allergies'] })
  const second = await typed(
    at('node'),
    [
      [/^Category/, 'end'],
      [/^Tables that must never/, ''],
      [/^Sensitive kinds/, ''],
      unseen,
      ...settings,
    ],
    kept,
  )
  expect({ rest: second.rest, error: second.error }).toEqual({ rest: [], error: undefined })
  expect(second.said).toContain('Going on; 2 tables are answered.')
  expect(second.done?.resources).toMatchObject([{ name: 'drug_allergies', rows: 1 }])
  expect(keptAnswers(at('node/setup.json')).draft).toBeUndefined()
})

test('of a table with too many columns those are shared that are named, if statements can name them', async () => {
  const wide = Array.from({ length: 270 }, (_, i) => `c${i} TEXT`).join(', ')
  exec(`CREATE TABLE a_visits (id INTEGER PRIMARY KEY, pat_no INTEGER NOT NULL REFERENCES tbl_patients (pat_no), "Reason (long)" TEXT, ${wide});
CREATE TABLE "a-visits" (id INTEGER PRIMARY KEY, pat_no INTEGER NOT NULL REFERENCES tbl_patients (pat_no));
INSERT INTO a_visits (id, pat_no, c7) VALUES (1, 101, 'Surgery')`)
  const { said, done, rest, error } = await typed(at('node'), [
    [/^Database:/, database],
    [/^Name of the institution/, 'Mercy'],
    [/^Take it/, 'pick'],
    ...patients,
    ...table('9', '', 'all'),
    [/^Columns that are shared/, '?'],
    [/^Columns that are shared/, 'c7, Reason (long)=Reason'],
    [/^Columns that are shared/, 'c7, c8'],
    [/^Category/, 'end'],
    [/^Tables that must never/, ''],
    [/^Sensitive kinds/, ''],
    [/^The next lines are real/, 'yes'],
    [/^Is this right/, ''],
    ...settings,
  ])
  expect({ rest, error }).toEqual({ rest: [], error: undefined })
  expect(said).toContain('Not shared: a_visits')
  expect(said).toContain('Cannot be shared under their names: a-visits.')
  expect(said).toContain('"Reason (long)" cannot be shared. A name of letters')
  expect(said).toContain('These are 272 columns; a kind of record has at most 256.')
  expect(said).toContain('and 257 columns more ("?" lists them)')
  expect(said).toContain('c269 TEXT')
  expect(done?.resources).toMatchObject([{ name: 'a_visits', rows: 1 }])
})

test('a wide row is previewed with each value on a line, and without what is empty', async () => {
  const columns = Array.from({ length: 40 }, (_, i) => `a_rather_long_name_${i} TEXT`).join(', ')
  exec(`CREATE TABLE a_visits (id INTEGER PRIMARY KEY, pat_no INTEGER NOT NULL REFERENCES tbl_patients (pat_no), ${columns});
INSERT INTO a_visits (id, pat_no, a_rather_long_name_7) VALUES (1, 101, 'Surgery')`)
  const { said, rest, error } = await typed(at('node'), [
    [/^Database:/, database],
    [/^Name of the institution/, 'Mercy'],
    [/^Take it/, 'pick'],
    ...patients,
    ...table('9', '', 'all'),
    [/^Category/, 'end'],
    [/^Tables that must never/, ''],
    [/^Sensitive kinds/, ''],
    [/^The next lines are real/, 'yes'],
    [/^Is this right/, ''],
    ...settings,
  ])
  expect({ rest, error }).toEqual({ rest: [], error: undefined })
  expect(said).toMatch(/1\. \(39 of 41 fields are empty\)\s+field +value/)
  expect(said).toMatch(/^A rather long name 7 +Surgery\s*$/m)
})

test('the name that the request to join was made with is proposed', async () => {
  const question: Line = [/^Name of the institution \[Mercy\]:/, stop]
  expect((await typed(at('node'), [question], { database })).rest).toHaveLength(1)
  writeFileSync(at('node/request.json'), JSON.stringify({ name: 'Mercy' }))
  expect((await typed(at('node'), [question], { database })).rest).toEqual([])
})
