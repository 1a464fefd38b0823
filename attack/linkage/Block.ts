import type { Hex } from '@medrec/protocol'
import type { RawAnvil } from '../../bench/rawAnvil.ts'

/** A block as any node tells it. */
export type Block = {
  readonly number: number
  /** Unix seconds */
  readonly time: number
  readonly transactions: readonly Transaction[]
}

export type Transaction = {
  readonly hash: Hex
  readonly from: Hex
  readonly to: Hex | undefined
  readonly input: Hex
  readonly gasUsed: number
  readonly created: Hex | undefined
  readonly succeeded: boolean
  readonly logs: readonly Log[]
}

export type Log = { readonly address: Hex; readonly topics: readonly Hex[]; readonly data: Hex }

type BlockJson = {
  readonly timestamp: Hex
  readonly transactions: readonly { hash: Hex; from: Hex; to: Hex | null; input: Hex }[]
}
type ReceiptJson = {
  readonly transactionHash: Hex
  readonly gasUsed: Hex
  readonly status: Hex
  readonly contractAddress: Hex | null
  readonly logs: readonly Log[]
}

/** Reads a block with all that its transactions did, by the standard methods. */
export async function readBlock(anvil: RawAnvil, number: number): Promise<Block> {
  const hex = `0x${number.toString(16)}`
  const [block, receipts] = await Promise.all([
    anvil.call<BlockJson>('eth_getBlockByNumber', [hex, true]),
    anvil.call<readonly ReceiptJson[]>('eth_getBlockReceipts', [hex]),
  ])
  const byHash = new Map(receipts.map((receipt) => [receipt.transactionHash, receipt]))
  return {
    number,
    time: Number(block.timestamp),
    transactions: block.transactions.map(({ hash, from, to, input }) => {
      const receipt = byHash.get(hash) as ReceiptJson
      return {
        ...{ hash, from, to: to ?? undefined, input, logs: receipt.logs },
        gasUsed: Number(receipt.gasUsed),
        created: receipt.contractAddress ?? undefined,
        succeeded: receipt.status === '0x1',
      }
    }),
  }
}
