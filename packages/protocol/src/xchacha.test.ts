import { xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromHex, toHex, utf8 } from './index.ts'
import * as XChaCha from './xchacha.ts'

const bytes = (size: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: size, maxLength: size })

test('gives the output of draft-irtf-cfrg-xchacha-03 appendix A.3.1', () => {
  const options = {
    key: Uint8Array.from({ length: 32 }, (_, i) => 0x80 + i),
    nonce: Uint8Array.from({ length: 24 }, (_, i) => 0x40 + i),
    aad: fromHex('0x50515253c0c1c2c3c4c5c6c7'),
  }
  const plain = utf8(
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
  )
  const sealed = XChaCha.seal({ ...options, plain })
  expect(toHex(sealed.slice(0, 16))).toBe('0xbd6d179d3e83d43b9576579493c0e939')
  expect(toHex(sealed.slice(-16))).toBe('0xc0875924c1c7987947deafd8780acf49')
})

test('is the algorithm of another implementation, and opens nothing that was changed', () => {
  fc.assert(
    fc.property(
      bytes(32),
      bytes(24),
      fc.uint8Array({ maxLength: 40 }),
      fc.uint8Array({ maxLength: 400 }),
      fc.nat(),
      (key, nonce, aad, plain, at) => {
        const sealed = XChaCha.seal({ key, nonce, aad, plain })
        expect(sealed).toEqual(xchacha20poly1305(key, nonce, aad).encrypt(plain))
        expect(XChaCha.open({ key, nonce, aad, sealed })).toEqual(plain)
        const changed = sealed.slice()
        changed[at % sealed.length] = (changed[at % sealed.length] as number) ^ 1
        expect(XChaCha.open({ key, nonce, aad, sealed: changed })).toBe(undefined)
      },
    ),
  )
})

test('takes the same bytes for the same key, nonce and message in whatever view they come', () => {
  fc.assert(
    fc.property(bytes(32), bytes(24), bytes(20), (key, nonce, plain) => {
      const aad = utf8('tag')
      const sealed = XChaCha.seal({ key, nonce, aad, plain })
      const pooled = (content: Uint8Array): Uint8Array => Buffer.from(content) // a view of Node's pool
      const views = { key: pooled(key), nonce: pooled(nonce), aad: pooled(aad) }
      expect(XChaCha.seal({ ...views, plain: pooled(plain) })).toEqual(sealed)
      expect(XChaCha.open({ ...views, sealed: pooled(sealed) })).toEqual(plain)
    }),
  )
})
