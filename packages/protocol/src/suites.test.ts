import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { counted, filled } from './fixture.test-support.ts'
import { fromHex, toHex } from './index.ts'
import { suite as browser } from './suite/browser.ts'
import { suite as node } from './suite/node.ts'

const hex = (text: string): Uint8Array => fromHex(`0x${text.replaceAll(' ', '')}`)
const order = hex('fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141')
const privateKey = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((key) => {
  const bytes = key.slice()
  bytes[0] = (bytes[0] as number) & 0x7f // below the order
  bytes[31] = (bytes[31] as number) | 1 // not zero
  return bytes
})
const block = fc.uint8Array({ minLength: 32, maxLength: 32 })

const suites = [
  ['native', node],
  ['JavaScript', browser],
] as const

describe.each(suites)('%s primitives', (_, suite) => {
  test.each([
    [
      'a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4',
      'e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c',
      'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552',
    ],
    [
      '4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d',
      'e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493',
      '95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957',
    ],
  ])('X25519 gives the outputs of RFC 7748 section 5.2', (scalar, point, output) => {
    expect(toHex(suite.x25519(hex(scalar)).agree(hex(point)) as Uint8Array)).toBe(`0x${output}`)
  })

  test.each([
    ['zero', '00'.repeat(32)],
    ['one', `01${'00'.repeat(31)}`],
    ['a point of order eight', 'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800'],
    ['31 bytes', '09'.repeat(31)],
    ['33 bytes', '09'.repeat(33)],
    ['nothing', ''],
  ])('X25519 agrees on nothing with %s', (_name, point) => {
    expect(suite.x25519(counted(32, 1)).agree(hex(point))).toBe(undefined)
  })

  test.each([
    ['', 'c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'],
    ['abc', '4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45'],
  ])('Keccak-256 gives the published outputs', (text, digest) => {
    expect(toHex(suite.keccak(new TextEncoder().encode(text)))).toBe(`0x${digest}`)
  })

  test('SHA-256 and HMAC give the outputs of FIPS 180-4 and RFC 4231', () => {
    expect(toHex(suite.sha256(new TextEncoder().encode('abc')))).toBe(
      '0xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    )
    expect(toHex(suite.hmac(filled(20, 0x0b), new TextEncoder().encode('Hi There')))).toBe(
      '0xb0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
    )
  })
})

describe.each(suites)('%s primitives, given what is none', (_, suite) => {
  test.each([
    ['nothing', new Uint8Array(0)],
    ['63 bytes', filled(63, 1)],
    ['zeros', filled(64, 0)],
    ['numbers above the order', filled(64, 0xff)],
  ])('nobody made a signature of %s', (_name, signature) => {
    expect(suite.recover(filled(32, 1), signature)).toBe(undefined)
    expect(suite.recover(filled(31, 1), filled(64, 1))).toBe(undefined)
  })

  test.each([
    ['a point off the curve', filled(64, 1), filled(32, 2)],
    ['half a point', filled(32, 1), filled(32, 2)],
  ])('a public key that is %s takes no tweak', (_name, key, tweak) => {
    expect(suite.tweakPublic(key, tweak)).toBe(undefined)
  })

  test('a tweak at or above the order is refused, and one that cancels the key too', () => {
    const key = filled(32, 5)
    expect(suite.tweakPublic(suite.publicKey(key), order)).toBe(undefined)
    expect(suite.tweakPrivate(key, order)).toBe(undefined)
    const negative = hex((BigInt(toHex(order)) - BigInt(toHex(key))).toString(16).padStart(64, '0'))
    expect(suite.tweakPrivate(key, negative)).toBe(undefined)
    expect(suite.tweakPublic(suite.publicKey(key), negative)).toBe(undefined)
    expect(suite.tweakPrivate(key, filled(32, 0))).toEqual(key)
    expect(suite.tweakPublic(suite.publicKey(key), filled(32, 0))).toEqual(suite.publicKey(key))
  })

  test('a sealed message opens, and not when a bit of it, its key or its aad changed', () => {
    const key = filled(32, 1)
    const nonce = filled(12, 2)
    const aad = filled(5, 3)
    const sealed = suite.chacha.seal({ key, nonce, aad, plain: filled(40, 4) })
    expect(suite.chacha.open({ key, nonce, aad, sealed })).toEqual(filled(40, 4))
    for (let at = 0; at < sealed.length; at++) {
      const changed = sealed.slice()
      changed[at] = (changed[at] as number) ^ 1
      expect(suite.chacha.open({ key, nonce, aad, sealed: changed })).toBe(undefined)
    }
    expect(suite.chacha.open({ key, nonce, aad: filled(5, 4), sealed })).toBe(undefined)
    expect(suite.chacha.open({ key: filled(32, 9), nonce, aad, sealed })).toBe(undefined)
    expect(suite.chacha.open({ key, nonce, aad, sealed: filled(15, 0) })).toBe(undefined)
  })
})

describe('native and JavaScript primitives', () => {
  test('give the same bytes for the same input', () => {
    fc.assert(
      fc.property(privateKey, block, block, (key, digest, other) => {
        expect(node.publicKey(key)).toEqual(browser.publicKey(key))
        const signature = node.sign(digest, key)
        expect(browser.sign(digest, key)).toEqual(signature)
        expect(node.recover(digest, signature)).toEqual(node.publicKey(key))
        expect(browser.recover(digest, signature)).toEqual(node.publicKey(key))
        expect(node.recover(other, signature)).toEqual(browser.recover(other, signature))
        expect(node.tweakPublic(node.publicKey(key), other)).toEqual(
          browser.tweakPublic(node.publicKey(key), other),
        )
        expect(node.tweakPrivate(key, other)).toEqual(browser.tweakPrivate(key, other))
        const [exchange, portable] = [node.x25519(key), browser.x25519(key)]
        expect(exchange.publicKey).toEqual(portable.publicKey)
        expect(exchange.agree(other)).toEqual(portable.agree(other))
        expect(node.sha256(other)).toEqual(browser.sha256(other))
        expect(node.hmac(key, other)).toEqual(browser.hmac(key, other))
      }),
      { numRuns: 25 },
    )
  })

  test('give the same digest and the same base64 of any length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 700 }), (bytes) => {
        expect(node.keccak(bytes)).toEqual(browser.keccak(bytes))
        const text = browser.toBase64(bytes)
        expect(node.toBase64(bytes)).toBe(text)
        expect(node.fromBase64(text)).toEqual(bytes)
        expect(browser.fromBase64(text)).toEqual(bytes)
      }),
    )
  })

  test('agree whose arbitrary bytes are a signature', () => {
    fc.assert(
      fc.property(block, fc.uint8Array({ minLength: 64, maxLength: 64 }), (digest, signature) => {
        expect(node.recover(digest, signature)).toEqual(browser.recover(digest, signature))
      }),
      { numRuns: 25 },
    )
  })
})

