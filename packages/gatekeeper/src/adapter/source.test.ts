import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { DatabaseAddressError, parseSource } from './source.ts'

const path = (file: string): string => `/home/node/${file}`
const secret = 'hunter2'
const server = { host: 'db.example', user: 'reader', database: 'emr', password: secret }

test.each([
  ['clinic.db', { engine: 'sqlite', file: '/home/node/clinic.db' }],
  ['sqlite:clinic.db', { engine: 'sqlite', file: '/home/node/clinic.db' }],
  [
    'postgres://reader@db.example/emr',
    { engine: 'postgres', ...server, port: 5432, socket: undefined, tls: { ca: undefined } },
  ],
  [
    'postgresql://r%40x@localhost:5433/emr?socket=/run/pg',
    {
      ...{ engine: 'postgres', ...server, host: 'localhost', user: 'r@x', port: 5433 },
      ...{ socket: '/run/pg', tls: false },
    },
  ],
  [
    'mysql://reader@db.example/emr?tls=off',
    { engine: 'mariadb', ...server, port: 3306, socket: undefined, tls: false },
  ],
  [
    'mariadb://reader@localhost/emr?tls=on',
    { engine: 'mariadb', ...server, host: 'localhost', port: 3306, socket: undefined, tls: {} },
  ],
  [
    'https://ehr.example/fhir/',
    { engine: 'fhir', base: 'https://ehr.example/fhir', authorization: 'Bearer hunter2' },
  ],
  [
    'http://us%C3%A9r@localhost:8080/fhir',
    {
      ...{ engine: 'fhir', base: 'http://localhost:8080/fhir' },
      authorization: `Basic ${Buffer.from('usér:hunter2').toString('base64')}`,
    },
  ],
])('reads %s', (address, source) => {
  expect(parseSource(address, { path, secret })).toEqual(source)
})

test.each([
  ['an unknown scheme', 'oracle://reader@host/emr'],
  ['no address', 'postgres://'],
  ['a password', 'postgres://reader:hunter2@host/emr'],
  ['no user', 'postgres://host/emr'],
  ['no database', 'mariadb://reader@host'],
  ['two databases', 'mariadb://reader@host/a/b'],
  ['an unknown setting', 'postgres://reader@host/emr?sslmode=disable'],
  ['a number that a certificate is not checked for', 'mariadb://reader@10.0.0.7/emr'],
  ['a setting of no known value', 'postgres://reader@host/emr?tls=maybe'],
  ['a certificate file that is not there', 'postgres://reader@host/emr?ca=nowhere.pem'],
  ['plain http to another machine', 'http://ehr.example/fhir'],
  ['a query on a FHIR base', 'https://ehr.example/fhir?patient=1'],
])('refuses %s, and repeats nothing of it', (_, address) => {
  const read = (): unknown => parseSource(address, { path, secret })
  expect(read).toThrow(DatabaseAddressError)
  expect(read).not.toThrow(/hunter2|reader|example/)
})

test('takes the authority of the certificate from its file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'medrec-source-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'ca.pem'), 'PEM')
  const source = parseSource(`mariadb://reader@host/emr?ca=${folder}/ca.pem`)
  expect(source).toMatchObject({ tls: { ca: 'PEM' } })
})
