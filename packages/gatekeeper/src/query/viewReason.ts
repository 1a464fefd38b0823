import type { ChainSource } from './ChainSource.ts'
import type { Reason } from './refusals.ts'

/** Oldest sign of life of the chain, in seconds: from blocks, and from an engine's heartbeat. */
const oldestSign = { block: 300, heartbeat: 60 }

/**
 * Why nobody is served: the chain was not heard of for too long, or two operators disagree (docs/protocol.md 8.1). A sign
 * of life from the future is no better than an old one: then one of the clocks is wrong.
 */
export function viewReason(status: ReturnType<ChainSource['status']>): Reason | undefined {
  const { isSynced, isBehind, witness, ageMs, freshBy, problem } = status
  if (witness === 'differs') return 'view-disputed'
  const isOld = Math.abs(ageMs) / 1_000 > oldestSign[freshBy]
  return !isSynced || isBehind || problem !== undefined || isOld ? 'view-old' : undefined
}
