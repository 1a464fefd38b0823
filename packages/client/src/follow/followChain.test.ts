import { type Hex, toHex } from '@medrec/protocol'
import { openMemoryStore, type Store } from '@medrec/records'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { connectRpc } from '../connectRpc.ts'
import type { ChainUpdate } from '../fold/chainBlock.ts'
import type { Rpc } from '../rpc.ts'
import { RpcUnavailableError } from '../rpcErrors.ts'
import { waitForReceipt } from '../transactions.ts'
import type { Chain } from './Chain.ts'
import { followChain } from './followChain.ts'
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

/** Resolves with the first update after which the condition holds. */
function when(chain: Chain, holds: () => boolean): Promise<ChainUpdate | undefined> {
  if (holds()) return Promise.resolve(undefined)
  return new Promise((resolve) => {
    const stop = chain.subscribe((update) => {
      if (!holds()) return
      stop()
      resolve(update)
    })
  })
}

describe('following a network', () => {
  test('tells of a note in its block, and of who may relay', async () => {
    const chain = await follow()
    await chain.synced()
    expect(chain.view().holders('institution')).toHaveLength(1)
    expect(chain.view().isRelay(founded.relay.address)).toBe(true)
    expect(chain.view().relaySequence(chain.view().holders('institution')[0] as Hex)).toBe(1)
    const seen = when(chain, () => chain.view().notes(tagHex(1)).length === 1)
    const hash = await founded.note(tag(1), 7)
    const update = await seen
    expect(update?.undone).toEqual([])
    expect(update?.applied.at(-1)?.logs[0]?.transactionHash).toBe(hash)
    expect(chain.view().notes(tagHex(1))).toEqual([
      { sealed: new Uint8Array(384).fill(7), block: chain.view().head },
    ])
    expect(chain.view().streams.ledger.count).toBe(1n)
  })

  test('hears of blocks when the door opened long after it was first asked for', async () => {
    await followed.closeDoor()
    const slow = connectRpc(url, { timeoutMs: 1_000 })
    const chain = await follow([slow])
    await expect(slow.request('eth_chainId')).rejects.toMatchObject({ code: 'RPC_UNAVAILABLE' })
    await followed.openDoor()
    await chain.synced()
    const seen = when(chain, () => chain.view().notes(tagHex(1)).length === 1)
    await founded.note(tag(1), 7)
    await seen
    await chain.stop()
    await slow.close()
  })

  test('goes on from its store, and a wiped store comes back the same', async () => {
    const store = openMemoryStore()
    const first = await follow([url], store)
    await first.synced()
    for (let n = 1; n <= 3; n++) await founded.note(tag(n), n)
    await when(first, () => first.view().notes(tagHex(3)).length === 1)
    await first.stop()
    await founded.note(tag(4), 4)
    const second = await follow([url], store)
    expect(second.view().notes(tagHex(3))).toHaveLength(1)
    await second.synced()
    expect(second.view().notes(tagHex(4))).toHaveLength(1)
    const fresh = await follow()
    await fresh.synced()
    expect(fresh.view().streams).toEqual(second.view().streams)
    expect(fresh.view().head).toEqual(second.view().head)
  })
})

