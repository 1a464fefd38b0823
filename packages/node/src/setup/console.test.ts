import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { clinicCatalogue } from '../../../gatekeeper/src/clinic.test-support.ts'
import { someEnrolled } from '../../../gatekeeper/src/gate.test-support.ts'
import { foreignTables } from '../../../gatekeeper/src/setup/foreign.test-support.ts'
import { type Answered, type Console, openConsole } from './console.test-support.ts'

const secret = 'never to be seen'
let desk: Console
let relationship: string
let before: string

beforeAll(async () => {
  desk = await openConsole((at) => [at('his.db'), 'postgres://nobody@127.0.0.1:1/clinic'])
  relationship = (await someEnrolled(desk.net, desk.gate)).relationship
  const foreign = new DatabaseSync(desk.at('his.db'))
  foreign.exec(foreignTables)
  foreign.close()
})
beforeEach(async () => {
  before = await desk.restart()
})
afterAll(() => desk.close())

const ask = (path: string, body?: object): Promise<Answered> => desk.ask(path, body)
const plan = (address: string, more: object): object => ({
  ...{ address, mapping: 'present', exclusions: [], sensitivity: {} },
  ...more,
})
const present = (more: object = {}): object => plan(desk.gate.databaseFile, more)
const confirmed = (more: object = {}): object =>
  present({ password: desk.password, acceptRights: false, ...more })
const previews = (): readonly object[] =>
  desk.gate.gatekeeper
    .log({ from: 0, to: Number.MAX_SAFE_INTEGER })
    .filter(({ kind }) => kind === 'previewed')

test('the page says how the database is connected, what is shared and what stays', async () => {
  const { status, json } = await ask('')
  expect({ status, json }).toMatchObject({
    status: 200,
    json: {
      ...{ isUp: true, excess: [], role: [], waiting: null, address: desk.gate.databaseFile },
      probedAt: expect.any(Number),
      catalogue: {
        version: 1,
        exclusions: clinicCatalogue.exclusions,
        resources: [
          { name: 'labs', sensitivity: 'N', isWritten: true },
          { name: 'visits', sensitivity: 'N', isWritten: false },
        ],
      },
    },
  })
})

test('a database that the configuration names is tried, and its tables are proposed', async () => {
  const { status, json } = await ask('/connection', { address: desk.at('his.db') })
  expect({ status, json }).toMatchObject({
    status: 200,
    json: {
      isPresent: false,
      proposal: {
        patients: { table: 'tbl_patients', id: 'pat_no' },
        exclusions: [{ table: 'psych_session_notes' }],
      },
    },
  })
})

test.each([
  ['a file', '/etc/passwd'],
  ['a file by another name', 'sqlite:other.db'],
  ['a server', 'postgres://nobody@db.example/clinic'],
  ['a port', 'postgres://nobody@127.0.0.1:2/clinic'],
  ['a socket', 'postgres://nobody@127.0.0.1:1/clinic?socket=/tmp'],
  ['the same server without TLS', 'postgres://nobody@127.0.0.1:1/clinic?tls=off'],
  ['a web server', 'http://127.0.0.1:8545/'],
  ['a cloud’s own address', 'https://169.254.169.254/latest'],
])('%s that it does not name is not asked', async (_, address) => {
  const { status, json } = await ask('/connection', { address, secret })
  expect({ status, json }).toMatchObject({ status: 403, json: { code: 'PLACE_NOT_ALLOWED' } })
})

test('a server that does not answer is told by its place, and no secret is in answers or log', async () => {
  const address = 'postgres://somebody@127.0.0.1:1/other'
  const { status, json, text } = await ask('/connection', { address, secret })
  expect({ status, json }).toMatchObject({ status: 422, json: { code: 'RECORDS_UNREACHABLE' } })
  expect(`${text}${desk.logged.join()}`).not.toContain(secret)
})

test('a trial tells numbers, and nothing of anybody', async () => {
  const { status, json, text } = await ask('/trial', present({ sensitivity: { visits: 'R' } }))
  expect({ status, json }).toMatchObject({
    status: 200,
    json: { patients: 2, excess: [], resources: [{ name: 'labs' }, { sensitivity: 'R' }] },
  })
  expect(text).not.toMatch(/Ada|6\.10/)
  expect(previews()).toEqual([])
})

