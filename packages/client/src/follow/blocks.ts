import { type Hex, type Network, RetryableError } from '@medrec/protocol'
import type { ChainBlock, ChainLog } from '../fold/chainBlock.ts'
import type { Rpc } from '../rpc.ts'
import { RpcUnavailableError } from '../rpcErrors.ts'

/** A block header, the members used here. */
export type Header = {
  readonly number: number
  readonly hash: Hex
  readonly parent: Hex
  readonly time: number
}

type RpcHeader = { number: Hex; hash: Hex; parentHash: Hex; timestamp: Hex }
type RpcLog = {
  address: Hex
  topics: Hex[]
  data: Hex
  blockNumber: Hex
  blockHash: Hex
  transactionHash: Hex
  logIndex: Hex
}

/** Blocks asked for in one `eth_getLogs`: at first, as full ones fit one answer, and what a door allows. */
const blocksAtOnce = { first: 4, most: 1_000 }
/** Logs that one answer should hold: about 5 MB of notes, far below the longest message of a connection. */
const logsAtOnce = 4_000
/** Requests at a time: below what a door allows, with room for others. */
const requestsAtOnce = 24

/** Header of a block by number or `latest`; undefined where there is none. */
export async function readHeader(rpc: Rpc, block: number | 'latest'): Promise<Header | undefined> {
  const name = block === 'latest' ? block : toQuantity(block)
  const header = await rpc.request<RpcHeader | null>('eth_getBlockByNumber', [name, false])
  return header ? toHeader(header) : undefined
}

/** Reads the header of a `newHeads` message; undefined when it is none. */
export function headerOf(message: unknown): Header | undefined {
  const { number, hash, parentHash, timestamp } = (message ?? {}) as Partial<RpcHeader>
  const members = { number, hash, parentHash, timestamp }
  const isHeader = Object.values(members).every(
    (member) => typeof member === 'string' && /^0x[0-9a-f]{1,64}$/.test(member),
  )
  return isHeader ? toHeader(members as RpcHeader) : undefined
}

/** A block whose header is known, with our logs. */
export function readBlock(rpc: Rpc, network: Network, header: Header): Promise<ChainBlock> {
  return withLogs(rpc, network, header)
}

/** All blocks from one number to another, with our logs. Throws ChainMovedError if a reorg came between. */
export async function readBlocks(
  rpc: Rpc,
  network: Network,
  range: { readonly from: number; readonly to: number },
): Promise<readonly ChainBlock[]> {
  const numbers = Array.from({ length: range.to - range.from + 1 }, (_, i) => range.from + i)
  const headers = await inTurns(numbers, (number) => headerAt(rpc, number))
  for (const [i, header] of headers.entries())
    if (i > 0 && header.parent !== headers[i - 1]?.hash) throw new ChainMovedError(header.number)
  return inTurns(headers, (header) => withLogs(rpc, network, header))
}

/**
 * The blocks of a long range that hold logs of ours, in steps that answers of a bounded size fit in; `each` is
 * awaited, and the next step is asked for meanwhile.
 */
export async function readSettledBlocks(
  rpc: Rpc,
  network: Network,
  range: { readonly from: number; readonly to: number },
  each: (blocks: readonly ChainBlock[], upTo: number) => Promise<void>,
): Promise<void> {
  let span = blocksAtOnce.first
  let coming = readStep(rpc, network, { ...range, span })
  for (;;) {
    const { from, blocks, logs, to } = await coming
    span = nextSpan(to - from + 1, logs)
    const isLast = to >= range.to
    if (!isLast) coming = readStep(rpc, network, { from: to + 1, to: range.to, span })
    coming.catch(() => undefined) // heard when it is awaited, if `each` does not fail before
    await each(blocks, to)
    if (isLast) return
  }
}

/** As many blocks as would have given one answer's logs, growing no faster than eightfold. */
function nextSpan(span: number, logs: number): number {
  const fitting = Math.floor((span * logsAtOnce) / Math.max(logs, 1))
  return Math.max(1, Math.min(fitting, span * 8, blocksAtOnce.most))
}

type Step = {
  readonly from: number
  readonly to: number
  readonly blocks: readonly ChainBlock[]
  /** How many logs the answer held. */
  readonly logs: number
}

/** One step; a shorter one when the answer was too long for the connection. */
async function readStep(
  rpc: Rpc,
  network: Network,
  range: { readonly from: number; readonly to: number; readonly span: number },
): Promise<Step> {
  const { from, span } = range
  const to = Math.min(from + span - 1, range.to)
  let logs: readonly RpcLog[]
  try {
    logs = await rpc.request<RpcLog[]>('eth_getLogs', [
      { fromBlock: toQuantity(from), toBlock: toQuantity(to), address: addressesOf(network) },
    ])
  } catch (cause) {
    if (!(cause instanceof RpcUnavailableError) || span === 1) throw cause
    return readStep(rpc, network, { ...range, span: Math.ceil(span / 8) })
  }
  const byBlock = new Map<number, RpcLog[]>()
  for (const log of logs) {
    const number = Number(log.blockNumber)
    const known = byBlock.get(number)
    if (known) known.push(log)
    else byBlock.set(number, [log])
  }
  const numbers = [...byBlock.keys()].toSorted((a, b) => a - b)
  const blocks = await inTurns(numbers, async (number) => {
    const header = await headerAt(rpc, number)
    return toBlock(header, byBlock.get(number) as RpcLog[])
  })
  return { from, to, blocks, logs: logs.length }
}

async function withLogs(rpc: Rpc, network: Network, header: Header): Promise<ChainBlock> {
  const logs = await rpc.request<RpcLog[]>('eth_getLogs', [
    { blockHash: header.hash, address: addressesOf(network) },
  ])
  return toBlock(header, logs)
}

async function headerAt(rpc: Rpc, number: number): Promise<Header> {
  const header = await readHeader(rpc, number)
  if (!header) throw new ChainMovedError(number)
  return header
}

function toBlock(header: Header, logs: readonly RpcLog[]): ChainBlock {
  if (logs.some(({ blockHash }) => blockHash !== header.hash))
    throw new ChainMovedError(header.number)
  return {
    ...header,
    logs: logs.map(toLog).toSorted((a, b) => a.logIndex - b.logIndex),
  }
}

function toLog(log: RpcLog): ChainLog {
  return {
    address: log.address.toLowerCase() as Hex,
    topics: log.topics,
    data: log.data,
    transactionHash: log.transactionHash,
    logIndex: Number(log.logIndex),
  }
}

function toHeader(header: RpcHeader): Header {
  return {
    number: Number(header.number),
    hash: header.hash,
    parent: header.parentHash,
    time: Number(header.timestamp),
  }
}

function addressesOf({ registrar, ledger }: Network): readonly Hex[] {
  return [registrar, ledger]
}

function toQuantity(number: number): Hex {
  return `0x${number.toString(16)}`
}

/** Runs `read` over all items, a bounded number at a time: the next begins when one is done. */
async function inTurns<Item, Result>(
  items: readonly Item[],
  read: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = []
  const coming = items.entries()
  const work = async (): Promise<void> => {
    for (const [i, item] of coming) results[i] = await read(item)
  }
  await Promise.all(Array.from({ length: Math.min(requestsAtOnce, items.length) }, work))
  return results
}

/** The chain changed while it was being read. */
export class ChainMovedError extends RetryableError {
  readonly code = 'CHAIN_MOVED'
  constructor(block: number) {
    super('The chain changed while it was being read.', { facts: [`Block: ${block}`] })
  }
}
