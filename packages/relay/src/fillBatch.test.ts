import {
  accountOf,
  concat,
  coverNote,
  type Domain,
  encodeNotes,
  encodeRecord,
  encodeTags,
  type Hex,
  random,
  toHex,
} from '@medrec/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fillBatch } from './fillBatch.ts'
import { type ParsedRecord, parseRecord } from './records.ts'

const domain: Domain = {
  chainId: 1,
  verifyingContract: `0x${'bb'.repeat(20)}`,
  salt: `0x${'4e'.repeat(32)}`,
}
const signer = accountOf(new Uint8Array(32).fill(7))
const size = 4_000

const revocation = (): Uint8Array =>
  encodeRecord({ kind: 'revoke', key: random(20) }, signer, domain)
const notes = (count: number): Uint8Array => encodeNotes(Array.from({ length: count }, coverNote))
const tags = (count: number): Uint8Array =>
  encodeTags(Array.from({ length: count }, () => random(8)))

function filled(records: readonly Uint8Array[], of = size) {
  const queued = records.map((bytes, i) => ({ row: i + 1, bytes, deadline: null }))
  const { data, places } = fillBatch(queued, of)
  return { data, places, records: cutUp(data) }
}

/** The records of a batch, in order; a byte of padding is undefined. */
function cutUp(data: Uint8Array): readonly (ParsedRecord | undefined)[] {
  const found: (ParsedRecord | undefined)[] = []
  for (let at = 0; at < data.length; ) {
    const head = data[at] as number
    const count = ((data[at + 1] as number) << 8) | (data[at + 2] as number)
    const length =
      head === 7
        ? 1
        : (head & 15) === 8
          ? 3 + count * 8
          : (head & 15) === 7
            ? 1 + (head >> 4) * 400
            : 85 + (head >> 4) * 400
    found.push(head === 7 ? undefined : parseRecord(data.slice(at, at + length)))
    at += length
  }
  return found
}

/** What a stranger sees of a batch's shape. */
function shape(data: Uint8Array): readonly string[] {
  return cutUp(data).map((record) => (record ? `${record.kind} ${record.bytes.length}` : '-'))
}

function pieces(records: readonly (ParsedRecord | undefined)[], kind: string): ReadonlySet<Hex> {
  const [from, each] = kind === 'tags' ? [3, 8] : [1, 400]
  return new Set(
    records
      .filter((record) => record?.kind === kind)
      .flatMap((record) => {
        const { bytes } = record as ParsedRecord
        const count = (bytes.length - from) / each
        return Array.from({ length: count }, (_, i) =>
          toHex(bytes.slice(from + i * each, from + (i + 1) * each)),
        )
      }),
  )
}

test('nobody sees from its shape whether a batch holds nothing, a note, tags, or all of these', () => {
  const empty = shape(filled([]).data)
  expect(empty).toEqual(['-', 'notes 3201', 'tags 795', ...empty.slice(3)])
  for (const records of [
    [notes(1)],
    [notes(8)],
    [tags(1)],
    [tags(99)],
    [notes(2), tags(3), tags(40), notes(5)],
  ])
    expect(shape(filled(records).data)).toEqual(empty)
})

test('each record is in the batch, whole, at the place that is told', () => {
  const kinds = fc.constantFrom('revoke', 'notes', 'tags')
  fc.assert(
    fc.property(fc.array(kinds, { maxLength: 8 }), fc.nat(20), (wanted, count) => {
      const made = wanted.map((kind) =>
        kind === 'revoke' ? revocation() : kind === 'notes' ? notes(1) : tags(count + 1),
      )
      const { data, places, records } = filled(made)
      expect(data.length).toBe(size)
      expect(places.map(({ row }) => row).toSorted((a, b) => a - b)).toEqual(
        made.map((_, i) => i + 1),
      )
      for (const { row, place } of places) {
        const mine = parseRecord(made[row - 1] as Uint8Array)
        const there = records[place] as ParsedRecord
        expect(there.kind).toBe(mine.kind)
        if (mine.kind === 'revoke') expect(there.bytes).toEqual(mine.bytes)
        else
          expect([...pieces(records, mine.kind)]).toEqual(
            expect.arrayContaining([...pieces([mine], mine.kind)]),
          )
      }
    }),
  )
})

test('signed operations keep their order, before everything else', () => {
  const [first, second] = [revocation(), revocation()]
  const { data, places } = filled([notes(1), first, tags(1), second])
  expect(toHex(data.slice(0, 171))).toBe(toHex(concat(Uint8Array.of(7), first, second)))
  expect(places.filter(({ row }) => row === 2 || row === 4)).toEqual([
    { row: 2, place: 1 },
    { row: 4, place: 2 },
  ])
})

test('more notes or tags than are usual take the room of cover, up to the last byte', () => {
  expect(shape(filled([notes(9)]).data).slice(0, 3)).toEqual(['-', 'notes 3601', 'tags 395'])
  expect(shape(filled([tags(400)]).data).slice(0, 3)).toEqual(['-', 'notes 401', 'tags 3595'])
  const full = tags(499)
  expect(shape(filled([full]).data)).toEqual(['-', `tags ${full.length}`, '-', '-', '-', '-'])
})
