/** How many requests may be worked on at once: of everybody, and of one identity. */
export type Capacity = { readonly all: number; readonly perIdentity: number }

/** Enough to keep two cores busy; whoever waits longer is better told to come again. */
export const usualCapacity: Capacity = { all: 256, perIdentity: 16 }

/** Counts what is being worked on, so that a flood is refused at once instead of piling up in memory. */
export class InFlight {
  readonly #capacity: Capacity
  readonly #byIdentity = new Map<string, number>()
  #all = 0

  constructor(capacity: Capacity) {
    this.#capacity = capacity
  }

  /** Runs the work, or `full` when there is no place. */
  async run<T>(work: () => Promise<T>, full: () => T): Promise<T> {
    if (this.#all >= this.#capacity.all) return full()
    this.#all += 1
    try {
      return await work()
    } finally {
      this.#all -= 1
    }
  }

  /** The same for one identity. */
  async runFor<T>(identity: string, work: () => Promise<T>, full: () => Promise<T>): Promise<T> {
    const open = this.#byIdentity.get(identity) ?? 0
    if (open >= this.#capacity.perIdentity) return full()
    this.#byIdentity.set(identity, open + 1)
    try {
      return await work()
    } finally {
      const left = (this.#byIdentity.get(identity) ?? 1) - 1
      if (left > 0) this.#byIdentity.set(identity, left)
      else this.#byIdentity.delete(identity)
    }
  }
}
