import { hkdf as nobleHkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hkdf } from './hkdf.ts'
import { fromHex, toHex } from './index.ts'

test.each([
  {
    salt: '0x000102030405060708090a0b0c',
    info: '0xf0f1f2f3f4f5f6f7f8f9',
    okm: '0x3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
  },
  {
    salt: '0x',
    info: '0x',
    okm: '0x8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
  },
])('gives the outputs of RFC 5869 appendix A', ({ salt, info, okm }) => {
  const secret = fromHex(`0x${'0b'.repeat(22)}`)
  const output = hkdf({ secret, salt: fromHex(salt), info: fromHex(info), size: 42 })
  expect(toHex(output)).toBe(okm)
})

test('gives what another implementation gives, whatever was derived from the secret before', () => {
  const bytes = fc.uint8Array({ maxLength: 150 })
  fc.assert(
    fc.property(bytes, bytes, bytes, bytes, fc.nat({ max: 200 }), (secret, a, b, info, size) => {
      for (const salt of [a, b, a])
        expect(hkdf({ secret, salt, info, size })).toEqual(
          nobleHkdf(sha256, secret, salt, info, size),
        )
    }),
  )
})
