import { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { accountOf, fromHex, type Hex, toHex } from '@medrec/protocol'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterEach, describe, expect, test } from 'vitest'
import { type EmbeddedEngine, type EmbeddedOptions, startEmbedded } from './embedded.ts'
import { announced, anvilsOf, mined, payment, temporaryJournal } from './engine.test-support.ts'

const running: EmbeddedEngine[] = []
afterEach(async () => {
  for (const engine of running.splice(0)) await engine.stop()
})

async function start(journalPath: string, options: Partial<EmbeddedOptions> = {}) {
  const engine = await startEmbedded({ journalPath, minimumBlockMs: 10, ...options })
  running.push(engine)
  return engine
}

async function pay(engine: EmbeddedEngine, nonce: number, to?: Hex): Promise<Hex> {
  const { funderKey: key, chainId } = engine.facts
  const raw = await payment({ key, chainId, nonce, ...(to ? { to } : {}) })
  return engine.rpc.request<Hex>('eth_sendRawTransaction', [raw])
}

describe('the embedded engine', () => {
  test('has every announced block again after a restart, hash for hash', async () => {
    const journal = temporaryJournal()
    const engine = await start(journal)
    for (let number = 1; number <= 5; number++) {
      await pay(engine, (number - 1) * 2)
      await pay(engine, (number - 1) * 2 + 1)
      await announced(engine.rpc, number)
    }
    await mined(engine.rpc, addressOf(engine.facts.funderKey), 10)
    const head = engine.status().head
    await engine.stop()
    const again = await start(journal)
    expect(again.status().head).toEqual(head)
    expect(await latestHash(again)).toBe(head.hash)
    await pay(again, 10)
    expect(Number((await announced(again.rpc, head.number + 1)).number)).toBe(head.number + 1)
  })

  test('credits the researchers in turn', async () => {
    const researchers: Hex[] = [`0x${'a1'.repeat(20)}`, `0x${'b2'.repeat(20)}`]
    const engine = await start(temporaryJournal(), { coinbases: () => researchers })
    const credited: Hex[] = []
    for (let number = 1; number <= 4; number++) {
      await pay(engine, number - 1)
      await announced(engine.rpc, number)
      const block = await engine.rpc.request<{ miner: Hex }>('eth_getBlockByNumber', [
        `0x${number}`,
        false,
      ])
      credited.push(block.miner)
    }
    expect(credited).toEqual([researchers[1], researchers[0], researchers[1], researchers[0]])
  })

  test('seals no block when there is nothing to seal, and says that it is alive', async () => {
    const engine = await start(temporaryJournal(), { heartbeatMs: 20 })
    const beats: unknown[] = []
    await new Promise<void>((resolve, reject) => {
      engine.rpc
        .subscribe(['medrec_heartbeat'], (beat) => beats.push(beat) === 3 && resolve())
        .catch(reject)
    })
    expect(beats[2]).toMatchObject({ number: '0x0', hash: engine.facts.genesisHash })
  })

  test('restarts a killed anvil and still has the announced blocks', async () => {
    const engine = await start(temporaryJournal())
    await pay(engine, 0)
    const head = await announced(engine.rpc, 1)
    const [anvil] = anvilsOf(process.pid)
    const states: string[] = []
    const reopened = new Promise<void>((resolve) => {
      engine.rpc.onState((state) => states.push(state) === 3 && resolve())
    })
    process.kill(anvil as number, 'SIGKILL')
    await reopened
    expect(states).toEqual(['open', 'closed', 'open'])
    expect(await latestHash(engine)).toBe(head.hash)
    await pay(engine, 1)
    await announced(engine.rpc, 2)
  })
})

describe('the embedded engine, sent nonsense', () => {
  test('refuses what is no transaction, and a second send of the same one does no harm', async () => {
    const engine = await start(temporaryJournal())
    await expect(engine.rpc.request('eth_sendRawTransaction', ['0xzz'])).rejects.toMatchObject({
      code: 'RPC_REFUSED',
      rpcCode: -32602,
    })
    await expect(engine.rpc.request('eth_sendRawTransaction', ['0x01'])).rejects.toMatchObject({
      code: 'RPC_REFUSED',
    })
    await pay(engine, 0)
    await announced(engine.rpc, 1)
    await expect(pay(engine, 0)).rejects.toMatchObject({ code: 'RPC_REFUSED' })
    expect(engine.status()).toMatchObject({ state: 'running', waiting: 0 })
  })
})

