import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  compare,
  compareTexts,
  concat,
  equal,
  fromBase64,
  fromBase64Url,
  fromHex,
  fromUtf8,
  MalformedError,
  toBase64,
  toBase64Url,
  toBigInt,
  toHex,
  uint,
  utf8,
} from './index.ts'

const bytes = fc.uint8Array({ maxLength: 200 })

describe('spellings of bytes', () => {
  test('hex, base64, base64url and UTF-8 are read back as they were written', () => {
    fc.assert(
      fc.property(bytes, fc.string({ unit: 'binary' }), (value, text) => {
        expect(fromHex(toHex(value))).toEqual(value)
        expect(fromBase64(toBase64(value))).toEqual(value)
        expect(fromBase64Url(toBase64Url(value))).toEqual(value)
        if (text.isWellFormed()) expect(fromUtf8(utf8(text))).toBe(text)
      }),
    )
  })

  test('long texts are encoded whole', () => {
    const long = new Uint8Array(100_000).map((_, i) => i & 255)
    expect(toBase64(long)).toBe(Buffer.from(long).toString('base64'))
    expect(toHex(long)).toBe(`0x${Buffer.from(long).toString('hex')}`)
  })

  test.each([
    ['no prefix', () => fromHex('ab')],
    ['an odd number of digits', () => fromHex('0xabc')],
    ['a letter that is no digit', () => fromHex('0xzz')],
    ['another size', () => fromHex('0xabcd', 3)],
    ['text after the digits', () => fromHex('0xab\n')],
    ['base64url with padding', () => fromBase64Url('YQ==')],
    ['base64url of the other alphabet', () => fromBase64Url('+/+/')],
    ['base64url with bits left over', () => fromBase64Url('YR')],
    ['base64url of an impossible length', () => fromBase64Url('A')],
    ['base64 with white space', () => fromBase64('YW Jj')],
    ['base64 without its padding', () => fromBase64('YQ')],
    ['base64 with bits left over', () => fromBase64('YR==')],
    ['base64 of an impossible length', () => fromBase64('A')],
    ['bytes that are not UTF-8', () => fromUtf8(Uint8Array.of(0xc3, 0x28))],
    ['half a surrogate pair', () => utf8('a\ud800')],
    ['a negative number', () => uint(-1, 4)],
    ['a number too large', () => uint(256, 1)],
    ['half a number', () => uint(1.5, 4)],
    ['a number that is none', () => uint(Number.NaN, 4)],
    ['an endless number', () => uint(Number.POSITIVE_INFINITY, 8)],
    ['a number whose last digits are lost', () => uint(2 ** 53, 8)],
  ])('refuses %s', (_, read) => {
    expect(read).toThrow(MalformedError)
  })

  test('the message of a refusal never repeats the text', () => {
    expect(() => fromBase64Url('secret!')).toThrow('Not well formed: base64url expected.')
    expect(() => fromHex('0xsecret')).toThrow('Not well formed: hex digits expected.')
  })
})

describe('numbers', () => {
  test('are big endian and read back', () => {
    expect(toHex(uint(0x1234, 4))).toBe('0x00001234')
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }), (value) => {
        expect(toBigInt(uint(value, 32))).toBe(value)
      }),
    )
    expect(toBigInt(new Uint8Array(0))).toBe(0n)
  })
})

describe('order', () => {
  test('of texts is that of their UTF-8 bytes', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'b', '\u00e9', '\ud7ff', '\ue000', '\uffff', '\u{1f600}'),
    })
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareTexts(a, b))).toBe(Math.sign(compare(utf8(a), utf8(b))))
      }),
    )
  })

  test('is that of Buffer.compare, and equality agrees with it', () => {
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        expect(Math.sign(compare(a, b))).toBe(Buffer.compare(a, b))
        expect(equal(a, b)).toBe(Buffer.compare(a, b) === 0)
        expect(concat(a, b)).toEqual(new Uint8Array(Buffer.concat([a, b])))
      }),
    )
  })
})
