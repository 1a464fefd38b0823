import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { waitForReceipt } from '@medrec/client'
import { type EmbeddedEngine, startEmbedded } from '@medrec/client/node'
import { batchOf } from '@medrec/contracts'
import {
  accountOf,
  coverNote,
  encodeRecord,
  type Hex,
  ledgerDomain,
  type Operation,
  random,
  toHex,
} from '@medrec/protocol'
import { privateKeyToAccount } from 'viem/accounts'
import { demoStarts } from './demoStarts.ts'
import { type Founded, foundOn } from './founded.ts'
import { memoryOfTree } from './processTree.ts'
import { progress } from './progress.ts'
import { median, type Row, row } from './Row.ts'
import { startAnvil } from './rawAnvil.ts'

const transfers = 2_000
const transfersInBlock = 100
const sealsMeasured = 7
/** Grants of one transaction: 45,000 gas each, below the block's 100 M. */
const grantsAtOnce = 1_000
/** Slots that this engine is meant for (docs/operations.md, Limits). */
const slotLimit = 50_000

/** The embedded engine: start, replay, cost of a block as state grows; the demo's memory. */
export async function run(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'medrec-bench-'))
  try {
    return [
      ...(await startAndReplay(join(folder, 'replay.sqlite'))),
      ...(await growth(folder)),
      ...(await demoStarts(folder)),
    ]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function startAndReplay(journalPath: string): Promise<Row[]> {
  const bare = await timed(async () => {
    const anvil = await startAnvil()
    await anvil.stop()
  })
  const empty = await timed(async () => {
    const engine = await startEmbedded({ journalPath })
    await engine.stop()
  })
  const engine = await startEmbedded({ journalPath, minimumBlockMs: 0 })
  const signed = await signAll(engine, Array.from({ length: transfers }, transferOf))
  const sealing = await timed(() => sendTransfers(engine, signed))
  await engine.stop()
  const again = await timed(async () => {
    const replayed = await startEmbedded({ journalPath })
    await replayed.stop()
  })
  const replayMs = Math.max(1, again - bare)
  return [
    row('first start, journal founded', empty, 'ms', 'bare anvil', bare),
    row(`start after ${transfers} transactions`, again, 'ms', 'bare anvil', bare),
    row(
      'replay',
      (transfers / replayMs) * 1000,
      'transactions/s',
      'sealing them the first time',
      (transfers / sealing) * 1000,
    ),
  ]
}

/** Slots as a network makes them, grants with their notes, up to what the engine is meant for. */
async function growth(folder: string): Promise<Row[]> {
  const engine = await startEmbedded({
    journalPath: join(folder, 'growth.sqlite'),
    minimumBlockMs: 0,
  })
  try {
    const founded = await foundOn(engine)
    const rows: Row[] = []
    const first = await sealTime(engine)
    let warnedAt = 0
    for (const goal of [1_000, 10_000, slotLimit]) {
      while (engine.status().slots < goal) {
        const { slots } = engine.status()
        progress(`embedded: ${slots} of ${slotLimit} slots`)
        await grant(engine, founded, Math.min(grantsAtOnce, goal - slots))
        const { slots: now, nearLimit } = engine.status()
        if (nearLimit && warnedAt === 0) warnedAt = now
      }
      const time = await sealTime(engine)
      rows.push(row(`block at ${goal} slots`, time, 'ms', 'block at 0 slots', first))
    }
    if (warnedAt === 0) throw new Error('the engine did not say that it comes near its limit')
    const { enginePid } = engine.status()
    const memory = enginePid === undefined ? 0 : memoryOfTree(enginePid).resident
    return [
      ...rows,
      row('slots at which the operator is warned', warnedAt, 'slots', 'limit', slotLimit),
      row(`memory of the engine at ${slotLimit} slots`, memory, 'MB', 'target', 600),
    ]
  } finally {
    await engine.stop()
  }
}

/** One batch of new grants, a slot each. */
async function grant(engine: EmbeddedEngine, founded: Founded, count: number): Promise<void> {
  const { network, relay } = founded
  const domain = ledgerDomain(network)
  const deadline = Math.floor(Date.now() / 1_000) + 3_600
  const records = Array.from({ length: count }, () => {
    const key = accountOf(random(32))
    const operation: Operation = {
      kind: 'grant',
      key: key.address,
      expiresAt: deadline + 1_000_000,
      sequence: 1,
      commitment: random(26),
      deadline,
    }
    return toHex(encodeRecord(operation, key, domain, [coverNote()]))
  })
  const { data } = batchOf(records)
  const hash = await relay.submit({ to: network.ledger, data, gas: 90_000_000n })
  const receipt = await waitForReceipt(engine.rpc, hash)
  if (receipt.status !== '0x1') throw new Error('a batch of this benchmark failed')
}

/** Time from handing a transaction over until its block is announced. */
async function sealTime(engine: EmbeddedEngine): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < sealsMeasured; i++)
    times.push(await timed(() => sealed(engine, transferOf())))
  return median(times)
}

async function sealed(engine: EmbeddedEngine, transaction: Transaction): Promise<void> {
  const { number } = engine.status().head
  let stop: () => void = () => undefined
  await new Promise<void>((resolve, reject) => {
    engine.rpc
      .subscribe(['newHeads'], (head) => {
        if (Number((head as { number: Hex }).number) > number) resolve()
      })
      .then((end) => {
        stop = end
        return send(engine, [transaction])
      })
      .catch(reject)
  })
  stop()
}

async function sendTransfers(engine: EmbeddedEngine, signed: readonly Hex[]): Promise<void> {
  for (let sent = 0; sent < transfers; sent += transfersInBlock) {
    const { number } = engine.status().head
    const block = new Promise<void>((resolve, reject) => {
      engine.rpc
        .subscribe(['newHeads'], () => {
          if (engine.status().head.number > number && engine.status().waiting === 0) resolve()
        })
        .catch(reject)
    })
    for (const raw of signed.slice(sent, sent + transfersInBlock))
      await engine.rpc.request('eth_sendRawTransaction', [raw])
    await block
  }
}

type Transaction = { readonly gas: bigint; readonly to: Hex }

function transferOf(): Transaction {
  return { gas: 21_000n, to: '0x00000000000000000000000000000000000000aa' }
}

async function send(engine: EmbeddedEngine, transactions: readonly Transaction[]): Promise<void> {
  for (const raw of await signAll(engine, transactions))
    await engine.rpc.request('eth_sendRawTransaction', [raw])
}

async function signAll(
  engine: EmbeddedEngine,
  transactions: readonly Transaction[],
): Promise<readonly Hex[]> {
  const account = privateKeyToAccount(engine.facts.funderKey)
  const first = Number(
    await engine.rpc.request<Hex>('eth_getTransactionCount', [account.address, 'pending']),
  )
  return Promise.all(
    transactions.map((transaction, i) =>
      account.signTransaction({
        type: 'legacy',
        chainId: engine.facts.chainId,
        nonce: first + i,
        gasPrice: 1_000_000_000n,
        ...transaction,
      }),
    ),
  )
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}
