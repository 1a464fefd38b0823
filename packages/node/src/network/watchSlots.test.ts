import type { EmbeddedEngine } from '@medrec/client/node'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { watchSlots } from './watchSlots.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

test('the log warns each hour while the engine is near its limit, and not before', () => {
  let slots = 39_999
  const status = (): ReturnType<EmbeddedEngine['status']> => ({
    ...{ state: 'running', head: { number: 1, hash: '0x' }, waiting: 0, slots, slotLimit: 50_000 },
    nearLimit: slots > 40_000,
    enginePid: undefined,
    failure: undefined,
  })
  const lines: unknown[] = []
  const stop = watchSlots({ status }, (...line) => lines.push(line))
  expect(lines).toEqual([])
  slots = 40_001
  vi.advanceTimersByTime(3_600_000)
  const line = ['warn', 'slots near the limit', { slots: 40_001, limit: 50_000 }]
  expect(lines).toEqual([line])
  stop()
  vi.advanceTimersByTime(7_200_000)
  expect(lines).toEqual([line])
})
