import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type NodeDatabase, openNodeDatabase } from '@medrec/records/node'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Accounts, openAccounts } from './accounts.ts'
import { openSessions, type Sessions, sessionSeconds } from './sessions.ts'

let folder: string
let database: NodeDatabase
let accounts: Accounts
let sessions: Sessions
let now = 1_800_000_000

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'medrec-staff-'))
  database = openNodeDatabase(join(folder, 'node.db'))
  accounts = await openAccounts(database)
  sessions = openSessions({ database, accounts, clock: () => now })
  await accounts.put({ login: 'ana', name: 'Ana Lee', role: 'clinician', password: 'secret one' })
})

afterEach(() => {
  database.close()
  rmSync(folder, { recursive: true, force: true })
})

test('the right password opens a session that ends after a working day', async () => {
  const opened = await sessions.open('ana', 'secret one')
  if (typeof opened === 'string') throw new Error(opened)
  expect(sessions.staffOf(opened.token)).toEqual({
    id: expect.any(String),
    name: 'Ana Lee',
    role: 'clinician',
  })
  now += sessionSeconds
  expect(sessions.staffOf(opened.token)).toBeUndefined()
})

test('a closed session is no session', async () => {
  const opened = await sessions.open('ana', 'secret one')
  if (typeof opened === 'string') throw new Error(opened)
  sessions.close(opened.token)
  expect(sessions.staffOf(opened.token)).toBeUndefined()
})

test.each([
  ['a wrong password', 'ana', 'secret two'],
  ['an unknown name', 'bob', 'secret one'],
  ['an empty password', 'ana', ''],
])('%s opens nothing', async (_, login, password) => {
  expect(await sessions.open(login, password || ' ')).toBe('wrong')
})

test('after ten failures a name has to wait, even with the right password', async () => {
  for (let i = 0; i < 10; i += 1) expect(await sessions.open('ana', 'no')).toBe('wrong')
  expect(await sessions.open('ana', 'secret one')).toBe('too-many')
  now += 300
  expect(await sessions.open('ana', 'secret one')).toMatchObject({ staff: { name: 'Ana Lee' } })
})

test('guesses that come all at once are counted one by one', async () => {
  const guesses = Array.from({ length: 25 }, (_, i) => sessions.open('ana', `guess ${i}`))
  const answers = await Promise.all(guesses)
  expect(answers.filter((answer) => answer === 'wrong')).toHaveLength(10)
  expect(answers.filter((answer) => answer === 'too-many')).toHaveLength(15)
  expect(await sessions.open('ana', 'secret one')).toBe('too-many')
}, 30_000)

test('an address that guesses many names has to wait, others do not', async () => {
  const quick: Accounts = { ...accounts, check: async () => undefined }
  const guarded = openSessions({ database, accounts: quick, clock: () => now })
  for (let i = 0; i < 50; i += 1)
    expect(await guarded.open(`name-${i}`, 'no', '192.0.2.1')).toBe('wrong')
  expect(await guarded.open('name-50', 'no', '192.0.2.1')).toBe('too-many')
  expect(await guarded.open('name-50', 'no', '192.0.2.2')).toBe('wrong')
})

test('signing in well does not count against an address', async () => {
  const staff = accounts.list()[0]
  const quick: Accounts = { ...accounts, check: async () => staff }
  const guarded = openSessions({ database, accounts: quick, clock: () => now })
  for (let i = 0; i < 60; i += 1)
    expect(await guarded.open('ana', 'yes', '192.0.2.1')).toMatchObject({ staff })
})

test('neither passwords nor tokens stand in the database', async () => {
  const opened = await sessions.open('ana', 'secret one')
  if (typeof opened === 'string') throw new Error(opened)
  await database.backup(join(folder, 'copy.db'))
  const bytes = readFileSync(join(folder, 'copy.db')).toString('latin1')
  expect(bytes).toContain('$argon2id$')
  expect(bytes).not.toContain('secret one')
  expect(bytes).not.toContain(opened.token)
})
