import {
  type Account,
  accountOf,
  encodeRecord,
  fromHex,
  type Hex,
  ledgerDomain,
  type Operation,
  random,
  toHex,
} from '@medrec/protocol'
import { openMemoryStore, type Store } from '@medrec/records'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Anvil, startAnvil } from '../engines/anvil.ts'
import type { ChainUpdate } from '../fold/chainBlock.ts'
import { createSender, waitForReceipt } from '../transactions.ts'
import type { Chain } from './Chain.ts'
import { followChain } from './followChain.ts'
import { foundNetwork, type TestNetwork } from './network.test-support.ts'

const key = fromHex(`0x${'17'.repeat(32)}`)
let anvil: Anvil
let founded: TestNetwork
let chain: Chain
const updates: ChainUpdate[] = []

beforeEach(async () => {
  anvil = await startAnvil({
    chainId: 777,
    timestamp: 1_700_000_000,
    baseFee: 7,
    gasLimit: 100_000_000,
  })
  const { address } = createSender({ rpc: () => anvil.rpc, privateKey: key })
  await anvil.rpc.request('anvil_setBalance', [address, '0xffffffffffffffffffff'])
  await anvil.rpc.request('evm_setAutomine', [true])
  founded = await foundNetwork(anvil.rpc, key)
  updates.length = 0
})

afterEach(async () => {
  await chain.stop()
  await anvil.stop()
})

const tag = (n: number): Uint8Array => new Uint8Array(16).fill(n)
const tagHex = (n: number): Hex => toHex(tag(n))

async function follow(store: Store = openMemoryStore()): Promise<Chain> {
  const { network } = founded
  const followed = await followChain({ doors: [anvil.rpc], network, store })
  followed.subscribe((update) => updates.push(update))
  await followed.synced()
  return followed
}

function headIs(hash: Hex): Promise<void> {
  if (chain.view().head.hash === hash) return Promise.resolve()
  return new Promise((resolve) => {
    const stop = chain.subscribe((_, view) => {
      if (view.head.hash !== hash) return
      stop()
      resolve()
    })
  })
}

async function newestHash(): Promise<Hex> {
  const block = await anvil.rpc.request<{ hash: Hex }>('eth_getBlockByNumber', ['latest', false])
  return block.hash
}

test('a note in a block that is reorganised away is gone, and the one that came instead is there', async () => {
  chain = await follow()
  await founded.note(tag(1), 1)
  const snapshot = await anvil.rpc.request<Hex>('evm_snapshot')
  await founded.note(tag(2), 2)
  await founded.note(tag(3), 3)
  await headIs(await newestHash())
  const former = chain.view().head.hash
  expect(chain.view().notes(tagHex(3))).toHaveLength(1)
  updates.length = 0
  await anvil.rpc.request('evm_revert', [snapshot])
  for (const n of [4, 5, 6]) await founded.note(tag(n), n)
  await headIs(await newestHash())
  expect([2, 3, 4, 5, 6].map((n) => chain.view().notes(tagHex(n)).length)).toEqual([0, 0, 1, 1, 1])
  expect(chain.view().notes(tagHex(1))).toHaveLength(1)
  expect(updates.flatMap((update) => update.undone).map(({ hash }) => hash)[0]).toBe(former)
  const fresh = await followChain({
    doors: [anvil.rpc],
    network: founded.network,
    store: openMemoryStore(),
  })
  await fresh.synced()
  expect(fresh.view().streams).toEqual(chain.view().streams)
  await fresh.stop()
})

test('a chain that is shorter and other is followed too', async () => {
  chain = await follow()
  const snapshot = await anvil.rpc.request<Hex>('evm_snapshot')
  for (const n of [1, 2, 3]) await founded.note(tag(n), n)
  await headIs(await newestHash())
  await anvil.rpc.request('evm_revert', [snapshot])
  await founded.note(tag(9), 9)
  await headIs(await newestHash())
  expect([1, 2, 3, 9].map((n) => chain.view().notes(tagHex(n)).length)).toEqual([0, 0, 0, 1])
})

test('a reorganisation deeper than can be undone is read anew', async () => {
  chain = await follow()
  const snapshot = await anvil.rpc.request<Hex>('evm_snapshot')
  await founded.note(tag(1), 1)
  await anvil.rpc.request('anvil_mine', ['0x46'])
  await headIs(await newestHash())
  await anvil.rpc.request('evm_revert', [snapshot])
  await founded.note(tag(99), 99)
  await anvil.rpc.request('anvil_mine', ['0x47'])
  await headIs(await newestHash())
  expect(chain.view().notes(tagHex(99))).toHaveLength(1)
  expect(chain.view().notes(tagHex(1))).toHaveLength(0)
  expect(chain.view().streams.ledger.count).toBe(1n)
})

describe('a revocation in a block that is reorganised away', () => {
  const viewer = accountOf(random(32))
  const address = toHex(viewer.address)
  let store: Store
  let snapshot: Hex

  beforeEach(async () => {
    store = openMemoryStore()
    chain = await follow(store)
    await apply(grantOf(viewer), viewer)
    snapshot = await anvil.rpc.request<Hex>('evm_snapshot')
    await apply({ kind: 'revoke', key: viewer.address }, viewer)
    await headIs(await newestHash())
    expect(chain.view().grant(address)?.revoked).toBe(true)
    expect(chain.view().undoneEnding(address)).toBeUndefined()
  })

  const reorganise = async (blocks: Hex): Promise<void> => {
    await anvil.rpc.request('evm_revert', [snapshot])
    await anvil.rpc.request('anvil_mine', [blocks])
  }
  const isRemembered = (): void => {
    expect(chain.view().grant(address)?.revoked).toBe(false)
    expect(chain.view().undoneEnding(address)).toMatchObject({ revoked: true })
    const other = toHex(accountOf(random(32)).address)
    expect(chain.view().undoneEnding(other)).toBeUndefined()
  }

  test('is remembered, after a restart too', async () => {
    await reorganise('0x3')
    await headIs(await newestHash())
    isRemembered()
    await chain.stop()
    chain = await follow(store)
    isRemembered()
  })
  test('is remembered by a node that was off meanwhile', async () => {
    await chain.stop()
    await reorganise('0x3')
    chain = await follow(store)
    isRemembered()
  })
  test('is remembered when more blocks are gone than can be undone', async () => {
    await anvil.rpc.request('anvil_mine', ['0x50'])
    await headIs(await newestHash())
    await reorganise('0x60')
    await headIs(await newestHash())
    isRemembered()
    await chain.stop()
    chain = await follow(store)
    isRemembered()
  })
})

function grantOf(viewer: Account): Operation {
  return {
    kind: 'grant',
    key: viewer.address,
    expiresAt: 4_000_000_000,
    sequence: 1,
    commitment: random(26),
    deadline: 1_700_003_600,
  }
}

/** Sends an operation; resolves once mined. */
async function apply(operation: Operation, signer: Account): Promise<void> {
  const { network, relay } = founded
  const record = encodeRecord(operation, signer, ledgerDomain(network), [])
  const hash = await relay.submit({ to: network.ledger, data: toHex(record), gas: 500_000n })
  const { logs } = await waitForReceipt(anvil.rpc, hash)
  expect(logs.length).toBeGreaterThan(0)
}
