import type { Hex } from '@medrec/protocol'
import { type Adapter, DatabaseBusyError } from '../adapter/Adapter.ts'

/** Where an engine cannot tell that nobody committed, a look counts for so many seconds. */
const lookCounts = 60
/** Milliseconds that somebody who asks waits for a look; it goes on meanwhile, and she asks again. */
const usualPatience = 20_000
/** Pointers of which is remembered when they were looked at; the oldest are forgotten. */
const remembered = 10_000

/** When the data of large records were looked at; nobody reads the copy of one whose data could not be. */
export type Looks = {
  freshen(pointer: Hex): Promise<void>
  /** Whether the database answers, and the last look at the pointer's data since the start went through. */
  isGood(pointer: Hex): boolean
  /** The data could not be read: the database does not let us any more, or they are not what may be served. */
  failed(pointer: Hex): void
}

type Looked = {
  readonly version: string | undefined
  /** Seconds: when the look ended, and how long it took. */
  readonly at: number
  readonly took: number
}

/**
 * Looks at a pointer's data again, unless that was done since somebody committed to the database, or within as long as
 * the look itself took: whoever reads a large record part by part does not make the institution read all of it each
 * time, and where somebody always commits it can be read too. Throws what `look` throws; DatabaseBusyError when it is
 * not done in time. `clock`: seconds that never go back, or an old look would count until they have caught up.
 */
export function freshening(
  adapter: Pick<Adapter, 'dataVersion' | 'isUp'>,
  clock: () => number,
  look: (pointer: Hex) => Promise<void>,
  patience = usualPatience,
): Looks {
  const looked = new Map<Hex, Looked>()
  const running = new Map<Hex, Promise<void>>()
  const lookNow = async (pointer: Hex, version: string | undefined): Promise<void> => {
    const begun = clock()
    try {
      await look(pointer)
      looked.delete(pointer)
      looked.set(pointer, { version, at: clock(), took: clock() - begun })
      for (const oldest of looked.keys()) {
        if (looked.size <= remembered) break
        looked.delete(oldest)
      }
    } finally {
      running.delete(pointer)
    }
  }
  const freshen = async (pointer: Hex): Promise<void> => {
    const version = await adapter.dataVersion()
    const known = looked.get(pointer)
    const counts = version === undefined ? lookCounts : (known?.took ?? 0)
    const isSame = version !== undefined && known?.version === version
    if (known && (isSame || clock() - known.at < counts)) return
    const now = running.get(pointer) ?? lookNow(pointer, version)
    running.set(pointer, now)
    await within(patience, now)
  }
  return {
    freshen,
    isGood: (pointer) => looked.has(pointer) && adapter.isUp(),
    failed: (pointer) => void looked.delete(pointer),
  }
}

async function within(milliseconds: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DatabaseBusyError()), milliseconds)
  })
  try {
    await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
    work.catch(() => undefined) // told to whoever waits for it; a look that fails is made again
  }
}
