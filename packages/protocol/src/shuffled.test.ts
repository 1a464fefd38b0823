import { expect, test } from 'vitest'
import { uint, utf8 } from './bytes.ts'
import { hmac, sha256 } from './hash.ts'
import { shuffled } from './shuffled.ts'

/** Bytes that are the same in each run: HMAC over a counter. */
function seeded(seed: string): (size: number) => Uint8Array {
  const key = sha256(utf8(seed))
  let counter = 0
  return (size) => hmac(key, uint(counter++, 8)).slice(0, size)
}

/** Sum of squared distances from what is expected, each in units of its variance (Pearson 1900). */
function chiSquare(counts: readonly number[], expected: number): number {
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
}

const draws = 4_800

test('each of 24 orders of four relays comes as often as any other', () => {
  const bytes = seeded('orders')
  const counts = new Map<string, number>()
  for (let i = 0; i < draws; i++) {
    const order = shuffled(['a', 'b', 'c', 'd'], bytes).join('')
    counts.set(order, (counts.get(order) ?? 0) + 1)
  }
  expect(counts.size).toBe(24)
  // 49.73: the 99.9 % point of chi-square with 23 degrees of freedom.
  expect(chiSquare([...counts.values()], draws / 24)).toBeLessThan(49.73)
})

test('the first of 40 relays is any of them', () => {
  const bytes = seeded('first')
  const relays = Array.from({ length: 40 }, (_, i) => i)
  const counts = relays.map(() => 0)
  for (let i = 0; i < draws; i++) {
    const [first] = shuffled(relays, bytes)
    counts[first as number] = (counts[first as number] as number) + 1
  }
  // 72.06: the 99.9 % point with 39 degrees of freedom.
  expect(chiSquare(counts, draws / 40)).toBeLessThan(72.06)
})

test('nothing is lost, doubled or changed in place', () => {
  const items = Object.freeze([1, 2, 3, 4, 5])
  expect(shuffled(items).toSorted()).toEqual(items)
  expect(shuffled([])).toEqual([])
})

test('what would favour the first items is thrown away', () => {
  const given = [
    Uint8Array.of(255, 255, 255, 255),
    Uint8Array.of(0, 0, 0, 1),
    Uint8Array.of(0, 0, 0, 0),
  ]
  const order = shuffled(['a', 'b', 'c'], () => given.shift() as Uint8Array)
  expect([order, given]).toEqual([['c', 'a', 'b'], []])
})
