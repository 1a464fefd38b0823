import { expect, test } from 'vitest'
import { oneAtATime } from './oneAtATime.ts'

test('who asks while an act runs gets the next run, and an act that fails stops none after it', async () => {
  let runs = 0
  const ask = oneAtATime(async () => {
    runs += 1
    if (runs === 1) throw new Error('the first one fails')
  })
  await expect(Promise.all([ask(), ask()])).rejects.toThrow('the first one fails')
  expect(runs).toBe(1)
  const first = ask()
  const [second, third] = [first.then(() => ask()), first.then(() => ask())]
  await Promise.all([first, second, third])
  expect(runs).toBe(3)
})
