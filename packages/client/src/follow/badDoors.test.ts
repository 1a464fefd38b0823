import { encodeNotes, type Hex, toHex } from '@medrec/protocol'
import { openMemoryStore } from '@medrec/records'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connectRpc } from '../connectRpc.ts'
import { startAnvil } from '../engines/anvil.ts'
import type { Rpc } from '../rpc.ts'
import { waitForReceipt } from '../transactions.ts'
import type { Chain } from './Chain.ts'
import { type Followed, startFollowed, whenStatus } from './followed.test-support.ts'
import { type Line, startLine } from './line.test-support.ts'
import { flipping, nodeUpTo } from './nodes.test-support.ts'
import { startTeller } from './teller.test-support.ts'

// What a door does when its engine, or the way to it, is not well: nothing wrong is believed meanwhile, and it is
// followed again once it is well, without a restart.

let followed: Followed
let honest: Rpc
let now = 0
const ends: (() => unknown)[] = []
let filled = 0

beforeAll(async () => {
  followed = await startFollowed()
  honest = connectRpc(followed.url)
})
afterAll(async () => {
  for (const end of ends.toReversed()) await end()
  await honest.close()
  await followed.close()
})

/** A note under a tag of its own; resolves with the tag once it is mined. */
async function note(): Promise<Hex> {
  const tag = new Uint8Array(16).fill(++filled)
  await followed.founded.note(tag, filled)
  return toHex(tag)
}

/** Follows by a clock of the test, through these doors alone. */
function follow(
  doors: readonly Rpc[],
  store = openMemoryStore(),
  quietMs: number = 50,
): Promise<Chain> {
  const clock = (): number => Date.now() + now
  return followed.follow(doors, store, { clock, elapsed: () => now, quietMs })
}

function shows(chain: Chain, tag: Hex): Promise<void> {
  const isThere = (): boolean => chain.view().notes(tag).length === 1
  return new Promise((resolve) => {
    const stop = chain.subscribe(() => {
      if (!isThere()) return
      stop()
      resolve()
    })
    if (isThere()) resolve()
  })
}

async function line(): Promise<Line> {
  const started = await startLine(followed.url)
  ends.push(() => started.close())
  return started
}

/** A connection over a line, with little patience. */
function over({ url }: Pick<Line, 'url'>): Rpc {
  const rpc = connectRpc(url, { timeoutMs: 200 })
  ends.push(() => rpc.close())
  return rpc
}

describe('a line', () => {
  test('whose other end is gone without a word is given up, and a new one is made', async () => {
    const bad = await line()
    const chain = await follow([over(bad)])
    await chain.synced()
    bad.hold()
    bad.replace()
    await shows(chain, await note())
  })

  test('that is closed from the other side only is made anew', async () => {
    const bad = await line()
    const chain = await follow([over(bad)])
    await chain.synced()
    bad.halfClose()
    await shows(chain, await note())
  })

  test('on which answers take longer than anybody waits makes the view old, and no look hangs', async () => {
    const bad = await line()
    const chain = await follow([over(bad)])
    await chain.synced()
    await whenStatus(chain, ({ freshBy }) => freshBy === 'heartbeat')
    bad.hold()
    const tag = await note()
    now += 30_000
    await chain.refresh()
    expect(chain.view().notes(tag)).toEqual([])
    now += 3_600_000
    expect(chain.status().ageMs).toBeGreaterThan(60_000)
    bad.release()
    await shows(chain, tag)
    await whenStatus(chain, ({ ageMs }) => ageMs < 60_000)
  })
})

test('a door whose line is dead is left for another one, whatever that one swears meanwhile', async () => {
  const bad = await line()
  const chain = await follow([over(bad), honest], openMemoryStore(), 300)
  // Where its answer came too late for our little patience, it is asked with the next look only: no block comes.
  while (chain.status().toldBy !== bad.url) {
    await chain.refresh()
    await new Promise((resolve) => setImmediate(resolve)) // a look with no door open ends at once
  }
  bad.hold()
  // No block comes: the other door's heartbeats are all that is heard.
  await whenStatus(chain, ({ toldBy }) => toldBy === honest.url)
})

describe('a node', () => {
  test('that begins with nothing is waited for, and nobody is believed meanwhile', async () => {
    const tag = await note()
    let newest = 0
    const chain = await follow([nodeUpTo(honest, () => newest)])
    await whenStatus(chain, ({ problem }) => problem?.code === 'DOOR_SYNCING')
    expect(chain.status()).toMatchObject({ isConnected: false, isSynced: false })
    newest = Infinity
    await chain.refresh()
    expect(chain.view().notes(tag)).toHaveLength(1)
    expect(chain.status()).toMatchObject({ isSynced: true, problem: undefined })
  })

  test('that lost what it had is behind until it has it again', async () => {
    const store = openMemoryStore()
    const before = await follow([honest], store)
    await shows(before, await note())
    await before.stop()
    let newest = before.view().head.number - 1
    const chain = await follow([nodeUpTo(honest, () => newest)], store)
    await chain.synced()
    expect(chain.status()).toMatchObject({ isBehind: true })
    newest = Infinity
    const tag = await note()
    await chain.refresh()
    expect(chain.view().notes(tag)).toHaveLength(1)
    expect(chain.status()).toMatchObject({ isBehind: false })
  })

  test('of another chain is asked again after a while, and followed when it is ours', async () => {
    const { chainId } = followed.engine.facts
    const other = await startAnvil({
      chainId: chainId + 1,
      timestamp: 1,
      baseFee: 7,
      gasLimit: 3e7,
    })
    ends.push(() => other.stop())
    const bad = await line()
    bad.leadTo(other.rpc.url)
    const chain = await follow([over(bad)])
    await expect(chain.synced()).rejects.toMatchObject({ code: 'WRONG_CHAIN' })
    bad.leadTo(followed.url)
    await chain.refresh()
    expect(chain.status()).toMatchObject({ isSynced: false, problem: { code: 'WRONG_CHAIN' } })
    now += 60_000
    const isThere = whenStatus(chain, ({ isSynced, problem }) => isSynced && !problem)
    await chain.refresh()
    await isThere
  })
})

