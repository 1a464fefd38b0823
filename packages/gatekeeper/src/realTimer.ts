import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Timer } from './query/Context.ts'

/** The timer of a running node. */
export const realTimer: Timer = {
  now: () => performance.now(),
  until: async (milliseconds) => {
    const rest = milliseconds - performance.now()
    if (rest > 0) await sleep(rest)
  },
}

/** Calls back every so many seconds; what it returns ends that. */
export type Every = (seconds: number, callback: () => void) => () => void

/** By the system's timers, which keep no process alive. */
export const everyReal: Every = (seconds, callback) => {
  const timer = setInterval(callback, seconds * 1_000).unref()
  return () => clearInterval(timer)
}
