import {
  controller,
  coverNote,
  encodeNotes,
  encodeRecord,
  encodeTags,
  fromHex,
  Keys,
  type Operation,
  type Pair,
  pair,
  random,
  relationshipId,
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
} from './network.test-support.ts'
import { openRelay, type Relay, type RelayOptions } from './openRelay.ts'
import { askSigned, listen } from './server.test-support.ts'
import { issueToken, type RelayToken } from './tokens.ts'

const now = (): number => Math.floor(Date.now() / 1000)
let network: TestNetwork
let relay: Relay
let server: Awaited<ReturnType<typeof listen>>
let patient: Person
let token: RelayToken
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

function tokenFor(change: Partial<Parameters<typeof issueToken>[0]> = {}): RelayToken {
  return issueToken({
    keys: network.institution.keys,
    domain: network.domain,
    institution: network.institution.party.idTag,
    registrant: random(32),
    day: Math.floor(now() / 86_400),
    operations: 100,
    ...change,
  })
}

async function post(records: readonly Uint8Array[], leave: unknown = token): Promise<Response> {
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

/** State of a post once it is over; asks again with each block. */
async function outcome(id: string): Promise<Record<string, unknown>> {
  let state = await stateOf(id)
  while (state['state'] === 'queued' || state['state'] === 'sent') {
    const head = network.chain.view().head.number
    await Promise.race([relay.turn(), network.until(() => network.chain.view().head.number > head)])
    state = await stateOf(id)
  }
  return state
}

async function stateOf(id: string): Promise<Record<string, unknown>> {
  return (await (await fetch(`${server.url}/relay/${id}`)).json()) as Record<string, unknown>
}

async function posted(
  records: readonly Uint8Array[],
  leave: unknown = token,
): Promise<Record<string, unknown>> {
  const response = await post(records, leave)
  expect(response.status).toBe(202)
  const { id } = (await response.json()) as { id: string }
  return outcome(id)
}

/** A proposal of the institution to a person, its acceptance and its end. */
function relationship(): Record<'propose' | 'accept' | 'reject', Uint8Array> & { id: Uint8Array } {
  const { institution, domain } = network
  const { mine } = pair(institution.keys, institution.party, patient.party) as Pair
  const { theirs } = pair(patient.keys, patient.party, institution.party) as Pair
  const nonce = random(16)
  const steward = controller({
    keys: institution.keys,
    stewardToSubject: mine,
    role: 'steward',
    nonce,
  })
  const subject = controller({
    keys: patient.keys,
    stewardToSubject: theirs,
    role: 'subject',
    nonce,
  })
  if (!steward || !subject) throw new Error('no controllers')
  const relation = { steward: steward.address, subject: subject.address, termsHash: random(32) }
  const deadline = now() + 600
  const record = (operation: Operation, by: typeof steward): Uint8Array =>
    encodeRecord(operation, by, domain)
  return {
    id: relationshipId(relation.steward, relation.subject, relation.termsHash),
    propose: record({ kind: 'propose', ...relation, deadline }, steward),
    accept: record({ kind: 'accept', ...relation, deadline }, subject),
    reject: record({ kind: 'end', ...relation, status: 3 }, subject),
  }
}

function grant(change: Partial<Extract<Operation, { kind: 'grant' }>> = {}): {
  record: Uint8Array
  revoke: Uint8Array
  key: Uint8Array
} {
  const account = Keys.grantKey(patient.keys, random(32), random(16))
  const operation: Operation = {
    kind: 'grant',
    key: account.address,
    expiresAt: now() + 86_400,
    sequence: 1,
    commitment: random(26),
    deadline: now() + 600,
    ...change,
  }
  return {
    key: account.address,
    record: encodeRecord(operation, account, network.domain, [coverNote()]),
    revoke: encodeRecord({ kind: 'revoke', key: account.address }, account, network.domain),
  }
}

beforeAll(async () => {
  network = await foundNetwork()
  server = await listen()
  patient = await network.register()
  relay = await start()
  server.serve((request) => relay.handle(request))
  token = tokenFor()
}, 30_000)

afterAll(async () => {
  for (const each of opened) await each.close()
  await server.close()
  await network.stop()
})

describe('a record', () => {
  test('is brought to the ledger, and its sender learns the transaction and its place', async () => {
    const { propose, accept, id } = relationship()
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
    const { propose, id } = relationship()
    const { record: granted, key } = grant()
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
    const { propose, reject, id } = relationship()
    await posted([propose])
    await network.until(() => network.chain.view().relationship(toHex(id)) !== undefined)
    expect((await posted([reject], null))['state']).toBe('mined')
    const { record, revoke, key } = grant()
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
    const { propose, reject } = relationship()
    const altered = propose.slice()
    altered[60] = (altered[60] as number) ^ 1
    expect(await refused(post([altered]))).toEqual([
      422,
      'RECORD_REFUSED',
      'record 0: bad-signature',
    ])
    const late = grant({ deadline: now() - 1 })
    expect(await refused(post([late.record]))).toEqual([
      422,
      'RECORD_REFUSED',
      'record 0: deadline-passed',
    ])
    const far = grant({ deadline: now() + 90_000 })
    expect(await refused(post([propose, far.record]))).toEqual([
      422,
      'RECORD_REFUSED',
      'record 1: deadline-too-far',
    ])
    expect(await refused(post([reject], null))).toEqual([
      409,
      'NOTHING_TO_END',
      'record 0: nothing-to-end',
    ])
    expect(await refused(post([grant().revoke], null))).toEqual([
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

  test('creating without a token, or with one that does not count', async () => {
    const { record } = grant()
    const day = Math.floor(now() / 86_400)
    expect(await refused(post([record], null))).toEqual([401, 'TOKEN_MISSING'])
    expect(await refused(post([record], { ...token, operations: 101 }))).toEqual([
      403,
      'TOKEN_WRONG',
      'token-signature',
    ])
    expect(await refused(post([record], tokenFor({ day: day - 1 })))).toEqual([
      403,
      'TOKEN_WRONG',
      'token-expired',
    ])
    expect(await refused(post([record], tokenFor({ day: day + 1 })))).toEqual([
      403,
      'TOKEN_WRONG',
      'token-expired',
    ])
    expect(await refused(post([record], tokenFor({ institution: patient.party.idTag })))).toEqual([
      403,
      'TOKEN_WRONG',
      'token-of-stranger',
    ])
    expect(await refused(post([record], tokenFor({ keys: patient.keys })))).toEqual([
      403,
      'TOKEN_WRONG',
      'token-signature',
    ])
    expect(await refused(post([record], { ...token, extra: 1 }))).toEqual([400, 'MALFORMED'])
    expect(await refused(post([record], 'token'))).toEqual([400, 'MALFORMED'])
  })

  test('more than a token allows on its day, also after a restart', async () => {
    const database = temporaryDatabase()
    const small = tokenFor({ operations: 2 })
    const first = await start({ database })
    server.serve((request) => first.handle(request))
    expect((await post([grant().record, grant().record], small)).status).toBe(202)
    expect(await refused(post([grant().record], small))).toEqual([403, 'TOKEN_SPENT'])
    await first.close()
    const second = await start({ database })
    server.serve((request) => second.handle(request))
    expect(await refused(post([grant().record], small))).toEqual([403, 'TOKEN_SPENT'])
    expect(
      await refused(
        post([grant().record], tokenFor({ operations: 1, registrant: random(32) })).then((r) => r),
      ),
    ).toEqual([202, undefined])
    await second.turn()
    server.serve((request) => relay.handle(request))
  })

  test('too many endings from one address in a minute', async () => {
    const limited = await start({ clock: () => 60 * Math.floor(now() / 60) })
    server.serve((request) => limited.handle(request))
    const many = Array.from({ length: 61 }, () => grant().revoke)
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
    expect(await refused(post([grant().record]))).toEqual([503, 'RELAY_OUT_OF_FUNDS'])
    await fund(network, poor.address, 10n ** 18n)
    await unpaid.turn()
    expect(await refused(post([grant().record]))).toEqual([503, 'RELAY_NOT_CERTIFIED'])
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
    expect((await posted([grant().record], first))['state']).toBe('mined')
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
    const { id } = (await (await post([grant().record])).json()) as { id: string }
    const state = await outcome(id)
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
