import type { Hex } from '@medrec/protocol'
import { disbelieved } from './disbelief.ts'
import type { Participant } from './Participant.ts'
import * as Query from './Query.ts'

/** How far a record in parts was read: what is asked for next, and what it has to follow. */
export type Progress = {
  /** Root of the whole: what was begun is gone on with for this version alone. */
  readonly of: Hex
  /** Parts and rows that were read and proven, from the first one on. */
  readonly partsRead: number
  readonly rowsRead: number
  readonly parts: number
  readonly rows: number
}

export type Options = Query.Source &
  Query.Wanted & {
    /** Goes on after what was read before; from the first part when absent. */
    readonly after?: Progress
  }

/**
 * Reads a record part by part, each asked for, decided on and proven by itself (docs/protocol.md 7.2): memory holds one
 * part, and the next is asked for when the caller wants it. Ends after the last part, at a refusal (the last thing it
 * gives), or when `signal` is aborted. A record that one answer holds comes as one, without `part`.
 */
export async function* read(
  participant: Participant,
  { after, ...options }: Options,
): AsyncGenerator<Query.Read> {
  let progress = after
  while (!options.signal?.aborted && !(progress && isComplete(progress))) {
    const part = progress && { number: progress.partsRead, of: progress.of }
    const answer = await Query.read(participant, { ...options, ...(part && { part }) })
    if (options.signal?.aborted) return
    const next = answer.ok ? following(progress, answer.result) : undefined
    if (answer.ok && answer.result.part && !next) return yield disbelieved('PART_MISPLACED')
    yield answer
    if (!next) return
    progress = next
  }
}

/** Answers after which asking again helps: too much is asked of the steward, or it still looks through the record. */
const crowded = new Set(['too-many', 'busy', 'database-unavailable'])

/** How often in a row one that is crowded is asked again, and after how many seconds. */
const [mostWaits, waitSeconds] = [60, 5]

/** As `read`, but waits and asks again for five minutes where the steward says that it cannot answer just now. */
export async function* readPatiently(
  participant: Participant,
  options: Options,
): AsyncGenerator<Query.Read> {
  let { after } = options
  for (let waits = 0; ; waits += 1) {
    let last: Query.Read | undefined
    for await (last of read(participant, { ...options, ...(after && { after }) })) {
      if (!last.ok) break
      waits = 0
      after = following(after, last.result)
      yield last
    }
    if (!last || last.ok) return
    if (!crowded.has(last.code) || waits >= mostWaits) return yield last
    await waited(participant, options.signal)
  }
}

/** Ends early when `signal` is aborted. */
function waited({ timer }: Participant, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const cancel = timer(waitSeconds, done)
    signal?.addEventListener('abort', done, { once: true })
    function done(): void {
      cancel()
      signal?.removeEventListener('abort', done)
      resolve()
    }
  })
}

/** How far one is with this part; undefined when it is none, or not the one that follows. */
export function following(
  before: Progress | undefined,
  { part, rows }: Pick<Query.Result, 'part' | 'rows'>,
): Progress | undefined {
  if (!part) return undefined
  const { of, number, from, parts, total } = part
  const isNext = number === (before?.partsRead ?? 0) && from === (before?.rowsRead ?? 0)
  const isSame = !before || (before.of === of && before.parts === parts && before.rows === total)
  const next = { of, partsRead: number + 1, rowsRead: from + rows, parts, rows: total }
  return isNext && isSame && isComplete(next) === (next.rowsRead === total) ? next : undefined
}

/** Whether nothing is left to read. */
export function isComplete({ partsRead, parts }: Progress): boolean {
  return partsRead === parts
}
