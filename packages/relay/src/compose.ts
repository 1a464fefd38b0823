import { ledgerAbi } from '@medrec/contracts'
import { concat, type Hex, toHex } from '@medrec/protocol'
import { type AbiFunction, toEventSelector, toFunctionSelector } from 'viem'
import { type Composed, fillBatch } from './fillBatch.ts'
import type { QueuedRecord } from './RecordQueue.ts'
import type { Receipt } from './transactions.ts'

/** How a relay posts: whatever waits at once, or batches of one size at fixed times. */
export type Rhythm = 'at-once' | { readonly periodSeconds: number; readonly size: number }

/** Bytes of one transaction: below the 128 KiB that geth's pool takes. */
const largestBatch = 120_000
/** Gas of one batch: fits a block of 15 million twice over. */
const mostGas = 6_000_000
const padding = Uint8Array.of(7)
const selectors = new Set(
  (ledgerAbi as readonly { type: string }[])
    .filter((item): item is AbiFunction => item.type === 'function')
    .map(toFunctionSelector),
)

/** Joins waiting records in their order, up to the bounds; with a fixed rhythm, mixed with cover to its size. */
export function compose(waiting: readonly QueuedRecord[], rhythm: Rhythm): Composed {
  const bound = rhythm === 'at-once' ? largestBatch : rhythm.size
  const chosen: QueuedRecord[] = []
  let size = 1
  let gas = 21_000
  for (const record of waiting) {
    size += record.bytes.length
    gas += gasBound(record.bytes)
    if (size > bound || gas > mostGas) break
    chosen.push(record)
  }
  if (rhythm !== 'at-once') return fillBatch(chosen, rhythm.size)
  const records = chosen.map(({ bytes }) => bytes)
  const prefix = isView(concat(...records)) ? [padding] : []
  const places = chosen.map(({ row }, i) => ({ row, place: i + prefix.length }))
  return { data: concat(...prefix, ...records), places }
}

/** Whether a record fits a batch at all. */
export function fits(bytes: Uint8Array, rhythm: Rhythm): boolean {
  const bound = rhythm === 'at-once' ? largestBatch : rhythm.size
  return bytes.length + 1 <= bound && 21_000 + gasBound(bytes) <= mostGas
}

/** A batch that began like a call of a view would be taken for that call. */
function isView(data: Uint8Array): boolean {
  return selectors.has(toHex(data.slice(0, 4)))
}

/** An upper bound of a record's gas: 16 a byte, a new slot and a signature, an event for each note. */
function gasBound(bytes: Uint8Array): number {
  return 90_000 + bytes.length * 40
}

const rejectedTopic = toEventSelector('Rejected(uint256,bytes4)')
const reasons: ReadonlyMap<string, string> = new Map(
  (ledgerAbi as readonly { type: string; name?: string; inputs?: readonly { type: string }[] }[])
    .filter(({ type }) => type === 'error')
    .map(({ name, inputs }) => {
      const types = (inputs ?? []).map(({ type }) => type).join(',')
      return [toFunctionSelector(`${name}(${types})`), name as string]
    }),
)

/** Places in the batch that the ledger refused, with the name of its reason. */
export function rejectedIn(receipt: Receipt, ledger: Hex): ReadonlyMap<number, string> {
  return new Map(
    receipt.logs
      .filter(
        ({ address, topics }) => address.toLowerCase() === ledger && topics[0] === rejectedTopic,
      )
      .map(({ data }) => {
        const selector = data.slice(66, 74)
        return [Number(`0x${data.slice(2, 66)}`), reasons.get(`0x${selector}`) ?? `0x${selector}`]
      }),
  )
}
