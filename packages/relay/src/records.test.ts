import {
  accountOf,
  type Domain,
  encodeNotes,
  encodeRecord,
  encodeTags,
  MalformedError,
  type Operation,
  random,
  toHex,
} from '@medrec/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compose, fits } from './compose.ts'
import { isEndingKind, parseRecord } from './records.ts'

const domain: Domain = {
  chainId: 1,
  verifyingContract: `0x${'bb'.repeat(20)}`,
  salt: `0x${'4e'.repeat(32)}`,
}
const signer = accountOf(new Uint8Array(32).fill(7))
const of = (size: number): Uint8Array => new Uint8Array(size).fill(3)
const deadline = 1_800_000_000
const relation = { steward: of(20), subject: of(20), termsHash: of(32) }
const operations: readonly Operation[] = [
  { kind: 'propose', ...relation, deadline },
  { kind: 'accept', ...relation, deadline },
  { kind: 'end', ...relation, status: 4 },
  { kind: 'stopAll', ...relation, epoch: 2 },
  { kind: 'grant', key: of(20), expiresAt: 5, sequence: 1, commitment: of(26), deadline },
  { kind: 'revoke', key: of(20) },
  {
    kind: 'anchor',
    stewardTag: of(32),
    previousRoot: of(32),
    root: of(32),
    logRoot: of(32),
    counter: 1,
    query: of(32),
    epoch: 1,
    deadline,
  },
  { kind: 'policy', stewardTag: of(32), query: of(32), amount: 1, deadline },
  { kind: 'answer', stewardTag: of(32), bounty: of(32), answer: of(32), deadline },
]
const note = { tag: of(16), sealed: of(384) }

describe('a record', () => {
  test.each(operations.map((operation) => [operation.kind, operation] as const))(
    'of kind %s is cut up as it was joined, with any number of notes',
    (kind, operation) => {
      for (const count of [0, 1, 15]) {
        const notes = Array.from({ length: count }, () => note)
        const bytes = encodeRecord(operation, signer, domain, notes)
        const record = parseRecord(bytes)
        expect(record.kind).toBe(kind)
        expect(record.notes.length).toBe(count * 400)
        expect(record.deadline).toBe('deadline' in operation ? deadline : undefined)
        expect(isEndingKind(record.kind)).toBe(!('deadline' in operation))
        expect(record.signature).toEqual(
          bytes.slice(1 + record.payload.length, 65 + record.payload.length),
        )
        for (const wrong of [
          bytes.slice(0, -1),
          Uint8Array.of(...bytes, 0),
          bytes.slice(0, 1),
          bytes.slice(1),
        ])
          expect(() => parseRecord(wrong)).toThrow(MalformedError)
      }
    },
  )

  test('tells its deadline from any part of a larger buffer', () => {
    const bytes = encodeRecord(operations[0] as Operation, signer, domain, [])
    const shared = Buffer.concat([Buffer.alloc(7, 0xff), bytes]).subarray(7)
    expect(parseRecord(shared).deadline).toBe(deadline)
  })

  test('of notes or update tags alone has no signature and no deadline', () => {
    expect(parseRecord(encodeNotes([note, note]))).toMatchObject({
      kind: 'notes',
      deadline: undefined,
    })
    expect(parseRecord(encodeTags([of(8), of(8)]))).toMatchObject({
      kind: 'tags',
      deadline: undefined,
    })
  })

  test.each([
    ['nothing', new Uint8Array(0)],
    ['no notes', Uint8Array.of(7)],
    ['no update tags', Uint8Array.of(8, 0, 0)],
    ['half a count of tags', Uint8Array.of(8, 0)],
    ['one tag too few', Uint8Array.of(8, 0, 2, ...of(8))],
    ['tags with a note', Uint8Array.of(0x18, 0, 1, ...of(8))],
    ['an unknown kind', Uint8Array.of(11, ...of(100))],
    ['a reserved kind', Uint8Array.of(15)],
  ])('of %s is refused', (_, bytes) => {
    expect(() => parseRecord(bytes)).toThrow(MalformedError)
  })

  test('of any bytes is cut up or refused as not well formed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
        try {
          expect(parseRecord(bytes).bytes).toBe(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedError)
        }
      }),
    )
  })
})

describe('a batch', () => {
  const waiting = (records: readonly Uint8Array[]) =>
    records.map((bytes, i) => ({ row: i + 1, bytes, deadline: null }))

  test('holds records in their order, as many as gas and size allow', () => {
    const record = encodeNotes(Array.from({ length: 15 }, () => note))
    const many = compose(waiting(Array.from({ length: 100 }, () => record)), 'at-once')
    expect(many.data.length).toBe(many.places.length * record.length)
    expect(many.places.length).toBeGreaterThan(10)
    expect(many.places.length).toBeLessThan(100)
    expect(many.places.map(({ row }) => row)).toEqual(many.places.map((_, i) => i + 1))
    expect(compose([], 'at-once')).toEqual({ data: new Uint8Array(0), places: [] })
  })

  test('that would begin like a call of a view begins with padding, and places count from after it', () => {
    // 0x375e6855 is the selector of spent(bytes32,uint32), and the head of a record of three notes.
    const tag = Uint8Array.of(0x5e, 0x68, 0x55, ...of(13))
    const record = encodeNotes([{ ...note, tag }, note, note])
    const { data, places } = compose(waiting([record]), 'at-once')
    expect(toHex(data.slice(0, 5))).toBe('0x07375e6855')
    expect(places).toEqual([{ row: 1, place: 1 }])
  })

  test('of a fixed rhythm has exactly its size, whatever waits', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1_000, max: 20_000 }), fc.nat(12), (size, count) => {
        const records = Array.from({ length: count }, (_, i) =>
          encodeTags(Array.from({ length: i + 1 }, () => random(8))),
        )
        const { data, places } = compose(waiting(records), { periodSeconds: 60, size })
        expect(data.length).toBe(size)
        expect(places.length).toBe(count)
      }),
    )
  })

  test('takes no record that is larger than itself', () => {
    const record = encodeNotes([note])
    expect(fits(record, { periodSeconds: 1, size: 402 })).toBe(true)
    expect(fits(record, { periodSeconds: 1, size: 401 })).toBe(false)
    expect(fits(encodeTags(Array.from({ length: 10_000 }, () => of(8))), 'at-once')).toBe(true)
    expect(fits(encodeTags(Array.from({ length: 20_000 }, () => of(8))), 'at-once')).toBe(false)
  })
})
