import { encodeNotes, fromHex, type Hex, toHex } from '@medrec/protocol'
import { openMemoryStore } from '@medrec/records'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connectRpc } from '../connectRpc.ts'
import { type Anvil, startAnvil } from '../engines/anvil.ts'
import { createDoor } from '../engines/door.ts'
import { startEmbedded } from '../engines/embedded.ts'
import { temporaryJournal } from '../engines/engine.test-support.ts'
import type { Rpc } from '../rpc.ts'
import { createSender, type Sender } from '../transactions.ts'
import type { Chain } from './Chain.ts'
import { followChain } from './followChain.ts'
import { foundNetwork, type TestNetwork } from './network.test-support.ts'

const key = fromHex(`0x${'17'.repeat(32)}`)
const note = (n: number): Hex =>
  toHex(encodeNotes([{ tag: new Uint8Array(16).fill(n), sealed: new Uint8Array(384).fill(n) }]))

/** Resolves with the next calldata that a chain tells of as waiting. */
function nextPending(chain: Chain): Promise<Hex> {
  return new Promise((resolve) => {
    const stop = chain.onPending((data) => {
      stop()
      resolve(data)
    })
  })
}

/** Whether a door tells of what waits, after another answer of it. */
async function asked(chain: Chain, door: Rpc): Promise<boolean> {
  await door.request('eth_chainId')
  await chain.refresh()
  return chain.tellsPending()
}

describe('an engine that is not told to mine', () => {
  let anvil: Anvil
  let founded: TestNetwork
  let sender: Sender
  const chains: Chain[] = []

  beforeAll(async () => {
    const genesis = { chainId: 777, timestamp: 1_700_000_000, baseFee: 7, gasLimit: 100_000_000 }
    anvil = await startAnvil(genesis)
    sender = createSender({ rpc: () => anvil.rpc, privateKey: key })
    await anvil.rpc.request('anvil_setBalance', [sender.address, '0xffffffffffffffffffff'])
    await anvil.rpc.request('evm_setAutomine', [true])
    founded = await foundNetwork(anvil.rpc, key)
    await anvil.rpc.request('evm_setAutomine', [false])
  })
  afterAll(async () => {
    for (const chain of chains) await chain.stop()
    await anvil.stop()
  })

  const follow = async (): Promise<Chain> => {
    const { network } = founded
    const chain = await followChain({ doors: [anvil.rpc], network, store: openMemoryStore() })
    chains.push(chain)
    await chain.synced()
    return chain
  }
  const send = (to: Hex, data: Hex): Promise<Hex> => sender.submit({ to, data, gas: 500_000n })

  test('tells of what comes, of the ledger alone, and of what waited already', async () => {
    const { ledger, registrar } = founded.network
    const early = await follow()
    const first = nextPending(early)
    await send(registrar, '0x01')
    await send(ledger, note(1))
    expect(await first).toBe(note(1))
    expect(await asked(early, anvil.rpc)).toBe(true)
    expect(early.view().head.number).toBe(
      Number(await anvil.rpc.request<Hex>('eth_blockNumber', [])),
    )
    expect(await nextPending(await follow())).toBe(note(1))
  })
})

test('the embedded engine tells its own node, and a door for strangers tells nobody', async () => {
  const engine = await startEmbedded({ journalPath: temporaryJournal(), minimumBlockMs: 5 })
  const inner = createDoor({
    ...{ upstream: engine.rpc, allowSend: true, tellPending: true },
    origins: [],
  })
  const upstream = connectRpc(await inner.listen(0))
  const outer = createDoor({ upstream, allowSend: false, origins: [] })
  const stranger = connectRpc(await outer.listen(0))
  const { network, relay } = await foundNetwork(engine.rpc, fromHex(engine.facts.funderKey))
  const open = (door: Rpc): Promise<Chain> =>
    followChain({ doors: [door], network, store: openMemoryStore() })
  const [own, strangers] = [await open(upstream), await open(stranger)]
  const told: Hex[] = []
  strangers.onPending((data) => told.push(data))
  const first = nextPending(own)
  expect(await asked(strangers, stranger)).toBe(false)
  await relay.submit({ to: network.ledger, data: note(7), gas: 500_000n })
  expect(await first).toBe(note(7))
  expect(await asked(own, upstream)).toBe(true)
  await relay.submit({ to: network.ledger, data: note(8), gas: 500_000n })
  for (const [method, params] of [
    ['eth_subscribe', ['newPendingTransactions']],
    ['eth_subscribe', ['newPendingTransactions', true]],
    ['eth_getBlockByNumber', ['pending', true]],
    ['eth_call', [{ to: network.ledger, data: '0x' }, 'pending']],
    ['eth_getTransactionCount', [relay.address, 'pending']],
  ] as const)
    await expect(stranger.request(method, params)).rejects.toMatchObject({ rpcCode: -32602 })
  expect(await asked(strangers, stranger)).toBe(false)
  expect(told).toEqual([])
  for (const chain of [own, strangers]) await chain.stop()
  for (const rpc of [stranger, upstream]) await rpc.close()
  for (const door of [outer, inner]) await door.close()
  await engine.stop()
})
