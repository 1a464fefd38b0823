import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { counted, filled, networkId, person } from './fixture.test-support.ts'
import {
  addressOf,
  controller,
  controllerAddress,
  Keys,
  type Pair,
  pair,
  selfPair,
  toHex,
} from './index.ts'

describe('recovery words', () => {
  test.each([
    ['00', `${'abandon '.repeat(11)}about`],
    ['7f', 'legal winner thank year wave sausage worth useful legal winner thank yellow'],
    ['80', 'letter advice cage absurd amount doctor acoustic avoid letter advice cage above'],
    ['ff', `${'zoo '.repeat(11)}wrong`],
  ])('of sixteen bytes %s are those of BIP-39', (byte, words) => {
    const entropy = filled(16, Number.parseInt(byte, 16))
    expect(Keys.toWords(entropy)).toBe(words)
    expect(Keys.fromWords(words)).toEqual(entropy)
  })

  test('are read back, whatever their case and spaces', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (entropy) => {
        const words = Keys.toWords(entropy)
        expect(Keys.fromWords(`  ${words.toUpperCase().replaceAll(' ', '\n\t ')} `)).toEqual(
          entropy,
        )
      }),
    )
    expect(Keys.newEntropy().length).toBe(16)
    expect(Keys.newEntropy()).not.toEqual(Keys.newEntropy())
  })

  const good = Keys.toWords(filled(16, 0x7f))
  test.each([
    ['nothing', '', '12 words are needed, 1 were given.'],
    ['eleven words', good.slice(0, good.lastIndexOf(' ')), '12 words are needed, 11 were given.'],
    ['thirteen words', `${good} zoo`, '12 words are needed, 13 were given.'],
    [
      'a word that is not in the list',
      good.replace('year', 'yeer'),
      'Word number 4 is not in the list.',
    ],
    [
      'a wrong last word',
      good.replace('yellow', 'zoo'),
      'Every word is in the list, but together they are no recovery words: check their order.',
    ],
  ])('of %s are refused, without repeating them', (_, words, message) => {
    expect(() => Keys.fromWords(words)).toThrow(message)
    expect(() => Keys.fromWords(words)).toThrow(Keys.WordsError)
  })
})

describe('keys of a participant', () => {
  const { keys } = person(1)

  test('come from entropy and network alone', () => {
    expect(Keys.fromEntropy(counted(16, 1), networkId)).toEqual(keys)
    const elsewhere = Keys.fromEntropy(counted(16, 1), filled(32, 1))
    expect(elsewhere.identity.address).not.toEqual(keys.identity.address)
    expect(elsewhere.view.publicKey).not.toEqual(keys.view.publicKey)
    expect(elsewhere.self).not.toEqual(keys.self)
  })

  test('differ for every purpose', () => {
    const [relationship, nonce] = [filled(32, 1), filled(16, 1)]
    const accounts = [
      keys.identity,
      keys.spend,
      Keys.grantKey(keys, relationship, nonce),
      Keys.grantKey(keys, filled(32, 2), nonce),
      Keys.grantKey(keys, relationship, filled(16, 2)),
      Keys.consentKey(keys, nonce),
      Keys.consentSlotKey(keys, filled(20, 1)),
      Keys.requestKey(keys, 'a:1', 0),
      Keys.requestKey(keys, 'b:1', 0),
      Keys.requestKey(keys, 'a:1', 86_400),
      Keys.anchorKey(keys),
      Keys.relayKey(keys, 0),
      Keys.relayKey(keys, 1),
      Keys.coinbaseKey(keys),
    ].map(({ address }) => toHex(address))
    expect(new Set(accounts).size).toBe(accounts.length)
    expect(Keys.requestKey(keys, 'a:1', 86_399.9)).toEqual(Keys.requestKey(keys, 'a:1', 0))
  })
})

describe('a pair of participants', () => {
  const [alice, bob, eve] = [person(1), person(2), person(3)]
  const agreed = pair(alice.keys, alice.party, bob.party) as Pair

  test('agrees from both sides, one secret for each direction', () => {
    const back = pair(bob.keys, bob.party, alice.party) as Pair
    expect(back).toEqual({ mine: agreed.theirs, theirs: agreed.mine })
    expect(agreed.mine).not.toEqual(agreed.theirs)
  })

  test.each([
    ['a new version of the other', { ...bob.party, version: 2 }],
    ['another number of the other', { ...bob.party, idTag: filled(32, 9) }],
    ['another identity of the other', { ...bob.party, identity: filled(20, 9) }],
    ['somebody else', eve.party],
  ])('has other secrets with %s', (_, other) => {
    const changed = pair(alice.keys, alice.party, other) as Pair
    expect(changed.mine).not.toEqual(agreed.mine)
    expect(changed.theirs).not.toEqual(agreed.theirs)
  })

  test.each([
    ['zeros', new Uint8Array(32)],
    ['a point of small order', Uint8Array.of(1, ...new Uint8Array(31))],
    ['31 bytes', filled(31, 9)],
    ['33 bytes', filled(33, 9)],
  ])('is skipped when a view key is %s', (_, viewKey) => {
    expect(pair(alice.keys, alice.party, { ...bob.party, viewKey })).toBe(undefined)
  })

  test('with oneself has one secret that only its owner derives', () => {
    const own = selfPair(alice.keys)
    expect(own.mine).toEqual(own.theirs)
    expect(selfPair(bob.keys).mine).not.toEqual(own.mine)
  })
})

describe('a controller', () => {
  test('is the same account from the public and the private side, for either role', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 200 }),
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
        fc.constantFrom('steward' as const, 'subject' as const),
        (a, b, nonce, role) => {
          const [steward, subject] = [person(a), person(b)]
          const secret = (pair(steward.keys, steward.party, subject.party) as Pair).mine
          const owner = role === 'steward' ? steward : subject
          const other = role === 'steward' ? subject : steward
          const options = { stewardToSubject: secret, role, nonce }
          const own = controller({ keys: owner.keys, ...options })
          const seen = controllerAddress({ networkId, spendKey: owner.party.spendKey, ...options })
          expect(own?.address).toEqual(seen)
          expect(addressOf(own?.publicKey as Uint8Array)).toEqual(seen)
          if (a !== b)
            expect(controller({ keys: other.keys, ...options })?.address).not.toEqual(seen)
        },
      ),
      { numRuns: 20 },
    )
  })

  test('is another one for another nonce, role and network', () => {
    const spendKey = person(1).party.spendKey
    const base = {
      networkId,
      stewardToSubject: filled(32, 1),
      role: 'steward' as const,
      nonce: filled(16, 1),
      spendKey,
    }
    const addresses = [
      base,
      { ...base, nonce: filled(16, 2) },
      { ...base, role: 'subject' as const },
      { ...base, networkId: filled(32, 1) },
      { ...base, stewardToSubject: filled(32, 2) },
    ].map((options) => String(controllerAddress(options)))
    expect(new Set(addresses).size).toBe(5)
  })

  test('of a spend key that is no point does not exist', () => {
    const options = {
      networkId,
      stewardToSubject: filled(32, 1),
      role: 'subject' as const,
      nonce: filled(16, 1),
    }
    expect(controllerAddress({ ...options, spendKey: filled(64, 1) })).toBe(undefined)
    expect(controllerAddress({ ...options, spendKey: filled(63, 1) })).toBe(undefined)
  })
})
