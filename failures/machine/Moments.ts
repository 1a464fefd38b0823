/** Where a machine stands when something happens to it: at its disk, before the chain, on the wire, in an answer. */
export type Place = 'disk' | 'chain' | 'wire' | 'answer'

/**
 * Counts every outward step of one machine, before and after it, so that "the seventeenth moment from now" is
 * the same moment in every run of a seed.
 */
export class Moments {
  #left = 0
  #act: (() => void) | undefined
  #where: Place | undefined
  readonly #stir: () => void

  constructor(stir: () => void) {
    this.#stir = stir
  }

  /** Lets `act` happen at the `left`-th moment from now. */
  arm(left: number, act: () => void): void {
    this.#left = left
    this.#act = act
  }

  /** Where it happened; undefined while it did not. */
  get struckAt(): Place | undefined {
    return this.#where
  }

  disarm(): void {
    this.#act = undefined
  }

  /** One moment passes. */
  pass(place: Place): void {
    this.#stir()
    if (!this.#act || --this.#left > 0) return
    const act = this.#act
    this.#act = undefined
    this.#where = place
    act()
  }
}
