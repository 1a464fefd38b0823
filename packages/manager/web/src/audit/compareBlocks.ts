import { connectRpc, type Rpc } from '@medrec/client'
import type { ProvenAccessLog } from '@medrec/library'
import type { Network } from '@medrec/protocol'

/** What a door says of the blocks that a file rests on; `unknown` when none of its network could be asked. */
export type Comparison =
  | { readonly state: 'found' | 'foreign'; readonly door: string }
  | { readonly state: 'unknown' }

/** Compares the file's blocks with the chain, at the first door of this node's network that answers. */
export async function compareBlocks({ network, blocks }: ProvenAccessLog): Promise<Comparison> {
  const ours = await networkOfNode()
  const names = ['networkId', 'chainId', 'registrar', 'ledger'] as const
  if (!ours || names.some((name) => ours[name] !== network[name])) return { state: 'unknown' }
  for (const door of doorsOf(ours)) {
    try {
      return { state: (await isAt(door, blocks)) ? 'found' : 'foreign', door: new URL(door).host }
    } catch {
      // The next one, also when the browser does not let a page use this one; when none answers the page says so.
    }
  }
  return { state: 'unknown' }
}

async function isAt(door: string, blocks: ProvenAccessLog['blocks']): Promise<boolean> {
  const rpc = connectRpc(door, { reconnect: false })
  try {
    return await holds(rpc, blocks)
  } finally {
    await rpc.close()
  }
}

async function networkOfNode(): Promise<Network | undefined> {
  try {
    return ((await (await fetch('/config.json')).json()) as { network?: Network }).network
  } catch {
    return undefined // saved for use without a connection, or offline
  }
}

/** An institution lets its own pages in at its own door, and those of others only if it names them. */
function doorsOf({ doors }: Network): readonly string[] {
  const own = new URL('/chain', location.href.replace(/^http/, 'ws')).href
  return [own, ...doors.filter((door) => door !== own)]
}

async function holds(rpc: Rpc, blocks: ProvenAccessLog['blocks']): Promise<boolean> {
  for (const { number, hash } of blocks) {
    const asked = [`0x${number.toString(16)}`, false]
    const block = await rpc.request<{ hash: string } | null>('eth_getBlockByNumber', asked)
    if (block?.hash !== hash) return false
  }
  return true
}
