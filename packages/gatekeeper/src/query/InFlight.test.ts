import { expect, test } from 'vitest'
import { InFlight } from './InFlight.ts'

/** Work that ends when it is told to. */
function held(): { work: () => Promise<string>; end: () => void } {
  let end: () => void = () => undefined
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  return { work: () => ended.then(() => 'done'), end: () => end() }
}

test('no more than the capacity is worked on; a place is free again when work ends or fails', async () => {
  const flight = new InFlight({ all: 2, perIdentity: 9 })
  const [one, two] = [held(), held()]
  const first = flight.run(one.work, () => 'full')
  const second = flight.run(two.work, () => 'full')
  expect(
    await flight.run(
      async () => 'done',
      () => 'full',
    ),
  ).toBe('full')
  one.end()
  expect(await first).toBe('done')
  const failing = flight.run(
    async () => Promise.reject(new Error('broken')),
    () => 'full',
  )
  await expect(failing).rejects.toThrow('broken')
  expect(
    await flight.run(
      async () => 'done',
      () => 'full',
    ),
  ).toBe('done')
  two.end()
  expect(await second).toBe('done')
})

test('one identity takes its own places only', async () => {
  const flight = new InFlight({ all: 9, perIdentity: 1 })
  const one = held()
  const full = async (): Promise<string> => 'full'
  const first = flight.runFor('a', one.work, full)
  expect(await flight.runFor('a', async () => 'done', full)).toBe('full')
  expect(await flight.runFor('b', async () => 'done', full)).toBe('done')
  one.end()
  expect(await first).toBe('done')
  expect(await flight.runFor('a', async () => 'done', full)).toBe('done')
})
