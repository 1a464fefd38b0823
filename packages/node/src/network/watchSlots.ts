import type { EmbeddedEngine } from '@medrec/client/node'
import type { Log } from '../log.ts'

const hourMs = 3_600_000

/** Warns in the log, at once and then each hour, while the embedded engine is near its limit (docs/operations.md, Limits). */
export function watchSlots(
  engine: Pick<EmbeddedEngine, 'status'>,
  log: Log,
  periodMs: number = hourMs,
): () => void {
  const look = (): void => {
    const { slots, slotLimit, nearLimit } = engine.status()
    if (nearLimit) log('warn', 'slots near the limit', { slots, limit: slotLimit })
  }
  look()
  const timer = setInterval(look, periodMs)
  timer.unref()
  return () => clearInterval(timer)
}
