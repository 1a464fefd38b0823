import { type Hex, toHex } from '@medrec/protocol'
import type { Excess } from './adapter/Adapter.ts'
import type { Core } from './Core.ts'

/** How a gatekeeper and the database before it are. */
export type GatekeeperStatus = {
  readonly readingProcess: number | undefined
  readonly isDatabaseUp: boolean
  /** Unix seconds: when the database's rights, exclusions and statements were probed last. */
  readonly probedAt: number
  /** Unix seconds of the last look for changes that went through, if there was one. */
  readonly lookedAt: number | undefined
  /** What the database user may do beyond reading by the catalogue. */
  readonly excess: readonly Excess[]
  /** The statements that make an account for reading which may do no more; none where there are no accounts. */
  readonly role: readonly string[]
  readonly relationships: number
  readonly isAnchorWaiting: boolean
  readonly root: Hex
  readonly anchoredRoot: Hex | undefined
}

/** What of it only the gatekeeper's own parts know. */
type More = Pick<GatekeeperStatus, 'role' | 'probedAt' | 'lookedAt' | 'isAnchorWaiting'>

/** The gatekeeper's state at this moment. */
export function statusOf(core: Core, more: More): GatekeeperStatus {
  const { adapter, map } = core
  return {
    readingProcess: adapter.processId(),
    isDatabaseUp: adapter.isUp(),
    excess: adapter.excess,
    relationships: [...map.relationships()].length,
    ...more,
    root: toHex(map.root()),
    anchoredRoot: core.chain.view().anchor(core.steward)?.root,
  }
}
