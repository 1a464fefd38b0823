import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type EmbeddedEngine, startEmbedded } from '@medrec/client/node'
import { type Hex, toHex, uint } from '@medrec/protocol'
import { privateKeyToAccount } from 'viem/accounts'
import { median, type Row, row } from './Row.ts'
import { startAnvil } from './rawAnvil.ts'

const transfers = 2_000
const transfersInBlock = 100
const sealsMeasured = 7
/** Slots that one transaction fills: 22,100 gas each, below the block's 100 M. */
const slotsInTransaction = 2_500

/** The embedded engine: start, replay and cost of a block as state grows (performance.md 3.2, B11). */
export async function run(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'medrec-bench-'))
  try {
    return [...(await startAndReplay(join(folder, 'replay.sqlite'))), ...(await growth(folder))]
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

async function growth(folder: string): Promise<Row[]> {
  const engine = await startEmbedded({
    journalPath: join(folder, 'growth.sqlite'),
    minimumBlockMs: 0,
  })
  try {
    const rows: Row[] = []
    const first = await sealTime(engine)
    let slots = 0
    for (const goal of [1_000, 10_000, 50_000]) {
      for (; slots < goal; slots += Math.min(slotsInTransaction, goal - slots))
        await sealed(engine, fillerOf(Math.min(slotsInTransaction, goal - slots)))
      rows.push(
        row(`block at ${goal} slots`, await sealTime(engine), 'ms', 'block at 0 slots', first),
      )
    }
    const { enginePid } = engine.status()
    rows.push(
      row(
        'memory of the engine at 50,000 slots',
        memoryOf(enginePid),
        'MB',
        'this process',
        memoryOf(process.pid),
      ),
    )
    return rows
  } finally {
    await engine.stop()
  }
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

type Transaction = { readonly gas: bigint; readonly to?: Hex; readonly data?: Hex }

function transferOf(): Transaction {
  return { gas: 21_000n, to: '0x00000000000000000000000000000000000000aa' }
}

/** Init code that writes `slots` storage slots in a loop and deploys nothing. */
function fillerOf(slots: number): Transaction {
  const loop = '5b8080556001900380600357' // JUMPDEST, SSTORE(n, n), n - 1, again while not 0
  return {
    gas: BigInt(slots) * 22_300n + 100_000n,
    data: `0x61${toHex(uint(slots, 2)).slice(2)}${loop}00`,
  }
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

/** Resident memory of a process in MB. */
function memoryOf(pid: number | undefined): number {
  if (pid === undefined) return 0
  const kilobytes = execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })
  return Math.round(Number(kilobytes) / 1024)
}
