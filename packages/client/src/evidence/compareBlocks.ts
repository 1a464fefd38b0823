import type { Hex } from '@medrec/protocol'
import { connectRpc } from '../connectRpc.ts'
import type { Rpc } from '../rpc.ts'
import type { ProvenBlock } from './blockEvidence.ts'

/** What a door says of blocks. `behind`: it does not have `block` yet, and nothing speaks against it; `foreign`: its chain has no such block. `unknown`: no door answered, the last one for this reason. */
export type Comparison =
  | { readonly state: 'found'; readonly door: string }
  | { readonly state: 'behind' | 'foreign'; readonly door: string; readonly block: number }
  | { readonly state: 'unknown'; readonly cause: unknown }

type Compared = Pick<ProvenBlock, 'number' | 'hash' | 'time'>
type Place = { readonly number: Hex; readonly hash: Hex; readonly timestamp: Hex }

/** Compares blocks with the chain, at the first door that answers and is not behind them. */
export async function compareBlocks(
  doors: readonly string[],
  blocks: readonly Compared[],
): Promise<Comparison> {
  let result: Comparison = { state: 'unknown', cause: undefined }
  for (const door of doors) {
    try {
      const said = await compareAt(door, blocks)
      if (said.state !== 'behind') return said
      result = said
    } catch (cause) {
      // Also where a browser does not let a page use this one.
      if (result.state === 'unknown') result = { state: 'unknown', cause }
    }
  }
  return result
}

async function compareAt(door: string, blocks: readonly Compared[]): Promise<Comparison> {
  const rpc = connectRpc(door, { reconnect: false })
  try {
    return await compared(rpc, { door, blocks })
  } finally {
    await rpc.close()
  }
}

async function compared(
  rpc: Rpc,
  { door, blocks }: { readonly door: string; readonly blocks: readonly Compared[] },
): Promise<Comparison> {
  const head = await placeOf(rpc, 'latest')
  let behind: number | undefined
  for (const { number, hash, time } of blocks) {
    const isLater = head === null || number > Number(head.number)
    const place = isLater ? null : await placeOf(rpc, `0x${number.toString(16)}`)
    // Times grow with numbers: a later block that is no younger than the head is on no chain with it.
    const isForeign = place
      ? place.hash !== hash
      : head !== null && time <= Number(head.timestamp) && isLater
    if (isForeign) return { state: 'foreign', door, block: number }
    if (!place) behind ??= number
  }
  return behind === undefined ? { state: 'found', door } : { state: 'behind', door, block: behind }
}

function placeOf(rpc: Rpc, name: string): Promise<Place | null> {
  return rpc.request<Place | null>('eth_getBlockByNumber', [name, false])
}
