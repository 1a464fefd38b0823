import { expect, test } from 'vitest'
import { allBits, choose, narrowed, toggle, untilOf } from '../../web/src/patient/draft.ts'
import type { RecordSet } from '../../web/src/patient/model.ts'

const institution = { idTag: '0xa1', name: 'Somewhere', kind: 'institution' } as const

function set(id: `0x${string}`, category: number): RecordSet {
  const fields = ['when', 'what', 'secret'].map((name, bit) => ({
    bit: bit * 2,
    name,
    label: name,
    type: 'text' as const,
  }))
  const rows = [['2026', 'Glucose', 'hidden']]
  const names = {
    resource: 'x',
    label: 'x',
    institution,
    relationship: '0x09' as const,
    right: { source: { relationship: '0x09' as const }, purpose: 0 },
  }
  const current = { version: 1, time: 0, origin: 1, proof: 'anchored' as const, fields, rows }
  return { id, category, state: 'current', current, ...names }
}

const sets = [set('0x02', 2), set('0x04', 4), set('0x05', 5)]

test.each([
  ['summary', ['0x02', '0x04']],
  ['medicines', ['0x04']],
  ['results', ['0x05']],
  ['everything', ['0x02', '0x04', '0x05']],
  ['own', []],
] as const)('the preset %s ticks every field of %j', (name, ids) => {
  const choice = choose(name, sets)
  expect([...choice.keys()]).toEqual(ids)
  for (const bits of choice.values()) expect([...bits]).toEqual([0, 2, 4])
})

test('a record that was never fetched offers no field to tick', () => {
  const { current: _, ...unread } = set('0x07', 7)
  expect([...allBits(unread)]).toEqual([])
})

test('a field goes on and off, and a record without a field is not chosen', () => {
  const one = toggle(new Map(), '0x02', [2], true)
  expect([...(one.get('0x02') ?? [])]).toEqual([2])
  expect(toggle(one, '0x02', [2], false).size).toBe(0)
})

test('the preview holds exactly the fields that were ticked', () => {
  const shown = narrowed(set('0x02', 2), new Set([0, 2])).current
  expect(shown?.fields.map(({ name }) => name)).toEqual(['when', 'what'])
  expect(shown?.rows).toEqual([['2026', 'Glucose']])
})

const now = (): number => Math.floor(Date.now() / 1000)

test('a share for the demonstration ends after two minutes', () => {
  const before = now()
  const end = untilOf('demo', '') ?? 0
  expect(end - before).toBeGreaterThanOrEqual(120)
  expect(end - now()).toBeLessThanOrEqual(120)
})

const [hour, day] = [3_600, 86_400]

test.each([
  ['visit', 10 * hour, hour],
  ['month', 30 * day, day],
  ['year', 395 * day, day],
] as const)(
  'a share for a %s ends after %i seconds or up to %i more, with a whole unit',
  (name, seconds, unit) => {
    const before = now()
    const end = untilOf(name, '') ?? 0
    expect(end % unit).toBe(0)
    expect(end - before).toBeGreaterThanOrEqual(seconds)
    expect(end - now()).toBeLessThanOrEqual(seconds + unit)
  },
)

test.each(['', '2001-01-01', '2999-01-01', 'tomorrow'])('the day %j ends no share', (date) => {
  expect(untilOf('date', date)).toBeUndefined()
})

test('a day of the calendar lasts to its end', () => {
  const day = new Date(Date.now() + 3 * 86_400_000).toLocaleDateString('sv')
  expect(new Date((untilOf('date', day) ?? 0) * 1000).toLocaleTimeString('sv')).toBe('23:59:59')
})
