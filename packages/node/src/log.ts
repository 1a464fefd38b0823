import { appendFileSync } from 'node:fs'
import { MedrecError } from '@medrec/protocol'

export type Level = 'info' | 'warn' | 'error'

/** Facts of a log line: counts, addresses, block numbers; never names, records, queries or keys. */
export type Facts = Readonly<Record<string, string | number | boolean | undefined>>

/** Writes one JSON line an event; the event's name is in the past tense. */
export type Log = (level: Level, event: string, facts?: Facts) => void

const weight: Readonly<Record<Level, number>> = { info: 0, warn: 1, error: 2 }

/** Lines go to a file, or to standard error. */
export function openLog(options: {
  file?: string | undefined
  level: Level
  node: string
  clock: () => number
}): Log {
  return (level, event, facts = {}) => {
    if (weight[level] < weight[options.level]) return
    const time = new Date(options.clock() * 1000).toISOString()
    const line = `${JSON.stringify({ time, level, node: options.node, event, ...facts })}\n`
    if (options.file === undefined) process.stderr.write(line)
    else appendFileSync(options.file, line)
  }
}

/** What may be logged of an error: our own messages name no person; of others only the kind. */
export function factsOf(error: unknown): Facts {
  if (error instanceof MedrecError) return { code: error.code, reason: error.message }
  if (!(error instanceof Error)) return { reason: 'unknown' }
  const code = (error as { code?: unknown }).code
  return { reason: error.name, ...(typeof code === 'string' ? { code } : {}) }
}
