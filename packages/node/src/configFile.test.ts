import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ConfigError, printConfig, readConfig } from './configFile.ts'

let folder: string
let file: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'medrec-config-'))
  file = join(folder, 'node.toml')
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

const portal = `role = "portal"
name = "Portal"

[listen]
port = 8600

[network]
file = "network.json"

[portal]
`

function problemsOf(text: string): string {
  writeFileSync(file, text)
  try {
    readConfig(file)
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n').slice(1).join('\n')
    throw error
  }
  return 'none'
}

test('a whole configuration is read, with paths relative to its folder', () => {
  writeFileSync(file, portal)
  const { config, path } = readConfig(file)
  expect(config).toEqual({
    role: 'portal',
    name: 'Portal',
    home: '.',
    listen: { port: 8600, host: 'localhost' },
    network: { file: 'network.json' },
    portal: { institutions: [] },
  })
  expect(path('network.json')).toBe(join(folder, 'network.json'))
})

test('what is printed is read back', () => {
  writeFileSync(file, portal)
  const { config } = readConfig(file)
  writeFileSync(file, printConfig(config))
  expect(readConfig(file).config).toEqual(config)
})

test.each([
  ['not TOML', 'role = portal', 'line 1, column 8: invalid value.'],
  [
    'an unknown role',
    portal.replace('"portal"', '"hospital"'),
    'line 1: role: one of "chain", "registrar", "provider", "portal", "patient", "relay".',
  ],
  [
    'no role',
    'name = "x"',
    'role: one of "chain", "registrar", "provider", "portal", "patient", "relay".',
  ],
  [
    'a misspelt key',
    portal.replace('port =', 'prot ='),
    'line 4: listen.port: missing; a number is needed.\nline 5: listen.prot: not a setting of this role. Remove it or correct its spelling.',
  ],
  [
    'a port that cannot be',
    portal.replace('8600', '86000'),
    'line 5: listen.port: too big: expected number to be <=65535.',
  ],
  [
    'a port as text',
    portal.replace('8600', '"8600"'),
    'line 5: listen.port: expected number, received string.',
  ],
  [
    'a missing section',
    portal.replace('[network]\nfile = "network.json"\n', ''),
    'network: this section is missing.',
  ],
  [
    'a door that is no WebSocket address',
    portal.replace('network.json"', 'network.json"\ndoors = ["http://localhost"]'),
    'line 9: network.doors.0: a WebSocket address such as "ws://localhost:8545/".',
  ],
  [
    'an open address without encryption',
    portal.replace('port = 8600', 'port = 8600\nhost = "0.0.0.0"'),
    'line 6: listen.host: "0.0.0.0" can be reached from other machines, so [listen.tls] with cert and key is needed. For a try-out: openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=medrec -keyout key.pem -out cert.pem',
  ],
])('%s is told with its line and key', (_, text, problems) => {
  expect(problemsOf(text)).toBe(problems)
})

test('a file that is not there is told by its name', () => {
  expect(() => readConfig(join(folder, 'other.toml'))).toThrow(
    `The configuration cannot be used: ${join(folder, 'other.toml')}\nThe file cannot be read. Check the path and its permissions.`,
  )
})

test.each(['everybody', '0.0.0.0/0', '10.0.0.0/33', '10.0.0', '::/0', '::1/129', '10.0.0.1/8/8'])(
  'a proxy is named by address or network, not as %s',
  (proxy) => {
    const listed = portal.replace('port = 8600', `port = 8600\ntrusted_proxies = ["${proxy}"]`)
    expect(problemsOf(listed)).toContain('listen.trusted_proxies.0: an IP address or network')
  },
)

test.each(['10.0.0.1', '10.0.0.0/8', '::1', 'fd00::/8'])('a proxy may be %s', (proxy) => {
  expect(
    problemsOf(portal.replace('port = 8600', `port = 8600\ntrusted_proxies = ["${proxy}"]`)),
  ).toBe('none')
})

const relay = (seconds: number): string =>
  portal
    .replace('role = "portal"', 'role = "relay"')
    .replace('[portal]', '[keystore]\nfile = "keys"\n\n[relay]\ndatabase = "relay.db"')
    .concat(`rhythm = { period_seconds = ${seconds}, size = 30000 }\n`)

test('a period is short enough that what waits for two of them is anchored within the longest promise', () => {
  expect(problemsOf(relay(42_900))).toBe('none')
  expect(problemsOf(relay(42_901))).toContain('relay.rhythm')
})
