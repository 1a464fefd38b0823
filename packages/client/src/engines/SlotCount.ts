import { fromHex, type Hex, keccak, toHex, utf8 } from '@medrec/protocol'
import type { Rpc } from '../rpc.ts'

/** Slots up to which the embedded engine seals a block in well under a second (docs/operations.md, Limits). */
export const slotLimit = 50_000

/** Events that mean a slot of their key; each key counts once. */
const slotTopics: readonly Hex[] = [
  'RelationshipChanged(bytes32,uint256)',
  'GrantChanged(address,uint256)',
  'Anchored(bytes32,bytes32,bytes32,uint64,uint40)',
].map((signature) => toHex(keccak(utf8(signature))))
const blocksAtOnce = 1_000

type Log = { readonly topics: readonly Hex[]; readonly data: Hex }

/** Distinct storage slots, told from the events that name them. */
export class SlotCount {
  readonly #keys = new Set<string>()

  get count(): number {
    return this.#keys.size
  }

  add(log: Log): void {
    const key = log.topics[1] ?? log.data.slice(0, 66)
    this.#keys.add(toHex(keccak(fromHex(log.topics[0] as Hex), fromHex(key)).slice(0, 12)))
  }
}

/** Counts the slots named in the blocks `from` to `to`. */
export async function countSlots(rpc: Rpc, slots: SlotCount, to: number, from = 1): Promise<void> {
  for (let start = from; start <= to; start += blocksAtOnce) {
    const end = Math.min(start + blocksAtOnce - 1, to)
    const logs = await rpc.request<Log[]>('eth_getLogs', [
      { fromBlock: toQuantity(start), toBlock: toQuantity(end), topics: [slotTopics] },
    ])
    for (const log of logs) slots.add(log)
  }
}

function toQuantity(number: number): Hex {
  return `0x${number.toString(16)}`
}
