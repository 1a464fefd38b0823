import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as History from './History.ts'
import { joinReadings, type PartRead } from './readings.ts'

type Entry = { readonly id: number } & Partial<PartRead>

const part = (id: number, number: number, more: Partial<PartRead> = {}): Entry => ({
  ...{ id, time: 1_000 + id, of: 'doctor reads labs', part: { number, of: 3, rows: 10 } },
  ...more,
})
const joined = (entries: readonly Entry[]): unknown =>
  [
    ...joinReadings(entries, ({ time, of, part: read }) =>
      time !== undefined && of && read ? { time, of, part: read } : undefined,
    ),
  ].map(({ entry, reading }) => [entry.id, reading?.parts, reading?.rows, reading?.until])

test('the parts of a reading are one line, whatever stands between them', () => {
  const other = { of: 'her sister reads labs' }
  expect(joined([part(1, 0), { id: 2 }, part(3, 1), part(4, 0, other), part(5, 2)])).toEqual([
    [2, undefined, undefined, undefined],
    [1, 3, 30, 1_005],
    [4, 1, 10, 1_004],
  ])
})

test('a part that was asked for again counts once, and one that begins anew is another reading', () => {
  expect(joined([part(1, 0), part(2, 0), part(3, 1), part(4, 0), part(5, 1)])).toEqual([
    [1, 2, 20, 1_003],
    [4, 2, 20, 1_005],
  ])
})

test('who asks for one part again and again is not told as one who read it once', () => {
  const hourly = Array.from({ length: 6 }, (_, i) => part(i, 0, { time: 3_500 * i }))
  expect(joined(hourly)).toEqual([
    [0, 1, 10, 3_500],
    [2, 1, 10, 10_500],
    [4, 1, 10, 17_500],
  ])
  const after = [part(1, 0), part(2, 1), part(3, 1), part(4, 1), part(5, 2)]
  expect(joined(after)).toEqual([
    [1, 2, 20, 1_003],
    [4, 2, 20, 1_005],
  ])
})

test('a part left out, another length and a long rest begin a line of their own', () => {
  const longer = { part: { number: 1, of: 4, rows: 10 } }
  expect(joined([part(1, 0), part(2, 2)])).toHaveLength(2)
  expect(joined([part(1, 0), part(2, 1, longer)])).toHaveLength(2)
  expect(joined([part(1, 0), part(2, 1, { time: 5_000 })])).toHaveLength(2)
})

test('blocks that share a second stand in the order of the chain, and what a log tells after them', () => {
  const of = { at: 1_000, by: undefined, relationship: '0x01' } as const
  const told = (number: number): History.HistoryEvent => ({
    ...of,
    kind: 'acknowledged',
    block: { number, hash: '0x', time: 1_000 },
  })
  const read = { ...of, kind: 'read' } as const
  const earlier = { ...read, at: 999 }
  expect(History.merge([told(9), read], [told(8), earlier, told(10)])).toEqual([
    ...[earlier, told(8), told(9), told(10), read],
  ])
})

test('no row and no entry is lost or told twice', () => {
  const entry = fc.record({
    of: fc.constantFrom('a', 'b', undefined),
    number: fc.nat({ max: 3 }),
    wait: fc.constantFrom(1, 4_000),
  })
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 30 }), (drawn) => {
      let time = 0
      const entries = drawn.map(({ of, number, wait }, id) => {
        time += wait
        return { id, time, of, part: { number, of: 4, rows: 1 } }
      })
      const lines = [
        ...joinReadings(entries, ({ of, ...rest }) => (of ? { of, ...rest } : undefined)),
      ]
      const parts = lines.reduce((sum, { reading }) => sum + (reading?.parts ?? 0), 0)
      const whole = entries.filter(({ of }) => of !== undefined).length
      const again = entries.filter(({ of, part: { number } }, i) => {
        const before = entries.slice(0, i).findLast((one) => one.of === of)
        return of !== undefined && before?.part.number === number
      }).length
      expect(lines.filter(({ reading }) => !reading)).toHaveLength(entries.length - whole)
      expect(parts).toBeLessThanOrEqual(whole)
      expect(parts).toBeGreaterThanOrEqual(whole - again)
    }),
  )
})

test('a log tells a reading in parts as one event, and every other line as it stands', () => {
  const line = (
    position: number,
    content: object,
  ): Parameters<typeof History.fromLog>[1][number] => ({
    ...{ position, committed: true },
    text: JSON.stringify({ kind: 'read', who: { idTag: '0x0a' }, pointer: '0x01', ...content }),
  })
  const events = History.withReadings(
    History.fromLog('0x09', [
      line(0, { time: 100, part: { number: 0, of: 2, rows: 5_000 } }),
      line(1, { time: 110, kind: 'refused', code: 'too-many' }),
      line(2, { time: 120, part: { number: 1, of: 2, rows: 40 } }),
      line(3, { time: 130, part: 'of no form' }),
      line(4, { time: 140 }),
    ]),
  )
  const reading = { parts: 2, of: 2, rows: 5_040, until: 120 }
  expect(events.map(({ at, kind, reading: read }) => [at, kind, read])).toEqual([
    [100, 'read', reading],
    [110, 'refused', undefined],
    [130, 'read', undefined],
    [140, 'read', undefined],
  ])
})
