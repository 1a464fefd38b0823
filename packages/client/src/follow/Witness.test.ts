import { type Hex, toHex } from '@medrec/protocol'
import { openMemoryStore } from '@medrec/records'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { connectRpc } from '../connectRpc.ts'
import type { Rpc } from '../rpc.ts'
import { type Followed, startFollowed, whenStatus } from './followed.test-support.ts'

let followed: Followed
let engine: Followed['engine']
let url: string
let founded: Followed['founded']
let follow: Followed['follow']

beforeEach(async () => {
  followed = await startFollowed()
  ;({ engine, url, founded, follow } = followed)
})

afterEach(() => followed.close())

const tag = (n: number): Uint8Array => new Uint8Array(16).fill(n)
const tagHex = (n: number): Hex => toHex(tag(n))

test('a view that no door told of a block looks when it is asked to', async () => {
  const chain = await follow([{ ...engine.rpc, subscribe: async () => () => undefined }])
  await chain.synced()
  await founded.note(tag(7), 7)
  expect(chain.view().notes(tagHex(7))).toHaveLength(0)
  await chain.refresh()
  expect(chain.view().notes(tagHex(7))).toHaveLength(1)
})

test('a door that tells of news without end keeps nobody waiting who asks for a look', async () => {
  let tell: ((news: unknown) => void) | undefined
  const chain = await follow([
    {
      ...engine.rpc,
      subscribe: async ([kind], listener) => {
        if (kind === 'newHeads') tell = listener
        return () => undefined
      },
      request: async (method, params) => {
        const answer = await engine.rpc.request<never>(method, params)
        if (method === 'eth_getBlockByNumber') tell?.(answer)
        return answer
      },
    },
  ])
  await chain.synced()
  await founded.note(tag(8), 8)
  await chain.refresh()
  expect(chain.view().notes(tagHex(8))).toHaveLength(1)
  const asked = [chain.refresh(), chain.refresh()]
  await chain.stop()
  await Promise.all(asked)
})

/** Tells the true blocks, no event since that one, and the running head of that one. */
function withholding(honest: Rpc, since: Hex): Rpc {
  return {
    ...honest,
    request: async <T>(method: string, params: readonly unknown[] = []) => {
      if (method === 'eth_getLogs') {
        const logs = await honest.request<{ blockNumber: Hex }[]>(method, params)
        return logs.filter(({ blockNumber }) => Number(blockNumber) <= Number(since)) as T
      }
      const [call, at] = params
      if (method === 'eth_call' && at !== 'latest' && Number(at) > Number(since))
        return honest.request<T>(method, [call, since])
      return honest.request<T>(method, params)
    },
  }
}

/** No time passes, so that no liar is left for being late by chance. */
const standingStill = { elapsed: () => 0 }

describe('a door that lies in a way that only a second one shows', () => {
  test('by leaving out a log and counting without it is contradicted by a second one', async () => {
    await founded.note(tag(1), 1)
    const honest = connectRpc(url)
    const before = await honest.request<Hex>('eth_blockNumber')
    await founded.note(tag(2), 2)
    const liar = withholding(honest, before)
    const misled = await follow([liar, url], openMemoryStore(), standingStill)
    await whenStatus(misled, ({ witness }) => witness === 'differs')
    expect(misled.view().notes(tagHex(2))).toEqual([])
    await honest.close()
  })

  test('by withholding a log while it stays a block behind is contradicted too', async () => {
    const honest = connectRpc(url)
    const before = await honest.request<Hex>('eth_blockNumber')
    await founded.note(tag(2), 2)
    const head = await honest.request('eth_getBlockByNumber', ['latest', false])
    await founded.note(tag(3), 3)
    const liar = withholding(honest, before)
    const behind: Rpc = {
      ...liar,
      request: <T>(method: string, params: readonly unknown[] = []) =>
        method === 'eth_getBlockByNumber' && params[0] === 'latest'
          ? Promise.resolve(head as T)
          : liar.request<T>(method, params),
      subscribe: async () => () => undefined,
    }
    const misled = await follow([behind, url], openMemoryStore(), standingStill)
    await whenStatus(misled, ({ witness }) => witness === 'differs')
    expect(misled.view().notes(tagHex(2))).toEqual([])
    await honest.close()
  })

  test('by swearing that nothing happened is behind, as another one shows', async () => {
    const honest = connectRpc(url)
    const frozen = await honest.request('eth_getBlockByNumber', ['latest', false])
    const liar: Rpc = {
      ...honest,
      request: <T>(method: string, params: readonly unknown[] = []) =>
        method === 'eth_getBlockByNumber' && params[0] === 'latest'
          ? Promise.resolve(frozen as T)
          : honest.request<T>(method, params),
      subscribe: async ([kind], listener) =>
        kind === 'medrec_heartbeat'
          ? honest.subscribe([kind], () => listener(frozen))
          : () => undefined,
    }
    // Time passes while no answer is under way: no door is late.
    let now = 0
    let asked = 0
    const counted = (rpc: Rpc): Rpc => ({
      ...rpc,
      request: async <T>(method: string, params: readonly unknown[] = []) => {
        asked++
        return rpc.request<T>(method, params).finally(() => asked--)
      },
    })
    await honest.subscribe(['medrec_heartbeat'], () => (now += asked === 0 ? 1_000 : 0))
    const doors = [counted(liar), counted(honest)]
    const misled = await follow(doors, openMemoryStore(), { elapsed: () => now })
    await misled.synced()
    await founded.note(tag(3), 3)
    await whenStatus(misled, ({ isBehind }) => isBehind)
    expect(misled.view().notes(tagHex(3))).toEqual([])
    await honest.close()
  })
})
