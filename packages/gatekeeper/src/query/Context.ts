import type { Account, Domain, Hex, Network } from '@medrec/protocol'
import type { NodeDatabase } from '@medrec/records/node'
import type { Adapter } from '../adapter/Adapter.ts'
import type { Definition } from '../catalogue.ts'
import type { PointerMap } from '../map/PointerMap.ts'
import type { Looks } from '../parts/freshening.ts'
import type { AccessLog } from './AccessLog.ts'
import type { ChainSource } from './ChainSource.ts'
import type { ContractQuestion } from './contractAccount.ts'
import type { Emergencies, EmergencyRow } from './Emergencies.ts'
import type { EmergencyWords } from './EmergencyWords.ts'
import type { RefusalLog } from './RefusalLog.ts'
import type { Seen } from './Seen.ts'
import type { Verified } from './standing.ts'

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
  | { readonly type: 'emergency'; readonly relationship: Hex; readonly who: Hex }
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
  readonly emergencies: Emergencies
  readonly emergencyWords: EmergencyWords
  /** What a subject leaves readable in an emergency (bit c = category c); 0 for what is not known. */
  readonly emergencyCategories: (relationship: Hex) => number
  /** Leaves the subject a sealed note of an emergency access; resolves once it is on disk. */
  readonly noteEmergency: (emergency: EmergencyRow) => Promise<void>
  /** Asks the chain whether a contract account confirms a signature (ERC-1271). */
  readonly confirms: (question: ContractQuestion) => Promise<boolean>
  /** Unix seconds */
  readonly clock: () => number
  readonly timer: Timer
  readonly emit: (event: GatekeeperEvent) => void
  /** Looks at one pointer's data again, and makes a new version when they changed. */
  readonly recheck: (pointer: Hex) => Promise<void>
  readonly looks: Looks
}
