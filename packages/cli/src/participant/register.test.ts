import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Hex, MedrecError } from '@medrec/protocol'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createRegistrarService } from '../../../registrar/src/createRegistrarService.ts'
import {
  certifyRegistrar,
  foundNetwork,
  publish,
  type TestNetwork,
  temporaryDatabase,
} from '../../../registrar/src/network.test-support.ts'
import { type Desk, openDesk } from '../../../registrar/src/openDesk.ts'
import type { SignedRegistration } from '../../../registrar/src/registration.ts'
import { listen } from '../../../registrar/src/server.test-support.ts'
import { medrec, passphrase, type Ran } from './town.test-support.ts'

type Server = Awaited<ReturnType<typeof listen>>
let network: TestNetwork
let oprf: Server
let institution: Server
let desk: Desk
let home: string
const clock = (): number => Math.floor(Date.now() / 1000)

beforeAll(async () => {
  vi.stubEnv('MEDREC_PASSPHRASE', passphrase)
  home = mkdtempSync(join(tmpdir(), 'medrec-register-'))
  network = await foundNetwork()
  writeFileSync(join(home, 'network.json'), JSON.stringify(network.network))
  ;[oprf, institution] = await Promise.all([listen(), listen()])
  const parts = { network: network.network, chain: network.chain }
  const registrar = await certifyRegistrar(network, oprf.url)
  const service = createRegistrarService({
    participant: { keys: registrar.keys, ...parts },
    database: temporaryDatabase(),
    audience: oprf.authority,
    clock,
  })
  oprf.serve((request) => service.handle(request))
  desk = openDesk({
    participant: { keys: network.institution.keys, ...parts },
    registrarUrl: oprf.url,
    submit: (transaction) => network.funder.submit(transaction),
    database: temporaryDatabase(),
    clock,
  })
  await publish(network, network.institution, { name: 'Mercy Hospital', url: institution.url })
  institution.serve(async ({ path, body }) => {
    const headers = { 'content-type': 'application/json' }
    const [status, answer] = await answered(path, body)
    return { status, headers, body: new TextEncoder().encode(JSON.stringify(answer)) }
  })
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await Promise.all([oprf.close(), institution.close()])
  await network.stop()
  rmSync(home, { recursive: true, force: true })
})

/** The routes of an institution's node, on the real desk. */
async function answered(path: string, body: Uint8Array): Promise<readonly [number, unknown]> {
  try {
    if (path.endsWith('/begin')) {
      const { code, ...signed } = JSON.parse(Buffer.from(body).toString())
      return [200, desk.beginRegistration(code, signed as SignedRegistration)]
    }
    if (path.endsWith('/finish')) {
      const { code, answer } = JSON.parse(Buffer.from(body).toString()) as Record<string, string>
      return [200, await desk.finishRegistration(code as string, answer as Hex)]
    }
    return [200, desk.invitation(decodeURIComponent(path.split('/').at(-1) ?? ''))]
  } catch (error) {
    if (!(error instanceof MedrecError)) throw error
    return [409, { code: error.code, message: 'No.', whatToDo: 'Ask at the desk.' }]
  }
}

const as = (...args: readonly string[]): Promise<Ran> =>
  medrec('--home', home, '--as', 'nia', '--json', ...args)

test('an invitation registers new keys, once', async () => {
  expect((await as('identity', 'new')).code).toBe(0)
  const identification = {
    type: 'national-id',
    country: 'DE',
    value: 'ID7',
    birthDate: '1980-01-01',
  }
  const { code, idTag } = await desk.invite({ identification, staff: 'desk', localPatient: 'p7' })
  const link = `http://localhost:1/#invitation=${code}@${institution.url}`
  const registered = await as('identity', 'register', link)
  expect(registered).toMatchObject({ code: 0, json: { ok: true, idTag, already: false } })
  expect(registered.err).toContain(`Registering with Mercy Hospital (${institution.url})`)
  expect((await as('identity', 'show')).json).toMatchObject({ registered: true, idTag })
  const again = await as('identity', 'register', link)
  expect(again).toMatchObject({ code: 0, json: { already: true } })
  const other = (...args: readonly string[]): Promise<Ran> =>
    medrec('--home', home, '--as', 'max', '--json', ...args)
  expect((await other('identity', 'new')).code).toBe(0)
  const used = await other('identity', 'register', link)
  expect(used).toMatchObject({ code: 1, json: { code: 'INVITATION_REFUSED' } })
  expect(readFileSync(join(home, 'people/max/keystore.json'), 'utf8')).toContain('scrypt')
})

test('an invitation of nobody in the network gets nothing, not even the code', async () => {
  const asked: string[] = []
  const stranger = await listen()
  stranger.serve(async ({ path }) => {
    asked.push(path)
    return { status: 200, headers: {}, body: new Uint8Array() }
  })
  const eve = (...args: readonly string[]): Promise<Ran> =>
    medrec('--home', home, '--as', 'eve', '--json', ...args)
  try {
    expect((await eve('identity', 'new')).code).toBe(0)
    const refused = await eve('identity', 'register', `K7QM-2RTX@${stranger.url}`)
    expect(refused).toMatchObject({ code: 1, json: { code: 'INVITER_UNKNOWN' } })
    expect(asked).toEqual([])
  } finally {
    await stranger.close()
  }
})