describe('catching up', () => {
  test('goes over more blocks than can be undone', async () => {
    const sent: Promise<Hex>[] = []
    for (let n = 1; n <= 80; n++) sent.push(founded.note(tag(n), n))
    await Promise.all(sent)
    for (let n = 0; n < 66; n++) await founded.note(tag(200), n)
    const chain = await follow()
    await chain.synced()
    expect(chain.view().notes(tagHex(80))).toHaveLength(1)
    expect(chain.view().notes(tagHex(200))).toHaveLength(66)
    expect(chain.view().streams.ledger.count).toBe(146n)
  })

  test('takes smaller steps through a door whose long answers are lost', async () => {
    await severalBlocks(110)
    const rpc = connectRpc(url)
    const asked: number[] = []
    const narrow: Rpc = {
      ...rpc,
      request: (method, params) => {
        const blocks = method === 'eth_getLogs' ? rangeOf(params).blocks : 1
        if (blocks > 1) asked.push(blocks)
        return blocks > 8
          ? Promise.reject(new RpcUnavailableError(rpc.url))
          : rpc.request(method, params)
      },
    }
    const chain = await follow([narrow])
    await chain.synced()
    expect(chain.view().streams.ledger.count).toBe(110n)
    expect(Math.min(...asked)).toBeLessThanOrEqual(8)
    await rpc.close()
  })

  test('goes on where it was stopped while it caught up', async () => {
    await severalBlocks(150)
    const store = openMemoryStore()
    let upTo = 0
    const interrupted = await new Promise<Chain>((resolve) => {
      const begun = followChain({
        doors: [url],
        network: founded.network,
        store,
        progress: (block) => {
          upTo ||= block
          resolve(begun)
        },
      })
    })
    await interrupted.stop()
    const rpc = connectRpc(url)
    const asked: number[] = []
    const noting: Rpc = {
      ...rpc,
      request: (method, params) => {
        if (method === 'eth_getLogs') asked.push(rangeOf(params).from)
        return rpc.request(method, params)
      },
    }
    const chain = await follow([noting], store)
    await chain.synced()
    expect(chain.view().streams.ledger.count).toBe(150n)
    expect(Math.min(...asked.filter((from) => from >= 0))).toBeGreaterThan(upTo)
    await rpc.close()
  })
})

/** Notes in as many blocks. */
async function severalBlocks(count: number): Promise<void> {
  for (let n = 0; n < count; n++) await founded.note(tag(200), n)
}

/** What an `eth_getLogs` asks for; by block hash it is one block of no known number. */
function rangeOf(params: readonly unknown[] = []): { from: number; blocks: number } {
  const { fromBlock, toBlock } = params[0] as { fromBlock?: Hex; toBlock?: Hex }
  const from = fromBlock === undefined ? -1 : Number(fromBlock)
  return { from, blocks: toBlock === undefined ? 1 : Number(toBlock) - from + 1 }
}

describe('a follower whose door comes and goes', () => {
  test('works from the store with no door in reach, and says so', async () => {
    const store = openMemoryStore()
    const first = await follow([url], store)
    await founded.note(tag(1), 1)
    await first.synced()
    await when(first, () => first.view().notes(tagHex(1)).length === 1)
    await first.stop()
    const away = await follow(['ws://127.0.0.1:9'], store)
    expect(away.view().notes(tagHex(1))).toHaveLength(1)
    expect(away.status()).toMatchObject({ isConnected: false, isSynced: false })
  })

  test('hears heartbeats while nothing happens', async () => {
    const chain = await follow()
    await chain.synced()
    const status = await whenStatus(chain, ({ freshBy }) => freshBy === 'heartbeat')
    expect(status).toMatchObject({ toldBy: url, witness: 'none' })
    expect(await chain.witness()).toBeUndefined()
    expect(status.ageMs).toBeLessThan(60_000)
  })

  test('counts the age of a heartbeat by the clock or by what went by, whichever is more', async () => {
    const [hour, day] = [3_600_000, 86_400_000]
    let [ahead, slept] = [day, 0] // the newest block is of yesterday
    const chain = await follow([url], openMemoryStore(), {
      clock: () => Date.now() + ahead,
      elapsed: () => performance.now() + slept,
    })
    const beaten = (): Promise<unknown> =>
      whenStatus(chain, ({ freshBy, ageMs }) => freshBy === 'heartbeat' && ageMs < hour)
    await beaten()
    ahead = day + hour
    expect(chain.status().ageMs).toBeGreaterThanOrEqual(hour)
    await beaten()
    ahead = day // it is put right, and what was heard a moment ago is no older for that
    expect(chain.status()).toMatchObject({ freshBy: 'heartbeat' })
    expect(chain.status().ageMs).toBeLessThan(hour)
    slept = hour
    expect(chain.status().ageMs).toBeGreaterThanOrEqual(hour)
    await beaten()
  })

  test('is not made old by a block of the future while heartbeats come', async () => {
    const early = 3_600_000
    const chain = await follow([url], openMemoryStore(), { clock: () => Date.now() - early })
    await chain.synced()
    await whenStatus(chain, ({ freshBy }) => freshBy === 'heartbeat')
    await founded.note(tag(1), 1)
    await when(chain, () => chain.view().notes(tagHex(1)).length === 1)
    expect(chain.status()).toMatchObject({ freshBy: 'heartbeat' })
    expect(chain.status().ageMs).toBeLessThan(60_000)
  })

  test('connects again when the door comes back', async () => {
    const chain = await follow()
    await chain.synced()
    await followed.closeDoor()
    await whenStatus(chain, ({ isConnected }) => !isConnected)
    await founded.note(tag(1), 1)
    await followed.openDoor()
    await when(chain, () => chain.view().notes(tagHex(1)).length === 1)
    expect((await whenStatus(chain, ({ isConnected }) => isConnected)).problem).toBeUndefined()
  })
})