describe('a journal that does not fit', () => {
  test('of another network is refused', async () => {
    const journal = temporaryJournal()
    const engine = await start(journal)
    engine.nameNetwork(`0x${'11'.repeat(32)}`)
    expect(() => engine.nameNetwork(`0x${'22'.repeat(32)}`)).toThrow('another network')
    await engine.stop()
    await expect(start(journal, { networkId: `0x${'22'.repeat(32)}` })).rejects.toMatchObject({
      code: 'JOURNAL_OF_ANOTHER_NETWORK',
    })
    await start(journal, { networkId: `0x${'11'.repeat(32)}` })
  })

  test('in use by another supervisor is refused', async () => {
    const journal = temporaryJournal()
    await start(journal)
    await expect(start(journal)).rejects.toMatchObject({ code: 'JOURNAL_IN_USE' })
  })

  test('with a changed block is refused by number', async () => {
    const journal = await journalOfThreeBlocks()
    alter(journal, 'UPDATE block SET timestamp = timestamp + 1 WHERE number = 2')
    await expect(start(journal)).rejects.toMatchObject({ code: 'JOURNAL_MISMATCH', block: 2 })
  })

  test('with a missing block is refused as damaged', async () => {
    const journal = await journalOfThreeBlocks()
    alter(journal, 'DELETE FROM block WHERE number = 2')
    await expect(start(journal)).rejects.toMatchObject({ code: 'JOURNAL_DAMAGED' })
  })

  test('of a future version is refused, and so is a foreign database', async () => {
    const journal = await journalOfThreeBlocks()
    alter(journal, 'PRAGMA user_version = 9')
    await expect(start(journal)).rejects.toMatchObject({ code: 'JOURNAL_VERSION' })
    const foreign = temporaryJournal()
    alter(foreign, 'CREATE TABLE patient (id INTEGER)')
    await expect(start(foreign)).rejects.toMatchObject({ code: 'JOURNAL_FOREIGN' })
  })

  test('that was truncated or is no database is refused as damaged', async () => {
    const journal = await journalOfThreeBlocks()
    const size = readFileSync(journal).length
    for (const left of [size - 4096, size / 2, 5000]) {
      const copy = temporaryJournal()
      copyFileSync(journal, copy)
      truncateSync(copy, Math.floor(left))
      await expect(start(copy), `${left} of ${size} bytes`).rejects.toMatchObject({
        code: 'JOURNAL_DAMAGED',
      })
    }
    const text = temporaryJournal()
    writeFileSync(
      text,
      'not a database at all, but long enough to be looked at by SQLite. '.repeat(99),
    )
    await expect(start(text)).rejects.toMatchObject({ code: 'JOURNAL_DAMAGED' })
  })

  test('in a folder that is not there is refused', async () => {
    await expect(start(`${temporaryJournal()}/missing/chain.sqlite`)).rejects.toMatchObject({
      code: 'JOURNAL_WRITE',
    })
  })
})

async function journalOfThreeBlocks(): Promise<string> {
  const journal = temporaryJournal()
  const engine = await start(journal)
  for (let number = 1; number <= 3; number++) {
    await pay(engine, number - 1)
    await announced(engine.rpc, number)
  }
  await engine.stop()
  return journal
}

function alter(path: string, sql: string): void {
  const database = new DatabaseSync(path)
  database.exec(sql)
  database.close()
}

async function latestHash(engine: EmbeddedEngine): Promise<Hex> {
  const block = await engine.rpc.request<{ hash: Hex }>('eth_getBlockByNumber', ['latest', false])
  return block.hash
}

test('a replaced transaction is forgotten, not waited for', async () => {
  const engine = await start(temporaryJournal())
  const { funderKey: key, chainId } = engine.facts
  const cheap = await payment({ key, chainId, nonce: 1, gasPrice: 1_000_000_000n })
  const dear = await payment({ key, chainId, nonce: 1, gasPrice: 2_000_000_000n })
  // Neither fits into a block as long as the one before them is missing.
  await engine.rpc.request('eth_sendRawTransaction', [cheap])
  await engine.rpc.request('eth_sendRawTransaction', [dear])
  expect(engine.status().waiting).toBe(2)
  await pay(engine, 0)
  await mined(engine.rpc, addressOf(key), 2)
  while (engine.status().waiting > 0) await engine.rpc.request('eth_blockNumber')
  await pay(engine, 2)
  await mined(engine.rpc, addressOf(key), 3)
})

test('copies that arrive while a block is sealed leave no hole in the journal', async () => {
  const journal = temporaryJournal()
  const engine = await start(journal, { minimumBlockMs: 1 })
  const { funderKey: key, chainId } = engine.facts
  const rounds = 20
  const send = (raw: Hex): Promise<unknown> =>
    engine.rpc.request('eth_sendRawTransaction', [raw]).catch((cause: unknown) => cause)
  for (let nonce = 0; nonce < rounds; nonce++) {
    const raw = await payment({ key, chainId, nonce })
    const copies = [send(raw)]
    for (let copy = 0; copy < 30; copy++) {
      copies.push(send(raw))
      await new Promise(setImmediate)
    }
    await Promise.all(copies)
  }
  await mined(engine.rpc, addressOf(key), rounds)
  const { head } = engine.status()
  await engine.stop()
  expect((await start(journal)).status().head).toEqual(head)
})

function addressOf(key: Hex): Hex {
  return toHex(accountOf(fromHex(key)).address)
}
