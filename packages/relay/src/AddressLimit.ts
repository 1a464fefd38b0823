/** How often one address may do something: so many in each window. Kept in memory; old windows are forgotten. */
export class AddressLimit {
  readonly #most: number
  readonly #seconds: number
  #window = 0
  #counts = new Map<string, number>()

  constructor(most: number, seconds: number) {
    this.#most = most
    this.#seconds = seconds
  }

  /** Takes `count` for an address at `now` (unix seconds), or nothing and false when that is too many. */
  take(address: string, count: number, now: number): boolean {
    const window = Math.floor(now / this.#seconds)
    if (window !== this.#window) {
      this.#window = window
      this.#counts = new Map()
    }
    const taken = (this.#counts.get(address) ?? 0) + count
    if (taken > this.#most) return false
    this.#counts.set(address, taken)
    return true
  }
}
