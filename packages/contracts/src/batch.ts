import { concatHex, type Hex, slice, toFunctionSelector } from 'viem'
import { abi } from '../generated/Ledger.ts'

/** A record of no notes: accepted from anybody, changes nothing. */
const padding = '0x07'

const selectors: ReadonlySet<string> = new Set(
  abi.flatMap((item) => (item.type === 'function' ? [toFunctionSelector(item)] : [])),
)

/** Calldata of a transaction to the Ledger, and how far the indices of `Rejected` are moved. */
export type Batch = { readonly data: Hex; readonly offset: 0 | 1 }

/**
 * Joins records to a batch (IBatch.sol). When its first four bytes would be taken for a call of a view,
 * which a hostile signer can bring about, a byte of padding goes before them and counts as index 0.
 */
export function batchOf(records: readonly Hex[]): Batch {
  const data = concatHex([...records])
  const isCall = data.length >= 10 && selectors.has(slice(data, 0, 4).toLowerCase())
  return isCall ? { data: concatHex([padding, data]), offset: 1 } : { data, offset: 0 }
}
