import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keptAnswers } from '@medrec/node/setup'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { foreignTables } from '../../../gatekeeper/src/setup/foreign.test-support.ts'
import { type Line, typed } from './typed.test-support.ts'

const folder = mkdtempSync(join(tmpdir(), 'medrec-setup-'))
const at = (file: string): string => join(folder, file)
const database = at('his.db')
const known = { database, name: 'Mercy' }
const exec = (sql: string): void => {
  const open = new DatabaseSync(database)
  open.exec(sql)
  open.close()
}
/** A view by whose name nobody sees that it shows what must stay. */
const view = 'CREATE VIEW lab_view AS SELECT id, pat_no, body FROM psych_session_notes'

beforeEach(() => {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true })
  exec(foreignTables)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const stays: readonly Line[] = [
  [/^Tables that must never/, ''],
  [/^Sensitive kinds/, ''],
]
const rest: readonly Line[] = [
  [/^The next lines are real/, ''],
  [/^The network's description/, ''],
  [/^Address of the registrar/, 'http://127.0.0.1:2'],
  [/^Address of the registrar/, 'http://127.0.0.1:2'],
  [/^Address of the patients/, ''],
  [/^Port/, ''],
]
/** The second time the kept address of the registrar is tried, and given again. */
const unseen: readonly Line[] = [
  [/^The next lines are real/, ''],
  [/^Address of the registrar/, 'http://127.0.0.1:2'],
]
const catalogue = () => JSON.parse(readFileSync(at('node/catalogue.json'), 'utf8'))
const names = (): readonly string[] =>
  catalogue().resources.map(({ name }: { name: string }) => name)

test('a view of what must stay is named, and left out when nothing else is said', async () => {
  exec(view)
  const {
    said,
    rest: unasked,
    error,
  } = await typed(
    at('node'),
    [
      [/^Take it/, ''],
      ...stays,
      [/^What now \(leave, change, pick, allow, again, stop\) \[leave\]/, 'drop'],
      [/^What now/, ''],
      ...rest,
    ],
    known,
  )
  expect({ unasked, error }).toEqual({ unasked: [], error: undefined })
  expect(said).toContain('lab_view: reads psych_session_notes, which must never be readable')
  expect(said).toContain('share nothing of lab_view')
  expect(said).toContain('One of: leave, change')
  expect(names()).not.toContain('lab_view')
  expect(catalogue().exclusions).toMatchObject([{ table: 'psych_session_notes' }])
})

test('who says so lets the table be read after all', async () => {
  exec(view)
  const { rest: unasked, error } = await typed(
    at('node'),
    [[/^Take it/, ''], ...stays, [/^What now/, 'allow'], ...rest],
    known,
  )
  expect({ unasked, error }).toEqual({ unasked: [], error: undefined })
  expect(names()).toContain('lab_view')
  expect(catalogue().exclusions).toEqual([])
})

test('after the database was changed the same is tried again; who stops keeps the answers', async () => {
  exec(view)
  const stopped = await typed(
    at('node'),
    [[/^Take it/, ''], ...stays, [/^What now/, 'stop']],
    known,
  )
  expect(stopped.error).toMatchObject({ code: 'MAPPING_WRONG' })
  expect(existsSync(at('node/node.toml'))).toBe(false)
  const refused = await typed(at('node'), [
    [/^What now/, 'again'],
    [/^What now/, 'stop'],
  ])
  expect(refused).toMatchObject({ rest: [], error: { code: 'MAPPING_WRONG' } })
  exec(
    'DROP VIEW lab_view; CREATE VIEW lab_view AS SELECT rx_id AS id, pat_no, drug AS body FROM prescriptions',
  )
  const { rest: unasked, error } = await typed(at('node'), rest)
  expect({ unasked, error }).toEqual({ unasked: [], error: undefined })
  expect(names()).toContain('lab_view')
})

test('a column whose values are not what they look like is shared as text', async () => {
  const mapping = {
    patients: {
      table: 'tbl_patients',
      id: 'pat_no',
      given: 'first_name',
      family: 'last_name',
      birthDate: 'dob',
    },
    resources: [
      {
        ...{
          table: 'drug_allergies',
          name: 'allergies',
          category: 3,
          label: 'A',
          owner: 'patient_id',
        },
        ...{ key: ['id'] },
        fields: [{ column: 'noted', name: 'since', type: 'date' as const, label: 'Since' }],
      },
    ],
  }
  const more = { ...known, mapping, exclusions: [], sensitivity: {} }
  const {
    said,
    rest: unasked,
    error,
  } = await typed(
    at('node'),
    [[/^What now \(text, change, pick, again, stop\)/, ''], ...rest],
    more,
  )
  expect({ unasked, error }).toEqual({ unasked: [], error: undefined })
  expect(said).toContain('share drug_allergies.noted as text')
  expect(catalogue().resources[0].fields).toMatchObject([{ name: 'since', type: 'text' }])
})

test.each<[string, object, readonly Line[]]>([
  [
    'a file that is not there',
    { mapping: 'none.json' },
    [[/^What now \(another, again, stop\)/, ''], [/^Take it/, ''], ...rest],
  ],
  [
    'a mapping of other tables',
    { mapping: 'omop-5.4' },
    [[/^What now \(again, another, stop\)/, 'another'], [/^Take it/, ''], ...rest],
  ],
  [
    'labels of nothing',
    { mapping: 'proposed', sensitivity: { labs: 'R' } },
    [[/^What now \(labels, pick, again, stop\)/, ''], [/^Sensitive kinds/, ''], ...rest],
  ],
  [
    'patients who are none',
    { mapping: 'proposed', samples: ['999'] },
    [[/^What now \(others, pick, again, stop\)/, ''], ...rest],
  ],
  [
    'an exclusion that is not there',
    { mapping: 'proposed', exclusions: [{ table: 'diary', reason: 'own' }] },
    [[/^What now \(again, pick, allow, stop\)/, 'allow'], ...rest],
  ],
])('%s: another answer is asked for, and goes on', async (_, answers, lines) => {
  const more = { ...known, exclusions: [], sensitivity: {}, ...answers }
  const { rest: unasked, error } = await typed(at('node'), lines, more)
  expect({ unasked, error }).toEqual({ unasked: [], error: undefined })
  expect(names()).toContain('lab_results')
})

const again: readonly Line[] = [
  [/^Table of patients \[tbl_patients\]/, ''],
  [/^Column with the patient's id \[pat_no\]/, ''],
  [/^Given name \[first_name\]/, ''],
  [/^Family name \[last_name\]/, ''],
  [/^Date of birth \[dob\]/, ''],
  [/^Gender .*\[none\]/, ''],
  [/^Number by which .*\[phone\]/, ''],
  [/^What that number is, by .*\[telephone\]/, ''],
  [/^Country .*\[DE\]/, ''],
  [/^Category .*\[no\]/, ''], // billing
  [/^Category .*\[no\]/, ''], // drug_allergies: proposed the first time, but refused then
  [/^Category .*\[2\]/, ''], // lab_results
  [/^Column with the id of the patient .*\[pat_no\]/, ''],
  [/^Columns that tell .*\[order_no, line\]/, ''],
  [/^Heading .*\[What we found\]/, ''],
  [/^Columns that are shared .*\[test=Name of it, value\]/, ''],
  [/^Category .*\[no\]/, 'end'],
  [/^Tables that must never .*\[psych_session_notes, billing\]/, ''],
  [/^Sensitive kinds .*\[lab_results=V\]/, ''],
]
/** The same questions with the answers that are proposals the second time. */
const first = again.map(([question], i): Line => {
  const wanted = /\\\[(.*)\\\]$/.exec(question.source)?.[1] ?? ''
  return [new RegExp(question.source.split(/ (?:\.\*)?\\\[/)[0] ?? ''), i === 16 ? 'end' : wanted]
})

test('who goes through the tables again finds the answers of the first time', async () => {
  const once = await typed(at('node'), [[/^Take it/, 'pick'], ...first, ...rest], known)
  expect(once).toMatchObject({ rest: [], error: undefined })
  const before = catalogue()
  expect(before.resources).toMatchObject([{ name: 'lab_results', category: 2, sensitivity: 'V' }])
  rmSync(at('node/catalogue.json'))
  const second = await typed(at('node'), [...again, ...unseen], {
    mapping: 'pick',
  })
  expect(second).toMatchObject({ rest: [], error: undefined })
  expect(catalogue()).toEqual(before)
})

test('who is stopped while going through them again still has the answers of the first time', async () => {
  await typed(at('node'), [[/^Take it/, 'pick'], ...first, ...rest], known)
  const stopped = await typed(at('node'), again.slice(0, 12), { mapping: 'pick' })
  expect(stopped.rest).toEqual([])
  expect(keptAnswers(at('node/setup.json')).draft?.before).toMatchObject({
    sensitivity: { lab_results: 'V' },
  })
  const { rest: unasked, error } = await typed(at('node'), [...again.slice(11), ...unseen])
  expect({ unasked, error }).toEqual({ unasked: [], error: undefined })
  expect(names()).toEqual(['lab_results'])
})

test('a preview that is not right leads to the tables again', async () => {
  const more = { ...known, mapping: 'proposed', exclusions: [], sensitivity: {} }
  const {
    said,
    rest: unasked,
    error,
  } = await typed(
    at('node'),
    [
      [/^The next lines are real/, 'yes'],
      [/^Is this right/, 'no'],
      [/^What now \(pick, again, stop\)/, ''],
      [/^Table of patients \[tbl_patients\]/, 'people'],
    ],
    more,
  )
  expect(unasked).toEqual([])
  expect(error).toMatchObject({ message: expect.stringContaining('Stopped') })
  expect(said).toContain('There is no table "people"')
  expect(existsSync(at('node/node.toml'))).toBe(false)
})

test('who changes by which number patients go is asked again whose the rows of each table are', async () => {
  const mapping = {
    patients: {
      ...{ table: 'tbl_patients', id: 'phone' },
      ...{ given: 'first_name', family: 'last_name', birthDate: 'dob' },
    },
    resources: [
      {
        ...{ table: 'lab_results', name: 'labs', category: 2, label: 'Labs', owner: 'order_no' },
        ...{ key: ['order_no', 'line'] },
        fields: [{ column: 'value', name: 'value', type: 'text' as const, label: 'Value' }],
      },
    ],
  }
  const more = { ...known, mapping, exclusions: [], sensitivity: {} }
  const { said, rest: unasked } = await typed(
    at('node'),
    [
      [/^What now .*change/, 'change'],
      [/^Table of patients/, ''],
      [/^Column with the patient's id/, 'pat_no'],
      ...again.slice(2, 6).map(([question]): Line => [question, '']),
      [/^Number by which/, 'none'],
      [/^Category/, 'no'], // billing
      [/^Category/, 'no'], // drug_allergies
      [/^Category .*\[2\]/, ''],
      [/^Column with the id of the patient .*\[pat_no\]/, ''],
      [/^Columns that tell/, ''],
    ],
    more,
  )
  expect({ unasked, said }).toMatchObject({ unasked: [] })
})
