import type { Rpc } from '@medrec/client'
import { ledgerAbi } from '@medrec/contracts'
import { type Hex, random } from '@medrec/protocol'
import { encodeFunctionData } from 'viem'
import { expect } from 'vitest'
import { runMedrec } from '../processes.test-support.ts'
import { type Block, blockOf, type GethNetwork, headWhere } from './gethNetwork.ts'
import { type FoundedLedger, type Owned, ownerIn } from './ledger.ts'

/** Blocks below which no reorganisation of a small network reaches. */
export const settledDepth = 6
const nothing = new Uint8Array(32)
const hour = 3_600

/** Plays Figure 2 on a network, in a folder that stays; every step must pass. */
export async function playStory(net: GethNetwork, folder: string): Promise<void> {
  const { code, output, errors } = await runMedrec(
    ['story', '--json', '--home', folder, '--keep', '--rpc', net.nodes[0]?.url as string],
    { MEDREC_FUNDER_KEY: net.funder.privateKey },
  )
  const lines = output.split('\n').map((line) => JSON.parse(line) as { step: number; ok: boolean })
  expect(
    lines.map(({ step, ok }) => [step, ok]),
    `${output}\n${errors}`,
  ).toEqual([1, 2, 3, 4, 5, 6].map((step) => [step, true]))
  expect(code, errors).toBe(0)
}

/** A block that all nodes have, once each has come so far; throws when they differ. */
export async function settledBlock(net: GethNetwork): Promise<Block> {
  const { number } = (await blockOf(net.rpc(0), 'latest')) as Block
  const settled = Math.max(0, number - settledDepth)
  const blocks = await Promise.all(
    net.nodes.map(async (_, node) => {
      await headWhere(net.rpc(node), (head) => head.number >= number)
      return blockOf(net.rpc(node), settled)
    }),
  )
  expect(new Set(blocks.map((block) => block?.hash)).size).toBe(1)
  return blocks[0] as Block
}

/** Lets the institution offer bounties for a query of its own. */
export async function allowBounties(ledger: FoundedLedger): Promise<Uint8Array> {
  const query = random(32)
  const { stewardTag, identity } = ledger
  const deadline = Math.floor(Date.now() / 1000) + hour
  const policy = { kind: 'policy', stewardTag, deadline } as const
  await ledger.apply({ ...policy, query: nothing, amount: 1_000_000 }, identity)
  await ledger.apply({ ...policy, query, amount: 1 }, identity)
  return query
}

/** Posts one anchor after the other, each with a bounty, until so many accounts own one. */
export async function offerBounties(
  ledger: FoundedLedger,
  query: Uint8Array,
  owners: number,
): Promise<readonly Owned[]> {
  const offered: Owned[] = []
  let previousRoot: Uint8Array = nothing
  for (let counter = 1; new Set(offered.map(({ owner }) => owner)).size < owners; counter++) {
    const root = random(32)
    const receipt = await ledger.apply(
      {
        ...{ kind: 'anchor', stewardTag: ledger.stewardTag, previousRoot, root, counter },
        ...{ logRoot: nothing, query, epoch: counter },
        deadline: Math.floor(Date.now() / 1000) + hour,
      },
      ledger.anchorKey,
    )
    offered.push(ownerIn(receipt))
    previousRoot = root
  }
  return offered
}

/** Running head of the Ledger's events at a block, as a node tells it. */
export function ledgerHead(rpc: Rpc, ledger: FoundedLedger, block: Block): Promise<Hex> {
  const data = encodeFunctionData({ abi: ledgerAbi, functionName: 'head' })
  const at = `0x${block.number.toString(16)}`
  return rpc.request<Hex>('eth_call', [{ to: ledger.network.ledger, data }, at])
}