test.each([
  [
    'an excluded table that can be read',
    () => present({ exclusions: [{ table: 'visit', reason: 'x' }] }),
  ],
  ['a mapping that is not there', () => present({ mapping: 'catalogue.json' })],
  ['a sample that is nobody', () => present({ samples: ['nobody'] })],
  ['a database without what pointers name', () => plan(desk.at('his.db'), {})],
])('%s stops the trial', async (_, body) => {
  const { status, json } = await ask('/trial', body())
  expect(status).toBe(422)
  expect(['MAPPING_WRONG', 'CATALOGUE_WRONG']).toContain(json['code'])
})

test('a view of what must stay is refused with its ways out, of which one is taken', async () => {
  const foreign = new DatabaseSync(desk.at('his.db'))
  onTestFinished(() => {
    foreign.exec('DROP VIEW lab_view')
    foreign.close()
  })
  foreign.exec('CREATE VIEW lab_view AS SELECT id, pat_no, body FROM psych_session_notes')
  const { json } = await ask('/connection', { address: desk.at('his.db') })
  const { patients, resources, exclusions } = json['proposal'] as {
    [name: string]: readonly { table: string }[]
  }
  const wanted = (shared: unknown): object =>
    plan(desk.at('his.db'), { mapping: { patients, resources: shared }, exclusions })
  const refused = await ask('/trial', wanted(resources))
  expect(refused).toMatchObject({ status: 422, json: { code: 'MAPPING_WRONG' } })
  expect(refused.json['remedies']).toEqual([
    { do: 'leaveOut', tables: ['lab_view'] },
    { do: 'allow', tables: ['psych_session_notes'] },
  ])
  expect(refused.text).not.toContain('never to be read')
  const left = resources?.filter(({ table }) => table !== 'lab_view')
  const { text } = await ask('/trial', wanted(left))
  expect(text).not.toMatch(/lab_view|remedies/)
})

test.each([
  ['by its scheme', () => `sqlite:${desk.gate.databaseFile}`],
  [
    'by a way around',
    () => `${dirname(desk.gate.databaseFile)}/./${basename(desk.gate.databaseFile)}`,
  ],
])('the same database, named %s, keeps its exclusions', async (_, address) => {
  const mapping = {
    patients: { table: 'person', id: 'id', given: 'given', family: 'family', birthDate: 'birth' },
    resources: [
      {
        ...{
          table: 'lab',
          name: 'labs',
          category: 5,
          label: 'Labs',
          owner: 'patient',
          key: ['id'],
        },
        fields: [{ column: 'code', name: 'code', type: 'text', label: 'Code' }],
      },
    ],
  }
  const { status, json } = await ask('/trial', present({ address: address(), mapping }))
  expect({ status, json }).toMatchObject({
    status: 200,
    json: { exclusions: clinicCatalogue.exclusions },
  })
})

test('a trial with chosen patients tells no numbers: they would tell of one, without password or log', async () => {
  const { status, json } = await ask('/trial', present({ samples: ['P1'] }))
  expect({ status, json }).toMatchObject({
    status: 200,
    json: {
      resources: [
        { rows: null, patients: null },
        { rows: null, patients: null },
      ],
    },
  })
})

test('what was kept last is not written over: a kill half-way leaves it whole', async () => {
  const first = await ask('/settings', confirmed({ secret }))
  const config = readFileSync(desk.at('node/node.toml'), 'utf8')
  const [, catalogue = '', own = ''] = first.json['files'] as string[]
  const before = [catalogue, own].map((file) => statSync(file).ino)
  // The disk takes the second one's files, but not its configuration.
  mkdirSync(desk.at('node/node.toml.new'))
  const again = confirmed({ secret: 'another' })
  expect((await ask('/settings', again)).status).toBe(500)
  expect(readFileSync(desk.at('node/node.toml'), 'utf8')).toBe(config)
  expect([catalogue, own].map((file) => statSync(file).ino)).toEqual(before)
  rmSync(desk.at('node/node.toml.new'), { recursive: true })
  const last = await ask('/settings', again)
  expect(last.status).toBe(200)
  for (const file of last.json['files'] as string[]) expect(existsSync(file)).toBe(true)
  expect([catalogue, own].map((file) => existsSync(file))).toEqual([false, false])
})

