import type { Chain, ChainView } from '@medrec/client'
import type { Account, Domain, Hex, Network } from '@medrec/protocol'
import type { NodeDatabase } from '@medrec/records/node'
import type { Adapter } from '../adapter/openAdapter.ts'
import type { Definition } from '../catalogue.ts'
import type { PointerMap } from '../map/PointerMap.ts'
import type { AccessLog } from './AccessLog.ts'
import type { RefusalLog } from './RefusalLog.ts'
import type { Seen } from './Seen.ts'
import type { Verified } from './standing.ts'

/** The part of the client's chain that decisions rest on. */
export type ChainSource = {
  view(): Pick<
    ChainView,
    'head' | 'entry' | 'hasRole' | 'relationship' | 'grant' | 'undoneEnding' | 'anchor'
  >
  viewBefore(blocks: number): Pick<ChainView, 'entry' | 'hasRole'>
  /** Follows up to the newest block that there is now. */
  refresh(): Promise<void>
  status(): Pick<
    ReturnType<Chain['status']>,
    'isSynced' | 'isBehind' | 'witness' | 'freshAt' | 'freshBy' | 'problem'
  >
}

/** What happens at the gatekeeper, for the institution's screens. No values of records. */
export type GatekeeperEvent =
  | { readonly type: 'read'; readonly relationship: Hex; readonly who: Hex }
  | { readonly type: 'refused'; readonly relationship: Hex | undefined; readonly code: string }
  | {
      readonly type: 'changed'
      readonly relationship: Hex
      readonly pointer: Hex
      readonly version: number
      readonly origin: number
    }
  | {
      readonly type: 'alarm'
      readonly code: string
      readonly relationship: Hex
      readonly pointer: Hex
    }
  | {
      readonly type: 'acknowledged'
      readonly relationship: Hex
      readonly pointer: Hex
      readonly version: number
      readonly verdict: 'seen' | 'wrong'
    }
  | { readonly type: 'anchored'; readonly counter: number }
  | { readonly type: 'revocation'; readonly kind: 'grant' | 'relationship' | 'epoch' }

/** When refusals to strangers leave; handed in so that tests need not wait. */
export type Timer = {
  /** Milliseconds, never going back. */
  now(): number
  until(milliseconds: number): Promise<void>
}

/** What the gatekeeper answers with. */
export type Context = {
  readonly network: Network
  readonly domain: Domain
  readonly steward: Hex
  /** host:port that requests must be made for; never taken from a header. */
  readonly authority: string
  readonly anchorAccount: Account
  readonly chain: ChainSource
  readonly database: NodeDatabase
  readonly map: PointerMap
  readonly log: AccessLog
  readonly refusals: RefusalLog
  readonly seen: Seen
  readonly adapter: Adapter
  readonly definitions: ReadonlyMap<string, Definition>
  readonly verified: Verified
  /** Unix seconds */
  readonly clock: () => number
  readonly timer: Timer
  readonly emit: (event: GatekeeperEvent) => void
  /** Looks at one pointer's data again, and makes a new version when they changed. */
  readonly recheck: (pointer: Hex) => Promise<void>
}
