import { beforeEach, expect, test } from 'vitest'
import { person } from './fixture.test-support.ts'
import {
  isResponseOf,
  jsonAnswer,
  jsonOf,
  Keys,
  ledgerDomain,
  MalformedError,
  type Network,
  newP256Key,
  type RawRequest,
  receipted,
  requesterOf,
  signableOf,
  signatureHeadersOf,
  signRequest,
  signRequestP256,
  signStatement,
  toBase64Url,
  toHex,
  utf8,
} from './index.ts'

const now = 1_800_000_000
const audience = 'node.example:8600'
const { keys, idTag } = ((): { keys: Keys.Keys; idTag: Uint8Array } => {
  const one = person(1)
  return { keys: one.keys, idTag: new Uint8Array(32).fill(9) }
})()
const network: Network = {
  ...{ name: 'Test', engine: 'embedded', chainId: 7, startBlock: 0, confirmations: 0, doors: [] },
  networkId: toHex(keys.networkId),
  registrar: toHex(new Uint8Array(20).fill(2)),
  ledger: toHex(new Uint8Array(20).fill(3)),
}
const account = Keys.requestKey(keys, audience, now)
const facts = { audience, notBefore: now - 60, expires: now + 3_600 }
let statement: Record<string, unknown>

beforeEach(() => {
  const value = { ...facts, idTag, key: account.address }
  const signature = signStatement(keys.identity, ledgerDomain(network), 'RequestKey', value)
  statement = {
    ...facts,
    idTag: toHex(idTag),
    key: toHex(account.address),
    signature: toHex(signature),
  }
})

function signed(time = now, chainId = 7): RawRequest {
  const body = utf8(JSON.stringify({ statement }))
  const contentType = 'application/json'
  const request = { authority: audience, method: 'POST' as const, path: '/oprf', contentType, body }
  const headers = signRequest(request, account, { chainId, now: time })
  return {
    ...{ method: 'POST', path: '/oprf', body, remoteAddress: '192.0.2.1' },
    headers: { 'content-type': contentType, ...headers },
  }
}

const identity = toHex(keys.identity.address)
const judged = (
  request: RawRequest,
  more: Partial<Parameters<typeof requesterOf>[2]> = {},
): ReturnType<typeof requesterOf> =>
  requesterOf(request, jsonOf(request.body), {
    ...{ network, audience, now },
    entry: (tag) => (tag === toHex(idTag) ? { idTag: tag, identity } : undefined),
    ...more,
  })

test('a request is of whom the registrar knows by its statement', () => {
  expect(judged(signed())).toMatchObject({
    idTag: toHex(idTag),
    nonce: expect.any(String),
    until: expect.any(Number),
  })
})

test.each<[string, Record<string, unknown>]>([
  ['no form', { idTag: 5 }],
  ['a short idTag', { idTag: '0x00' }],
  ['capital letters', { idTag: `0x${'AA'.repeat(32)}` }],
  ['an unknown idTag', { idTag: `0x${'00'.repeat(32)}` }],
  ['another key', { key: `0x${'00'.repeat(20)}` }],
  ['another audience', { audience: 'other.example' }],
  ['a long audience', { audience: 'x'.repeat(301) }],
  ['a time that is none', { notBefore: -1 }],
  ['a time beyond 40 bits', { expires: 2 ** 40 }],
  ['a time in parts', { expires: now + 0.5 }],
  ['too long a life', { expires: now + 90_000 }],
  ['a life to come', { notBefore: now + 60 }],
  ['a life that is over', { expires: now - 1 }],
  ['other times than signed', { expires: now + 3_601 }],
  ['no signature', { signature: undefined }],
  ['another signature', { signature: `0x${'11'.repeat(64)}` }],
])('a statement with %s is of nobody', (_, change) => {
  statement = { ...statement, ...change }
  expect(judged(signed())).toBe('unsigned')
})

test.each([null, 'text', [], undefined])('%j is no statement', (value) => {
  const request = signed()
  expect(
    requesterOf(
      request,
      { statement: value },
      { network, audience, now, entry: () => ({ idTag: toHex(idTag), identity }) },
    ),
  ).toBe('unsigned')
})

test('a request counts for its minute, its network and its bytes only', () => {
  expect(judged(signed(), { now: now + 120 })).toBe('unsigned')
  expect(judged(signed(), { now: now - 120 })).toBe('unsigned')
  expect(judged(signed(now, 8))).toBe('network')
  expect(judged({ ...signed(), path: '/other' })).toBe('unsigned')
  expect(judged(signed(), { audience: 'other.example' })).toBe('unsigned')
  expect(judged({ ...signed(), headers: {} })).toBe('unsigned')
})

test('an answer carries a receipt that is bound to its request', () => {
  const request = signed()
  const answer = receipted(jsonAnswer(200, { done: true }), request, {
    ...{ keys, network, audience, now },
  })
  const parts = {
    ...{ status: 200, contentType: 'application/json', body: answer.body },
    request: signableOf(request, audience),
    requestHeaders: signatureHeadersOf(request),
  }
  const receipt = signatureHeadersOf({ ...request, headers: answer.headers })
  const { address } = Keys.anchorKey(keys)
  expect(isResponseOf(address, parts, receipt, 7)).toBe(true)
  expect(isResponseOf(address, { ...parts, status: 403 }, receipt, 7)).toBe(false)
  expect(jsonOf(answer.body)).toEqual({ done: true })
})

test.each(['', '5', 'null', '"text"', '{', '\ud800'])('%j is no JSON object', (text) => {
  expect(() => jsonOf(new Uint8Array(Buffer.from(text)))).toThrow(MalformedError)
})

test('a body that is no JSON is not repeated', () => {
  try {
    jsonOf(utf8('{"name": Ada Novak}'))
  } catch (error) {
    expect([String(error), (error as Error).cause]).toEqual([
      'MalformedError: Not well formed: JSON expected.',
      undefined,
    ])
    return
  }
  throw new Error('taken')
})

test('a request may be signed by a P-256 key that the statement brings along, and by no other', async () => {
  const [key, other] = [await newP256Key(), await newP256Key()]
  const value = { ...facts, idTag, key: key.address }
  const signature = signStatement(keys.identity, ledgerDomain(network), 'RequestKey', value)
  const send = async (p256: unknown): Promise<RawRequest> => {
    const named = { idTag: toHex(idTag), key: toHex(key.address), signature: toHex(signature) }
    const body = utf8(JSON.stringify({ statement: { ...facts, ...named, p256 } }))
    const contentType = 'application/json'
    const request = {
      authority: audience,
      method: 'POST' as const,
      path: '/oprf',
      contentType,
      body,
    }
    const headers = await signRequestP256(request, key, { chainId: 7, now })
    return {
      ...{ method: 'POST', path: '/oprf', body, remoteAddress: '192.0.2.1' },
      headers: { 'content-type': contentType, ...headers },
    }
  }
  expect(judged(await send(toBase64Url(key.publicKey)))).toMatchObject({ idTag: toHex(idTag) })
  for (const wrong of [toBase64Url(other.publicKey), undefined, 7, '!'.repeat(86), 'AAAA'])
    expect(judged(await send(wrong))).toBe('unsigned')
})