test('a secret that was kept goes no further than the address it was kept with', async () => {
  expect((await ask('/settings', confirmed({ secret }))).status).toBe(200)
  expect((await ask('/settings', confirmed())).status).toBe(200)
  expect(readFileSync(desk.at('node/node.toml'), 'utf8')).not.toContain('secret')
})

test('a preview wants the password again, and stands in the log before it is shown', async () => {
  const refused = await ask('/preview', present({ password: 'wrong' }))
  expect(refused).toMatchObject({ status: 403, json: { code: 'PASSWORD_WRONG' } })
  expect(previews()).toEqual([])
  const { status, text } = await ask(
    '/preview',
    present({ password: desk.password, samples: ['P1'] }),
  )
  expect({ status, shown: text.includes('6.10') }).toEqual({ status: 200, shown: true })
  expect(previews()).toMatchObject([{ about: relationship, staff: { role: 'it' }, who: {} }])
})

test('what is kept is read by the next start, beside what was there before', async () => {
  const wanted = confirmed({ sensitivity: { visits: 'V' } })
  const { status, json } = await ask('/settings', wanted)
  expect({ status, json }).toMatchObject({ status: 200, json: { version: 2, losesWriting: false } })
  expect(json['restart']).toBe(`medrec node --config ${desk.at('node/node.toml')}`)
  const provider = desk.configured()
  expect(provider).toMatchObject({
    records: desk.gate.databaseFile,
    catalogue: 'catalogue-2.json',
  })
  const kept = JSON.parse(readFileSync(provider.path('catalogue-2.json'), 'utf8'))
  expect(kept).toMatchObject({ version: 2, resources: [{}, { sensitivity: 'V' }] })
  expect(kept.resources[0].insert).toEqual(clinicCatalogue.resources[0]?.insert)
  expect(readFileSync(desk.at('node/node.toml.before'), 'utf8')).toBe(before)
  for (const file of json['files'] as string[]) expect(statSync(file).mode & 0o777).toBe(0o600)
  expect((await ask('')).json['waiting']).toMatchObject({ version: 2 })
})

test('a secret goes into a file of its own that only the node reads', async () => {
  const { status, text } = await ask('/settings', confirmed({ secret }))
  expect(status).toBe(200)
  const provider = desk.configured()
  const file = provider.path(provider.records_secret_file ?? '')
  expect(readFileSync(file, 'utf8')).toBe(`${secret}\n`)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const other = `${text}${(await ask('')).text}${readFileSync(desk.at('node/node.toml'), 'utf8')}${desk.logged.join()}`
  expect(other).not.toContain(secret)
})

test('nothing is written with a wrong password, and after wrong ones one has to wait', async () => {
  const wanted = present({ password: 'wrong', acceptRights: false })
  const statuses: number[] = []
  for (let i = 0; i < 6; i++) statuses.push((await ask('/settings', wanted)).status)
  expect(statuses).toEqual([403, 403, 403, 403, 403, 429])
  expect(readFileSync(desk.at('node/node.toml'), 'utf8')).toBe(before)
  expect(existsSync(desk.at('node/catalogue-2.json'))).toBe(false)
})

test('trials are so many a minute', async () => {
  const answers: number[] = []
  for (let i = 0; i < 21; i++) answers.push((await ask('/connection', { address: 'x.db' })).status)
  expect(answers).toEqual([...Array.from({ length: 20 }, () => 403), 429])
})

test('a record that no one answer holds is tried like any other, and its first rows are shown', async () => {
  const database = new DatabaseSync(desk.gate.databaseFile)
  database.exec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5001)
    INSERT INTO visit SELECT 1000 + i, 'P1', '2024-05-01', 'check-up' FROM n`)
  database.close()
  const tried = await ask('/trial', present())
  expect(tried).toMatchObject({
    status: 200,
    json: { resources: [{ name: 'labs' }, { name: 'visits', patients: 2, rows: 5_003 }] },
  })
  const { status, json } = await ask('/preview', present({ password: desk.password }))
  const [ada] = json['people'] as { records: { count: number; rows: readonly unknown[] }[] }[]
  expect(status).toBe(200)
  expect(ada?.records.map(({ count }) => count)).toContain(5_002)
  expect(ada?.records.every(({ rows }) => rows.length <= 100)).toBe(true)
})