test('an open door without an engine behind it is asked again', async () => {
  const rpc = connectRpc(url)
  let refusals = 2
  const away = (method: string): boolean => {
    if (refusals === 0 || method === 'eth_call') return false
    refusals--
    return true
  }
  const chain = await follow([
    {
      ...rpc,
      request: <T>(method: string, params: readonly unknown[] = []) =>
        away(method)
          ? Promise.reject(new RpcUnavailableError(rpc.url))
          : rpc.request<T>(method, params),
      subscribe: (params, listener) =>
        away('eth_subscribe')
          ? Promise.reject(new RpcUnavailableError(rpc.url))
          : rpc.subscribe(params, listener),
    },
  ])
  await chain.synced()
  await founded.note(tag(1), 1)
  await when(chain, () => chain.view().notes(tagHex(1)).length === 1)
  await whenStatus(chain, ({ freshBy }) => freshBy === 'heartbeat')
  await rpc.close()
})

describe('a door that answers for the next block once', () => {
  test('is asked again and not blamed', async () => {
    const rpc = connectRpc(url)
    let slips = 0
    const slipping: Rpc = {
      ...rpc,
      request: async <T>(method: string, params: readonly unknown[] = []): Promise<T> => {
        const answer = await rpc.request<T>(method, params)
        if (method !== 'eth_call' || slips === 0) return answer
        slips--
        return `${String(answer).slice(0, -1)}f` as T // another count of events than the logs add up to
      },
    }
    const chain = await follow([slipping])
    await chain.synced()
    slips = 1
    await founded.note(tag(1), 1)
    await when(chain, () => chain.view().notes(tagHex(1)).length === 1)
    expect(slips).toBe(0)
    expect(chain.status().problem).toBeUndefined()
    await rpc.close()
  })
})

describe("a node's own store", () => {
  test('that lost a block is read anew, and no door is blamed', async () => {
    const store = openMemoryStore()
    const first = await follow([url], store)
    await first.synced()
    for (let n = 1; n <= 3; n++) await founded.note(tag(n), n)
    await when(first, () => first.view().notes(tagHex(3)).length === 1)
    await first.stop()
    const [lost] = first.view().notes(tagHex(2))
    const key = [lost?.block.number as number]
    await store.write([{ table: 'chainBlock', key, value: undefined }])
    const second = await follow([url], store)
    await second.synced()
    expect(second.view().notes(tagHex(2))).toHaveLength(1)
    expect(second.status().problem).toBeUndefined()
  })

  test('that cannot be written stops nothing but that block, which is read again', async () => {
    const memory = openMemoryStore()
    let isFull: boolean = false
    const store: Store = {
      ...memory,
      write: (writes) => (isFull ? Promise.reject(new Error('full')) : memory.write(writes)),
    }
    const chain = await follow([url], store)
    await chain.synced()
    isFull = true
    await founded.note(tag(1), 1)
    await whenStatus(chain, ({ problem }) => problem?.code === 'FOLLOW_FAILED')
    expect(chain.view().notes(tagHex(1))).toEqual([])
    isFull = false
    await when(chain, () => chain.view().notes(tagHex(1)).length === 1)
  })
})

