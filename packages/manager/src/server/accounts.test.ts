import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type NodeDatabase, openNodeDatabase } from '@medrec/records/node'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Accounts, openAccounts } from './accounts.ts'
import {
  openSessions,
  type Sessions,
  type SignedIn,
  type SignIn,
  sessionSeconds,
} from './sessions.ts'

let folder: string
let database: NodeDatabase
let accounts: Accounts
let sessions: Sessions
let now = 1_800_000_000
const address = '192.0.2.1'
const wrong = { waitSeconds: 0 }

/** Signs in, or says why not. */
const signIn = (
  login: string,
  password: string,
  more: Partial<SignIn> = {},
): ReturnType<Sessions['open']> => sessions.open({ login, password, address, ...more })

/** Signs in; fails the test when that does not work. */
async function signedIn(login: string, password: string, device?: string): Promise<SignedIn> {
  const opened = await signIn(login, password, { device })
  if ('waitSeconds' in opened) throw new Error(`not signed in: ${opened.waitSeconds}`)
  return opened
}

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

test('a log-in from when capital letters mattered still signs in, and can be taken away', async () => {
  const { password } = database.get<{ password: string }>('SELECT password FROM staff') ?? {}
  const old = openNodeDatabase(join(folder, 'old.db'))
  try {
    old.migrate('staff', [
      `CREATE TABLE staff (
         id TEXT PRIMARY KEY, login TEXT NOT NULL UNIQUE, name TEXT NOT NULL, role TEXT NOT NULL,
         password TEXT NOT NULL
       ) STRICT;
       CREATE TABLE staff_session (
         token TEXT PRIMARY KEY, staff TEXT NOT NULL REFERENCES staff (id), expires INTEGER NOT NULL
       ) STRICT`,
    ])
    for (const [id, login] of [
      ['i1', 'Ben'],
      ['i2', 'Ana'],
      ['i3', 'ana'],
    ] as const)
      old.run('INSERT INTO staff VALUES (?, ?, ?, ?, ?)', id, login, login, 'clerk', `${password}`)
    const known = await openAccounts(old)
    const who = async (login: string) => (await known.check(login, 'secret one'))?.id
    expect([await who('Ben'), await who('ana'), await who('ana-i2')]).toEqual(['i1', 'i3', 'i2'])
    expect(known.remove('Ben')).toBe(true)
    expect(known.list().map(({ id }) => id)).toEqual(['i2', 'i3'])
  } finally {
    old.close()
  }
})

test('the right password opens a session that ends after a working day', async () => {
  const opened = await signedIn('ana', 'secret one')
  expect(sessions.staffOf(opened.token)).toEqual({
    id: expect.any(String),
    name: 'Ana Lee',
    role: 'clinician',
  })
  now += sessionSeconds
  expect(sessions.staffOf(opened.token)).toBeUndefined()
})

test('a closed session is no session', async () => {
  const opened = await signedIn('ana', 'secret one')
  sessions.close(opened.token)
  expect(sessions.staffOf(opened.token)).toBeUndefined()
})

test.each([
  ['a wrong password', 'ana', 'secret two'],
  ['an unknown name', 'bob', 'secret one'],
  ['an empty password', 'ana', ''],
])('%s opens nothing', async (_, login, password) => {
  expect(await signIn(login, password || ' ')).toEqual(wrong)
})

test('after some wrong guesses one has to wait, even with the right password', async () => {
  for (let i = 0; i < 5; i += 1) expect(await signIn('ana', 'no')).toEqual(wrong)
  expect(await signIn('ana', 'secret one')).toEqual({ waitSeconds: 1 })
  now += 1
  expect(await signIn('ana', 'secret one')).toMatchObject({ staff: { name: 'Ana Lee' } })
})

test("a stranger's wrong guesses do not lock the owner out", async () => {
  for (let i = 0; i < 20; i += 1) await signIn('ana', 'no')
  expect(await signIn('ana', 'no')).toEqual({ waitSeconds: 1 })
  expect(await signIn('ana', 'secret one', { address: '198.51.100.7' })).toMatchObject({
    staff: { name: 'Ana Lee' },
  })
})

test('nor at the same address, in a browser that she has used before', async () => {
  const { device } = await signedIn('ana', 'secret one')
  for (let i = 0; i < 20; i += 1) await signIn('ana', 'no')
  expect(await signIn('ana', 'secret one')).toEqual({ waitSeconds: 1 })
  expect(await signedIn('ana', 'secret one', device)).toMatchObject({ device })
})

test.each([
  ['one that she never used', () => 'invented'],
  ['that of a colleague', async () => (await signedIn('bob', 'secret two')).device],
])('a browser counts as known to its own people only: not %s', async (_, deviceOf) => {
  await accounts.put({ login: 'bob', name: 'Bob Ray', role: 'clerk', password: 'secret two' })
  const device = await deviceOf()
  for (let i = 0; i < 5; i += 1) await signIn('ana', 'no')
  expect(await signIn('ana', 'secret one', { device })).toEqual({ waitSeconds: 1 })
})

test('a browser that several people use is known to each of them', async () => {
  await accounts.put({ login: 'bob', name: 'Bob Ray', role: 'clerk', password: 'secret two' })
  const { device } = await signedIn('bob', 'secret two')
  expect((await signedIn('ana', 'secret one', device)).device).toBe(device)
  for (let i = 0; i < 5; i += 1) await signIn('ana', 'no')
  await signedIn('ana', 'secret one', device)
})

test('guesses that come all at once are counted one by one', async () => {
  const guesses = Array.from({ length: 25 }, (_, i) => signIn('ana', `guess ${i}`))
  const waits = (await Promise.all(guesses)).map(
    (answer) => 'waitSeconds' in answer && answer.waitSeconds,
  )
  expect(waits.filter((wait) => wait === 0)).toHaveLength(5)
  expect(waits.filter((wait) => wait === 1)).toHaveLength(20)
})

test.each([
  [
    'a new password',
    () =>
      accounts.put({ login: 'ana', name: 'Ana Lee', role: 'clinician', password: 'secret two' }),
  ],
  ['being removed', () => accounts.remove('ana')],
])('%s ends every session and makes every browser unknown', async (_, change) => {
  const { token, device } = await signedIn('ana', 'secret one')
  await change()
  expect(sessions.staffOf(token)).toBeUndefined()
  expect(database.all('SELECT * FROM staff_session')).toEqual([])
  expect(database.all('SELECT * FROM staff_device')).toEqual([])
  expect(await signIn('ana', 'secret one', { device })).toEqual(wrong)
})

test('capital letters in a log-in do not matter', async () => {
  await accounts.put({ login: 'C.Adams', name: 'Carol', role: 'it', password: 'secret two' })
  await signedIn('c.adams', 'secret two')
  expect([accounts.has('c.adams'), accounts.remove('C.ADAMS'), accounts.has('c.adams')]).toEqual([
    true,
    true,
    false,
  ])
})

test('neither passwords nor tokens stand in the database', async () => {
  const opened = await signedIn('ana', 'secret one')
  await database.backup(join(folder, 'copy.db'))
  const bytes = readFileSync(join(folder, 'copy.db')).toString('latin1')
  expect(bytes).toContain('$argon2id$')
  expect(bytes).not.toContain('secret one')
  expect(bytes).not.toContain(opened.token)
  expect(bytes).not.toContain(opened.device)
})
