import {
  type Chain,
  createSender,
  followChain,
  type Receipt,
  type Rpc,
  waitForReceipt,
} from '@medrec/client'
import { encodeRecord, fromHex, type Hex, type Operation, random, toHex } from '@medrec/protocol'
import { openMemoryStore } from '@medrec/records'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gethPath, hasGeth } from './binary.ts'
import { allowBounties } from './checks.test-support.ts'
import {
  type Block,
  blockByHash,
  blockOf,
  type GethNetwork,
  headWhere,
  loopback,
  startGethNetwork,
  untilHeld,
} from './gethNetwork.ts'
import { type FoundedLedger, foundLedger, ownerIn } from './ledger.ts'

const patienceMs = 900_000
const nothing = new Uint8Array(32)
const hour = 3_600
/** Blocks that the chooser finds while the unwanted bounty waits. */
const blocksWithout = 3
const [usual, chooser] = [0, 1]

if (!hasGeth) console.log(`SKIPPED a miner that chooses: no geth at ${gethPath} (npm run geth)`)

describe.skipIf(!hasGeth)(
  'a researcher who chooses what she mines (needs geth: npm run geth)',
  () => {
    let net: GethNetwork
    let ledger: FoundedLedger

    beforeAll(async () => {
      net = await startGethNetwork({ consensus: 'ethash', places: await loopback(2), chooser })
    }, patienceMs)

    afterAll(() => net.stop(), patienceMs)

    test(
      'leaves out a bounty that others sent around, and owns the one that she handed to her miner',
      async () => {
        await net.nodes[chooser]?.mine(false)
        ledger = await foundLedger(net.rpc(usual), net.funder.privateKey)
        const query = await allowBounties(ledger)
        const [first, second] = [random(32), random(32)]
        const offer = (counter: number, previousRoot: Uint8Array, root: Uint8Array): Operation => ({
          ...{ kind: 'anchor', stewardTag: ledger.stewardTag, previousRoot, root, counter },
          ...{ logRoot: nothing, query, epoch: counter },
          deadline: Math.floor(Date.now() / 1000) + hour,
        })

        await passOn(net)
        const early = await follow(net, ledger)
        const told = nextPending(early)
        const unwanted = offer(1, nothing, first)
        const mined = ledger.apply(unwanted, ledger.anchorKey)
        const seen = await headWhere(net.rpc(usual), () => isWaiting(net, usual))
        const last = await headWhere(
          net.rpc(usual),
          ({ number }) => number >= seen.number + blocksWithout,
        )
        expect(await sealersOf(net, seen.number + 1, last.number)).toEqual(
          new Set([net.nodes[chooser]?.coinbase]),
        )
        expect([await isWaiting(net, usual), await isWaiting(net, chooser)]).toEqual([true, false])
        const data = toHex(encodeRecord(unwanted, ledger.anchorKey, ledger.domain))
        expect(await told).toBe(data)
        const late = await follow(net, ledger)
        expect(await nextPending(late)).toBe(data)
        for (const chain of [early, late]) await chain.stop()

        await net.nodes[usual]?.mine(true)
        const anchored = await mined
        expect(ownerIn(anchored).owner).toBe(net.nodes[usual]?.coinbase)

        await net.nodes[chooser]?.mine(false)
        // Of two blocks found at the same moment each keeps its own until one has a successor: the usual miner's has.
        await headWhere(net.rpc(chooser), ({ miner }) => miner === net.nodes[usual]?.coinbase)
        await headWhere(net.rpc(chooser), () => isMined(net.rpc(chooser), anchored))
        await passOn(net)
        const wanted = await handOver(net, ledger, offer(2, first, second))
        expect(wanted.owner).toBe(net.nodes[chooser]?.coinbase)
        const block = (await blockByHash(net.rpc(chooser), wanted.blockHash)) as Block
        expect(block.miner).toBe(wanted.owner)
        await untilHeld(net.rpc(usual), block)
      },
      patienceMs,
    )
  },
)

/** While the chooser rests: lets the usual miner rest instead, once the chooser has all of its blocks. */
async function passOn(net: GethNetwork): Promise<void> {
  await net.nodes[usual]?.mine(false)
  await untilHeld(net.rpc(chooser), (await blockOf(net.rpc(usual), 'latest')) as Block)
  await net.nodes[chooser]?.mine(true)
}

/** Whether a node's own chain holds a transaction. */
async function isMined(rpc: Rpc, { transactionHash }: Receipt): Promise<boolean> {
  return (await rpc.request('eth_getTransactionReceipt', [transactionHash])) !== null
}

/** A node's view of the chain through the usual miner's own door. */
async function follow(net: GethNetwork, { network }: FoundedLedger): Promise<Chain> {
  const doors = [net.nodes[usual]?.url as string]
  const chain = await followChain({ doors, network, store: openMemoryStore() })
  await chain.synced()
  return chain
}

/** The next batch that the engine tells of as waiting for a block. */
function nextPending(chain: Chain): Promise<Hex> {
  return new Promise((resolve) => {
    const stop = chain.onPending((data) => {
      stop()
      resolve(data)
    })
  })
}

/** Whether a node holds a transaction that is in no block yet. */
async function isWaiting(net: GethNetwork, node: number): Promise<boolean> {
  const status = await net.nodes[node]?.admin<{ pending: string }>('txpool_status')
  return Number(status?.pending) > 0
}

async function sealersOf(
  net: GethNetwork,
  from: number,
  to: number,
): Promise<ReadonlySet<unknown>> {
  const numbers = Array.from({ length: to - from + 1 }, (_, i) => from + i)
  const blocks = await Promise.all(numbers.map((number) => blockOf(net.rpc(usual), number)))
  return new Set(blocks.map((block) => (block as Block).miner))
}

/** Sends an anchor to the chooser's own node, as an institution that talks to her does. */
async function handOver(
  net: GethNetwork,
  { network, domain, anchorKey }: FoundedLedger,
  operation: Operation,
): Promise<ReturnType<typeof ownerIn>> {
  const rpc = net.rpc(chooser)
  const sender = createSender({ rpc: () => rpc, privateKey: fromHex(net.funder.privateKey, 32) })
  const data = toHex(encodeRecord(operation, anchorKey, domain))
  return ownerIn(await waitForReceipt(rpc, await sender.submit({ to: network.ledger, data })))
}
