import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { askHidden } from '../participant/askHidden.ts'
import { medrec, type Ran } from '../participant/town.test-support.ts'

const folder = mkdtempSync(join(tmpdir(), 'medrec-commands-'))
const config = join(folder, 'node.toml')
beforeAll(() => {
  writeFileSync(
    config,
    `role = "provider"
name = "Institution"
listen = { port = 0 }
network = { file = "network.json" }
keystore = { file = "keystore.json", passphrase_file = "passphrase" }
[provider]
database = "node.db"
records = "none.db"
catalogue = "none.json"
registrar = "http://localhost:1"
`,
  )
  writeFileSync(
    join(folder, 'chain.toml'),
    'role = "chain"\nname = "Chain"\nlisten = { port = 0 }\nchain = { journal = "journal.db" }\n',
  )
  writeFileSync(join(folder, 'funder.key'), '17'.repeat(32))
  writeFileSync(join(folder, 'password'), 'correct horse battery\n')
  writeFileSync(join(folder, 'short'), 'short\n')
})
beforeEach(() => rmSync(join(folder, 'out'), { recursive: true, force: true }))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const at = (file: string): string => join(folder, file)
const found = (...more: readonly string[]): Promise<Ran> => {
  const usual: Record<string, string> = {
    '--rpc': 'ws://127.0.0.1:1',
    '--funder-key-file': at('funder.key'),
    '--name': 'Test',
    '--registrar': 'registry',
    '--out': at('out'),
  }
  const given = Object.entries(usual).flatMap(([name, value]) =>
    more.includes(name) ? [] : [name, value],
  )
  return medrec('--json', 'network', 'found', ...given, ...more)
}
const one = ['--institution', 'mercy=Mercy Hospital']

test.each<[string, readonly string[], number, string]>([
  ['no institution', [], 1, 'FOUNDING_WRONG'],
  ['an institution without a name', ['--institution', 'mercy'], 2, 'USAGE'],
  ['an institution without a key', ['--institution', '=Mercy'], 2, 'USAGE'],
  ['the same institution twice', [...one, ...one], 1, 'FOUNDING_WRONG'],
  ['an unknown engine', [...one, '--engine', 'cloud'], 2, 'USAGE'],
  ['confirmations in words', [...one, '--confirmations', 'three'], 2, 'USAGE'],
  ['less than nothing', [...one, '--allowance', '-1'], 2, 'USAGE'],
  ['a registrar that is a path', [...one, '--registrar', '../x'], 1, 'FOUNDING_WRONG'],
  ['an address that is none', [...one, '--rpc', 'localhost'], 1, 'RPC_ADDRESS'],
  ['no key file', [...one, '--funder-key-file', at('none')], 1, 'NETWORK_INPUT'],
  ['a chain that does not answer', one, 75, 'RPC_UNAVAILABLE'],
])('founding with %s makes nothing and says why', async (_, options, code, name) => {
  const ran = await found(...options)
  expect(ran).toMatchObject({ code, json: { ok: false, code: name } })
  expect(ran.err).toContain(`(${name}: see docs/errors.md)`)
  expect(existsSync(at('out'))).toBe(false)
})

test.each<[string, readonly string[], string]>([
  [
    'a configuration that is not there',
    ['admit', 'x', '--config', 'none.toml', '--yes'],
    'CONFIG_WRONG',
  ],
  [
    'a node that is no institution',
    ['admit', 'x', '--config', 'chain.toml', '--yes'],
    'NOT_INSTITUTION',
  ],
  [
    'no description of the network',
    ['admit', 'x', '--config', 'node.toml', '--yes'],
    'NETWORK_FILE',
  ],
  [
    'no description to join',
    ['request', '--network', 'network.json', '--dir', 'new', '--name', 'N'],
    'NETWORK_FILE',
  ],
  [
    'no name',
    ['request', '--network', 'network.json', '--dir', 'new', '--name', ' '],
    'NETWORK_INPUT',
  ],
  [
    'a node without keys',
    [
      'fund',
      '--config',
      'chain.toml',
      '--rpc',
      'ws://127.0.0.1:1',
      '--funder-key-file',
      'funder.key',
    ],
    'NOT_INSTITUTION',
  ],
])('joining with %s changes nothing', async (_, words, code) => {
  const files = readdirSync(folder)
  const paths = words.map((word) => (/\.(toml|json|key)$|^new$/.test(word) ? at(word) : word))
  expect(await medrec('--json', 'network', ...paths)).toMatchObject({ code: 1, json: { code } })
  expect(readdirSync(folder)).toEqual(files)
})

