import { beforeEach, expect, test } from 'vitest'
import { type Attempt, type Guesses, openGuesses } from './guesses.ts'

const day = 86_400
let now = 1_800_000_000
let guesses: Guesses

beforeEach(() => {
  guesses = openGuesses(() => now)
})

const stranger: Attempt = { login: 'ana', address: '192.0.2.1' }
const owner: Attempt = { login: 'ana', address: '198.51.100.7' }

/** How many guesses one attempt after the other gets through in so many seconds. */
function through(attempt: (i: number) => Attempt, seconds: number): number {
  const end = now + seconds
  let count = 0
  while (now < end) {
    const wait = guesses.begin(attempt(count))
    if (wait === 0) count += 1
    now += wait
  }
  return count
}

test('the first wrong guesses cost nothing, then each waits twice as long as the one before', () => {
  for (let i = 0; i < 5; i += 1) expect(guesses.begin(stranger)).toBe(0)
  const waits = Array.from({ length: 12 }, () => {
    const wait = guesses.begin(stranger)
    now += wait
    expect(guesses.begin(stranger)).toBe(0)
    return wait
  })
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900])
})

test('waiting is not made longer by asking again', () => {
  for (let i = 0; i < 5; i += 1) guesses.begin(stranger)
  expect(Array.from({ length: 50 }, () => guesses.begin(stranger))).toEqual(Array(50).fill(1))
})

test('one source gets about a hundred guesses at a name a day', () => {
  expect(through(() => stranger, day)).toBeLessThan(115)
})

test("a stranger's guesses keep nobody else out", () => {
  expect(through(() => stranger, 3_600)).toBeLessThan(30)
  expect(guesses.begin(owner)).toBe(0)
})

test('all strangers of the world together get a hundred guesses at a name a day', () => {
  const from = (i: number): Attempt => ({ login: 'ana', address: `2001:db8::${i.toString(16)}` })
  for (let i = 0; i < 100; i += 1) expect(guesses.begin(from(i))).toBe(0)
  expect(guesses.begin(from(100))).toBe(day)
  expect(guesses.begin({ ...from(100), login: 'bob' })).toBe(0)
  now += day
  expect(guesses.begin(from(101))).toBe(0)
})

test('they never keep out the owner in a browser that she has used', () => {
  for (let i = 0; i < 100; i += 1) guesses.begin({ login: 'ana', address: `203.0.113.${i}` })
  expect(guesses.begin(owner)).toBeGreaterThan(0)
  expect(guesses.begin({ ...owner, device: 'hers' })).toBe(0)
})

test('a used browser that guesses waits too, and only it', () => {
  const laptop = { ...owner, device: 'stolen' }
  expect(through(() => laptop, day)).toBeLessThan(115)
  expect(guesses.begin({ ...owner, device: 'hers' })).toBe(0)
  expect(guesses.begin(owner)).toBe(0)
})

test('an address that guesses many names has to wait, others do not', () => {
  for (let i = 0; i < 50; i += 1) expect(guesses.begin({ ...stranger, login: `n${i}` })).toBe(0)
  expect(guesses.begin({ ...stranger, login: 'n50' })).toBe(300)
  expect(guesses.begin({ ...owner, login: 'n50' })).toBe(0)
  now += 300
  expect(guesses.begin({ ...stranger, login: 'n51' })).toBe(0)
})

test('the right password takes back what was counted', () => {
  for (let i = 0; i < 300; i += 1) {
    expect(guesses.begin(owner)).toBe(0)
    guesses.right(owner)
  }
})

test('a flood of names does not let a source begin anew with the one it is after', () => {
  for (let i = 0; i < 5; i += 1) guesses.begin(stranger)
  for (let i = 0; i < 30_000; i += 1) {
    guesses.begin({ login: `n${i}`, address: `2001:db8::${i.toString(16)}` })
    if (i % 1_000 === 0) guesses.begin(stranger)
  }
  expect(guesses.begin(stranger)).toBeGreaterThan(0)
})
