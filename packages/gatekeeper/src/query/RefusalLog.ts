import { toHex } from '@medrec/protocol'
import type { AccessLog, LogContent } from './AccessLog.ts'

/** Refusals of one identity about one relationship that are written one by one, in one window. */
const mostEach = 20
/** Seconds after which the refusals that were only counted are written, one entry for each reason. */
const windowSeconds = 600

type Refusal = LogContent & { readonly kind: 'refused'; readonly code: string }

/**
 * Refusals in the access log. Strangers are only counted and nobody's refusals are written without end, so
 * that asking, which costs nothing, cannot fill our disk or drown what the patient should see.
 */
export class RefusalLog {
  readonly #log: AccessLog
  readonly #written = new Map<string, number>()
  readonly #counted = new Map<string, number>()
  readonly #open = new Set<Promise<unknown>>()
  #window: number | undefined

  constructor(log: AccessLog) {
    this.#log = log
  }

  /** Keeps a refusal, or counts it: on disk when it is one that is written. Throws LogUnavailableError. */
  add(relationship: Uint8Array | undefined, refusal: Refusal): Promise<boolean> {
    const done = this.#add(relationship, refusal)
    this.#open.add(done)
    const end = (): void => void this.#open.delete(done)
    done.then(end, end)
    return done
  }

  async #add(relationship: Uint8Array | undefined, refusal: Refusal): Promise<boolean> {
    await this.flush(refusal.time)
    this.#window ??= refusal.time
    const { identity } = refusal.who
    const name = relationship && identity && `${toHex(relationship)} ${identity}`
    const written = name === undefined ? mostEach : (this.#written.get(name) ?? 0)
    if (name === undefined || written >= mostEach) {
      this.#count(refusal.code, 1)
      return true
    }
    this.#written.set(name, written + 1)
    return this.#log.append(relationship, refusal)
  }

  /** Writes what was counted, once its window is over. `now`: unix seconds. */
  async flush(now: number): Promise<void> {
    if (this.#window !== undefined && Math.abs(now - this.#window) >= windowSeconds)
      await this.#writeCounts()
  }

  /** Writes what was counted, after all that was added before. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#open)
    await this.#writeCounts()
  }

  async #writeCounts(): Promise<void> {
    const time = this.#window
    if (time === undefined) return
    const counted = [...this.#counted]
    this.#window = undefined
    this.#counted.clear()
    this.#written.clear()
    const entries = counted.map(async ([code, count]) => {
      try {
        await this.#log.append(undefined, { time, kind: 'refused', who: {}, code, count })
      } catch (error) {
        this.#window ??= time
        this.#count(code, count)
        throw error
      }
    })
    await Promise.all(entries)
  }

  #count(code: string, more: number): void {
    this.#counted.set(code, (this.#counted.get(code) ?? 0) + more)
  }
}
