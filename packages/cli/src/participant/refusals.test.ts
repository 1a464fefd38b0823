import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { medrec, passphrase, startTown, type Town } from './town.test-support.ts'

let town: Town
beforeAll(async () => {
  town = await startTown()
  vi.stubEnv('MEDREC_PASSPHRASE', passphrase)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await town.close()
})

const as: Town['as'] = (...args) => town.as(...args)

test('new keys are made once, shown again, and not registered', async () => {
  const made = await as('new', 'identity', 'new')
  expect(made.code).toBe(0)
  expect(String(made.json['words']).split(' ')).toHaveLength(12)
  expect(await as('new', 'identity', 'words')).toMatchObject({
    json: { words: made.json['words'] },
  })
  expect(await as('new', 'identity', 'show')).toMatchObject({ json: { registered: false } })
  expect(await as('new', 'identity', 'new')).toMatchObject({
    code: 1,
    json: { code: 'IDENTITY_EXISTS' },
  })
  expect(await as('new', 'contact', 'card')).toMatchObject({ json: { code: 'NOT_REGISTERED' } })
  const invitation = `abcd-1234@${town.url}`
  const refused = await as('new', 'identity', 'register', invitation)
  expect(refused).toMatchObject({ code: 1, json: { code: 'INVITATION_REFUSED' } })
  expect(await as('new', 'identity', 'register', '???')).toMatchObject({
    code: 1,
    json: { code: 'INVITATION_UNREADABLE' },
  })
})

/** The command as a process of its own. */
function start(...args: readonly string[]): ChildProcess {
  const script = new URL('../main.ts', import.meta.url).pathname
  return spawn(process.execPath, ['--conditions=source', '--import', 'tsx', script, ...args])
}

test('Ctrl-C ends it in order', async () => {
  await town.person('joe')
  const server = createServer()
  const connected = new Promise((resolve) => server.once('connection', resolve))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const network = JSON.parse(readFileSync(join(town.home, 'network.json'), 'utf8'))
  const file = join(town.home, 'silent.json')
  writeFileSync(file, JSON.stringify({ ...network, doors: [`ws://127.0.0.1:${port}`] }))
  const command = ['relationship', 'list', '--network', file]
  const child = start('--home', town.home, '--as', 'joe', '--json', ...command)
  const said: string[] = []
  child.stdout?.on('data', (chunk) => said.push(String(chunk)))
  await connected
  child.kill('SIGINT')
  const code = await new Promise((resolve) => child.once('close', resolve))
  server.close()
  expect(JSON.parse(said.join(''))).toMatchObject({ ok: false, code: 'INTERRUPTED' })
  expect(code).toBe(1)
  expect(existsSync(join(town.home, 'people/joe/in-use.pid'))).toBe(false)
})

test('as a process of its own it prints one JSON object and ends with 0', async () => {
  await town.person('ivy')
  const child = start('--home', town.home, '--as', 'ivy', '--json', 'identity', 'show')
  const said: string[] = []
  child.stdout?.on('data', (chunk) => said.push(String(chunk)))
  const code = await new Promise((resolve) => child.once('close', resolve))
  expect(JSON.parse(said.join(''))).toMatchObject({ registered: true })
  expect(code).toBe(0)
  expect(existsSync(join(town.home, 'people/ivy/in-use.pid'))).toBe(false)
})

