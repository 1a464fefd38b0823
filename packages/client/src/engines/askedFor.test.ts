import { expect, test } from 'vitest'
import { isAskedFor, type Reach } from './askedFor.ts'

const here: Reach = { host: 'localhost', port: 8600 }
const everywhere: Reach = { host: '0.0.0.0', port: 8600, url: 'https://node.example' }
const named: Reach = { host: 'node.example', port: 443 }

test.each<[string, Reach]>([
  ['localhost:8600', here],
  ['LocalHost:8600', here],
  ['127.0.0.1:8600', here],
  ['[::1]:8600', here],
  ['localhost:8600', { ...here, host: '127.0.0.1' }],
  ['localhost:8600', { ...here, host: '::1' }],
  ['node.example', everywhere],
  ['Node.Example:443', everywhere],
  ['localhost:8600', everywhere],
  ['192.0.2.7:8600', everywhere],
  ['[2001:db8::7]:8600', { ...everywhere, host: '::' }],
  ['node.example', named],
  ['node.example:443', named],
  ['localhost', { ...here, port: 80 }],
])('%s names a server at %j', (header, reach) => {
  expect(isAskedFor(header, reach)).toBe(true)
})

test.each<[string | undefined, Reach]>([
  [undefined, here],
  ['', here],
  ['evil.example:8600', here],
  ['localhost.evil.example:8600', here],
  ['localhost:8601', here],
  ['localhost', here],
  ['192.0.2.7:8600', here],
  ['127.0.0.2:8600', here],
  ['evil@localhost:8600', here],
  ['localhost:8600/evil', here],
  ['localhost:8600, evil.example', here],
  ['evil.example:8600', everywhere],
  ['evil.example', everywhere],
  ['192.0.2.7:8601', everywhere],
  ['192.0.2.7', everywhere],
  ['node.example.evil.example', everywhere],
  ['evil.example:443', named],
])('%s does not name a server at %j', (header, reach) => {
  expect(isAskedFor(header, reach)).toBe(false)
})
