import { spawn } from 'node:child_process'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { medrec, passphrase, type Ran, startTown, type Town } from './town.test-support.ts'

let town: Town
let relationship: string
beforeAll(async () => {
  town = await startTown({ limits: { rows: 4, bytes: 10_000, milliseconds: 120_000 } })
  vi.stubEnv('MEDREC_PASSPHRASE', passphrase)
  inClinic(
    `WITH RECURSIVE n (i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 119)
     INSERT INTO lab SELECT i, 'P1', '2024-01-01', 'c' || i, i || '.0', 1 FROM n`,
  )
  relationship = await town.enrol(await town.person('ada'))
  await as('relationship', 'accept', relationship)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await town.close()
})

function inClinic(sql: string): void {
  const clinic = new DatabaseSync(town.gate.databaseFile)
  clinic.exec(sql)
  clinic.close()
}

const as = (...args: readonly string[]): Promise<Ran> =>
  medrec('--home', town.home, '--as', 'ada', '--json', ...args)
const read = (...more: readonly string[]): Promise<Ran> =>
  as('query', relationship, 'labs', 'id,value', ...more)
const verify = (...args: readonly string[]): Promise<Ran> => medrec('--json', 'verify', ...args)
const at = (name: string): string => join(town.home, name)
const linesOf = (file: string): readonly string[] => readFileSync(file, 'utf8').split('\n')

test('without a file the first part is shown, and how to get all of it', async () => {
  const { out, code } = await medrec(
    ...['--home', town.home, '--as', 'ada', 'query', relationship, 'labs', 'id,value'],
  )
  expect(code).toBe(0)
  expect(out).toContain('Rows 1 to 4 of 22. --save FILE keeps all of them')
})

test('a large record is saved in parts with progress, and proven without a connection', async () => {
  const saved = await read('--save', at('whole'))
  expect(saved).toMatchObject({ code: 0, json: { ok: true, rows: 22, parts: 6 } })
  expect(saved.err).toContain('4 of 22 rows proven and saved (part 1 of 6).')
  expect(statSync(at('whole')).mode & 0o777).toBe(0o600)
  const proven = await verify(at('whole'), '--rows', at('rows'))
  expect(proven.json).toMatchObject({ ok: true, parts: { rowsRead: 22, isComplete: true } })
  expect((proven.json['proven'] as string[]).join()).toContain('(rows 1 to 22 of 22)')
  expect((proven.json['notProven'] as string[]).join()).not.toContain('other rows')
  const rows = linesOf(at('rows')).filter((line) => line !== '')
  expect(rows).toHaveLength(22)
  expect(JSON.parse(rows[0] as string)).toEqual({ id: '100', value: '100.0' })
  expect(await read('--save', at('whole'))).toMatchObject({ code: 2, json: { code: 'USAGE' } })
})

test('what a kill left goes on with the part that was not written to its end', async () => {
  const lines = linesOf(at('whole'))
  const half = (lines[2] as string).slice(0, 500)
  writeFileSync(at('killed'), `${lines[0]}\n${lines[1]}\n${half}`)
  const resumed = await as('query', relationship, 'labs', '--resume', at('killed'))
  expect(resumed).toMatchObject({ code: 0, json: { rows: 22, parts: 6 } })
  const proven = await verify(at('killed'))
  expect(proven.json).toMatchObject({ parts: { rowsRead: 22, isComplete: true } })
  expect(await read('--resume', at('killed'))).toMatchObject({ code: 0, json: { rows: 22 } })
})

test('what is there so far is proven as such, and nothing that was left out, doubled or changed', async () => {
  const [first = '', second = '', third = ''] = linesOf(at('whole'))
  const file = at('some')
  const proven = async (...lines: readonly string[]): Promise<Ran> => {
    writeFileSync(file, lines.map((line) => `${line}\n`).join(''))
    return verify(file)
  }
  const some = await proven(first, second)
  expect(some.json).toMatchObject({ parts: { rowsRead: 8, isComplete: false } })
  expect((some.json['notProven'] as string[]).join()).toContain('other rows')
  for (const lines of [
    [first, third],
    [first, second, second],
    [first, second.replace(/"body":"../, '"body":"AA')],
    [second],
    [first, second, 'no JSON'],
  ])
    expect(await proven(...lines)).toMatchObject({ code: 1, json: { code: 'PROOF_BROKEN' } })
  writeFileSync(file, `${first}\n${third}\n`)
  expect(await read('--resume', file)).toMatchObject({ json: { code: 'PROOF_BROKEN' } })
})

test('there has to be something to go on with, of the same record', async () => {
  expect(await read('--resume', at('none'))).toMatchObject({ code: 2, json: { code: 'USAGE' } })
  writeFileSync(at('empty'), '')
  expect(await read('--resume', at('empty'))).toMatchObject({ code: 2 })
  const both = await read('--save', at('a'), '--resume', at('whole'))
  expect(both).toMatchObject({ code: 2 })
  const other = await as('query', relationship, 'visits', '--resume', at('whole'))
  expect(other).toMatchObject({ code: 2 })
})

test('a small record is saved as one proof', async () => {
  const saved = await as('query', relationship, 'visits', 'id', '--save', at('small'))
  expect(saved).toMatchObject({ code: 0, json: { resource: 'visits' } })
  expect(await verify(at('small'))).toMatchObject({ json: { content: { resource: 'visits' } } })
  const pretty = JSON.stringify(JSON.parse(readFileSync(at('small'), 'utf8')), null, 2)
  writeFileSync(at('pretty'), pretty)
  expect(await verify(at('pretty'))).toMatchObject({ code: 0 })
})

test('Ctrl-C leaves what was proven, and says how to go on; after a change one starts again', async () => {
  const { gatekeeper } = town.gate
  let answered = 0
  let isHeld: () => void = () => undefined
  const held = new Promise<void>((resolve) => {
    isHeld = resolve
  })
  town.gate.gatekeeper = {
    ...gatekeeper,
    handle: async (request) => {
      answered += request.path === '/query' ? 1 : 0
      if (answered === 4) isHeld()
      return answered < 4 ? gatekeeper.handle(request) : new Promise(() => undefined)
    },
  }
  const script = new URL('../main.ts', import.meta.url).pathname
  const command = ['--home', town.home, '--as', 'ada', 'query', relationship, 'labs', 'id,value']
  const child = spawn(
    process.execPath,
    ['--conditions=source', '--import', 'tsx', script, ...command, '--save', at('stopped')],
    { env: { ...process.env, MEDREC_PASSPHRASE: passphrase } },
  )
  let said = ''
  child.stderr.on('data', (chunk) => {
    said += String(chunk)
  })
  await held
  child.kill('SIGINT')
  const code = await new Promise((resolve) => child.once('close', resolve))
  town.gate.gatekeeper = gatekeeper
  expect(code).toBe(1)
  expect(said).toContain('12 of 22 rows proven and saved (part 3 of 6). Go on with')
  expect(said).toContain('INTERRUPTED')
  const broken = readFileSync(at('stopped'))
  const resumed = await read('--resume', at('stopped'))
  expect(resumed).toMatchObject({ code: 0, json: { rows: 22, parts: 6 } })
  writeFileSync(at('stopped'), broken)
  inClinic("UPDATE lab SET value = '7' WHERE id = 110")
  await gatekeeper.checkChanges()
  const changed = await read('--resume', at('stopped'))
  expect(changed).toMatchObject({ code: 1, json: { code: 'REFUSED' } })
  expect(changed.err).toContain('record-changed')
  expect(readFileSync(at('stopped'))).toEqual(broken)
})
