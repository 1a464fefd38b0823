import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type NodeDatabase, openNodeDatabase } from '@medrec/records/node'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { addStaffApi, openStaff, type StaffNode } from '../../../manager/src/server.ts'
import { listenOn, newHttpServer } from '../../../node/src/httpServer.ts'
import { medrec, type Ran } from '../participant/town.test-support.ts'

let folder: string
let database: NodeDatabase
let app: ReturnType<typeof newHttpServer>
let url: string

/** Signing in, roles and sessions are real; what stands behind is tested with a whole network (scenarios). */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'medrec-sign-in-'))
  database = openNodeDatabase(join(folder, 'node.db'))
  const clock = (): number => Math.floor(Date.now() / 1000)
  const { accounts, sessions } = await openStaff({ database, clock })
  for (const role of ['clinician', 'it'] as const)
    await accounts.put({ login: role, name: role, role, password: 'correct horse' })
  const listen = { host: '127.0.0.1', port: 0 } as const
  app = newHttpServer({ listen, path: (file) => join(folder, file), log: () => undefined })
  const gatekeeper = { catalogue: { resources: [] }, log: () => [], consents: () => [] }
  const node = { sessions, accounts, gatekeeper, clock, cookieName: 'session', isSecure: false }
  addStaffApi(app, node as unknown as StaffNode)
  url = await listenOn(app, listen)
})
afterEach(() => vi.unstubAllEnvs())
afterAll(async () => {
  await app.close()
  database.close()
  rmSync(folder, { recursive: true, force: true })
})

const as = (login: string, ...args: readonly string[]): Promise<Ran> =>
  medrec('--home', folder, '--as', login, '--json', 'institution', ...args, '--url', url)

function password(text: string): string {
  const file = join(folder, 'password')
  writeFileSync(file, `${text}\n`)
  return file
}

const openSessions = (): number =>
  database.get<{ count: number }>('SELECT count(*) AS count FROM staff_session')?.count ?? 0

test('the password comes out of a file or the environment, and the session ends with the command', async () => {
  const file = ['--password-file', password('correct horse')]
  expect(await as('clinician', 'consents', ...file)).toMatchObject({
    code: 0,
    json: { consents: [] },
  })
  vi.stubEnv('MEDREC_PASSWORD', 'correct horse')
  expect(await as('it', 'log')).toMatchObject({ code: 0, json: { entries: [] } })
  expect((await as('it', 'forms')).code).toBe(0)
  expect(openSessions()).toBe(0)
})

test('a refusal ends the session too, and says the reason', async () => {
  vi.stubEnv('MEDREC_PASSWORD', 'correct horse')
  const refused = await as('it', 'consents')
  expect(refused).toMatchObject({ code: 1, json: { ok: false, code: 'REFUSED' } })
  expect(refused.err).toContain('Reason: ROLE_WRONG')
  expect(refused.err).toContain('Nothing was changed.')
  expect(openSessions()).toBe(0)
})

test('a wrong password is refused; after many one has to come again later', async () => {
  const ran: Ran[] = []
  while (ran.length < 12 && ran.at(-1)?.code !== 75)
    ran.push(await as('clinician', 'people', '--password-file', password('guess')))
  expect(ran[0]).toMatchObject({ code: 1, json: { code: 'REFUSED' } })
  expect(ran[0]?.err).toContain('Reason: LOGIN_WRONG')
  expect(ran.at(-1)).toMatchObject({ code: 75, json: { code: 'INSTITUTION_UNAVAILABLE' } })
  expect(ran.at(-1)?.err).toContain('Reason: LOGIN_TOO_OFTEN')
  expect(ran.map(({ out, err }) => out + err).join('')).not.toContain('guess')
})

test.each([
  ['no password', ['--url', 'https://localhost:9'], ''],
  ['no address', [], 'secret one'],
  [
    'an address that sends the password in the clear',
    ['--url', 'http://mercy.example'],
    'secret one',
  ],
  ['an address that is none', ['--url', 'mercy'], 'secret one'],
  ['an endless wait', ['--url', 'https://localhost:9', '--wait', 'long'], 'secret one'],
])('%s is wrong use', async (_, args, given) => {
  vi.stubEnv('MEDREC_PASSWORD', given)
  const ran = await medrec(
    '--home',
    folder,
    '--as',
    'x',
    '--json',
    'institution',
    'people',
    ...args,
  )
  expect(ran).toMatchObject({ code: 2, json: { code: 'USAGE' } })
  expect(ran.out + ran.err).not.toContain('secret one')
})

test('something else than an institution’s node is told apart from one that does not answer', async () => {
  vi.stubEnv('MEDREC_PASSWORD', 'correct horse')
  const other = createServer((_, response) => response.end('<html>'))
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const people = (port: number): Promise<Ran> => {
    const address = ['--url', `http://127.0.0.1:${port}`]
    return medrec('--home', folder, '--as', 'x', '--json', 'institution', 'people', ...address)
  }
  const { port } = other.address() as AddressInfo
  expect(await people(port)).toMatchObject({ code: 1, json: { code: 'NO_INSTITUTION' } })
  await new Promise((resolve) => other.close(resolve))
  // A port that was free a moment ago might be somebody's by now; nobody listens at this one.
  const gone = await people(2)
  expect(gone).toMatchObject({ code: 75, json: { code: 'INSTITUTION_UNAVAILABLE' } })
})
