import type { Hex } from '@medrec/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Anvil, startAnvil } from '../engines/anvil.ts'
import { compareBlocks } from './compareBlocks.ts'

type Block = { readonly number: number; readonly hash: Hex; readonly time: number }

const nobody = 'ws://127.0.0.1:9'
let [anvil, ahead]: [Anvil, Anvil] = [] as never
let [first, last]: [Block, Block] = [] as never

beforeAll(async () => {
  const settings = { chainId: 7, timestamp: 1_700_000_000, baseFee: 7, gasLimit: 30_000_000 }
  ;[anvil, ahead] = [await startAnvil(settings), await startAnvil(settings)]
  await mine(anvil, 1)
  first = await newest(anvil)
  const snapshot = await anvil.rpc.request<Hex>('evm_snapshot')
  await mine(anvil, 3)
  last = await newest(anvil)
  await anvil.rpc.request('evm_revert', [snapshot]) // it has not heard of these
  await mine(ahead, 1)
  await mine(ahead, 3) // the same blocks: nothing in them depends on the moment
})

afterAll(async () => {
  await anvil.stop()
  await ahead.stop()
})

async function mine({ rpc }: Anvil, blocks: number): Promise<void> {
  await rpc.request('anvil_mine', [`0x${blocks.toString(16)}`, '0xa'])
}

async function newest({ rpc }: Anvil): Promise<Block> {
  const block = await rpc.request<{ number: Hex; hash: Hex; timestamp: Hex }>(
    'eth_getBlockByNumber',
    ['latest', false],
  )
  return { number: Number(block.number), hash: block.hash, time: Number(block.timestamp) }
}

test('a door that lacks the newest blocks is behind; one that has others in their places is of another chain', async () => {
  const door = anvil.rpc.url
  expect(await compareBlocks([door], [first])).toEqual({ state: 'found', door })
  expect(await compareBlocks([door], [first, last])).toEqual({
    ...{ state: 'behind', door, block: last.number },
  })
  const other = { ...first, hash: last.hash }
  expect(await compareBlocks([door], [last, other])).toEqual({
    ...{ state: 'foreign', door, block: first.number },
  })
})

test('a block that follows the head, and is no younger than it, is of another chain', async () => {
  const door = anvil.rpc.url
  const { time } = first
  expect(await compareBlocks([door], [{ ...last, time }])).toEqual({
    ...{ state: 'foreign', door, block: last.number },
  })
  expect(await compareBlocks([door], [{ ...last, time: time + 1 }])).toMatchObject({
    state: 'behind',
  })
})

test('who is behind, or does not answer, leaves the word to the next door', async () => {
  const [late, other] = [anvil.rpc.url, ahead.rpc.url]
  expect(await compareBlocks([nobody, late, other], [last])).toEqual({
    ...{ state: 'found', door: other },
  })
  expect(await compareBlocks([late, nobody], [last])).toMatchObject({ state: 'behind', door: late })
  const { cause, ...unknown } = (await compareBlocks([nobody], [last])) as { cause: unknown }
  expect(unknown).toEqual({ state: 'unknown' })
  expect(cause).toMatchObject({ code: 'RPC_UNAVAILABLE' })
})
