import { type Comparison, compareBlocks } from '@medrec/client'
import type { ProvenAccessLog } from '@medrec/library'
import type { Network } from '@medrec/protocol'

/** Compares the file's blocks with the chain, at the doors of this node's network. */
export async function compareFile({ network, blocks }: ProvenAccessLog): Promise<Comparison> {
  const ours = await networkOfNode()
  const names = ['networkId', 'chainId', 'registrar', 'ledger'] as const
  if (!ours || names.some((name) => ours[name] !== network[name]))
    return { state: 'unknown', cause: undefined }
  return compareBlocks(doorsOf(ours), blocks)
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
