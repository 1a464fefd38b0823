import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type EmbeddedEngine, startEmbedded } from '../engines/embedded.ts'
import { temporaryJournal } from '../engines/engine.test-support.ts'
import type { Rpc } from '../rpc.ts'
import { RpcUnavailableError } from '../rpcErrors.ts'
import { Lateness } from './Lateness.ts'

let engine: EmbeddedEngine
beforeAll(async () => {
  engine = await startEmbedded({ journalPath: temporaryJournal() })
})
afterAll(() => engine.stop())

let now = 0
/** What each answer takes, by the clock of the test, and whether the connection is lost instead. */
let [takesMs, isLost] = [0, false]
let late: Lateness
let rpc: Rpc

beforeEach(() => {
  ;[now, takesMs, isLost] = [0, 0, false]
  late = new Lateness(() => now)
  rpc = late.timed({
    ...engine.rpc,
    request: async (method, params) => {
      now += takesMs
      if (isLost) throw new RpcUnavailableError('ws://lost')
      return engine.rpc.request(method, params)
    },
  })
})

async function ask(ms: number, method: string = 'eth_chainId'): Promise<number> {
  takesMs = ms
  await rpc.request(method).catch(() => undefined)
  return late.ms
}

test('a door is as late as its last late answer, refusals among them', async () => {
  expect(await ask(3_000)).toBe(0)
  expect(await ask(9_000)).toBe(9_000)
  expect(await ask(4_000)).toBe(4_000)
  expect(await ask(5_000, 'no_such_method')).toBe(5_000)
})

test('it is quick again with a quick answer, when none was late for a minute', async () => {
  await ask(9_000)
  expect(await ask(100)).toBe(9_000)
  now += 59_900
  isLost = true
  expect(await ask(0)).toBe(9_000)
  isLost = false
  expect(await ask(0)).toBe(0)
})

test('one that never answers is late, one whose connection is lost at once is not', async () => {
  isLost = true
  expect(await ask(0)).toBe(0)
  expect(await ask(10_000)).toBe(10_000)
})

describe('without patience', () => {
  test('the first late answer is the last, where another door may be quicker', async () => {
    takesMs = 9_000
    const asked = late.impatient(rpc, () => true).request('eth_chainId')
    await expect(asked).rejects.toThrow(RpcUnavailableError)
    await late.impatient(rpc, () => true).request('eth_chainId')
  })

  test('it is waited for where none is', async () => {
    takesMs = 9_000
    const { request } = late.impatient(rpc, () => false)
    expect(await request('eth_chainId')).toBe(await request('eth_chainId'))
  })
})
