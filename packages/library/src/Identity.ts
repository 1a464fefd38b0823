import type { Domain, Keys, Network, P256Key } from '@medrec/protocol'
import type { Store } from '@medrec/records'

/** Gives the key of this device for requests to an audience on a day (unix seconds / 86,400). */
export type DeviceKey = (audience: string, day: number) => Promise<P256Key>

/** What is asked of the world around a participant. */
export type Identity = {
  readonly keys: Keys.Keys
  readonly network: Network
  readonly domain: Domain
  readonly store: Store
  readonly clock: () => number
  readonly fetch: typeof globalThis.fetch
  /** Used instead of the derived key. */
  readonly deviceKey?: DeviceKey | undefined
}
