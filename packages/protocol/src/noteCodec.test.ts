import { encode } from 'cborg'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { filled, flipped } from './fixture.test-support.ts'
import { type Entry, type NoteContent, scopeHash, sorted } from './index.ts'
import { content, present, shareOf } from './note.test-support.ts'
import { decodeContent, encodeContent, noteKinds } from './noteCodec.ts'

describe('the CBOR of a note', () => {
  test('is read back to what it was, and written again to the same bytes', () => {
    fc.assert(
      fc.property(content, (value) => {
        const { kind, body } = encodeContent(value)
        const decoded = decodeContent(kind, body) as NoteContent
        expect(decoded).toEqual(present(value))
        expect(encodeContent(decoded)).toEqual({ kind, body })
      }),
    )
  })

  test('of any bytes is read or left out, and what was read can be hashed and written', () => {
    const hostile = fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      fc.tuple(content, fc.nat()).map(([value, bit]) => flipped(encodeContent(value).body, bit)),
      fc
        .object({ maxDepth: 4, withMap: true, withNullPrototype: true, withTypedArray: true })
        .map((value) => safeEncode(value)),
    )
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 16 }), hostile, (kind, body) => {
        const decoded = decodeContent(kind, body)
        if (decoded) expect(encodeContent(decoded).kind).toBe(kind)
        if (
          decoded?.kind === 'share' &&
          new Set(decoded.entries.map(String)).size === decoded.entries.length
        )
          expect(() => sorted(decoded.entries)).not.toThrow()
      }),
      { numRuns: 500 },
    )
  })
})

describe('the CBOR of a note, altered', () => {
  test.each([
    [
      'a category of 33 bits',
      5,
      (map: Map<number, unknown>) => map.set(8, [[filled(16, 0), 2 ** 32, 0, 0, filled(1, 1)]]),
    ],
    [
      'a catalogue version of 17 bits',
      5,
      (map: Map<number, unknown>) => map.set(8, [[filled(16, 0), 1, 0, 65_536, filled(1, 1)]]),
    ],
    [
      'a mask of 33 bytes',
      5,
      (map: Map<number, unknown>) => map.set(8, [[filled(16, 0), 1, 0, 1, filled(33, 1)]]),
    ],
    [
      'a mask with a leading zero',
      5,
      (map: Map<number, unknown>) => map.set(8, [[filled(16, 0), 1, 0, 1, filled(2, 0)]]),
    ],
    [
      'an entry of four members',
      5,
      (map: Map<number, unknown>) => map.set(8, [[filled(16, 0), 1, 0, 1]]),
    ],
    ['entries that are no list', 5, (map: Map<number, unknown>) => map.set(8, 'x')],
    [
      'entries out of order',
      5,
      (map: Map<number, unknown>) =>
        map.set(8, [
          [filled(16, 2), 1, 0, 1, filled(1, 1)],
          [filled(16, 1), 1, 0, 1, filled(1, 1)],
        ]),
    ],
    ['an epoch of 17 bits', 5, (map: Map<number, unknown>) => map.set(3, 65_536)],
    ['a negative epoch', 5, (map: Map<number, unknown>) => map.set(3, -1)],
    ['half an epoch', 5, (map: Map<number, unknown>) => map.set(3, 1.5)],
    ['an epoch as text', 5, (map: Map<number, unknown>) => map.set(3, '1')],
    ['a grant of 19 bytes', 5, (map: Map<number, unknown>) => map.set(6, filled(19, 1))],
    ['no grant', 5, (map: Map<number, unknown>) => new Map([...map].filter(([key]) => key !== 6))],
    ['a grant of null', 5, (map: Map<number, unknown>) => map.set(6, null)],
    ['no kind known', 11, (map: Map<number, unknown>) => map],
  ])('with %s is left out', (_, kind, change) => {
    const s = shareOf(1)
    const good = new Map<number, unknown>([
      [0, s.steward],
      [1, s.relationship],
      [2, s.index],
      [3, 1],
      [4, 1],
      [5, 1],
      [6, s.grant],
      [7, s.signature],
      [8, []],
    ])
    expect(decodeContent(5, encode(good))).toBeDefined()
    expect(decodeContent(kind, encode(change(new Map(good))))).toBe(undefined)
  })
})

describe('the CBOR of a note', () => {
  test('that is no map, has a key twice or goes on after its end is left out', () => {
    const { kind, body } = encodeContent({
      kind: 'consent',
      grant: filled(20, 1),
      slot: filled(20, 2),
      signature: filled(64, 3),
    })
    expect(decodeContent(kind, body)).toBeDefined()
    expect(decodeContent(kind, Uint8Array.of(...body, 0))).toBe(undefined)
    expect(decodeContent(kind, encode([1, 2]))).toBe(undefined)
    expect(decodeContent(kind, new Uint8Array(0))).toBe(undefined)
    expect(decodeContent(kind, Uint8Array.of(0xa4, ...body.slice(1), 0, 0x40))).toBe(undefined)
    expect(decodeContent(kind, filled(5_000, 0x81))).toBe(undefined)
  })

  test('of a checkpoint has exactly three members for each relationship', () => {
    const seen = (items: unknown[]): Uint8Array =>
      encode(
        new Map<number, unknown>([
          [0, [items]],
          [1, 5],
        ]),
      )
    expect(decodeContent(9, seen([filled(32, 1), filled(32, 2), 3]))).toBeDefined()
    expect(decodeContent(9, seen([filled(32, 1), filled(32, 2), 3, 4]))).toBe(undefined)
    expect(decodeContent(9, seen([filled(32, 1), filled(31, 2), 3]))).toBe(undefined)
    expect(
      decodeContent(
        9,
        encode(
          new Map<number, unknown>([
            [0, [5]],
            [1, 5],
          ]),
        ),
      ),
    ).toBe(undefined)
  })
})

describe('the kinds of notes', () => {
  test('has a number for each of the fifteen kinds', () => {
    expect(noteKinds).toEqual({
      1: 'proposal',
      2: 'pointer',
      3: 'answer',
      4: 'acknowledgement',
      5: 'share',
      6: 'shareCopy',
      7: 'consent',
      8: 'contact',
      9: 'checkpoint',
      10: 'stopped',
      11: 'delegation',
      12: 'delegatedShare',
      13: 'delegatedShareCopy',
      14: 'emergencyProfile',
      15: 'emergency',
    })
  })

  test('of a share gives back the scope that the grant names', () => {
    const value = shareOf(6)
    const decoded = decodeContent(5, encodeContent(value).body) as typeof value
    const scope = (entries: readonly Entry[]): Uint8Array =>
      scopeHash({
        ...value,
        subject: filled(32, 1),
        viewer: filled(32, 2),
        salt: filled(32, 3),
        entries,
      })
    expect(scope(decoded.entries)).toEqual(scope(value.entries))
  })
})

function safeEncode(value: unknown): Uint8Array {
  try {
    return encode(value)
  } catch {
    return new Uint8Array(0) // what CBOR cannot hold nobody can send
  }
}
