import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, test } from 'vitest'
import { flipped, person } from './fixture.test-support.ts'
import {
  addressOf,
  contentDigest,
  fromBase64,
  type Hex,
  newP256Key,
  type SignableRequest,
  type SignatureHeaders,
  signRequestP256,
  toBase64,
  toHex,
  utf8,
  verifyRequest,
} from './index.ts'
import { suite as browser } from './suite/browser.ts'
import { suite as node } from './suite/node.ts'

// What ERC-8128 lets a signer choose, beside what our own clients send. Signed by viem.

const chainId = 31_337
const viewer = person(1).keys.identity
const account = privateKeyToAccount(toHex(viewer.privateKey))
const request: SignableRequest = {
  ...{ authority: 'clinic.example:8443', method: 'POST', path: '/query' },
  ...{ contentType: 'application/json', body: utf8('{"a":1}') },
}
const values: Readonly<Record<string, string>> = {
  '@authority': request.authority,
  '@method': 'POST',
  '@path': '/query',
  '@query': '?',
  'content-digest': contentDigest(request.body),
  'content-type': 'application/json',
  date: 'Tue, 14 Nov 2023 22:13:20 GMT',
}
const all = ['@authority', '@method', '@path', 'content-digest', 'content-type']
const address = toHex(viewer.address)
const usual = ['created=1700000000', 'expires=1700000060', 'nonce="n0"']

async function signed(
  components: readonly string[],
  parameters: readonly string[],
  label = 'eth',
): Promise<SignatureHeaders> {
  const list = components.map((name) => `"${name}"`).join(' ')
  const text = [`(${list})`, ...parameters].join(';')
  const lines = components.map((name) => `"${name}": ${values[name]}`)
  const message = [...lines, `"@signature-params": ${text}`].join('\n')
  const signature = await account.signMessage({ message })
  return {
    'content-digest': contentDigest(request.body),
    'signature-input': `${label}=${text}`,
    signature: `${label}=:${Buffer.from(signature.slice(2), 'hex').toString('base64')}:`,
  }
}

const keyid = (name = address): string => `keyid="erc8128:${chainId}:${name}"`
const capital: Hex = `0x${address.slice(2).toUpperCase()}`

describe('a request-bound signature with a nonce is taken', () => {
  test.each<[string, readonly string[], readonly string[], string?]>([
    ['with its components in another order', all.toReversed(), [...usual, keyid()]],
    ['with its parameters in another order', all, [keyid(), ...usual.toReversed()]],
    ['without its content type', all.slice(0, -1), [...usual, keyid()]],
    ['with a query, of which there is none', ['@query', ...all], [...usual, keyid()]],
    ['with a capital address', all, [...usual, keyid(capital)]],
    ['under another label', all, [...usual, keyid()], 'sig1'],
    ['with a long nonce', all, [...usual.slice(0, 2), `nonce="${'n'.repeat(128)}"`, keyid()]],
  ])('%s', async (_, components, parameters, label) => {
    const headers = await signed(components, parameters, label)
    const read = verifyRequest(request, headers, chainId)
    expect(read).toMatchObject({ signer: viewer.address, created: 1_700_000_000 })
  })
})

