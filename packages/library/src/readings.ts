/** A part of a record that was read, as a log tells it (docs/protocol.md 8). */
export type PartRead = {
  /** Unix seconds */
  readonly time: number
  /** The same for all parts of one reading: who read what, by what right. */
  readonly of: string
  readonly part: { readonly number: number; readonly of: number; readonly rows: number }
}

/** Parts of one record that somebody read one after the other. */
export type Reading = {
  readonly parts: number
  /** Parts of the whole record. */
  readonly of: number
  readonly rows: number
  /** Time of the last part, unix seconds. */
  readonly until: number
}

/** A reading that rests longer than this is told as another one: seconds. */
const longestRest = 3_600

type Open<T> = {
  readonly first: T
  readonly reading: Reading
  readonly next: number
  /** Whether the last part came a second time, as after an answer that was lost. */
  readonly isAgain: boolean
}

/**
 * Joins the entries of a reading in parts into one, which stands where it ended; all other entries pass as they are. A log
 * keeps its line a part, as evidence: this is how people are told. Memory holds one entry of each reading that goes on.
 */
export function* joinReadings<T>(
  entries: Iterable<T>,
  partOf: (entry: T) => PartRead | undefined,
): Generator<{ readonly entry: T; readonly reading?: Reading }> {
  const open = new Map<string, Open<T>>()
  for (const entry of entries) {
    const read = partOf(entry)
    if (!read) {
      yield { entry }
      continue
    }
    for (const [key, { first, reading }] of open)
      if (read.time - reading.until > longestRest) {
        open.delete(key)
        yield { entry: first, reading }
      }
    const before = open.get(read.of)
    const longer = before && continued(before, read)
    if (before && !longer) yield { entry: before.first, reading: before.reading }
    open.set(read.of, longer ?? begun(entry, read))
  }
  for (const { first, reading } of open.values()) yield { entry: first, reading }
}

function begun<T>(first: T, { time, part }: PartRead): Open<T> {
  const { number, of, rows } = part
  return { first, reading: { parts: 1, of, rows, until: time }, next: number + 1, isAgain: false }
}

/**
 * The reading with one more part; undefined when this is not the part that follows, or the last one asked for again:
 * once only, since who reads one part every hour for months reads more than once.
 */
function continued<T>(
  { first, reading, next, isAgain }: Open<T>,
  { time, part }: PartRead,
): Open<T> | undefined {
  if (part.of !== reading.of) return undefined
  if (part.number === next - 1 && !isAgain)
    return { first, reading: { ...reading, until: time }, next, isAgain: true }
  if (part.number !== next) return undefined
  const { parts, of, rows } = reading
  return {
    first,
    reading: { parts: parts + 1, of, rows: rows + part.rows, until: time },
    next: next + 1,
    isAgain: false,
  }
}
