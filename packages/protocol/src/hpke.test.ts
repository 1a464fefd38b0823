import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { filled, flipped } from './fixture.test-support.ts'
import { fromHex, type HpkeSealed, hpkeOpen, hpkeSeal, newReplyKey, toHex, utf8 } from './index.ts'

describe('HPKE', () => {
  // RFC 9180 appendix A.2.1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20Poly1305, base mode
  const vector = {
    info: fromHex('0x4f6465206f6e2061204772656369616e2055726e'),
    ephemeral: fromHex('0xf4ec9b33b792c372c1d2c2063507b684ef925b8c75a42dbcbf57d63ccd381600'),
    enc: '0x1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a',
    publicKey: fromHex('0x4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a'),
    privateKey: fromHex('0x8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb'),
    aad: fromHex('0x436f756e742d30'),
    plain: fromHex('0x4265617574792069732074727574682c20747275746820626561757479'),
    ciphertext:
      '0x1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28',
  }

  test('gives the message of RFC 9180 appendix A.2.1', () => {
    const sealed = hpkeSeal(vector) as HpkeSealed
    expect(toHex(sealed.enc)).toBe(vector.enc)
    expect(toHex(sealed.ciphertext)).toBe(vector.ciphertext)
    expect(hpkeOpen({ ...vector, sealed })).toEqual(vector.plain)
  })

  test('opens what was sealed, and nothing that was changed in any bit', () => {
    const key = newReplyKey()
    const [info, aad] = [utf8('info'), utf8('aad')]
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(), (plain, bit) => {
        const sealed = hpkeSeal({ publicKey: key.publicKey, info, aad, plain }) as HpkeSealed
        const open = (change: Partial<Parameters<typeof hpkeOpen>[0]>): Uint8Array | undefined =>
          hpkeOpen({ privateKey: key.privateKey, info, aad, sealed, ...change })
        expect(open({})).toEqual(plain)
        const { enc, ciphertext } = sealed
        expect(open({ sealed: { enc, ciphertext: flipped(ciphertext, bit) } })).toBe(undefined)
        expect(open({ sealed: { enc: flipped(enc, bit % 255), ciphertext } })).toBe(undefined)
        expect(open({ aad: flipped(aad, bit) })).toBe(undefined)
        expect(open({ info: flipped(info, bit) })).toBe(undefined)
        expect(open({ privateKey: newReplyKey().privateKey })).toBe(undefined)
      }),
      { numRuns: 50 },
    )
  })

  test.each([
    ['zeros', new Uint8Array(32)],
    ['31 bytes', filled(31, 9)],
    ['nothing', new Uint8Array(0)],
  ])('seals nothing to a key of %s, and opens nothing from one', (_, key) => {
    const none = new Uint8Array(0)
    expect(hpkeSeal({ publicKey: key, info: none, aad: none, plain: none })).toBe(undefined)
    const sealed = { enc: key, ciphertext: filled(16, 0) }
    expect(hpkeOpen({ privateKey: filled(32, 1), info: none, aad: none, sealed })).toBe(undefined)
  })

  test('opens nothing shorter than its tag', () => {
    const sealed = { enc: newReplyKey().publicKey, ciphertext: filled(15, 0) }
    const none = new Uint8Array(0)
    expect(hpkeOpen({ privateKey: filled(32, 1), info: none, aad: none, sealed })).toBe(undefined)
  })
})