describe('what the profile does not take is refused, however well it is signed', () => {
  test.each<[string, readonly string[], readonly string[], string?]>([
    ['a class of requests: no path', ['@authority', '@method', 'content-digest'], usual],
    ['a class of requests: no method', ['@authority', '@path', 'content-digest'], usual],
    ['a class of requests: no authority', ['@path', '@method', 'content-digest'], usual],
    ['a body that is not covered', ['@authority', '@method', '@path'], usual],
    ['a component that we do not know', [...all, 'date'], usual],
    ['a component twice', [...all, '@path'], usual],
    ['one that may be repeated: no nonce', all, usual.slice(0, 2)],
    ['an empty lifetime', all, ['created=1700000000', 'expires=1700000000', 'nonce="n"']],
    ['no creation', all, usual.slice(1)],
    ['no end', all, ['created=1700000000', 'nonce="n"']],
    ['a creation that is no number', all, ['created="1700000000"', ...usual.slice(1)]],
    ['a named algorithm', all, [...usual, 'alg="ecdsa-p256-sha256"']],
    ['a tag', all, [...usual, 'tag="medrec"']],
    ['a parameter twice', all, [...usual, 'nonce="n1"']],
    ['a nonce of endless length', all, [...usual.slice(0, 2), `nonce="${'n'.repeat(129)}"`]],
    ['a label that is none', all, usual, 'Eth'],
  ])('%s', async (_, components, parameters, label) => {
    const headers = await signed(components, [...parameters, keyid()], label)
    expect(verifyRequest(request, headers, chainId)).toBe('malformed')
  })

  test.each([
    ['another namespace', `keyid="eip155:${chainId}:${address}"`],
    ['no account', `keyid="erc8128:${chainId}:0x12"`],
    ['no chain', `keyid="erc8128::${address}"`],
  ])('a key id of %s', async (_, key) => {
    const headers = await signed(all, [...usual, key])
    expect(verifyRequest(request, headers, chainId)).toBe('malformed')
  })

  test('two signatures, of which a verifier would have to choose one', async () => {
    const headers = await signed(all, [...usual, keyid()])
    const input = headers['signature-input']
    const both = { ...headers, 'signature-input': `${input}, ${input.replace('eth', 'sig')}` }
    expect(verifyRequest(request, both, chainId)).toBe('malformed')
  })
})

describe('a P-256 key that the platform keeps to itself', () => {
  const options = { chainId, now: 1_700_000_000 }

  test('signs requests that its public key verifies, and no other', async () => {
    const [key, other] = [await newP256Key(), await newP256Key()]
    const headers = await signRequestP256(request, key, options)
    expect(headers['signature-input']).toContain(`keyid="p256:${chainId}:${toHex(key.address)}"`)
    expect(key.address).toEqual(addressOf(key.publicKey))
    expect(verifyRequest(request, headers, chainId, key.publicKey)).toMatchObject({
      signer: key.address,
      expires: 1_700_000_060,
    })
    expect(verifyRequest(request, headers, chainId)).toBe('signer')
    expect(verifyRequest(request, headers, chainId, other.publicKey)).toBe('signer')
    expect(verifyRequest(request, headers, chainId, key.publicKey.slice(1))).toBe('signer')
    const body = utf8('{"a":2}')
    expect(verifyRequest({ ...request, body }, headers, chainId, key.publicKey)).toBe('digest')
    const path = '/log'
    expect(verifyRequest({ ...request, path }, headers, chainId, key.publicKey)).toBe('signer')
  })

  test('does not count when a bit of the signature changed, or as another kind of key', async () => {
    const key = await newP256Key()
    const headers = await signRequestP256(request, key, options)
    const bytes = fromBase64(headers.signature.slice(5, -1))
    for (let bit = 0; bit < 512; bit += 37) {
      const signature = `eth=:${toBase64(flipped(bytes, bit))}:`
      expect(verifyRequest(request, { ...headers, signature }, chainId, key.publicKey)).toBe(
        'signer',
      )
    }
    const input = headers['signature-input'].replace('p256:', 'erc8128:')
    const renamed = { ...headers, 'signature-input': input }
    expect(verifyRequest(request, renamed, chainId, key.publicKey)).toBe('signer')
  })

  test('verifies alike in Node and in browsers, points off the curve included', async () => {
    const key = await newP256Key()
    const message = utf8('message')
    const signature = await key.sign(message)
    const offCurve = flipped(key.publicKey, 511)
    for (const suite of [node, browser]) {
      expect(suite.p256Verify(key.publicKey, message, signature)).toBe(true)
      expect(suite.p256Verify(key.publicKey, utf8('other'), signature)).toBe(false)
      expect(suite.p256Verify(offCurve, message, signature)).toBe(false)
      expect(suite.p256Verify(new Uint8Array(64), message, signature)).toBe(false)
    }
  })
})
