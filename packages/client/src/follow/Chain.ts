import type { MedrecError, Network } from '@medrec/protocol'
import type { Store } from '@medrec/records'
import type { ChainView } from '../fold/ChainView.ts'
import type { ChainUpdate } from '../fold/chainBlock.ts'
import type { Rpc } from '../rpc.ts'
import type { PendingListener } from './PendingCalls.ts'

export type FollowOptions = {
  /** WebSocket addresses, the preferred one first, or connections. */
  readonly doors: readonly (string | Rpc)[]
  readonly network: Network
  readonly store: Store
  /** Unix milliseconds. */
  readonly clock?: () => number
  /** Milliseconds that only grow, whatever is done to the clock: what ages are measured by. */
  readonly elapsed?: () => number
  /** Longest silence of the door in use after which it is asked, in milliseconds; 30,000 unless told. */
  readonly quietMs?: number
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
  /** Milliseconds since the newest sign that this is the head; below 0: a block's time is in the future. */
  readonly ageMs: number
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
  /**
   * Hears the calldata of transactions to the Ledger that wait for a block, from every door that tells of them:
   * whoever asks is responsible for judging it. The returned function ends it.
   */
  onPending(listener: PendingListener): () => void
  /** Whether a door tells of transactions that wait; false while nobody listens. */
  tellsPending(): boolean
  /** Looks at the head of the door in use at once, and resolves when the view is there, or cannot be now. */
  refresh(): Promise<void>
  /** Resolves once the head was reached and checked. Rejects when no door shows our network. */
  synced(): Promise<void>
  /** The door in use, for sending. */
  rpc(): Rpc
  /** Another door that is open and shows our network, to ask what a door alone might lie about; none with one door. */
  witness(): Promise<Rpc | undefined>
  /** Ends the connections; stopping twice is fine. */
  stop(): Promise<void>
}
