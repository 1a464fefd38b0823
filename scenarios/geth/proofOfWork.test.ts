import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { coverNote, encodeNotes } from '@medrec/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gethPath, hasGeth } from './binary.ts'
import {
  allowBounties,
  ledgerHead,
  offerBounties,
  playStory,
  settledBlock,
  settledDepth,
} from './checks.test-support.ts'
import {
  type Block,
  blockByHash,
  blockOf,
  type GethNetwork,
  headWhere,
  startGethNetwork,
} from './gethNetwork.ts'
import { type FoundedLedger, foundLedger } from './ledger.ts'
import { lacksNamespaces, type Namespaces, openNamespaces } from './namespaces.ts'
import { describePartition } from './partition.test-support.ts'

const patienceMs = 900_000
const lack = hasGeth ? lacksNamespaces : `no geth at ${gethPath} (npm run geth)`

if (!hasGeth) console.log(`SKIPPED proof of work on geth: ${lack}`)
else if (lack) console.log(`SKIPPED a network cut in two halves: ${lack}`)

let folder: string
let namespaces: Namespaces | undefined
let net: GethNetwork
let ledger: FoundedLedger

/** What was begun, to be ended in the opposite order. */
const ends: (() => Promise<void> | void)[] = []

beforeAll(async () => {
  if (!hasGeth) return
  folder = mkdtempSync(join(tmpdir(), 'medrec-proof-of-work-'))
  ends.push(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }))
  if (lacksNamespaces === undefined) namespaces = openNamespaces(3)
  ends.push(() => namespaces?.close())
  const places = namespaces?.places
  net = await startGethNetwork({ consensus: 'ethash', ...(places && { places }) })
  ends.push(() => net.stop())
}, patienceMs)

afterAll(async () => {
  for (const end of ends.toReversed()) await end()
}, patienceMs)

describe.skipIf(!hasGeth)('three geth nodes that mine (need geth: npm run geth)', () => {
  test('the whole story passes on them', () => playStory(net, folder), patienceMs)

  test('all hold the same blocks, which more than one of them found', async () => {
    const { number } = await settledBlock(net)
    const numbers = Array.from({ length: number }, (_, i) => i + 1)
    const blocks = await Promise.all(numbers.map((one) => blockOf(net.rpc(1), one)))
    const miners = new Set(blocks.map((block) => block?.miner))
    expect(miners.size).toBeGreaterThan(1)
    expect(net.nodes.map(({ coinbase }) => coinbase)).toEqual(expect.arrayContaining([...miners]))
  })

  test(
    'a bounty belongs to the miner of its block',
    async () => {
      ledger = await foundLedger(net.rpc(0), net.funder.privateKey)
      const query = await allowBounties(ledger)
      for (const { owner, blockHash } of await offerBounties(ledger, query, 2))
        expect((await blockByHash(net.rpc(0), blockHash))?.miner).toBe(owner)
    },
    patienceMs,
  )
})

describe.skipIf(!hasGeth)('when a miner fails (needs geth: npm run geth)', () => {
  test(
    'the others go on with the work',
    async () => {
      const [one, two, three] = net.nodes
      await three?.kill()
      // Sent after the end of the third one. Its block's number tells nothing: the blocks found last may be undone.
      const receipt = await ledger.send(encodeNotes([coverNote()]))
      const mined = await blockByHash(net.rpc(0), receipt.blockHash)
      expect([one?.coinbase, two?.coinbase]).toContain(mined?.miner)
    },
    patienceMs,
  )

  test(
    'and its disk is lost, it gets the whole chain from the others',
    async () => {
      const lost = net.nodes[2]
      lost?.wipe()
      await lost?.start()
      const before = (await blockOf(net.rpc(0), 'latest')) as Block
      for (const node of [2, 0])
        await headWhere(net.rpc(node), ({ number }) => number > before.number + settledDepth)
      const block = await settledBlock(net)
      expect(block.number).toBeGreaterThanOrEqual(before.number)
      const heads = await Promise.all(
        [0, 2].map((node) => ledgerHead(net.rpc(node), ledger, block)),
      )
      expect(heads[0]).toBe(heads[1])
    },
    patienceMs,
  )
})

describePartition({
  ...{ lack, patienceMs },
  folder: () => folder,
  net: () => net,
  namespaces: () => namespaces as Namespaces,
})
