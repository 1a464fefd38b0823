import { ristretto255_oprf } from '@noble/curves/ed25519.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { filled, flipped, person } from './fixture.test-support.ts'
import {
  challengePossession,
  fromHex,
  type Identification,
  isPossessionProven,
  MalformedError,
  normalise,
  Oprf,
  provePossession,
  toHex,
} from './index.ts'

const person1: Identification = {
  type: 'national-id',
  country: 'DE',
  value: 'T22000129',
  birthDate: '1964-08-12',
}

describe('an identification number', () => {
  test.each<[string, Partial<Identification>]>([
    ['spaces and hyphens', { value: ' t22-000 129 ' }],
    ['wide letters', { value: 'Ｔ２２０００１２９' }],
    ['another case of type and country', { type: ' National-ID', country: 'de ' }],
  ])('with %s is the same', (_, change) => {
    expect(normalise({ ...person1, ...change })).toBe(
      'medrec-id-v1|national-id|DE|T22000129|1964-08-12',
    )
  })

  test('composes letters, upper-cases them and drops what is no letter or digit', () => {
    const value = (text: string): string =>
      normalise({ ...person1, value: text }).split('|')[3] as string
    expect(value('e\u0301')).toBe('É')
    expect(value('straße')).toBe('STRASSE')
    expect(value('½')).toBe('12')
    expect(value('a|b')).toBe('AB')
    expect(value('x\ud800y')).toBe('XY')
  })

  test.each<[string, Partial<Identification>]>([
    ['no value', { value: '' }],
    ['a value of signs', { value: ' -|/ ' }],
    ['no type', { type: '' }],
    ['a type with a bar', { type: 'a|b' }],
    ['a country of three letters', { country: 'DEU' }],
    ['a country of digits', { country: '49' }],
    ['a birth date that does not exist', { birthDate: '2023-02-29' }],
    ['a birth date of another form', { birthDate: '12.08.1964' }],
    ['a birth date with a time', { birthDate: '1964-08-12T00:00' }],
    ['a month too many', { birthDate: '1964-13-01' }],
  ])('with %s is refused, without repeating it', (_, change) => {
    expect(() => normalise({ ...person1, ...change })).toThrow(MalformedError)
  })

  test('takes any text or refuses it as not well formed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (value, birthDate) => {
        try {
          expect(normalise({ ...person1, value })).toMatch(
            /^medrec-id-v1\|national-id\|DE\|[\p{L}\p{N}]+\|1964-08-12$/u,
          )
          normalise({ ...person1, birthDate })
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedError)
        }
      }),
    )
  })
})

describe('the OPRF', () => {
  // RFC 9497 appendix A.1.1: ristretto255-SHA512, OPRF mode
  const key = fromHex('0x5ebcea5ee37023ccb9fc2d2019f9d7737be85591ae8652ffa9ef0f4d37063b0e')
  const blind = fromHex('0x64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706')
  const vectors = [
    {
      input: '0x00',
      blinded: '0x609a0ae68c15a3cf6903766461307e5c8bb2f95e7e6550e1ffa2dc99e412803c',
      evaluated: '0x7ec6578ae5120958eb2db1745758ff379e77cb64fe77b0b2d8cc917ea0869c7e',
      output:
        '0x527759c3d9366f277d8c6020418d96bb393ba2afb20ff90df23fb7708264e2f3ab9135e3bd69955851de4b1f9fe8a0973396719b7912ba9ee8aa7d0b5e24bcf6',
    },
    {
      input: `0x${'5a'.repeat(17)}`,
      blinded: '0xda27ef466870f5f15296299850aa088629945a17d1f5b7f5ff043f76b3c06418',
      evaluated: '0xb4cbf5a4f1eeda5a63ce7b77c7d23f461db3fcab0dd28e4e17cecb5c90d02c25',
      output:
        '0xf4a74c9c592497375e796aa837e907b1a045d34306a749db9f34221f7e750cb4f2a6413a6bf6fa5e19ba6348eb673934a722a7ede2e7621306d18951e7cf2c73',
    },
  ]

  test.each(vectors)('evaluates as in RFC 9497 appendix A.1.1 for $input', (vector) => {
    expect(toHex(Oprf.evaluate(key, fromHex(vector.blinded)))).toBe(vector.evaluated)
    const output = ristretto255_oprf.oprf.finalize(
      fromHex(vector.input),
      blind,
      fromHex(vector.evaluated),
    )
    expect(toHex(output)).toBe(vector.output)
  })

  test('gives one idTag however it was blinded, and another one for another key or number', () => {
    const tag = (identification: Identification, by: Uint8Array): string => {
      const { blind: secret, blinded } = Oprf.blind(identification)
      return toHex(Oprf.finalize(identification, secret, Oprf.evaluate(by, blinded)))
    }
    const first = tag(person1, key)
    expect(first).toMatch(/^0x[0-9a-f]{64}$/)
    expect(tag({ ...person1, value: 't 22000129' }, key)).toBe(first)
    expect(tag({ ...person1, value: 'T22000120' }, key)).not.toBe(first)
    expect(tag({ ...person1, birthDate: '1964-08-13' }, key)).not.toBe(first)
    expect(tag(person1, Oprf.newOprfKey())).not.toBe(first)
  })

  test('shows the registrar another element each time', () => {
    expect(Oprf.blind(person1).blinded).not.toEqual(Oprf.blind(person1).blinded)
  })

  test.each([
    ['nothing', new Uint8Array(0)],
    ['the identity', new Uint8Array(32)],
    ['no point', filled(32, 0xff)],
    ['31 bytes', filled(31, 1)],
    ['a text', 'x' as unknown as Uint8Array],
  ])('refuses %s as not well formed, on both sides', (_, element) => {
    expect(() => Oprf.evaluate(key, element)).toThrow(MalformedError)
    const { blind: secret } = Oprf.blind(person1)
    expect(() => Oprf.finalize(person1, secret, element)).toThrow(MalformedError)
  })
})

describe('possession of a view key', () => {
  const { keys } = person(1)
  const { secret, challenge } = challengePossession()
  const digest = filled(32, 5)
  const answer = provePossession(keys.view.privateKey, challenge, digest) as Uint8Array
  const proven = (change: Partial<Parameters<typeof isPossessionProven>[0]> = {}): boolean =>
    isPossessionProven({
      secret,
      viewKey: keys.view.publicKey,
      registrationDigest: digest,
      answer,
      ...change,
    })

  test('is shown by its answer, and by no other', () => {
    expect(proven()).toBe(true)
    expect(proven({ registrationDigest: filled(32, 6) })).toBe(false)
    expect(proven({ secret: challengePossession().secret })).toBe(false)
    expect(proven({ viewKey: person(2).keys.view.publicKey })).toBe(false)
    expect(proven({ viewKey: new Uint8Array(32) })).toBe(false)
    expect(proven({ answer: new Uint8Array(0) })).toBe(false)
    for (let bit = 0; bit < 256; bit++) expect(proven({ answer: flipped(answer, bit) })).toBe(false)
  })

  test('is not answered to a challenge that is no key', () => {
    expect(provePossession(keys.view.privateKey, new Uint8Array(32), digest)).toBe(undefined)
    expect(provePossession(keys.view.privateKey, filled(31, 1), digest)).toBe(undefined)
  })
})