const add = (more: Record<string, string> = {}): Promise<Ran> => {
  const usual = {
    '--config': config,
    '--login': 'c.adams',
    '--name': 'Carol Adams',
    '--role': 'clinician',
    '--password-file': at('password'),
  }
  return medrec('--json', 'staff', 'add', ...Object.entries({ ...usual, ...more }).flat())
}

test('staff is added, changed, listed and removed', async () => {
  expect(await add()).toMatchObject({ code: 0, json: { ok: true, wasKnown: false } })
  expect(await add({ '--role': 'it' })).toMatchObject({ json: { wasKnown: true } })
  const list = await medrec('--json', 'staff', 'list', '--config', config)
  expect(list.json).toEqual({ login: 'c.adams', name: 'Carol Adams', role: 'it' })
  const remove = (): Promise<Ran> =>
    medrec('--json', 'staff', 'remove', '--config', config, '--login', 'c.adams')
  expect(await remove()).toMatchObject({ code: 0 })
  expect(await remove()).toMatchObject({ code: 1, json: { code: 'STAFF_ENTRY' } })
  const none = await medrec('--json', 'staff', 'list', '--config', config)
  expect(none.json).toEqual({ staff: [] })
})

test.each<[string, Record<string, string>, number, string]>([
  ['an unknown role', { '--role': 'researcher' }, 1, 'STAFF_ENTRY'],
  ['a login with a space', { '--login': 'carol adams' }, 1, 'STAFF_ENTRY'],
  ['no name', { '--name': '  ' }, 1, 'STAFF_ENTRY'],
  ['a short password', { '--password-file': 'short' }, 1, 'STAFF_ENTRY'],
  ['a password file that is not there', { '--password-file': 'none' }, 2, 'USAGE'],
  ['a configuration of another role', { '--config': 'chain.toml' }, 1, 'NOT_INSTITUTION'],
])('staff with %s is refused', async (_, more, code, name) => {
  const isPath = (key: string): boolean => key === '--config' || key === '--password-file'
  const paths = Object.entries(more).map(([key, value]) => [key, isPath(key) ? at(value) : value])
  const ran = await add(Object.fromEntries(paths))
  expect(ran).toMatchObject({ code, json: { code: name } })
  expect(ran.err).not.toContain('horse')
  const list = await medrec('--json', 'staff', 'list', '--config', config)
  expect(list.json).toEqual({ staff: [] })
})

test('a password without a terminal and without a file is asked for in vain', async () => {
  const ran = await medrec(
    ...['--json', 'staff', 'add', '--config', config, '--login', 'x', '--name', 'X'],
    ...['--role', 'it'],
  )
  expect(ran).toMatchObject({ code: 2, json: { code: 'USAGE' } })
})

test('what is typed at a hidden question does not appear', async () => {
  const input = new PassThrough()
  const output = new PassThrough()
  const answers = askHidden(['Password: ', 'Once more: '], { input, output })
  input.write('correct horse\r')
  let said = ''
  for await (const chunk of output) {
    said += chunk
    if (said.endsWith('Once more: ')) input.write('battery staple\r')
    if (said.endsWith('Once more: \n')) break
  }
  expect(await answers).toEqual(['correct horse', 'battery staple'])
  expect(said).toBe('Password: \nOnce more: \n')
})
