import { purposes } from '@medrec/protocol'
import { UsageError } from '../output.ts'

/** Number of a purpose by its name (docs/protocol.md section 3). Throws UsageError. */
export function purposeOf(text: string | undefined, otherwise?: number): number {
  if (text === undefined && otherwise !== undefined) return otherwise
  const wanted = text?.toLowerCase().replaceAll('-', ' ')
  const number = purposes.indexOf(wanted ?? '')
  if (number < 0) {
    const typed = purposes.map((name) => name.replaceAll(' ', '-'))
    throw new UsageError(`--purpose: one of ${typed.join(', ')}.`)
  }
  return number
}

/** The names of a scope's purposes. */
export function purposeNames(bits: number): string {
  return purposes.filter((_, bit) => ((bits >> bit) & 1) === 1).join(', ')
}

/**
 * End of a share: a day (to its last second, UTC), a moment, or a span like 90d, 12h, 30m. A span of days ends with
 * a day, since the end stands on the chain and must not tell the second of the share. Throws UsageError.
 */
export function untilOf(text: string, now: number): number {
  const span = /^(\d{1,5})([dhm])$/.exec(text)
  const seconds = { d: 86_400, h: 3_600, m: 60 }
  const end = span
    ? now + Number(span[1]) * seconds[span[2] as 'd' | 'h' | 'm']
    : Date.parse(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T23:59:59Z` : text) / 1_000
  if (!Number.isFinite(end))
    throw new UsageError('--until: a day (2027-01-31), a moment, or a span (90d, 12h, 30m).')
  if (end <= now) throw new UsageError('--until: a share ends in the future.')
  return span?.[2] === 'd' ? Math.ceil(end / seconds.d) * seconds.d : Math.floor(end)
}
