import type { ChainSource } from './Context.ts'
import type { Reason } from './refusals.ts'

/** Oldest sign of life of the chain, in seconds: from blocks, and from an engine's heartbeat. */
const oldestSign = { block: 300, heartbeat: 60 }

/**
 * Why nobody is served: the chain was not heard of for too long, or two operators disagree (DESIGN 6). A sign
 * of life from the future is no better than an old one: then one of the clocks is wrong. `now`: unix seconds.
 */
export function viewReason(
  status: ReturnType<ChainSource['status']>,
  now: number,
): Reason | undefined {
  const { isSynced, isBehind, witness, freshAt, freshBy, problem } = status
  if (witness === 'differs') return 'view-disputed'
  const isOld = Math.abs(now - freshAt / 1_000) > oldestSign[freshBy]
  return !isSynced || isBehind || problem !== undefined || isOld ? 'view-old' : undefined
}
