/** A share that is read before it ends lasts at least so many seconds. */
const least = 20
/** How much slower than the one before a share may come, on a machine that does other things besides. */
const times = 10

/** Seconds of a share that somebody reads before it ends, where giving and reading another one took so many milliseconds. */
export function shortSeconds(tookMs: number): number {
  return Math.max(least, Math.ceil((times * tookMs) / 1_000))
}
