/** Requests a second from one address, and how many may come at once. */
export type Rate = { readonly perSecond: number; readonly burst: number }

/** Generous to a household behind one address, and to nobody who tries keys. */
export const usualRate: Rate = { perSecond: 50, burst: 200 }
/** More than any app of ours asks at once, from however many addresses. */
export const usualIdentityRate: Rate = { perSecond: 20, burst: 200 }
const largestTable = 10_000

/** A bucket of tokens per address; checked before anything that costs. */
export class RateLimit {
  readonly #rate: Rate
  /** The one that asked longest ago first. */
  readonly #buckets = new Map<string, { tokens: number; at: number }>()

  constructor(rate: Rate) {
    this.#rate = rate
  }

  /** Takes one token of the address; false when there is none. `at`: milliseconds that never go back. */
  take(address: string, at: number): boolean {
    const { perSecond, burst } = this.#rate
    const known = this.#buckets.get(address)
    const gained = known ? ((at - known.at) / 1_000) * perSecond : burst
    const tokens = Math.min(burst, (known?.tokens ?? 0) + gained)
    this.#buckets.delete(address)
    this.#buckets.set(address, { tokens: tokens < 1 ? tokens : tokens - 1, at })
    for (const oldest of this.#buckets.keys()) {
      if (this.#buckets.size <= largestTable) break
      this.#buckets.delete(oldest)
    }
    return tokens >= 1
  }
}