const base64Text = fc.string({
  unit: fc.constantFrom(...'AQYZaz09+/-_= \n\0\u00c1\uff21\ud800'),
  maxLength: 12,
})

test('both suites take the same texts for canonical base64, and read the same from them', () => {
  const read = (suite: typeof node, text: string): Uint8Array | undefined => {
    const bytes = suite.fromBase64(text)
    return bytes && suite.toBase64(bytes) === text ? bytes : undefined
  }
  fc.assert(
    fc.property(fc.oneof(base64Text, fc.base64String()), (text) => {
      expect(read(node, text)).toEqual(read(browser, text))
    }),
    { numRuns: 2_000 },
  )
  for (const text of ['', 'AA==', 'AAA=', 'AAAA']) expect(read(node, text)).toBeDefined()
  for (const text of ['A', 'AB==', 'AA', 'AA=', 'AAB=', 'A-_A', 'AA==AA==', ' AAAA'])
    expect([text, read(node, text), read(browser, text)]).toEqual([text, undefined, undefined])
})

test('both suites take the same texts for hex, and read the same from them', () => {
  const digit = fc.constantFrom(...'09afAFgG \n\0\u0130\u0431\uff11\ud800')
  const short = fc.string({ unit: digit, maxLength: 6 })
  const long = fc.string({ unit: fc.constantFrom(...'09afAF'), minLength: 120, maxLength: 140 })
  const anyText = fc.oneof(
    short,
    long,
    fc.tuple(long, short).map((parts) => parts.join('')),
  )
  fc.assert(
    fc.property(anyText, fc.uint8Array({ maxLength: 100 }), (text, bytes) => {
      expect(node.fromHex(text)).toEqual(browser.fromHex(text))
      expect(node.toHex(bytes)).toBe(browser.toHex(bytes))
      expect(node.fromHex(node.toHex(bytes).toUpperCase())).toEqual(bytes)
      expect(browser.fromHex(node.toHex(bytes).toUpperCase())).toEqual(bytes)
    }),
    { numRuns: 2_000 },
  )
  const wrong = ['a', 'ag', 'a\u0130', '0x', ' a']
  for (const text of [...wrong, ...wrong.map((end) => '00'.repeat(100) + end)])
    expect([text, node.fromHex(text), browser.fromHex(text)]).toEqual([text, undefined, undefined])
})

test('both suites give the same HMAC for keys and messages of any length', () => {
  const bytes = fc.uint8Array({ maxLength: 200 })
  fc.assert(
    fc.property(bytes, bytes, (key, message) => {
      expect(node.hmac(key, message)).toEqual(browser.hmac(key, message))
    }),
  )
})

test('a Keccak that failed, or was handed an empty or a long text, leaves nothing to the next', () => {
  const long = counted(100_000)
  const expected = [browser.keccak(new Uint8Array(0)), browser.keccak(long)]
  expect(() => node.keccak(null as unknown as Uint8Array)).toThrow()
  const [empty, full] = [node.keccak(new Uint8Array(0)), node.keccak(long)]
  node.keccak(filled(32, 7))
  expect([empty, full]).toEqual(expected)
})
