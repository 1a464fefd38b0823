import {
  coverNote,
  encodeNotes,
  encodeTags,
  fromHex,
  Keys,
  random,
  toBase64Url,
  toHex,
} from '@medrec/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  foundNetwork,
  fund,
  type Person,
  type TestNetwork,
  temporaryDatabase,
} from '../../registrar/src/network.test-support.ts'
import { askSigned, listen } from '../../registrar/src/server.test-support.ts'
import { openRelay, type Relay, type RelayOptions } from './openRelay.ts'
import { grant, now, relationship, tokenFor } from './records.test-support.ts'
import type { RelayToken } from './tokens.ts'

let network: TestNetwork
let relay: Relay
let server: Awaited<ReturnType<typeof listen>>
let patient: Person
/** Of today, at any moment of the tests: they may run over midnight. */
const token = (): RelayToken => tokenFor(network)
const opened: Relay[] = []

async function start(change: Partial<RelayOptions> = {}): Promise<Relay> {
  const started = await openRelay({
    participant: { keys: network.institution.keys, network: network.network, chain: network.chain },
    account: network.relayAccount,
    rpc: network.rpc,
    database: temporaryDatabase(),
    rhythm: 'at-once',
    audience: server.authority,
    clock: now,
    ...change,
  })
  opened.push(started)
  return started
}

async function post(records: readonly Uint8Array[], leave: unknown = token()): Promise<Response> {
  return fetch(`${server.url}/relay`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      ...(leave !== null && { token: leave }),
      records: records.map(toBase64Url),
    }),
  })
}

async function refused(answer: Promise<Response>): Promise<unknown> {
  const response = await answer
  const body = (await response.json()) as { code: string; detail?: string }
  return [response.status, body.code, ...(body.detail === undefined ? [] : [body.detail])]
}

/** State of a post once it is over: looks again after each block. */
async function outcome(id: string, at = relay): Promise<Record<string, unknown>> {
  for (;;) {
    const head = network.chain.view().head.number
    await at.turn() // what stands in this block it knows then
    const state = await stateOf(id)
    if (state['state'] !== 'queued' && state['state'] !== 'sent') return state
    await network.until(() => network.chain.view().head.number > head)
  }
}

async function stateOf(id: string): Promise<Record<string, unknown>> {
  return (await (await fetch(`${server.url}/relay/${id}`)).json()) as Record<string, unknown>
}

async function posted(
  records: readonly Uint8Array[],
  leave: unknown = token(),
): Promise<Record<string, unknown>> {
  const response = await post(records, leave)
  expect(response.status).toBe(202)
  const { id } = (await response.json()) as { id: string }
  return outcome(id)
}

beforeAll(async () => {
  network = await foundNetwork()
  server = await listen()
  patient = await network.register()
  relay = await start()
  server.serve((request) => relay.handle(request))
})

afterAll(async () => {
  for (const each of opened) await each.close()
  await server.close()
  await network.stop()
})

describe('a record', () => {
  test('is brought to the ledger, and its sender learns the transaction and its place', async () => {
    const { propose, accept, id } = relationship(network, patient)
    const first = await posted([propose])
    expect(first).toEqual({
      state: 'mined',
      transaction: expect.stringMatching(/^0x[0-9a-f]{64}$/),
      index: 0,
      records: [{ state: 'mined', transaction: first['transaction'], index: 0 }],
    })
    expect((await posted([accept]))['state']).toBe('mined')
    await network.until(() => network.chain.view().relationship(toHex(id))?.status === 'accepted')
  })

  test('of notes or update tags is relayed too', async () => {
    const note = coverNote()
    const tag = random(8)
    const state = await posted([encodeNotes([note]), encodeTags([tag])])
    expect(state['records']).toMatchObject([
      { state: 'mined', index: 0 },
      { state: 'mined', index: 1 },
    ])
    await network.until(() => network.chain.view().updateTag(toHex(tag)) !== undefined)
    expect(network.chain.view().notes(toHex(note.tag))).toHaveLength(1)
  })

  test('that the contract refuses is told by its index and the name of the reason; the others stand', async () => {
    const { propose, id } = relationship(network, patient)
    const { record: granted, key } = grant(network)
    const state = await posted([propose, propose, granted])
    expect(state).toMatchObject({ state: 'rejected', index: 1, reason: 'RelationshipsBadStatus' })
    expect(state['records']).toMatchObject([
      { state: 'mined', index: 0 },
      { state: 'rejected', index: 1, reason: 'RelationshipsBadStatus' },
      { state: 'mined', index: 2 },
    ])
    await network.until(() => network.chain.view().grant(toHex(key)) !== undefined)
    expect(network.chain.view().relationship(toHex(id))?.status).toBe('proposed')
  })

  test('that ends something needs no token', async () => {
    const { propose, reject, id } = relationship(network, patient)
    await posted([propose])
    await network.until(() => network.chain.view().relationship(toHex(id)) !== undefined)
    expect((await posted([reject], null))['state']).toBe('mined')
    const { record, revoke, key } = grant(network)
    await posted([record])
    await network.until(() => network.chain.view().grant(toHex(key)) !== undefined)
    expect((await posted([revoke], null))['state']).toBe('mined')
    await network.until(() => network.chain.view().grant(toHex(key))?.revoked === true)
    expect(await refused(post([revoke], null))).toEqual([
      409,
      'NOTHING_TO_END',
      'record 0: nothing-to-end',
    ])
  })
})

