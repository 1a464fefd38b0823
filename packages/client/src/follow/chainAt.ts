import type { Network } from '@medrec/protocol'
import { ChainState } from '../fold/ChainState.ts'
import { differing } from '../fold/stream.ts'
import { undoDepth } from '../fold/Tables.ts'
import type { Rpc } from '../rpc.ts'
import { RpcRefusedError } from '../rpcErrors.ts'
import { ChainMovedError, readBlocks, readHeader, readSettledBlocks } from './blocks.ts'
import { readStreams } from './checkDoor.ts'
import { HeadMismatchError } from './walk.ts'

/**
 * What the chain said at a block, read anew from its events: for looking back further than a view does. Compared
 * with the running heads where the door still has that state. Throws ChainMovedError, HeadMismatchError, Rpc...Error.
 */
export async function readChainAt(rpc: Rpc, network: Network, block: number): Promise<ChainState> {
  const header = await readHeader(rpc, block)
  if (!header) throw new ChainMovedError(block)
  const state = new ChainState(network, () => header.time)
  const near = Math.max(network.startBlock, block - undoDepth + 1)
  if (near > network.startBlock)
    await readSettledBlocks(
      rpc,
      network,
      { from: network.startBlock, to: near - 1 },
      async (blocks) => {
        for (const one of blocks) state.apply(one)
      },
    )
  for (const one of await readBlocks(rpc, network, { from: near, to: block })) state.apply(one)
  const told = await readStreams(rpc, network, block).catch((cause) => {
    if (cause instanceof RpcRefusedError) return undefined // engines forget old states, not old events
    throw cause
  })
  const mismatch = told && differing(state.view().streams, told)
  if (mismatch) throw new HeadMismatchError(rpc.url, network[mismatch], block)
  return state
}
