import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { coverNote, encodeNotes } from '@medrec/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gethPath, hasGeth } from './binary.ts'
import { allowBounties, offerBounties, playStory, settledBlock } from './checks.test-support.ts'
import {
  blockByHash,
  blockOf,
  type GethNetwork,
  headWhere,
  startGethNetwork,
} from './gethNetwork.ts'
import { type FoundedLedger, foundLedger } from './ledger.ts'

const patienceMs = 900_000

if (!hasGeth) console.log(`SKIPPED Clique: no geth at ${gethPath} (npm run geth)`)

describe.skipIf(!hasGeth)('three Clique signers (need geth: npm run geth)', () => {
  let folder: string
  let net: GethNetwork
  let ledger: FoundedLedger

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'medrec-clique-'))
    net = await startGethNetwork({ consensus: { cliquePeriodSeconds: 1 } })
  }, patienceMs)

  afterAll(async () => {
    await net.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
  }, patienceMs)

  test('the whole story passes on them', () => playStory(net, folder), patienceMs)

  test(
    'a bounty belongs to the signer of its block',
    async () => {
      await settledBlock(net)
      ledger = await foundLedger(net.rpc(0), net.funder.privateKey)
      const query = await allowBounties(ledger)
      for (const { owner, blockHash } of await offerBounties(ledger, query, 2)) {
        const told = await net.nodes[0]?.admin('clique_getSigner', [blockHash])
        const read = (await blockByHash(net.rpc(0), blockHash))?.miner
        expect([told, read]).toEqual([owner, owner])
      }
    },
    patienceMs,
  )

  test(
    'when one signer is switched off, the other two go on with the work',
    async () => {
      await net.nodes[2]?.kill()
      while (!(await areTakingTurns(net))) {
        await net.nodes[2]?.start()
        await headWhere(net.rpc(0), ({ miner }) => miner === net.nodes[2]?.coinbase)
        await net.nodes[2]?.kill()
      }
      const { blockHash } = await ledger.send(encodeNotes([coverNote()]))
      const signer = await net.nodes[0]?.admin('clique_getSigner', [blockHash])
      expect(net.nodes.slice(0, 2).map(({ coinbase }) => coinbase)).toContain(signer)
    },
    patienceMs,
  )
})

/**
 * Whoever signed the newest block does not sign the next one. When two signers are left, both may have been free to
 * sign: then either they come to have the same newest block, and take turns from there, or each keeps one of its own and
 * waits for the third signer. Resolves once it is known which.
 */
async function areTakingTurns(net: GethNetwork): Promise<boolean> {
  const [one, two] = net.nodes.map(({ coinbase }) => coinbase)
  let isOne = false
  const isKnown = async (): Promise<boolean> => {
    const [first, second] = await Promise.all(
      [0, 1].map((node) => blockOf(net.rpc(node), 'latest')),
    )
    isOne = first?.hash === second?.hash && [one, two].includes(first?.miner)
    const isSplit = first?.miner === one && second?.miner === two
    return isOne || (isSplit && first?.number === second?.number)
  }
  await Promise.race([0, 1].map((node) => headWhere(net.rpc(node), isKnown)))
  return isOne
}
