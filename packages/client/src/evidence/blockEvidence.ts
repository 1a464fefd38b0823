import { fromHex, type Hex, keccak, RetryableError, toHex } from '@medrec/protocol'
import { fromRlp, toRlp } from 'viem'
import { headerMembers, quantity, type SealedHeader } from '../headerMembers.ts'
import type { Rpc } from '../rpc.ts'
import { receiptsRoot } from './receiptsRoot.ts'

/** A block in a form that anybody can check without a node: RLP of its header, its receipts (EIP-2718) in order. */
export type BlockEvidence = { readonly header: Hex; readonly receipts: readonly Hex[] }

/** What evidence of a block proves: its hash covers number, time and every log. */
export type ProvenBlock = {
  readonly number: number
  readonly hash: Hex
  /** Unix seconds, as its sealer says */
  readonly time: number
  readonly logs: readonly ProvenLog[]
}

export type ProvenLog = {
  readonly address: Hex
  readonly topics: readonly Hex[]
  readonly data: Hex
}

type RpcReceipt = {
  readonly type?: Hex
  readonly status: Hex
  readonly cumulativeGasUsed: Hex
  readonly logsBloom: Hex
  readonly logs: readonly { readonly address: Hex; readonly topics: Hex[]; readonly data: Hex }[]
}

/** Place of members in a header (Yellow Paper 4.3). */
const at = { receiptsRoot: 5, number: 8, timestamp: 11 } as const

/**
 * Asks a door for everything that a block's hash covers of its logs. The door learns which block is of interest,
 * not which of its logs. Throws EvidenceMissingError, Rpc...Error.
 */
export async function readBlockEvidence(rpc: Rpc, number: number): Promise<BlockEvidence> {
  const block = await rpc.request<
    (SealedHeader & { readonly hash: Hex; readonly transactions: readonly Hex[] }) | null
  >('eth_getBlockByNumber', [`0x${number.toString(16)}`, false])
  if (!block) throw new EvidenceMissingError(number)
  const receipts: Hex[] = []
  for (const transaction of block.transactions) {
    const receipt = await rpc.request<RpcReceipt | null>('eth_getTransactionReceipt', [transaction])
    if (!receipt) throw new EvidenceMissingError(number)
    receipts.push(encoded(receipt))
  }
  const evidence = { header: toRlp([...headerMembers(block, block.extraData)]), receipts }
  if (provenBlock(evidence)?.hash !== block.hash) throw new EvidenceMissingError(number)
  return evidence
}

/** The block that evidence speaks of; undefined when header and receipts do not fit, or are none. */
export function provenBlock({ header, receipts }: BlockEvidence): ProvenBlock | undefined {
  try {
    const members = fromRlp(header, 'hex') as readonly Hex[]
    if (members[at.receiptsRoot] !== receiptsRoot(receipts)) return undefined
    return {
      hash: toHex(keccak(fromHex(header))),
      number: numberOf(members[at.number]),
      time: numberOf(members[at.timestamp]),
      logs: receipts.flatMap(logsOf),
    }
  } catch {
    return undefined // no RLP of a block: the caller says that it proves nothing
  }
}

function encoded({ type, status, cumulativeGasUsed, logsBloom, logs }: RpcReceipt): Hex {
  const content = toRlp([
    quantity(status),
    quantity(cumulativeGasUsed),
    logsBloom,
    logs.map(({ address, topics, data }) => [address, topics, data]),
  ])
  const kind = Number(type ?? 0)
  return kind === 0 ? content : `0x${kind.toString(16).padStart(2, '0')}${content.slice(2)}`
}

function logsOf(receipt: Hex): readonly ProvenLog[] {
  const first = Number.parseInt(receipt.slice(2, 4), 16)
  const content: Hex = first < 0x80 ? `0x${receipt.slice(4)}` : receipt
  const [, , , logs] = fromRlp(content, 'hex') as unknown as readonly [
    Hex,
    Hex,
    Hex,
    readonly (readonly [Hex, readonly Hex[], Hex])[],
  ]
  return logs.map(([address, topics, data]) => ({ address, topics, data }))
}

function numberOf(value: Hex | undefined): number {
  return value === undefined || value === '0x' ? 0 : Number(value)
}

/** A door has not everything of a block that a proof needs. */
export class EvidenceMissingError extends RetryableError {
  readonly code = 'EVIDENCE_MISSING'
  constructor(block: number) {
    super('The door does not give a whole block, so that nothing can be proven with it.', {
      facts: [`Block: ${block}`],
    })
  }
}
