import type { Chain } from '@medrec/client'
import { fromHex, type Hex, toHex } from '@medrec/protocol'
import type { Core } from './Core.ts'
import { type Ending, endingsIn, isSigned } from './query/endings.ts'

/** Transactions that wait for their turn to be looked at, and ends of grants that are not mined yet. */
const mostWaiting = 1_000
/** Hex digits of the transactions that wait: anybody may fill as many as there are. */
const longestWaiting = 8 * 1024 * 1024
/** Records looked at before anything else may run: a signature takes some tenths of a millisecond at worst. */
const recordsAtOnce = 20

type Parts = Pick<Core, 'chain' | 'clock' | 'domain' | 'emit' | 'map' | 'seen'>

/**
 * Revocations in transactions that wait for a block count as soon as this institution's engine tells of them, by
 * the rules for pushed ones: signed by whom they concern, of a grant that exists or a relationship of ours, kept
 * on disk, never forgotten, also when they are dropped (docs/protocol.md 8.1).
 */
export class PendingEndings {
  readonly #core: Parts
  readonly #waiting: Hex[] = []
  #length = 0
  /** Ends of grants that the chain does not show: a grant and its end may wait for the same block. */
  readonly #early = new Map<Hex, Ending>()
  readonly #stops: readonly (() => void)[]
  #reading: Promise<void> | undefined
  #isClosed: boolean = false

  constructor(core: Parts, chain: Pick<Chain, 'onPending' | 'subscribe'>) {
    this.#core = core
    this.#stops = [
      chain.onPending((data) => this.#hear(data)),
      chain.subscribe(() => this.#takeEarly()),
    ]
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const stop of this.#stops) stop()
    await this.#reading
  }

  #hear(data: Hex): void {
    const isFull =
      this.#waiting.length >= mostWaiting || this.#length + data.length > longestWaiting
    if (this.#isClosed || isFull) return // its block tells
    this.#waiting.push(data)
    this.#length += data.length
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined
    })
  }

  async #read(): Promise<void> {
    let looked = 0
    for (let data = this.#waiting.shift(); data && !this.#isClosed; data = this.#waiting.shift()) {
      this.#length -= data.length
      for (const ending of endingsIn(fromHex(data))) {
        if (++looked % recordsAtOnce === 0) await new Promise((next) => setImmediate(next))
        if (!this.#isClosed) this.#consider(ending)
      }
    }
  }

  /** Cheap questions first: whoever pays for transactions may fill them with anything. */
  #consider(ending: Ending): void {
    const { chain, domain, map } = this.#core
    const key = toHex(ending.key)
    if (this.#isKnown(ending)) return
    const isOfGrant = ending.kind === 'grant'
    if (!isOfGrant && map.relationship(key) === undefined) return
    if (isOfGrant && !chain.view().grant(key)) this.#keepEarly(key, ending)
    else if (isSigned(domain, ending)) this.#keep(ending)
  }

  #isKnown({ kind, key, number }: Ending): boolean {
    const { chain, seen } = this.#core
    const id = toHex(key)
    if (kind === 'grant') return seen.isRevoked(id) || chain.view().grant(id)?.revoked === true
    const known = kind === 'relationship' ? seen.status(id) : seen.epoch(id)
    return (known ?? 0) >= number
  }

  #keepEarly(key: Hex, ending: Ending): void {
    if (this.#early.has(key) || !isSigned(this.#core.domain, ending)) return
    const [oldest] = this.#early.keys()
    if (oldest && this.#early.size >= mostWaiting) this.#early.delete(oldest)
    this.#early.set(key, ending)
  }

  #takeEarly(): void {
    for (const [key, ending] of this.#early) {
      if (!this.#core.chain.view().grant(key)) continue
      this.#early.delete(key)
      if (!this.#isKnown(ending)) this.#keep(ending)
    }
  }

  #keep({ kind, key, number, record }: Ending): void {
    const { clock, emit, seen } = this.#core
    try {
      seen.keep({ kind, key, number, record, seenAt: clock() })
    } catch (error) {
      // It counts all the same, until a restart: then its block tells.
      const code = String((error as { code?: unknown }).code ?? 'unknown')
      emit({ type: 'alarm', code: `revocation: ${code}`, relationship: '0x', pointer: '0x' })
    }
    emit({ type: 'revocation', kind })
  }
}
