import { expect, test } from 'vitest'
import { DatabaseBusyError } from '../adapter/Adapter.ts'
import { freshening } from './freshening.ts'

test('a look that takes long goes on while who asked is sent away, and counts as long as it took', async () => {
  let now = 1_000
  let version = 1
  let looks = 0
  let end: () => void = () => undefined
  const look = (): Promise<void> => {
    looks += 1
    return new Promise((resolve) => {
      end = resolve
    })
  }
  const adapter = { dataVersion: async () => String(version++), isUp: () => true }
  const { freshen, isGood, failed } = freshening(adapter, () => now, look, 1)
  await expect(freshen('0x01')).rejects.toThrow(DatabaseBusyError)
  await expect(freshen('0x01')).rejects.toThrow(DatabaseBusyError)
  expect(looks).toBe(1)
  now += 30
  end()
  await new Promise((resolve) => setImmediate(resolve))
  await freshen('0x01') // somebody committed meanwhile, as always
  now += 29
  await freshen('0x01')
  expect([looks, isGood('0x01')]).toEqual([1, true])
  failed('0x01')
  expect(isGood('0x01')).toBe(false)
  now += 1
  await expect(freshen('0x01')).rejects.toThrow(DatabaseBusyError)
  expect(looks).toBe(2)
})
