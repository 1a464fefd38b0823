import * as other from '@slicekit/erc8128'
import fc from 'fast-check'
import { recoverMessageAddress } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { expect, test } from 'vitest'
import { person } from './fixture.test-support.ts'
import {
  type SignableRequest,
  type SignatureHeaders,
  signRequest,
  toHex,
  utf8,
  verifyRequest,
} from './index.ts'

// Our requests beside an implementation of ERC-8128 that others wrote.

const chainId = 31_337
const viewer = person(1).keys.identity
const account = privateKeyToAccount(toHex(viewer.privateKey))
const url = 'https://clinic.example:8443/query'
const contentType = 'application/json'
const now = (): number => Math.floor(Date.now() / 1_000)

const ours = (body: Uint8Array): SignableRequest => ({
  authority: 'clinic.example:8443',
  method: 'POST',
  path: '/query',
  contentType,
  body,
})

function sent(request: SignableRequest, headers: SignatureHeaders): Request {
  return new Request(`https://${request.authority}${request.path}`, {
    method: 'POST',
    headers: { 'content-type': request.contentType, ...headers },
    body: Uint8Array.from(request.body),
  })
}

async function theyVerify(request: Request): ReturnType<typeof other.verifyRequest> {
  const used = new Set<string>()
  return other.verifyRequest({
    request,
    verifyMessage: async ({ address, message, signature }) =>
      (await recoverMessageAddress({ message, signature })).toLowerCase() === address.toLowerCase(),
    nonceStore: {
      consume: async (key) => {
        const isNew = !used.has(key)
        used.add(key)
        return isNew
      },
    },
  })
}

test('a request that we sign is verified by the other implementation', async () => {
  const bodies = fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (body) => {
    const request = ours(body)
    const headers = signRequest(request, viewer, { chainId, now: now() })
    expect(await theyVerify(sent(request, headers))).toMatchObject({
      ok: true,
      address: toHex(viewer.address),
      chainId,
      binding: 'request-bound',
    })
  })
  await fc.assert(bodies, { numRuns: 20 })
})

test('a request that the other implementation signs is verified by us', async () => {
  const signer = {
    chainId,
    address: toHex(viewer.address),
    signMessage: (raw: Uint8Array) => account.signMessage({ message: { raw } }),
  }
  const body = '{"a":1}'
  const init = { method: 'POST', headers: { 'content-type': contentType }, body }
  const components = ['@authority', '@method', '@path', 'content-digest', 'content-type']
  const request = await other.signRequest(url, init, signer, { components, ttlSeconds: 60 })
  const header = (name: string): string => request.headers.get(name) ?? ''
  const headers = {
    'content-digest': header('content-digest'),
    'signature-input': header('signature-input'),
    signature: header('signature'),
  }
  expect(verifyRequest(ours(utf8(body)), headers, chainId)).toMatchObject({
    signer: viewer.address,
  })
})

test.each<[string, Partial<SignableRequest>]>([
  ['body', { body: utf8('{"a":2}') }],
  ['path', { path: '/index' }],
  ['host', { authority: 'other.example' }],
  ['content type', { contentType: 'text/plain' }],
])('both refuse another %s than was signed', async (_, change) => {
  const request = ours(utf8('{"a":1}'))
  const headers = signRequest(request, viewer, { chainId, now: now() })
  const changed = { ...request, ...change }
  expect(typeof verifyRequest(changed, headers, chainId)).toBe('string')
  expect(await theyVerify(sent(changed, headers))).toMatchObject({ ok: false })
})