describe('what is refused before anybody pays', () => {
  test('a record that nobody signed, whose time is over, or that ends nothing', async () => {
    const { propose, reject } = relationship(network, patient)
    const altered = propose.slice()
    altered[60] = (altered[60] as number) ^ 1
    expect(await refused(post([altered]))).toEqual([
      422,
      'RECORD_REFUSED',
      'record 0: bad-signature',
    ])
    const late = grant(network, { deadline: now() - 1 })
    expect(await refused(post([late.record]))).toEqual([
      409,
      'RECORD_UNTIMELY',
      'record 0: deadline-passed',
    ])
    const far = grant(network, { deadline: now() + 90_000 })
    expect(await refused(post([propose, far.record]))).toEqual([
      409,
      'RECORD_UNTIMELY',
      'record 1: deadline-too-far',
    ])
    expect(await refused(post([reject], null))).toEqual([
      409,
      'NOTHING_TO_END',
      'record 0: nothing-to-end',
    ])
    expect(await refused(post([grant(network).revoke], null))).toEqual([
      409,
      'NOTHING_TO_END',
      'record 0: nothing-to-end',
    ])
  })

  test.each([
    ['no JSON', '{'],
    ['no object', '1'],
    ['no records', '{"records":[]}'],
    ['records that are no texts', '{"records":[1]}'],
    ['another alphabet', '{"records":["+/+/"]}'],
    ['an empty record', '{"records":[""]}'],
    ['an unknown kind', `{"records":["${toBase64Url(Uint8Array.of(11))}"]}`],
    ['a short record', `{"records":["${toBase64Url(new Uint8Array(100))}"]}`],
  ])('%s', async (_, body) => {
    const response = await fetch(`${server.url}/relay`, { method: 'POST', body })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ code: 'MALFORMED' })
  })
})

describe('creating is refused', () => {
  test('creating without a token, or with one that does not count', async () => {
    const { record } = grant(network)
    const day = Math.floor(now() / 86_400)
    // Two days off: a day's tokens count some minutes longer, and midnight may pass while we ask.
    expect(await refused(post([record], null))).toEqual([401, 'TOKEN_MISSING'])
    expect(await refused(post([record], { ...token(), operations: 101 }))).toEqual([
      403,
      'TOKEN_WRONG',
      'token-signature',
    ])
    expect(await refused(post([record], tokenFor(network, { day: day - 2 })))).toEqual([
      403,
      'TOKEN_WRONG',
      'token-expired',
    ])
    expect(await refused(post([record], tokenFor(network, { day: day + 2 })))).toEqual([
      403,
      'TOKEN_WRONG',
      'token-expired',
    ])
    expect(
      await refused(post([record], tokenFor(network, { institution: patient.party.idTag }))),
    ).toEqual([403, 'TOKEN_WRONG', 'token-of-stranger'])
    expect(await refused(post([record], tokenFor(network, { keys: patient.keys })))).toEqual([
      403,
      'TOKEN_WRONG',
      'token-signature',
    ])
    expect((await post([record], { ...token(), extra: 1 })).status).toBe(400)
    expect((await post([record], 'token')).status).toBe(400)
  })

  test('beyond what a token allows on its day, also after a restart', async () => {
    const database = temporaryDatabase()
    const small = tokenFor(network, { operations: 2 })
    const first = await start({ database })
    server.serve((request) => first.handle(request))
    expect((await post([grant(network).record, grant(network).record], small)).status).toBe(202)
    expect(await refused(post([grant(network).record], small))).toEqual([403, 'TOKEN_SPENT'])
    await first.close()
    const second = await start({ database })
    server.serve((request) => second.handle(request))
    expect(await refused(post([grant(network).record], small))).toEqual([403, 'TOKEN_SPENT'])
    expect((await post([grant(network).record], tokenFor(network))).status).toBe(202)
    await second.turn()
    server.serve((request) => relay.handle(request))
  })
})