describe('a chain that is not ours', () => {
  test.each([
    ['chain id', { chainId: 1 }],
    ['network id', { networkId: `0x${'77'.repeat(32)}` as Hex }],
    ['ledger without code', { ledger: `0x${'77'.repeat(20)}` as Hex }],
  ])('is refused: %s', async (_, change) => {
    const chain = await follow([url], openMemoryStore(), {
      network: { ...founded.network, ...change },
    })
    await expect(chain.synced()).rejects.toMatchObject({ code: 'WRONG_CHAIN' })
    expect(chain.status().problem).toMatchObject({ code: 'WRONG_CHAIN' })
  })

  test('in the store is refused', async () => {
    const store = openMemoryStore()
    await (await follow([url], store)).synced()
    const other = { ...founded.network, networkId: `0x${'77'.repeat(32)}` as Hex }
    await expect(follow([url], store, { network: other })).rejects.toMatchObject({
      code: 'STORE_OF_ANOTHER_NETWORK',
    })
  })
})

describe('a door that lies', () => {
  test('by leaving out a log is found out by the running head, and not believed', async () => {
    await founded.note(tag(1), 1)
    const honest = connectRpc(url)
    const liar: Rpc = { ...honest, request: (method, params) => lie(honest, method, params) }
    const alone = await follow([liar])
    await expect(alone.synced()).rejects.toMatchObject({ code: 'HEAD_MISMATCH' })
    expect(alone.view().notes(tagHex(1))).toEqual([])
    const both = await follow([liar, url])
    await both.synced()
    expect(both.view().notes(tagHex(1))).toHaveLength(1)
    expect(both.status()).toMatchObject({ toldBy: url, problem: { code: 'HEAD_MISMATCH' } })
    await honest.close()
  })

  test('about the head is contradicted by a second one', async () => {
    const other = connectRpc(url)
    const second = await follow([url, other])
    await whenStatus(second, ({ witness }) => witness === 'agrees')
    expect((await second.witness())?.url).toBe(url)
    const halved = await follow([url, 'ws://127.0.0.1:9'])
    await halved.synced()
    await expect(halved.witness()).rejects.toThrow(RpcUnavailableError)
    const honest = connectRpc(url)
    const liar: Rpc = { ...honest, request: (method, params) => mislead(honest, method, params) }
    const misled = await follow([url, liar])
    await whenStatus(misled, ({ witness }) => witness === 'differs')
    for (const rpc of [honest, other]) await rpc.close()
  })
})

async function mislead<T>(honest: Rpc, method: string, params?: readonly unknown[]): Promise<T> {
  const answer = await honest.request<T>(method, params)
  return method === 'eth_getBlockByNumber' ? { ...answer, hash: `0x${'66'.repeat(32)}` } : answer
}

async function lie<T>(honest: Rpc, method: string, params?: readonly unknown[]): Promise<T> {
  const answer = await honest.request<T>(method, params)
  if (method !== 'eth_getLogs') return answer
  const logs = answer as { address: string }[]
  return logs.filter(({ address }) => address !== founded.network.ledger) as T
}

test('a transaction that the contract would refuse is not sent', async () => {
  const data: Hex = `0x${'00'.repeat(4)}`
  await expect(founded.relay.submit({ to: founded.network.registrar, data })).rejects.toMatchObject(
    { code: 'TRANSACTION_REVERTS' },
  )
  const hash = await founded.relay.submit({ to: founded.network.registrar, data, gas: 100_000n })
  expect((await waitForReceipt(engine.rpc, hash)).status).toBe('0x0')
})
