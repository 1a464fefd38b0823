import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { feesOf, type Rpc, waitForReceipt } from '@medrec/client'
import {
  accountOf,
  concat,
  coverNote,
  encodeRecord,
  encodeTags,
  type Hex,
  random,
  toHex,
} from '@medrec/protocol'
import { privateKeyToAccount } from 'viem/accounts'
import { buildGeth } from '../scenarios/geth/binary.ts'
import { type GethNetwork, startGethNetwork } from '../scenarios/geth/gethNetwork.ts'
import { type FoundedLedger, foundLedger } from '../scenarios/geth/ledger.ts'
import { rejectedTopic } from './ledgerGround.ts'
import { type Row, row } from './Row.ts'

/** Seconds between Clique's blocks, each with the transactions a second that others published for it. */
const published: ReadonlyMap<number, { readonly name: string; readonly tps: number }> = new Map([
  [1, { name: 'Besu Clique, one small write, 1 s (published)', tps: 414 }],
  [2, { name: 'Besu QBFT, one small write, 2 s (published)', tps: 290 }],
  [5, { name: 'Besu QBFT, one small write, 5 s (published)', tps: 241 }],
])
const onboarding = { name: 'Ethereum of 2016, the paper’s onboarding (computed)', tps: 0.22 }

type Work = {
  readonly name: string
  /** Operations in one transaction, and how many transactions fill about three blocks */
  readonly each: number
  readonly transactions: number
  readonly gas: bigint
  readonly data: (ledger: FoundedLedger) => Uint8Array
}

const works: readonly Work[] = [
  {
    name: 'relationships proposed',
    each: 50,
    transactions: 36,
    gas: 2_600_000n,
    data: proposals(50),
  },
  { name: 'grants', each: 50, transactions: 36, gas: 2_600_000n, data: grants },
  { name: 'pointer updates', each: 1_000, transactions: 300, gas: 300_000n, data: tags },
]
const alone: Work = {
  name: 'relationships proposed, each its own transaction',
  ...{ each: 1, transactions: 1_000, gas: 90_000n, data: proposals(1) },
}
const day = 86_400

/** Committed operations a second on three geth nodes on this machine, Clique at exact block times and ethash. */
export async function run(): Promise<readonly Row[]> {
  buildGeth()
  const rows: Row[] = []
  for (const [seconds, peer] of published) {
    const consensus = { cliquePeriodSeconds: seconds }
    rows.push(
      ...(await onNetwork(await startGethNetwork({ consensus }), `Clique ${seconds} s`, peer)),
    )
  }
  rows.push(
    ...(await onNetwork(await startGethNetwork({ consensus: 'ethash' }), 'ethash', onboarding)),
  )
  return rows
}

async function onNetwork(
  net: GethNetwork,
  title: string,
  peer: { readonly name: string; readonly tps: number },
): Promise<readonly Row[]> {
  try {
    const ledger = await foundLedger(net.rpc(0), net.funder.privateKey)
    const rows: Row[] = []
    let sent = 0
    for (const work of title === 'Clique 1 s' ? [...works, alone] : works) {
      const { rate, bytes } = await measure(net, ledger, work)
      rows.push(row(`${title}: ${work.name}`, rate, 'a second', peer.name, peer.tps))
      sent += bytes
    }
    // What geth still has in memory it writes when it stops.
    for (const node of net.nodes) await node.stop()
    const [own, all] = [sizeOf(join(net.folder, 'node1')), sizeOf(net.folder)]
    return [
      ...rows,
      row(`${title}: disk of all three nodes`, all, 'bytes', 'disk of one node', own),
      row(`${title}: disk of one node`, own, 'bytes', 'transactions sent', sent),
    ]
  } finally {
    await net.stop()
  }
}

function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0)
}

/** Sends all at once, ready signed, and waits for the last: operations a second, the last block's tail included. */
async function measure(
  net: GethNetwork,
  ledger: FoundedLedger,
  work: Work,
): Promise<{ readonly rate: number; readonly bytes: number }> {
  const rpc = net.rpc(0)
  const { privateKey, address } = net.funder
  const account = privateKeyToAccount(privateKey)
  const first = Number(await rpc.request<Hex>('eth_getTransactionCount', [address, 'latest']))
  const fees = await feesOf(rpc)
  const signed: Hex[] = []
  for (let i = 0; i < work.transactions; i++)
    signed.push(
      await account.signTransaction({
        ...{ type: 'eip1559', chainId: ledger.network.chainId, to: ledger.network.ledger },
        ...{ nonce: first + i, gas: work.gas, data: toHex(work.data(ledger)) },
        maxPriorityFeePerGas: fees.maxPriorityFeePerGas,
        // Full blocks raise the base fee by an eighth each.
        maxFeePerGas: fees.maxFeePerGas * 100n,
      }),
    )
  const begun = performance.now()
  const hashes: Hex[] = []
  for (const raw of signed) hashes.push(await rpc.request<Hex>('eth_sendRawTransaction', [raw]))
  await waitForReceipt(rpc, hashes.at(-1) as Hex)
  const seconds = (performance.now() - begun) / 1_000
  await checkAll(rpc, hashes)
  return {
    rate: (work.each * work.transactions) / seconds,
    bytes: signed.reduce((sum, raw) => sum + raw.length / 2 - 1, 0),
  }
}

/** Every transaction succeeded, and the ledger refused nothing in it. */
async function checkAll(rpc: Rpc, hashes: readonly Hex[]): Promise<void> {
  for (const hash of hashes) {
    const { status, logs } = await waitForReceipt(rpc, hash)
    const isRejected = logs.some(({ topics }) => topics[0] === rejectedTopic)
    if (status !== '0x1' || logs.length === 0 || isRejected)
      throw new Error('the ledger rejected an operation that this benchmark measures')
  }
}

function proposals(count: number): Work['data'] {
  return ({ domain }) =>
    concat(
      ...Array.from({ length: count }, () => {
        const [steward, subject] = [accountOf(random(32)), accountOf(random(32))]
        const relation = { steward: steward.address, subject: subject.address }
        return encodeRecord(
          { kind: 'propose', ...relation, termsHash: random(32), deadline: inADay() },
          ...([steward, domain, [coverNote()]] as const),
        )
      }),
    )
}

function grants({ domain }: FoundedLedger): Uint8Array {
  return concat(
    ...Array.from({ length: 50 }, () => {
      const key = accountOf(random(32))
      const deadline = inADay()
      return encodeRecord(
        {
          ...{ kind: 'grant', key: key.address, sequence: 1, commitment: random(26) },
          ...{ deadline, expiresAt: deadline + day },
        },
        ...([key, domain, [coverNote()]] as const),
      )
    }),
  )
}

function tags(): Uint8Array {
  return encodeTags(Array.from({ length: 1_000 }, () => random(8)))
}

/** Less than the longest life of an operation: the block's clock may be behind. */
function inADay(): number {
  return Math.floor(Date.now() / 1_000) + day / 2
}