describe('a relay refuses', () => {
  test('too many endings from one address in a minute', async () => {
    const limited = await start({ clock: () => 60 * Math.floor(now() / 60) })
    server.serve((request) => limited.handle(request))
    const many = Array.from({ length: 61 }, () => grant(network).revoke)
    const response = await post(many, null)
    expect(response.status).toBe(429)
    expect(response.headers.get('retry-after')).toBe('60')
    expect(await response.json()).toMatchObject({ code: 'RELAY_TOO_MANY_ENDINGS' })
    server.serve((request) => relay.handle(request))
  })

  test('a post to a relay that cannot pay, until it can', async () => {
    const poor = Keys.relayKey(network.institution.keys, 7)
    const unpaid = await start({ account: poor })
    await unpaid.turn()
    expect(unpaid.status()).toMatchObject({ certified: false })
    expect(unpaid.status().missingWei).toBeGreaterThan(0n)
    server.serve((request) => unpaid.handle(request))
    expect(await refused(post([grant(network).record]))).toEqual([503, 'RELAY_OUT_OF_FUNDS'])
    await fund(network, poor.address, 10n ** 18n)
    await unpaid.turn()
    expect(await refused(post([grant(network).record]))).toEqual([503, 'RELAY_NOT_CERTIFIED'])
    server.serve((request) => relay.handle(request))
  })

  test('anything at another address', async () => {
    for (const [method, path] of [
      ['GET', '/relay/unknown'],
      ['GET', '/relay'],
      ['POST', '/other'],
      ['DELETE', '/relay'],
    ] as const)
      expect((await fetch(`${server.url}${path}`, { method })).status).toBe(404)
  })
})

describe('a token', () => {
  const ask = (change: Partial<Parameters<typeof askSigned>[0]> = {}): Promise<Response> =>
    askSigned({ test: network, person: patient, ...server, path: '/token', ...change })

  test('is given to a registrant, the same one all day, and counts', async () => {
    const first = (await (await ask()).json()) as RelayToken
    expect(first).toMatchObject({
      institution: toHex(network.institution.party.idTag),
      operations: 1_000,
    })
    expect(await (await ask()).json()).toEqual(first)
    expect((await posted([grant(network).record], first))['state']).toBe('mined')
    const other = await network.register()
    expect((await (await ask({ person: other })).json()) as RelayToken).not.toMatchObject({
      id: first.id,
    })
  })

  test.each<[string, () => Promise<Response>]>([
    [
      'somebody who is not registered',
      () => ask({ person: { ...patient, party: { ...patient.party, idTag: random(32) } } }),
    ],
    ["another's identity", () => ask({ signer: network.institution.keys })],
    ['another audience', () => ask({ statement: { audience: 'other.example:1' } })],
    ['a statement of two days', () => ask({ statement: { expires: now() + 172_800 } })],
    [
      'a statement that is over',
      () => ask({ statement: { notBefore: now() - 3_600, expires: now() - 1 } }),
    ],
    [
      'a statement of tomorrow',
      () => ask({ statement: { notBefore: now() + 3_600, expires: now() + 7_200 } }),
    ],
    ['an old request', () => ask({ now: now() - 200 })],
    ['a request of the future', () => ask({ now: now() + 200 })],
    ['no statement', () => ask({ body: { statement: undefined } })],
  ])('is not given to %s', async (_, asked) => {
    expect(await refused(asked())).toEqual([403, 'TOKEN_REFUSED'])
  })

  test('is not given without a signature', async () => {
    expect(await refused(fetch(`${server.url}/token`, { method: 'POST', body: '{}' }))).toEqual([
      403,
      'TOKEN_REFUSED',
    ])
  })
})

describe('a fixed rhythm', () => {
  test('posts batches of one size, with cover when there is little to say', async () => {
    const size = 4_000
    const fixed = await start({ rhythm: { periodSeconds: 1, size } })
    server.serve((request) => fixed.handle(request))
    const { id } = (await (await post([grant(network).record])).json()) as { id: string }
    const state = await outcome(id, fixed)
    const transaction = await network.rpc.request<{ input: string }>('eth_getTransactionByHash', [
      state['transaction'],
    ])
    expect(fromHex(transaction.input)).toHaveLength(size)
    const before = network.chain.view().streams.ledger.count
    await network.until(() => network.chain.view().streams.ledger.count > before)
    expect(await refused(post([encodeNotes(Array.from({ length: 15 }, coverNote))]))).toEqual([
      413,
      'RECORD_TOO_LARGE',
      'record 0',
    ])
    await fixed.close()
    server.serve((request) => relay.handle(request))
  })
})
