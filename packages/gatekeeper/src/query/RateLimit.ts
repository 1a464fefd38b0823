/** Requests a second from one address, and how many may come at once. */
const perSecond = 20
const burst = 60
const largestTable = 10_000

/** A bucket of tokens per address; checked before anything that costs. */
export class RateLimit {
  readonly #now: () => number
  readonly #buckets = new Map<string, { tokens: number; at: number }>()

  /** `now`: milliseconds that never go back. */
  constructor(now: () => number) {
    this.#now = now
  }

  /** Takes one token of the address; false when there is none. */
  take(address: string): boolean {
    const at = this.#now()
    const known = this.#buckets.get(address)
    const gained = known ? ((at - known.at) / 1_000) * perSecond : burst
    const tokens = Math.min(burst, (known?.tokens ?? 0) + gained)
    if (this.#buckets.size >= largestTable) this.#buckets.clear()
    this.#buckets.set(address, { tokens: tokens < 1 ? tokens : tokens - 1, at })
    return tokens >= 1
  }
}
