import {
  type Identification,
  Keys,
  Oprf,
  random,
  receipted,
  toBase64Url,
  toHex,
  utf8,
} from '@medrec/protocol'
import type { NodeDatabase } from '@medrec/records/node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  createRegistrarService,
  type RegistrarOptions,
  type RegistrarService,
} from './createRegistrarService.ts'
import {
  type LookupOptions,
  LookupRefusedError,
  lookUp,
  RegistrarUnreachableError,
} from './lookUp.ts'
import {
  foundNetwork,
  newPerson,
  type Person,
  type TestNetwork,
  temporaryDatabase,
} from './network.test-support.ts'
import { askSigned, listen } from './server.test-support.ts'

const ada: Identification = {
  type: 'national-id',
  country: 'GB',
  value: 'AL 12 34',
  birthDate: '1815-12-10',
}
const now = (): number => Math.floor(Date.now() / 1000)

let network: TestNetwork
let server: Awaited<ReturnType<typeof listen>>
let registrar: Person
let database: NodeDatabase
let service: RegistrarService

function start(change: Partial<RegistrarOptions> = {}): RegistrarService {
  const created = createRegistrarService({
    participant: { keys: registrar.keys, network: network.network, chain: network.chain },
    database,
    audience: server.authority,
    clock: now,
    ...change,
  })
  server.serve((request) => created.handle(request))
  return created
}

function options(change: Partial<LookupOptions> = {}): LookupOptions {
  return {
    keys: network.institution.keys,
    network: network.network,
    own: toHex(network.institution.party.idTag),
    registrarUrl: server.url,
    registrarKey: toHex(Keys.anchorKey(registrar.keys).address),
    fetch,
    now: now(),
    ...change,
  }
}

beforeAll(async () => {
  network = await foundNetwork()
  server = await listen()
  registrar = newPerson(random(32))
  database = temporaryDatabase()
  service = start()
})

afterAll(async () => {
  await server.close()
  await network.stop()
})

describe('a look-up', () => {
  test('gives the same idTag for the same person, however her number is spelled', async () => {
    const idTag = await lookUp(ada, 'nurse', options())
    expect(idTag).toMatch(/^0x[0-9a-f]{64}$/)
    expect(await lookUp({ ...ada, value: 'al1234' }, 'nurse', options())).toBe(idTag)
    expect(await lookUp({ ...ada, value: 'AL1235' }, 'nurse', options())).not.toBe(idTag)
  })

  test('gives the same idTag after a restart: the key is in the database', async () => {
    const idTag = await lookUp(ada, 'nurse', options())
    service = start()
    expect(await lookUp(ada, 'nurse', options())).toBe(idTag)
    start({ database: temporaryDatabase() })
    expect(await lookUp(ada, 'nurse', options())).not.toBe(idTag)
    service = start()
  })

  test('is logged with who asked, and with nothing of whom', async () => {
    await lookUp(ada, 'dr.smith', options())
    const [newest] = service.log(1)
    expect(newest).toEqual({
      time: expect.any(Number),
      institution: toHex(network.institution.party.idTag),
      staff: 'dr.smith',
      outcome: 'answered',
    })
    const { blinded } = Oprf.blind(ada)
    const rows = JSON.stringify(database.all('SELECT * FROM registrar_lookup'))
    for (const secret of [
      'AL1234',
      ada.birthDate, // a year alone stands in one of a thousand idTags
      toBase64Url(blinded),
      await lookUp(ada, 'x', options()),
    ])
      expect(rows).not.toContain(secret)
  })

  test('of a number that is none is refused before anything is sent', async () => {
    await expect(lookUp({ ...ada, value: '--' }, 'nurse', options())).rejects.toThrow(
      'Not well formed',
    )
  })
})

describe('quotas', () => {
  test('bound each staff account and each institution, a day, also after a restart', async () => {
    const quota = { institution: 3, staff: 2 }
    const own = temporaryDatabase()
    const noon = now() - (now() % 86_400) + 43_200 // so that no midnight comes between
    const limited = (): RegistrarService => start({ database: own, quota, clock: () => noon })
    const reason = (staff: string): Promise<string> =>
      lookUp(ada, staff, options({ now: noon })).then(
        () => 'answered',
        (error: LookupRefusedError) => error.reason,
      )
    limited()
    expect(await reason('a')).toBe('answered')
    expect(await reason('a')).toBe('answered')
    expect(await reason('a')).toBe('LOOKUP_QUOTA')
    const again = limited()
    expect(await reason('a')).toBe('LOOKUP_QUOTA')
    expect(await reason('b')).toBe('answered')
    expect(await reason('c')).toBe('LOOKUP_QUOTA')
    expect(again.log(10).map(({ staff, outcome }) => `${staff} ${outcome}`)).toEqual([
      'c quota',
      'b answered',
      'a quota',
      'a quota',
      'a answered',
      'a answered',
    ])
    own.run('UPDATE registrar_lookup SET day = day - 1')
    expect(await reason('a')).toBe('answered')
    service = start()
  })
})

const body = (change: Record<string, unknown> = {}): Record<string, unknown> => ({
  staff: 'nurse',
  blinded: toBase64Url(Oprf.blind(ada).blinded),
  ...change,
})
const ask = async (change: Partial<Parameters<typeof askSigned>[0]> = {}): Promise<unknown> => {
  const asked = {
    test: network,
    person: network.institution,
    ...server,
    path: '/oprf',
    body: body(),
  }
  const response = await askSigned({ ...asked, ...change })
  return [response.status, ((await response.json()) as { code: string }).code]
}

