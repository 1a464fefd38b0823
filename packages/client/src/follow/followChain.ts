import type { MedrecError, Network } from '@medrec/protocol'
import type { Store } from '@medrec/records'
import type { ChainView } from '../fold/ChainView.ts'
import type { ChainUpdate } from '../fold/chainBlock.ts'
import type { Rpc } from '../rpc.ts'
import { Follower } from './Follower.ts'

export type FollowOptions = {
  /** WebSocket addresses, the preferred one first, or connections. */
  readonly doors: readonly (string | Rpc)[]
  readonly network: Network
  readonly store: Store
  /** Unix milliseconds. */
  readonly clock?: () => number
  /** Hears how far catching up has come. */
  readonly progress?: (block: number, of: number) => void
}

export type ChainStatus = {
  readonly isConnected: boolean
  /** Whether the view reached a door's head at least once since the start. */
  readonly isSynced: boolean
  readonly head: { readonly number: number; readonly hash: string; readonly time: number }
  /** Door that told this head. */
  readonly toldBy: string | undefined
  /** What a second door says of the head: it says the same, something else, or there is none. */
  readonly witness: 'agrees' | 'differs' | 'none'
  /** Unix milliseconds of the newest sign that this is the head. */
  readonly freshAt: number
  /** Whether that sign is a heartbeat or the time of the block. */
  readonly freshBy: 'heartbeat' | 'block'
  /** The door in use is behind what was seen before. */
  readonly isBehind: boolean
  /** Why a door, or the chain, is not believed. */
  readonly problem: MedrecError | undefined
}

/** A node's own picture of the chain, kept up to date (paper III-C.2). */
export type Chain = {
  readonly network: Network
  view(): ChainView
  /** What the chain said some blocks ago, at most 64 (for facts that must hold at head and head - k). */
  viewBefore(blocks: number): ChainView
  /** Called after each change; the returned function ends it. */
  subscribe(listener: (update: ChainUpdate, view: ChainView) => void): () => void
  status(): ChainStatus
  onStatus(listener: (status: ChainStatus) => void): () => void
  /** Looks at the head of the door in use at once, and resolves when the view is there, or cannot be now. */
  refresh(): Promise<void>
  /** Resolves once the head was reached and checked. Rejects when no door shows our network. */
  synced(): Promise<void>
  /** The door in use, for sending. */
  rpc(): Rpc
  /** Ends the connections; stopping twice is fine. */
  stop(): Promise<void>
}

/**
 * Follows a network by subscription, from what the store holds; resolves when that is folded, also with no
 * door in reach. Throws StoreOfAnotherNetworkError.
 */
export async function followChain(options: FollowOptions): Promise<Chain> {
  const follower = new Follower(options)
  await follower.start()
  return follower
}