test('one of two doors that shows another chain keeps nobody out for longer than it does', async () => {
  let isWrong: boolean = true
  const chain = await follow([
    honest,
    {
      ...honest,
      request: async <T>(method: string, params?: readonly unknown[]) =>
        isWrong && method === 'eth_chainId' ? ('0x2a' as T) : honest.request<T>(method, params),
    },
  ])
  await whenStatus(chain, ({ problem }) => problem?.code === 'WRONG_CHAIN')
  isWrong = false
  now += 60_000
  await chain.refresh()
  expect(chain.status()).toMatchObject({ problem: undefined, witness: 'agrees' })
})

describe('logs', () => {
  /** Two notes in one block, so that there is an order. */
  async function twoNotes(): Promise<readonly Hex[]> {
    const tags = [++filled, ++filled].map((n) => new Uint8Array(16).fill(n))
    const record = encodeNotes(tags.map((tag) => ({ tag, sealed: new Uint8Array(384) })))
    const { relay, network } = followed.founded
    const sent = { to: network.ledger, data: toHex(record), gas: 900_000n }
    await waitForReceipt(honest, await relay.submit(sent))
    return tags.map(toHex)
  }

  function telling(change: (logs: readonly unknown[]) => readonly unknown[]): Rpc {
    return {
      ...honest,
      request: async <T>(method: string, params?: readonly unknown[]) => {
        const answer = await honest.request<T>(method, params)
        return method === 'eth_getLogs' ? (change(answer as readonly unknown[]) as T) : answer
      },
    }
  }

  test('in another order are the same logs', async () => {
    const tags = await twoNotes()
    const [chain, truth] = [
      await follow([telling((logs) => logs.toReversed())]),
      await follow([honest]),
    ]
    await Promise.all([chain.synced(), truth.synced()])
    expect(tags.map((tag) => chain.view().notes(tag).length)).toEqual([1, 1])
    expect(chain.view().streams).toEqual(truth.view().streams)
  })

  test.each([
    ['that come twice', (logs: readonly unknown[]) => [...logs, ...logs]],
    ['of which one is missing', (logs: readonly unknown[]) => logs.slice(1)],
  ])('%s are not believed; the door is, once it tells them well', async (_, change) => {
    let isIll: boolean = false
    const chain = await follow([telling((logs) => (isIll ? change(logs) : logs))])
    await chain.synced()
    isIll = true
    const [tag] = (await twoNotes()) as [Hex, Hex]
    await whenStatus(chain, ({ problem }) => problem?.code === 'HEAD_MISMATCH')
    expect(chain.view().notes(tag)).toEqual([])
    isIll = false
    now += 60_000
    await chain.refresh()
    expect(chain.view().notes(tag)).toHaveLength(1)
    expect(chain.status().problem).toBeUndefined()
  })
})

test('an address that flips between a node and one that lags tells nothing that was not so', async () => {
  const truth = await follow([honest])
  await truth.synced()
  const streamsAt = new Map([[truth.view().head.hash, truth.view().streams]])
  truth.subscribe((_, view) => streamsAt.set(view.head.hash, view.streams))
  let lag = 0
  const lagging = nodeUpTo(honest, () => truth.view().head.number - lag)
  let turn = 0
  const chain = await follow([
    flipping([lagging, honest], () => (turn++ % 3 === 0 ? lagging : honest)),
  ])
  await chain.synced()
  const told: unknown[] = []
  chain.subscribe((_, { head, streams }) => told.push([head.hash, streams]))
  let last: Hex = '0x'
  for (lag = 1; lag <= 6; lag++) {
    last = await note()
    await shows(truth, last)
    await chain.refresh()
  }
  lag = 0
  await chain.refresh()
  expect(chain.view().notes(last)).toHaveLength(1)
  expect(chain.status()).toMatchObject({ isBehind: false, problem: undefined })
  expect(told.length).toBeGreaterThan(0)
  expect(told).toEqual(
    told.map((pair) => {
      const [hash] = pair as [Hex]
      return [hash, streamsAt.get(hash)]
    }),
  )
})

describe('a door that tells what is no JSON-RPC, no block and no heartbeat,', () => {
  const strange = { toString: 1, valueOf: 1 }
  const header = { number: strange, hash: strange, parentHash: strange, timestamp: strange }

  test.each<[what: string, tell: (subscription: Hex) => unknown]>([
    ...[null, 7, 'x', strange, header, { number: '0x1' }].map(
      (result): [string, (subscription: Hex) => unknown] => [
        `a message of ${JSON.stringify(result)}`,
        (subscription) => ({ method: 'eth_subscription', params: { subscription, result } }),
      ],
    ),
    ['an answer of a strange name', () => ({ id: strange, result: '0x1' })],
  ])('by %s, harms nobody who hears it', async (_, tell) => {
    const door = await startTeller(followed.url, tell)
    ends.push(() => door.close())
    const chain = await follow([over(door), honest])
    await chain.synced()
    await door.told
    await shows(chain, await note())
  })
})
