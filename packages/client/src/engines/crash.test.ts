import type { Hex } from '@medrec/protocol'
import { afterEach, describe, expect, test } from 'vitest'
import { connectRpc } from '../connectRpc.ts'
import {
  announced,
  anvilsOf,
  type EngineProcess,
  mined,
  payment,
  startEngineProcess,
  temporaryJournal,
} from './engine.test-support.ts'

const running: EngineProcess[] = []
afterEach(async () => {
  for (const engine of running.splice(0)) await engine.kill()
})

async function start(journal: string, fileBlocks?: number): Promise<EngineProcess> {
  const engine = await startEngineProcess(journal, fileBlocks)
  running.push(engine)
  return engine
}

function send(engine: EngineProcess, nonce: number): Promise<Hex> {
  return payment({ key: engine.funderKey, chainId: engine.chainId, nonce }).then((raw) =>
    engine.rpc.request<Hex>('eth_sendRawTransaction', [raw]),
  )
}

describe('kill -9 of the supervisor', () => {
  // Moments: nothing sealed yet; blocks on their way; a block just announced.
  test.each([0, 1, 7])('after %i announced blocks loses none of them', async (blocks) => {
    const journal = temporaryJournal()
    const engine = await start(journal)
    const heads: { number: Hex; hash: Hex }[] = []
    await engine.rpc.subscribe(['newHeads'], (head) => heads.push(head as never))
    const watcher = connectRpc(engine.url)
    let isSeen: boolean = false
    const seen = announced(watcher, blocks).then(() => {
      isSeen = true
    })
    // However many of them one block takes.
    for (let nonce = 0; blocks > 0 && !isSeen; nonce++) await send(engine, nonce)
    await seen
    await watcher.close()
    const [anvil] = anvilsOf(engine.pid)
    await engine.kill()
    const again = await start(journal)
    for (const { number, hash } of heads)
      expect(await again.rpc.request('eth_getBlockByNumber', [number, false])).toMatchObject({
        hash,
      })
    await ended(anvil as number)
    const account = await funder(again)
    const nonce = Number(
      await again.rpc.request<Hex>('eth_getTransactionCount', [account, 'latest']),
    )
    await send(again, nonce)
    await mined(again.rpc, account, nonce + 1)
  })

  test('in the middle of a burst leaves a chain that goes on', async () => {
    const journal = temporaryJournal()
    // Of those that were heard of: before the kill comes, another block may get into the journal.
    const known = new Map<number, Hex>()
    for (let round = 0; round < 3; round++) {
      const engine = await start(journal)
      for (const [number, hash] of known)
        expect(
          await engine.rpc.request('eth_getBlockByNumber', [`0x${number.toString(16)}`, false]),
        ).toMatchObject({ hash })
      const first = Number(
        await engine.rpc.request<Hex>('eth_getTransactionCount', [await funder(engine), 'latest']),
      )
      await engine.rpc.subscribe(['newHeads'], (head) => {
        const { number, hash } = head as { number: Hex; hash: Hex }
        known.set(Number(number), hash)
      })
      // By the first answer, all of the burst may be in a block that was heard of.
      const next = Number(await engine.rpc.request<Hex>('eth_blockNumber')) + 1
      const burst = Array.from({ length: 40 }, (_, i) => send(engine, first + i))
      await Promise.any(burst)
      await announced(engine.rpc, next)
      await engine.kill()
      await Promise.allSettled(burst)
    }
    expect(known.size).toBeGreaterThan(2)
  })
})

test('a journal that cannot grow stops the engine; nothing was announced that is not in it', async () => {
  const journal = temporaryJournal()
  const engine = await start(journal, 400)
  const heads: { number: Hex; hash: Hex }[] = []
  await engine.rpc.subscribe(['newHeads'], (head) => heads.push(head as never))
  let refusal: unknown
  for (let nonce = 0; refusal === undefined; nonce++)
    await send(engine, nonce)
      .then(() => engine.rpc.request('eth_blockNumber'))
      .catch((cause: unknown) => {
        refusal = cause
      })
  expect(refusal).toMatchObject({ code: expect.stringMatching(/RPC_(REFUSED|UNAVAILABLE)/) })
  await engine.kill()
  const again = await start(journal)
  expect(Number(await again.rpc.request<Hex>('eth_blockNumber'))).toBe(heads.length)
  expect(heads.length).toBeGreaterThan(3)
})

/** Resolves once a process that is not our child is gone, of which nothing tells us. */
async function ended(pid: number): Promise<void> {
  while (isAlive(pid)) await new Promise((resolve) => setImmediate(resolve))
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function funder(engine: EngineProcess): Promise<Hex> {
  const { privateKeyToAccount } = await import('viem/accounts')
  return privateKeyToAccount(engine.funderKey).address
}
