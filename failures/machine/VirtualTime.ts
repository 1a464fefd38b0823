import type { Time } from './Time.ts'

type Due = { at: number; readonly callback: () => void; readonly every: number | undefined }

/** A time that stands until somebody lets it go on: then it jumps from one thing that is due to the next. */
export class VirtualTime implements Time {
  #now: number
  readonly #started: number
  readonly #due = new Set<Due>()
  readonly retry = { first: 2, longest: 300 }
  readonly patience = 0

  /** `start`: unix seconds. */
  constructor(start: number) {
    this.#now = start
    this.#started = start
  }

  readonly now = (): number => this.#now
  readonly elapsed = (): number => (this.#now - this.#started) * 1000

  readonly timer = (seconds: number, callback: () => void): (() => void) => {
    // What need not wait comes without the time's going on.
    if (seconds <= 0) {
      const soon = setImmediate(callback)
      return () => clearImmediate(soon)
    }
    return this.#add({ at: this.#now + seconds, callback, every: undefined })
  }

  readonly every = (seconds: number, callback: () => void): (() => void) =>
    this.#add({ at: this.#now + seconds, callback, every: seconds })

  /** Goes on to a moment (unix seconds). What repeats and was due several times comes once, as after a sleep. */
  advanceTo(moment: number): void {
    const latest = Math.max(moment, this.#now)
    for (let next = this.#next(latest); next; next = this.#next(latest)) {
      this.#now = Math.max(this.#now, next.at)
      if (next.every === undefined) this.#due.delete(next)
      else next.at = latest + next.every
      next.callback()
    }
    this.#now = latest
  }

  #add(due: Due): () => void {
    this.#due.add(due)
    return () => this.#due.delete(due)
  }

  #next(latest: number): Due | undefined {
    let first: Due | undefined
    for (const due of this.#due)
      if (due.at <= latest && (first === undefined || due.at < first.at)) first = due
    return first
  }
}