test.each([
  ['nobody acts', 1, 'NOBODY_ACTS', ['relationship', 'list'], ''],
  ['a name that is a path', 2, 'USAGE', ['relationship', 'list'], '../ada'],
  ['nobody with that name', 1, 'NO_IDENTITY', ['relationship', 'list'], 'nobody'],
  ['an unknown relationship', 1, 'NOT_FOUND', ['relationship', 'accept', '0xdeadbeef'], 'gus'],
  ['an unknown relationship', 1, 'NOT_FOUND', ['query', '0xdeadbeef', 'labs'], 'gus'],
  ['an unknown share', 1, 'NOT_FOUND', ['revoke', '0xdeadbeef'], 'gus'],
  ['an unknown share', 1, 'NOT_FOUND', ['share', 'consent', '0xdeadbeef'], 'gus'],
  [
    'an unknown viewer',
    1,
    'NOT_FOUND',
    ['share', 'create', 'who', 'labs', '--purpose', 'treatment', '--until', '1d'],
    'gus',
  ],
  [
    'no such purpose',
    2,
    'USAGE',
    ['share', 'create', 'who', 'labs', '--purpose', 'fun', '--until', '1d'],
    'gus',
  ],
  [
    'an end in the past',
    2,
    'USAGE',
    ['share', 'create', 'who', 'labs', '--purpose', 'treatment', '--until', '2001-01-01'],
    'gus',
  ],
  ['nothing to share', 2, 'USAGE', ['share', 'preview'], 'gus'],
  ['an unknown history', 1, 'NOT_FOUND', ['history', '0xdeadbeef'], 'gus'],
  ['a missing card', 2, 'USAGE', ['contact', 'add', '/nowhere/card'], 'gus'],
  ['no wait', 2, 'USAGE', ['relationship', 'list', '--wait', 'long'], 'gus'],
  [
    'a missing network',
    1,
    'NETWORK_FILE',
    ['relationship', 'list', '--network', '/nowhere.json'],
    'gus',
  ],
])('refuses %s with %d', async (_, code, name, args, who) => {
  if (!existsSync(join(town.home, 'people/gus/keystore.json'))) await town.person('gus')
  const ran =
    who === '' ? await medrec('--home', town.home, '--json', ...args) : await as(who, ...args)
  expect(ran).toMatchObject({ code, json: { ok: false, code: name } })
  expect(ran.err).toContain(`(${name}: see docs/errors.md)`)
})

test('refuses a card that is none, wrong words and a wrong passphrase', async () => {
  await town.person('hal')
  const file = join(town.home, 'nonsense')
  writeFileSync(file, 'abandon abandon about')
  expect(await as('hal', 'contact', 'add', file)).toMatchObject({
    code: 1,
    json: { code: 'MALFORMED' },
  })
  expect(await as('other', 'restore', '--words-file', file)).toMatchObject({
    code: 1,
    json: { code: 'WORDS_WRONG' },
  })
  expect(existsSync(join(town.home, 'people/other/keystore.json'))).toBe(false)
  const locked = await as('hal', 'identity', 'words', '--passphrase-file', file)
  expect(locked).toMatchObject({ code: 1, json: { code: 'KEYSTORE_LOCKED' } })
  expect(await as('other', 'identity', 'restore', '--words-file', file)).toMatchObject({
    json: { code: 'WORDS_WRONG' },
  })
})

test('refuses the chain of another network, and a door that does not answer', async () => {
  await town.person('kim')
  const network = JSON.parse(readFileSync(join(town.home, 'network.json'), 'utf8'))
  const file = join(town.home, 'other.json')
  writeFileSync(file, JSON.stringify({ ...network, chainId: 4_242 }))
  const foreign = await as('kim', 'relationship', 'list', '--network', file, '--wait', '5')
  expect(foreign).toMatchObject({ code: 1, json: { code: 'WRONG_CHAIN' } })
  writeFileSync(file, JSON.stringify({ ...network, doors: ['ws://127.0.0.1:9'] }))
  const silent = await as('kim', 'relationship', 'list', '--network', file, '--wait', '0.5')
  expect(silent).toMatchObject({ code: 75, json: { code: 'NETWORK_UNREACHABLE' } })
})

test('refuses a truncated store, and a store that another command uses', async () => {
  await town.person('lou')
  expect((await as('lou', 'relationship', 'list')).code).toBe(0)
  const lock = join(town.home, 'people/lou/in-use.pid')
  writeFileSync(lock, String(process.pid))
  expect(await as('lou', 'relationship', 'list')).toMatchObject({ json: { code: 'PERSON_BUSY' } })
  writeFileSync(lock, '999999999')
  expect((await as('lou', 'relationship', 'list')).code).toBe(0)
  truncateSync(join(town.home, 'people/lou/store.sqlite'), 5_000)
  expect(await as('lou', 'relationship', 'list')).toMatchObject({
    code: 1,
    json: { code: 'DATABASE_DAMAGED' },
  })
  const doctor = await medrec('--home', town.home, '--json', 'doctor')
  expect(doctor.code).toBe(1)
  expect(doctor.json['findings']).toContainEqual(
    expect.objectContaining({ state: 'fail', found: expect.stringContaining('DATABASE_DAMAGED') }),
  )
})
