import { blindedLogRoot, type Hex, toHex } from '@medrec/protocol'
import { AnchorTables } from '@medrec/records/node'
import type { Core } from './Core.ts'
import type { Every } from './realTimer.ts'

/** When anchors go out: with each change (one in flight), or at a fixed rhythm, changed or not. */
export type Rhythm = 'at-once' | { readonly periodSeconds: number }

/** How often the access log alone is anchored when nothing else changes, in seconds. */
const logPeriod = 60
/** After an anchor that failed, in seconds. */
const retryAfter = 5
const dayOf = (now: number): number => Math.floor(now / 86_400)

/** Commits the map and the log to the chain (docs/protocol.md 6). */
export class Anchoring {
  readonly #core: Core
  readonly #rhythm: Rhythm
  /** Queries whose bounty anchors may name, in turn. */
  readonly #queries: readonly Hex[]
  readonly #every: Every
  readonly #endPeriod: () => void
  readonly #stopping = new AbortController()
  #flight: Promise<void> | undefined
  #endRetry: (() => void) | undefined
  #turn = 0

  constructor(core: Core, options: { rhythm: Rhythm; queries: readonly Hex[]; every: Every }) {
    this.#core = core
    this.#rhythm = options.rhythm
    this.#queries = options.queries
    this.#every = options.every
    const period = options.rhythm === 'at-once' ? logPeriod : options.rhythm.periodSeconds
    this.#endPeriod = this.#every(period, () => this.#post(options.rhythm !== 'at-once'))
  }

  /** Something changed; with a fixed rhythm it waits for its turn. */
  trigger(): void {
    if (this.#rhythm === 'at-once' && this.isWaiting()) this.#post(true)
  }

  /** Anchors all that stands in the log by now; resolves when it was tried once. */
  async commit(): Promise<void> {
    for (let flight = this.#flight; flight; flight = this.#flight) await flight
    this.#post(true)
    await this.#flight
  }

  /** Whether something is not in an anchor that was posted. */
  isWaiting(): boolean {
    const [newest] = AnchorTables.newest(this.#core.database, 1)
    const isAhead = toHex(this.#core.map.root()) !== toHex(newest?.root ?? new Uint8Array(0))
    return isAhead && AnchorTables.isWaiting(this.#core.database)
  }

  /** Posts what a crash may have kept from the chain. */
  resume(): void {
    const [newest] = AnchorTables.newest(this.#core.database, 1)
    const onChain = this.#core.chain.view().anchor(this.#core.steward)?.root
    if (this.isWaiting() || (newest && toHex(newest.root) !== onChain)) this.#post(true)
  }

  async close(): Promise<void> {
    this.#endPeriod()
    this.#endRetry?.()
    this.#stopping.abort()
    await this.#flight
  }

  #post(isNeeded: boolean): void {
    if (this.#flight || this.#stopping.signal.aborted) return
    this.#flight = this.#refreshAndSend(isNeeded).then((isDone) => {
      this.#flight = undefined
      if (isDone) this.trigger()
      else this.#retry()
    })
  }

  #retry(): void {
    this.#endRetry?.()
    this.#endRetry = this.#every(retryAfter, () => {
      this.#endRetry?.()
      this.#post(true)
    })
  }

  /** False when the anchor did not reach the chain, or the disk: then a new one follows. */
  async #refreshAndSend(isNeeded: boolean): Promise<boolean> {
    const { map } = this.#core
    try {
      const before = toHex(map.root())
      map.refreshIndexes()
      if (!isNeeded && toHex(map.root()) === before) return true
      return await this.#send()
    } catch (error) {
      if (this.#stopping.signal.aborted) return true // closing: the outbox goes on at the next start
      return this.#failed(String((error as { code?: unknown }).code))
    }
  }

  async #send(): Promise<boolean> {
    const { database, map, log, clock, wishes, emit } = this.#core
    const [last] = AnchorTables.newest(database, 1)
    const number = (last?.counter ?? 0) + 1
    const bounty = this.#bounty()
    const { root } = map.takeSnapshot(number).map
    const logSize = log.size()
    const logRoot = blindedLogRoot(log.root(), map.filler(number))
    AnchorTables.post(database, {
      counter: number,
      previousRoot: last?.root ?? new Uint8Array(32),
      root,
      logRoot,
      query: new Uint8Array(32),
      epoch: bounty?.epoch ?? 0,
      postedAt: clock(),
      logSize,
    })
    const { signal } = this.#stopping
    const posted = { root: toHex(root), logRoot: toHex(logRoot) }
    const submission = await wishes.anchor({ ...posted, bounty })
    let outcome = await submission.until('mined', signal)
    if (outcome.state === 'rejected' && outcome.reason?.startsWith('Bounties'))
      outcome = await (await wishes.anchor({ ...posted, bounty: undefined })).until('mined', signal)
    if (outcome.state === 'rejected') return this.#failed(String(outcome.reason))
    AnchorTables.markMined(database, number, outcome.block)
    emit({ type: 'anchored', counter: number })
    return true
  }

  #failed(reason: string): false {
    const code = `anchor: ${reason}`
    this.#core.emit({ type: 'alarm', code, relationship: '0x', pointer: '0x' })
    return false
  }

  #bounty(): { query: Hex; epoch: number } | undefined {
    const query = this.#queries[this.#turn++ % Math.max(1, this.#queries.length)]
    return query && { query, epoch: dayOf(this.#core.clock()) }
  }
}
