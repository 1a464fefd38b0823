import fc from 'fast-check'
import { recoverMessageAddress } from 'viem'
import { describe, expect, test } from 'vitest'
import { flipped, person } from './fixture.test-support.ts'
import {
  contentDigest,
  fromBase64,
  isResponseOf,
  type SignableRequest,
  type SignableResponse,
  type SignatureHeaders,
  signRequest,
  signResponse,
  toBase64,
  toHex,
  utf8,
  verifyRequest,
} from './index.ts'

const chainId = 31_337
const viewer = person(1).keys.identity
const node = person(2).keys.identity
const request: SignableRequest = {
  authority: 'clinic.example:8443',
  method: 'POST',
  path: '/query',
  contentType: 'application/json',
  body: utf8('{"a":1}'),
}
const signing = { chainId, now: 1_700_000_000, nonce: 'AAAAAAAAAAAAAAAAAAAAAA' }
const headers = signRequest(request, viewer, signing)
const digest = 'sha-256=:AVq9f1zFejcNlIuN0X88ZJchZ8twDwDpJ2hvw4F1bVk=:'
const parameters = `("@authority" "@method" "@path" "content-digest" "content-type");created=1700000000;expires=1700000060;nonce="AAAAAAAAAAAAAAAAAAAAAA";keyid="erc8128:31337:${toHex(viewer.address)}"`

function signatureOf(header: string): `0x${string}` {
  return toHex(fromBase64(header.slice(header.indexOf('=:') + 2, -1)))
}

describe('a signed request', () => {
  test('has the signature base of RFC 9421, signed as ERC-191 (checked by viem)', async () => {
    expect(headers['content-digest']).toBe(contentDigest(request.body))
    expect(headers['signature-input']).toBe(`eth=${parameters}`)
    const base = [
      '"@authority": clinic.example:8443',
      '"@method": POST',
      '"@path": /query',
      `"content-digest": ${headers['content-digest']}`,
      '"content-type": application/json',
      `"@signature-params": ${parameters}`,
    ].join('\n')
    const signature = signatureOf(headers.signature)
    const signer = await recoverMessageAddress({ message: base, signature })
    expect(signer.toLowerCase()).toBe(toHex(viewer.address))
  })

  test('is read back with all that it says', () => {
    expect(verifyRequest(request, headers, chainId)).toEqual({
      signer: viewer.address,
      created: 1_700_000_000,
      expires: 1_700_000_060,
      nonce: signing.nonce,
      bytes: fromBase64(headers.signature.slice(5, -1)),
    })
    const other = signRequest(request, viewer, { chainId, now: 5.9, life: 10 })
    expect(verifyRequest(request, other, chainId)).toMatchObject({ created: 5, expires: 15 })
    expect(other['signature-input']).not.toContain(signing.nonce)
  })

  test('may list its components in another order, as RFC 9421 allows', () => {
    const swapped = headers['signature-input'].replace(
      '"@authority" "@method"',
      '"@method" "@authority"',
    )
    expect(verifyRequest(request, { ...headers, 'signature-input': swapped }, chainId)).toBe(
      'signer',
    )
  })

  test.each<[string, Partial<SignableRequest>, string]>([
    ['another audience', { authority: 'other.example:8443' }, 'signer'],
    ['another path', { path: '/log' }, 'signer'],
    ['another content type', { contentType: 'text/plain' }, 'signer'],
    ['another body', { body: utf8('{"a":2}') }, 'digest'],
    ['no body', { body: new Uint8Array(0) }, 'digest'],
  ])('does not count for %s', (_, change, problem) => {
    expect(verifyRequest({ ...request, ...change }, headers, chainId)).toBe(problem)
  })

  test('does not count on another network', () => {
    expect(verifyRequest(request, headers, 1)).toBe('network')
    const moved = headers['signature-input'].replace(':31337:', ':1:')
    expect(verifyRequest(request, { ...headers, 'signature-input': moved }, 1)).toBe('signer')
  })
})

describe('a signed request, altered', () => {
  const input = headers['signature-input']
  test.each<[string, Partial<SignatureHeaders>, string]>([
    ['a later end', { 'signature-input': input.replace('1700000060', '1700009999') }, 'signer'],
    ['another nonce', { 'signature-input': input.replace('"AAAA', '"BAAA') }, 'signer'],
    [
      'another key id',
      { 'signature-input': input.replace(toHex(viewer.address), toHex(node.address)) },
      'signer',
    ],
    ['a digest of something else', { 'content-digest': contentDigest(utf8('x')) }, 'digest'],
    [
      'no nonce',
      { 'signature-input': input.replace(';nonce="AAAAAAAAAAAAAAAAAAAAAA"', '') },
      'malformed',
    ],
    ['a shorter nonce', { 'signature-input': input.replace('"AAAA', '"') }, 'signer'],
    ['no end', { 'signature-input': input.replace(';expires=1700000060', '') }, 'malformed'],
    ['a component missing', { 'signature-input': input.replace('"@path" ', '') }, 'malformed'],
    [
      'a component twice',
      { 'signature-input': input.replace('"@path"', '"@method"') },
      'malformed',
    ],
    [
      'a component more',
      { 'signature-input': input.replace('"@path"', '"@path" "date"') },
      'malformed',
    ],
    [
      'a component twice more',
      { 'signature-input': input.replace('"@path"', '"@path" "@path"') },
      'malformed',
    ],
    ['another label', { 'signature-input': input.replace('eth=', 'sig=') }, 'malformed'],
    ['two signatures', { 'signature-input': `${input}, ${input}` }, 'malformed'],
    ['no input', { 'signature-input': '' }, 'malformed'],
    ['a capital address', { 'signature-input': input.toUpperCase() }, 'malformed'],
    ['no signature', { signature: '' }, 'malformed'],
    [
      'a signature under another label',
      { signature: headers.signature.replace('eth', 'sig') },
      'malformed',
    ],
    ['a short signature', { signature: 'eth=:AAAA:' }, 'signer'],
    ['a signature of an impossible length', { signature: 'eth=:A:' }, 'malformed'],
    ['a signature with bits left over', { signature: 'eth=:YR==:' }, 'malformed'],
  ])('with %s is refused', (_, change, problem) => {
    expect(verifyRequest(request, { ...headers, ...change }, chainId)).toBe(problem)
  })
})

