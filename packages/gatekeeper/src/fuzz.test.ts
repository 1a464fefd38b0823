import { fromUtf8, Keys, signRequest } from '@medrec/protocol'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  attempt,
  now,
  type Scene,
  type Sendable,
  setScene,
  sharedLabs,
} from './attempt.test-support.ts'

// Requests that no client sends. FC_RUNS (100) is a tenth of what each test sends.
const numRuns = 10 * Number(process.env['FC_RUNS'] ?? 100)

const ample = { perSecond: 1e6, burst: 1e7 }

let scene: Scene
let good: Sendable
beforeAll(async () => {
  scene = await setScene({ rate: ample, identityRate: ample })
})
beforeEach(async () => {
  // A request counts for a minute, and the newest block for five: then everything would be refused for that.
  await scene.net.rpc.request('evm_mine', [])
  await scene.gate.participant.chain.refresh()
  good = attempt(scene.doctor, sharedLabs())
})
afterAll(() => scene.close())

type Headers = Readonly<Record<string, string>>

/** Sends it straight to the gatekeeper's entry; whatever it is, there is an answer of the protocol's form. */
async function sent(headers: Headers, body: Uint8Array, path = '/query', method = 'POST') {
  const { status, body: answer } = await scene.gate.gatekeeper.handle({
    ...{ method, path, headers, body, remoteAddress: '127.0.0.1' },
  })
  const { code, resourceType } = JSON.parse(fromUtf8(answer)) as Record<string, unknown>
  if (status !== 200)
    expect({ code, resourceType }).toMatchObject({ resourceType: 'OperationOutcome' })
  expect(status).toBeLessThan(500)
  return status
}

const whole = (): Headers => ({ 'content-type': 'application/json', ...good.headers })
const names = ['content-type', 'content-digest', 'signature-input', 'signature'] as const
const anyName = fc.constantFrom(...names)

test('no bit of a signed request can be flipped (P7)', async () => {
  const flip = fc.record({ name: fc.option(anyName), at: fc.nat(), bit: fc.nat(7) })
  await fc.assert(
    fc.asyncProperty(flip, async ({ name, at, bit }) => {
      const headers = { ...whole() }
      const body = good.body.slice()
      const bytes = name ? Buffer.from(headers[name] as string, 'latin1') : body
      bytes[at % bytes.length] = (bytes[at % bytes.length] as number) ^ (1 << bit)
      if (name) headers[name] = bytes.toString('latin1')
      expect(await sent(headers, body)).not.toBe(200)
    }),
    { numRuns },
  )
})

/** What breaks parsers of structured fields (RFC 8941), and what parsers forgive that should not. */
const pieces = [
  ...[
    '',
    ' ',
    '\t',
    ',',
    ';',
    ';;',
    '=',
    '"',
    '\\',
    '(',
    ')',
    ':',
    '?1',
    '-0',
    '1.5',
    'eth',
    'node',
  ],
  ...[
    'eth=',
    ', eth=()',
    ';alg="x"',
    ';tag="x"',
    ';created=1',
    ';expires=99999999999',
    ';nonce=""',
  ],
  ...[
    '"@authority"',
    '"@method";req',
    '"@query"',
    '"x-any"',
    ';sf',
    ';bs',
    ';key="a"',
    '\0',
    '\r\n',
  ],
  ...['é', '%22', 'ETH', '=:AA==:', ';keyid="erc8128:1:0x"', '*', 'sha-512=:AA==:', '🙂'],
]
const edit = fc.record({
  name: anyName,
  at: fc.nat(),
  cut: fc.oneof(fc.constant(0), fc.nat(12)),
  piece: fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 8 })),
})

test('a header that was edited is another header, whatever parsers forgive (RFC 8941, RFC 9421)', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async (edits) => {
      const headers = { ...whole() }
      for (const { name, at, cut, piece } of edits) {
        const text = headers[name] as string
        const place = at % (text.length + 1)
        headers[name] = text.slice(0, place) + piece + text.slice(place + cut)
      }
      const isSame = names.every((name) => headers[name] === whole()[name])
      if (!isSame) expect(await sent(headers, good.body)).not.toBe(200)
    }),
    { numRuns },
  )
})

test('headers that are missing, doubled or strange are refused, never thrown on', async () => {
  const values = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom(...pieces))
  await fc.assert(
    fc.asyncProperty(
      fc.subarray([...names]),
      fc.dictionary(fc.oneof(anyName, fc.string({ maxLength: 20 })), values, { maxKeys: 5 }),
      fc.constantFrom('/query', '/index', '/log', '/revocations', '/', '//query', '/query/', '*'),
      fc.constantFrom('POST', 'GET', 'PUT', 'post', 'PATCH', ''),
      async (kept, more, path, method) => {
        const headers = {
          ...Object.fromEntries(kept.map((name) => [name, whole()[name] ?? ''])),
          ...more,
        }
        const isWhole = names.every((name) => headers[name] === whole()[name])
        const status = await sent(headers, good.body, path, method)
        if (!isWhole || path !== '/query' || method !== 'POST') expect(status).not.toBe(200)
      },
    ),
    { numRuns },
  )
})

/** The usual body in which one member, at any depth, is something else; signed by the viewer. */
function resigned(change: (body: Record<string, unknown>) => unknown, raw?: Uint8Array): Sendable {
  const made = attempt(scene.doctor, sharedLabs())
  const key = Keys.requestKey(scene.doctor.keys, scene.gate.authority, now())
  const json = JSON.parse(fromUtf8(made.body)) as Record<string, unknown>
  const body = raw ?? new Uint8Array(Buffer.from(JSON.stringify(change(json)) ?? ''))
  const authority = scene.gate.authority
  const request = {
    authority,
    method: 'POST' as const,
    path: '/query',
    contentType: 'application/json',
    body,
  }
  const { chainId } = scene.net.network
  return { body, headers: signRequest(request, key, { chainId, now: now() }) }
}

test('signed bodies of any form are answered or refused, never thrown on', async () => {
  const value = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom('__proto__', 1e308, -0, 2 ** 53, '0x', null, [], {}),
  )
  const members = [
    'relationship',
    'query',
    'purpose',
    'version',
    'statement',
    'reply',
    'share',
    '__proto__',
    'x',
  ]
  const inner = [
    'grant',
    'signature',
    'scope',
    'consent',
    'idTag',
    'key',
    'audience',
    'entries',
    'epoch',
  ]
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...members),
      fc.option(fc.constantFrom(...inner)),
      value,
      async (member, deep, put) => {
        const made = resigned((body) => {
          const old = body[member]
          const isObject = deep !== null && typeof old === 'object' && old !== null
          return { ...body, [member]: isObject ? { ...old, [deep]: put } : put }
        })
        await sent({ 'content-type': 'application/json', ...made.headers }, made.body)
      },
    ),
    { numRuns: numRuns / 4 },
  )
})

test('signed bytes that are no body are refused, never thrown on', async () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    fc.json().map((text) => new Uint8Array(Buffer.from(text))),
    fc.nat(7_000).map((depth) => new Uint8Array(Buffer.from('['.repeat(depth)))),
    fc.nat(7_000).map((depth) => new Uint8Array(Buffer.from('{"share":'.repeat(depth)))),
  )
  await fc.assert(
    fc.asyncProperty(bytes, async (raw) => {
      const made = resigned((body) => body, raw)
      expect(await sent({ 'content-type': 'application/json', ...made.headers }, made.body)).toBe(
        400,
      )
    }),
    { numRuns: numRuns / 4 },
  )
})
