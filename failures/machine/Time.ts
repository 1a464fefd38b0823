import type { Timer } from '@medrec/library'

/** What time it is, and what happens when: for every machine of a town the same, but for clocks set wrong. */
export type Time = {
  /** Unix seconds */
  now(): number
  /** Milliseconds that only grow. */
  elapsed(): number
  readonly timer: Timer
  /** Calls back again and again; what it returns ends that. */
  every(seconds: number, callback: () => void): () => void
  /** Seconds after which an outbox looks after a message again. */
  readonly retry: { readonly first: number; readonly longest: number }
  /** Seconds for which an answer waits for our view of the chain. */
  readonly patience: number
}

/** The system's, with people who try again sooner than people would: what is tested are the steps, not the waiting. */
export const realTime: Time = {
  now: () => Date.now() / 1000,
  elapsed: () => performance.now(),
  timer: (seconds, callback) => {
    const timer = setTimeout(callback, seconds * 1000)
    return () => clearTimeout(timer)
  },
  every: (seconds, callback) => {
    const timer = setInterval(callback, seconds * 1000).unref()
    return () => clearInterval(timer)
  },
  retry: { first: 0.05, longest: 0.4 },
  patience: 20,
}