describe('the service refuses', () => {
  test('a person, an unknown identity, a wrong audience, an old request', async () => {
    expect(await ask({ person: await network.register() })).toEqual([403, 'LOOKUP_REFUSED'])
    expect(await ask({ person: newPerson(random(32)) })).toEqual([403, 'LOOKUP_REFUSED'])
    expect(await ask({ signer: registrar.keys })).toEqual([403, 'LOOKUP_REFUSED'])
    expect(await ask({ statement: { audience: 'other.example:1' } })).toEqual([
      403,
      'LOOKUP_REFUSED',
    ])
    expect(await ask({ statement: { expires: now() - 1 } })).toEqual([403, 'LOOKUP_REFUSED'])
    expect(await ask({ now: now() - 200 })).toEqual([403, 'LOOKUP_REFUSED'])
    expect(await ask({ body: { ...body(), statement: undefined } })).toEqual([
      403,
      'LOOKUP_REFUSED',
    ])
  })

  test('a request signed for another network', async () => {
    const elsewhere = { ...network, network: { ...network.network, chainId: 1 } }
    expect(await ask({ test: elsewhere })).toEqual([403, 'WRONG_NETWORK'])
  })

  test.each<[string, Record<string, unknown>]>([
    ['no element', { blinded: undefined }],
    ['an element that is none', { blinded: toBase64Url(new Uint8Array(32).fill(255)) }],
    ['the identity element', { blinded: toBase64Url(new Uint8Array(32)) }],
    ['a short element', { blinded: 'AAAA' }],
    ['padding', { blinded: `${toBase64Url(new Uint8Array(32))}=` }],
    ['no staff', { staff: undefined }],
    ['staff with a line break', { staff: 'a\nb' }],
    ['a long staff name', { staff: 'a'.repeat(65) }],
  ])('%s', async (_, change) => {
    expect(await ask({ body: body(change) })).toEqual([400, 'MALFORMED'])
  })

  test('a body that is no JSON, and any other address', async () => {
    const send = (path: string, method: string): Promise<Response> =>
      fetch(new URL(path, server.url), { method, ...(method === 'POST' && { body: '{' }) })
    expect((await send('/oprf', 'POST')).status).toBe(400)
    expect((await send('/oprf', 'GET')).status).toBe(404)
    expect((await send('/other', 'POST')).status).toBe(404)
  })
})

describe('the service does not answer', () => {
  test('the same request a second time', async () => {
    const seen: { body: Uint8Array; headers: Record<string, string> }[] = []
    server.serve((request) => {
      seen.push({ body: request.body, headers: request.headers as Record<string, string> })
      return service.handle(request)
    })
    expect(await ask()).toEqual([200, undefined])
    const [first] = seen as [(typeof seen)[0]]
    const names = ['content-type', 'content-digest', 'signature-input', 'signature']
    const again = await fetch(new URL('/oprf', server.url), {
      method: 'POST',
      headers: Object.fromEntries(names.map((name) => [name, first.headers[name] as string])),
      body: Uint8Array.from(first.body),
    })
    expect(again.status).toBe(409)
    service = start()
  })
})

describe('the one who asks', () => {
  test('is told that the registrar cannot be reached, and that trying again may help', async () => {
    // Nobody listens there; a port that was free a moment ago might be somebody's by now.
    const failed = lookUp(ada, 'nurse', options({ registrarUrl: 'http://127.0.0.1:2' }))
    await expect(failed).rejects.toBeInstanceOf(RegistrarUnreachableError)
    await expect(failed).rejects.toThrow('no connection')
  })

  test.each<[string, number, string]>([
    ['a web page', 200, '<html>'],
    ['nothing', 502, ''],
    ['an element that is none', 200, '{"evaluated":"AAAA"}'],
    ['a number', 200, '1'],
  ])('does not take %s for an answer', async (_, status, text) => {
    const plain = { status, headers: { 'content-type': 'application/json' }, body: utf8(text) }
    const by = {
      ...{ keys: registrar.keys, network: network.network },
      ...{ audience: server.authority, now: now() },
    }
    server.serve(async (request) => receipted(plain, request, by))
    const failed = lookUp(ada, 'nurse', options())
    await expect(failed).rejects.toBeInstanceOf(RegistrarUnreachableError)
    service = start()
  })

  test('does not take the answer of somebody else for that of the registrar', async () => {
    const stranger = toHex(newPerson(random(32)).keys.identity.address)
    const failed = lookUp(ada, 'nurse', options({ registrarKey: stranger }))
    await expect(failed).rejects.toThrow('not signed by it')
  })

  test('learns the reason of a refusal, and no error repeats the number', async () => {
    const stranger = newPerson(random(32))
    const failed = lookUp(ada, 'nurse', options({ keys: stranger.keys }))
    await expect(failed).rejects.toBeInstanceOf(LookupRefusedError)
    await expect(failed).rejects.toMatchObject({ reason: 'LOOKUP_REFUSED' })
    const error = (await failed.catch((reason: Error) => reason)) as Error
    expect(`${error.message}${error.stack}`).not.toMatch(/AL ?12|1815-12/)
  })
})
