import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  counted,
  domain,
  domainOfRegistrar,
  filled,
  flipped,
  person,
} from './fixture.test-support.ts'
import {
  allowedMask,
  anyPointer,
  compare,
  concat,
  consentCommitment,
  type Entry,
  grantCommitment,
  isShareOf,
  isSorted,
  keccak,
  MalformedError,
  relationshipId,
  type Scope,
  scopeHash,
  signShare,
  sorted,
  termsHash,
  uint,
} from './index.ts'

const entry = fc.record<Entry>({
  pointer: fc.uint8Array({ minLength: 16, maxLength: 16, max: 3 }),
  category: fc.integer({ min: 1, max: 3 }),
  schema: fc.integer({ min: 0, max: 0xffffffff }),
  catalogue: fc.nat(0xffff),
  mask: fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
})

const scope: Scope = {
  subject: filled(32, 1),
  steward: filled(32, 2),
  viewer: filled(32, 3),
  relationship: filled(32, 4),
  epoch: 5,
  index: filled(32, 6),
  purposes: 2,
  notBefore: 1_700_000_000,
  salt: filled(32, 7),
  entries: [{ pointer: counted(16), category: 5, schema: 9, catalogue: 1, mask: 0b101n }],
}

const keyOf = ({ pointer, category, schema }: Entry): Uint8Array =>
  concat(pointer, uint(category, 4), uint(schema, 4))

describe('entries of a scope', () => {
  test('are sorted by pointer, category and schema, and only strictly sorted ones are hashed', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 8 }), (entries) => {
        const ordered = sorted(entries)
        const keys = ordered.map(keyOf)
        for (let i = 1; i < keys.length; i++)
          expect(compare(keys[i - 1] as Uint8Array, keys[i] as Uint8Array)).toBeLessThanOrEqual(0)
        const twice = new Set(keys.map(String)).size !== keys.length
        expect(isSorted(ordered)).toBe(!twice)
        if (twice) expect(() => scopeHash({ ...scope, entries: ordered })).toThrow(MalformedError)
        else expect(scopeHash({ ...scope, entries: ordered }).length).toBe(32)
        if (!isSorted(entries))
          expect(() => scopeHash({ ...scope, entries })).toThrow(MalformedError)
      }),
    )
  })

  test('that name one pointer twice are refused, whatever their masks', () => {
    const [first] = scope.entries as [Entry]
    const entries = [first, { ...first, catalogue: 2, mask: 1n }]
    expect(() => scopeHash({ ...scope, entries })).toThrow('strictly sorted')
  })

  test('are compared by number, not by text: schema 10 after schema 9', () => {
    const [first] = scope.entries as [Entry]
    expect(isSorted([first, { ...first, schema: 10 }])).toBe(true)
    expect(isSorted([first, { ...first, category: 10, schema: 1 }])).toBe(true)
    expect(isSorted([])).toBe(true)
  })
})

describe('what a scope allows on a pointer', () => {
  const of = (entries: readonly Entry[], pointer = { id: counted(16), category: 5, schema: 9 }) =>
    allowedMask({ ...scope, entries }, pointer)
  const [named] = scope.entries as [Entry]
  const wide: Entry = { ...named, pointer: anyPointer, catalogue: 2, mask: 0b10n }

  test('is what the entries that name it, or its category and schema, say', () => {
    expect(of([named])).toEqual([{ mask: 0b101n, catalogue: 1 }])
    expect(of([wide, named])).toEqual([
      { mask: 0b10n, catalogue: 2 },
      { mask: 0b101n, catalogue: 1 },
    ])
    expect(of([])).toEqual([])
  })

  test.each([
    ['another pointer', { ...named, pointer: filled(16, 1) }],
    ['another category', { ...wide, category: 6 }],
    ['another schema', { ...wide, schema: 8 }],
    ['the pointer under another category', { ...named, category: 6 }],
  ])('is nothing by an entry for %s', (_, other) => {
    expect(of([other])).toEqual([])
  })
})

describe('a share', () => {
  const subject = person(1).keys.identity
  const grant = filled(20, 8)
  const hash = scopeHash(scope)
  const signature = signShare(subject, domain, grant, hash)

  test('counts for the one controller, grant, scope and network that it was signed for', () => {
    expect(isShareOf(subject.address, signature, domain, grant, hash)).toBe(true)
    expect(isShareOf(person(2).keys.identity.address, signature, domain, grant, hash)).toBe(false)
    expect(isShareOf(subject.address, signature, domainOfRegistrar, grant, hash)).toBe(false)
    expect(isShareOf(subject.address, signature, domain, filled(20, 9), hash)).toBe(false)
    expect(isShareOf(subject.address, signature.slice(1), domain, grant, hash)).toBe(false)
    expect(isShareOf(subject.address, new Uint8Array(64), domain, grant, hash)).toBe(false)
    fc.assert(
      fc.property(fc.nat(511), fc.nat(255), (a, b) => {
        expect(isShareOf(subject.address, flipped(signature, a), domain, grant, hash)).toBe(false)
        expect(isShareOf(subject.address, signature, domain, grant, flipped(hash, b))).toBe(false)
      }),
      { numRuns: 40 },
    )
  })

  test('names a scope of which every member counts', () => {
    const changes: Partial<Scope>[] = [
      { subject: filled(32, 9) },
      { steward: filled(32, 9) },
      { viewer: filled(32, 9) },
      { relationship: filled(32, 9) },
      { epoch: 9 },
      { index: filled(32, 9) },
      { purposes: 9 },
      { notBefore: 9 },
      { salt: filled(32, 9) },
      { entries: [] },
    ]
    const hashes = [hash, ...changes.map((change) => scopeHash({ ...scope, ...change }))]
    expect(new Set(hashes.map(String)).size).toBe(hashes.length)
  })

  test('stands in its slots by 26 bytes', () => {
    expect(grantCommitment(hash)).toEqual(hash.slice(0, 26))
    expect(consentCommitment(hash, filled(20, 1))).toEqual(keccak(hash, filled(20, 1)).slice(0, 26))
  })
})

test('a relationship is named by both controllers and its terms, in this order', () => {
  const terms = {
    stewardTag: filled(32, 1),
    subjectTag: filled(32, 2),
    stewardVersion: 1,
    subjectVersion: 1,
    salt: filled(32, 3),
    policy: 0,
    consent: new Uint8Array(20),
  }
  const id = relationshipId(filled(20, 1), filled(20, 2), termsHash(terms))
  expect(id).toEqual(keccak(filled(20, 1), filled(20, 2), termsHash(terms)))
  expect(relationshipId(filled(20, 2), filled(20, 1), termsHash(terms))).not.toEqual(id)
  expect(termsHash({ ...terms, policy: 1 })).not.toEqual(termsHash(terms))
})
