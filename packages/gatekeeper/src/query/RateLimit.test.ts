import { expect, test } from 'vitest'
import { RateLimit } from './RateLimit.ts'

const rate = { perSecond: 1, burst: 2 }

test('an address has its burst, then so many a second', () => {
  const limit = new RateLimit(rate)
  const taken = [0, 0, 0, 999, 1_000, 1_500, 9_000, 9_000, 9_000]
  expect(taken.map((at) => limit.take('192.0.2.7', at))).toEqual([
    true,
    true,
    false,
    false,
    true,
    false,
    true,
    true,
    false,
  ])
  expect(limit.take('192.0.2.8', 9_000)).toBe(true)
})

test('a flood of addresses gives nobody who keeps asking a new burst', () => {
  const limit = new RateLimit(rate)
  let allowed = 0
  for (let i = 0; i < 20_000; i++) {
    limit.take(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, 0)
    if (i % 100 === 0 && limit.take('192.0.2.7', 0)) allowed++
  }
  expect(allowed).toBe(2)
})
