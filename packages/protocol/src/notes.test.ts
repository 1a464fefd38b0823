import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { domain, filled, flipped, person } from './fixture.test-support.ts'
import {
  coverNote,
  joinParts,
  MalformedError,
  type NoteContent,
  noteCount,
  noteTag,
  type OpenedPart,
  openPart,
  pair,
  type SealedNote,
  sealNote,
} from './index.ts'
import { content, present, shareOf } from './note.test-support.ts'

const alice = person(1)
const bob = person(2)
const { mine: direction } = pair(alice.keys, alice.party, bob.party) as { mine: Uint8Array }
const check = {
  domain,
  author: alice.party.idTag,
  authorIdentity: alice.party.identity,
  reader: bob.party.idTag,
}
const author = {
  account: alice.keys.identity,
  domain,
  idTag: alice.party.idTag,
  reader: bob.party.idTag,
}

function opened(notes: readonly SealedNote[], first: number): OpenedPart[] {
  return notes.map(({ sealed }, i) => openPart(direction, first + i, sealed) as OpenedPart)
}

test('notes under one counter have one order, however they came', () => {
  const one = { direction, counter: 3, content: { kind: 'stopped' as const, reason: 'one' } }
  const other = { ...one, content: { ...one.content, reason: 'other' } }
  const sealed = [one, other, one, other].flatMap((each) => sealNote(each))
  const parts = sealed.map((note) => openPart(direction, 3, note.sealed) as OpenedPart)
  const joined = joinParts(parts, check)
  expect(joined).toHaveLength(4)
  expect(joinParts(parts.toReversed(), check)).toEqual(joined)
  expect(joinParts([...parts.slice(2), ...parts.slice(0, 2)], check)).toEqual(joined)
})

describe('a note', () => {
  test('is opened and put together as it was sealed, signed or not, in one part or several', () => {
    fc.assert(
      fc.property(content, fc.nat(1000), fc.boolean(), (value, counter, signed) => {
        const notes = sealNote({
          direction,
          counter,
          content: value,
          ...(signed ? { author } : {}),
        })
        expect(notes.length).toBe(noteCount(value, signed))
        for (const [i, { tag, sealed }] of notes.entries()) {
          expect(tag).toEqual(noteTag(direction, counter + i))
          expect(sealed.length).toBe(384)
        }
        const [joined, ...others] = joinParts(opened(notes, counter).toReversed(), check)
        expect(others).toEqual([])
        expect(joined).toEqual({ content: present(value), signed, counter })
      }),
      { numRuns: 60 },
    )
  })

  test('does not open after any change, under another counter, or for another pair', () => {
    const [{ sealed }] = sealNote({ direction, counter: 5, content: shareOf(1) }) as [SealedNote]
    expect(openPart(direction, 5, sealed)).toBeDefined()
    expect(openPart(direction, 6, sealed)).toBe(undefined)
    expect(openPart(filled(32, 1), 5, sealed)).toBe(undefined)
    expect(openPart(direction, 5, sealed.slice(1))).toBe(undefined)
    expect(openPart(direction, 5, coverNote().sealed)).toBe(undefined)
    for (let bit = 0; bit < sealed.length * 8; bit += 7)
      expect(openPart(direction, 5, flipped(sealed, bit))).toBe(undefined)
  })

  test('of the other direction does not open: author and reader are not interchangeable', () => {
    const back = (pair(alice.keys, alice.party, bob.party) as { theirs: Uint8Array }).theirs
    const [{ sealed }] = sealNote({ direction, counter: 0, content: shareOf(1) }) as [SealedNote]
    expect(openPart(back, 0, sealed)).toBe(undefined)
  })

  test('sealed twice gives other bytes: the nonce is random', () => {
    const seal = (): SealedNote =>
      sealNote({ direction, counter: 0, content: shareOf(1) })[0] as SealedNote
    expect(seal().sealed).not.toEqual(seal().sealed)
    expect(seal().tag).toEqual(seal().tag)
  })

  test('longer than fifteen parts is refused', () => {
    const long: NoteContent = {
      kind: 'answer',
      relationship: filled(32, 1),
      status: 3,
      reason: 'a'.repeat(5_100),
    }
    expect(() => sealNote({ direction, counter: 0, content: long })).toThrow(MalformedError)
    expect(() => noteCount(long, false)).toThrow(MalformedError)
    const fits = { ...long, reason: 'a'.repeat(5_000) }
    expect(sealNote({ direction, counter: 0, content: fits }).length).toBe(15)
  })
})

describe('the signature inside a note', () => {
  const value: NoteContent = {
    kind: 'contact',
    idTag: filled(32, 1),
    name: 'Ada',
    identity: filled(20, 2),
  }
  const parts = opened(sealNote({ direction, counter: 0, content: value, author }), 0)

  test.each([
    ['another author', { author: filled(32, 9) }],
    ['another reader', { reader: filled(32, 9) }],
    ['another identity', { authorIdentity: filled(20, 9) }],
    ['another network', { domain: { ...domain, chainId: 1 } }],
  ])('does not count for %s', (_, other) => {
    expect(joinParts(parts, check).length).toBe(1)
    expect(joinParts(parts, { ...check, ...other })).toEqual([])
  })

  test('does not count when a bit of content or signature changed', () => {
    const [part] = parts as [OpenedPart]
    for (let bit = 0; bit < part.bytes.length * 8; bit++)
      expect(joinParts([{ ...part, bytes: flipped(part.bytes, bit) }], check)).toEqual([])
  })
})

describe('parts of several notes under the same counters', () => {
  const note = (letter: string): NoteContent => ({
    kind: 'answer',
    relationship: filled(32, 1),
    status: 3,
    reason: letter.repeat(500),
  })

  test('are never mixed: two devices that wrote at once lose nothing', () => {
    for (let round = 0; round < 10; round++) {
      const a = opened(sealNote({ direction, counter: 3, content: note('a') }), 3)
      const b = opened(sealNote({ direction, counter: 3, content: note('b') }), 3)
      expect(a.length).toBe(2)
      const reasons = joinParts([...a, ...b], check).map(({ content: { kind, ...rest } }) =>
        kind === 'answer' && 'reason' in rest ? rest.reason : '',
      )
      expect(reasons.toSorted()).toEqual(['a'.repeat(500), 'b'.repeat(500)])
    }
  })

  test('that lack one are left out, and the others stay', () => {
    const a = opened(sealNote({ direction, counter: 0, content: note('a') }), 0)
    const b = opened(sealNote({ direction, counter: 0, content: note('b') }), 0)
    expect(joinParts([a[0] as OpenedPart, ...b], check).length).toBe(1)
    expect(joinParts([a[1] as OpenedPart], check)).toEqual([])
    expect(joinParts([], check)).toEqual([])
  })
})

describe('the size of a share', () => {
  const sizes = (counts: number[], byCategory: boolean): number[] =>
    counts.map((count) => noteCount(shareOf(count, byCategory), false))

  test('is one note for ten entries by category, or four that name their pointers', () => {
    expect(sizes([0, 1, 6, 10, 11], true)).toEqual([1, 1, 1, 1, 2])
    expect(sizes([1, 4, 5, 16, 17], false)).toEqual([1, 1, 2, 2, 3])
  })
})
