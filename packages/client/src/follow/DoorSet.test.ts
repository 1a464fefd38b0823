import { toHex } from '@medrec/protocol'
import { openMemoryStore } from '@medrec/records'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { connectRpc } from '../connectRpc.ts'
import type { Rpc } from '../rpc.ts'
import { RpcRefusedError, RpcUnavailableError } from '../rpcErrors.ts'
import { type Followed, startFollowed, whenStatus } from './followed.test-support.ts'

let followed: Followed

beforeEach(async () => {
  followed = await startFollowed()
})

afterEach(() => followed.close())

const tag = new Uint8Array(16).fill(1)

test('a door that has no room for another listener is looked at until it has, and then heard', async () => {
  const { url, founded, follow } = followed
  const rpc = connectRpc(url)
  let isFull: boolean = true
  const full = { code: -32005, message: 'too many subscriptions' }
  const chain = await follow([
    {
      ...rpc,
      subscribe: (params, listener) =>
        isFull
          ? Promise.reject(new RpcRefusedError('eth_subscribe', full))
          : rpc.subscribe(params, listener),
    },
  ])
  await chain.synced()
  await founded.note(tag, 1)
  await whenStatus(chain, () => chain.view().notes(toHex(tag)).length === 1)
  expect(chain.status().freshBy).toBe('block')
  isFull = false
  await whenStatus(chain, ({ freshBy }) => freshBy === 'heartbeat')
  await chain.stop()
  await rpc.close()
})

describe('a door that was blamed and does not come back', () => {
  test.each<[how: string, away: (rpc: Rpc) => Promise<void>, isSilent: boolean]>([
    ['whose address is gone', (rpc) => rpc.close(), false],
    ['that is open and does not answer', async () => undefined, true],
  ])('%s is one door less after a while', async (_, away, isSilent) => {
    const { url, follow } = followed
    const rpc = connectRpc(url, { reconnect: false })
    let now = 0
    let isAway: boolean = false
    const wrong: Rpc = {
      ...rpc,
      request: async <T>(method: string, params?: readonly unknown[]) => {
        if (isAway && isSilent) throw new RpcUnavailableError('ws://away')
        return method === 'eth_chainId' ? ('0x2a' as T) : rpc.request<T>(method, params)
      },
    }
    const chain = await follow([url, wrong], openMemoryStore(), { elapsed: () => now })
    await whenStatus(chain, ({ problem, isSynced }) => isSynced && problem?.code === 'WRONG_CHAIN')
    isAway = true
    await away(rpc)
    await chain.refresh()
    expect(chain.status().problem?.code).toBe('WRONG_CHAIN')
    now += 60_000
    await chain.refresh()
    expect(chain.status()).toMatchObject({ problem: undefined, witness: 'none' })
    await rpc.close()
  })
})