describe('the signature of a request', () => {
  test('does not count when any bit of the signature changed, v and the high s included', () => {
    const bytes = fromBase64(headers.signature.slice(5, -1))
    for (let bit = 0; bit < 520; bit++) {
      const signature = `eth=:${toBase64(flipped(bytes, bit))}:`
      expect(verifyRequest(request, { ...headers, signature }, chainId)).toBe('signer')
    }
  })

  test('with any headers is refused, never thrown on', () => {
    const header = fc.oneof(
      fc.string(),
      fc.string().map((tail) => `eth=${tail}`),
      fc.base64String().map((text) => `eth=:${text}:`),
    )
    fc.assert(
      fc.property(header, header, (signatureInput, signature) => {
        const hostile = { ...headers, 'signature-input': signatureInput, signature }
        expect(verifyRequest(request, hostile, chainId)).toBe('malformed')
        expect(isResponseOf(node.address, response, hostile, chainId)).toBe(false)
        expect(verifyRequest(request, { ...headers, signature }, chainId)).toBeTypeOf('string')
      }),
    )
  })
})

const response: SignableResponse = {
  status: 200,
  contentType: 'application/json',
  body: utf8('{"enc":""}'),
  request,
  requestHeaders: headers,
}

const receipt = signResponse(response, node, { chainId, now: 1_700_000_001 })

describe('a receipt', () => {
  test('has the signature base of RFC 9421 with the request bound in (checked by viem)', async () => {
    const tail = `("@status" "content-type" "content-digest" "@authority";req "@method";req "@path";req "content-digest";req "signature-input";req "signature";req);created=1700000001;keyid="erc8128:31337:${toHex(node.address)}";tag="medrec-receipt"`
    expect(receipt['signature-input']).toBe(`node=${tail}`)
    const base = [
      '"@status": 200',
      '"content-type": application/json',
      `"content-digest": ${receipt['content-digest']}`,
      '"@authority";req: clinic.example:8443',
      '"@method";req: POST',
      '"@path";req: /query',
      `"content-digest";req: ${headers['content-digest']}`,
      `"signature-input";req: ${headers['signature-input']}`,
      `"signature";req: ${headers.signature}`,
      `"@signature-params": ${tail}`,
    ].join('\n')
    const signature = signatureOf(receipt.signature)
    const signer = await recoverMessageAddress({ message: base, signature })
    expect(signer.toLowerCase()).toBe(toHex(node.address))
    expect(isResponseOf(node.address, response, receipt, chainId)).toBe(true)
  })

  test.each<[string, Partial<SignableResponse>]>([
    ['another status', { status: 403 }],
    ['another body', { body: utf8('{}') }],
    ['another content type', { contentType: 'text/html' }],
    ['another request', { request: { ...request, path: '/log' } }],
    ['another audience', { request: { ...request, authority: 'x:1' } }],
    [
      'the same request signed again',
      { requestHeaders: signRequest(request, viewer, { chainId, now: 1_700_000_000 }) },
    ],
  ])('does not count for %s', (_, change) => {
    expect(isResponseOf(node.address, { ...response, ...change }, receipt, chainId)).toBe(false)
  })

  test.each<[string, (from: SignatureHeaders) => Partial<SignatureHeaders>]>([
    [
      'another time',
      (from) => ({
        'signature-input': from['signature-input'].replace('1700000001', '1700000002'),
      }),
    ],
    [
      'another tag',
      (from) => ({
        'signature-input': from['signature-input'].replace('medrec-receipt', 'receipt'),
      }),
    ],
    [
      'fewer components',
      (from) => ({ 'signature-input': from['signature-input'].replace('"@path";req ', '') }),
    ],
    ['another digest', () => ({ 'content-digest': digest })],
    ['no signature', () => ({ signature: 'node=::' })],
    ['a signature of an impossible length', () => ({ signature: 'node=:A:' })],
    ["the request's signature", () => ({ signature: headers.signature })],
  ])('with %s does not count', (_, change) => {
    expect(isResponseOf(node.address, response, { ...receipt, ...change(receipt) }, chainId)).toBe(
      false,
    )
  })

  test('counts for one node on one network, and no bit of it may change', () => {
    expect(isResponseOf(viewer.address, response, receipt, chainId)).toBe(false)
    expect(isResponseOf(node.address, response, receipt, 1)).toBe(false)
    const bytes = fromBase64(receipt.signature.slice(6, -1))
    for (let bit = 0; bit < 520; bit += 3) {
      const signature = `node=:${toBase64(flipped(bytes, bit))}:`
      expect(isResponseOf(node.address, response, { ...receipt, signature }, chainId)).toBe(false)
    }
  })
})
