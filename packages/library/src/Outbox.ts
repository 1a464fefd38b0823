import type { ChainView } from '@medrec/client'
import { type Account, type Domain, type Operation, shuffled } from '@medrec/protocol'
import type { Store, Write } from '@medrec/records'
import { type Carrier, RecordRefusedError, TokenRefusedError } from './carriers.ts'
import { isShownByChain, isTransient, obstacle, reasonName, standing } from './effects.ts'
import { RelayWords } from './RelayWords.ts'
import type { SignerRef } from './signers.ts'
import { type Submission, submissionOf } from './submission.ts'
import type { RelayToken } from './wire.ts'
import {
  complete,
  kept,
  type NewWish,
  rebased,
  recordOf,
  relationshipOf,
  type Wish,
} from './wishes.ts'

/** Calls back after some seconds; returns how to cancel. */
export type Timer = (seconds: number, callback: () => void) => () => void

export type OutboxOptions = {
  readonly store: Store
  readonly domain: Domain
  readonly confirmations: number
  readonly clock: () => number
  readonly timer: Timer
  /** Seconds until a message is looked after again; doubled each time, up to `longest`. */
  readonly retry: { readonly first: number; readonly longest: number }
  view(): ChainView
  account(signer: SignerRef): Account | undefined
  carriers(): readonly Carrier[]
  /** A token for a creating operation; another one than what a relay refused last. */
  token(refused: RelayToken | undefined): Promise<RelayToken | undefined>
  /** Tells a gatekeeper of an ending. */
  push(wish: Wish, record: Uint8Array): Promise<void>
}

export type Outbox = {
  /** Keeps a wish; on disk when it resolves, and nothing of it is left when it rejects. */
  add(wish: NewWish, writes?: readonly Write[]): Promise<Submission>
  /** Keeps wishes that belong together: all of them or, when it rejects, none. */
  addAll(wishes: readonly NewWish[], writes?: readonly Write[]): Promise<readonly Submission[]>
  find(id: string): Submission | undefined
  /** Wishes not yet final, oldest first. */
  pending(): readonly Wish[]
  /** Every wish, with what became of it, oldest first. */
  all(): readonly Wish[]
  /** Compares every wish with the chain, then sends what is due. */
  settle(): Promise<void>
  subscribe(listener: () => void): () => void
  close(): Promise<void>
}

const table = 'outbox'
/** Looked after that often before another relay is tried. */
const patience = 3

/** Opens the outbox and goes on with what was stored in it (ARCHITECTURE.md, Rules). */
export async function openOutbox(options: OutboxOptions): Promise<Outbox> {
  const stored = await options.store.list<Wish>(table)
  const box = new Box(
    options,
    stored.map(({ value }) => value),
  )
  await box.settle()
  return box
}

class Box implements Outbox {
  readonly #options: OutboxOptions
  readonly #wishes = new Map<string, Wish>()
  readonly #listeners = new Set<() => void>()
  #order = 0
  #running: Promise<void> | undefined
  #again: boolean = false
  #cancelTimer: (() => void) | undefined
  #closed: boolean = false
  /** The token that a relay refused last. */
  #refused: RelayToken | undefined
  readonly #words = new RelayWords()
  /** Wishes on their way to the disk: not to be sent yet. */
  readonly #unsaved = new Set<string>()

  constructor(options: OutboxOptions, stored: readonly Wish[]) {
    this.#options = options
    for (const wish of stored) {
      this.#wishes.set(wish.id, wish)
      this.#order = Math.max(this.#order, wish.order + 1)
    }
  }

  async add(wish: NewWish, writes: readonly Write[] = []): Promise<Submission> {
    const [submission] = await this.addAll([wish], writes)
    return submission as Submission
  }

  async addAll(
    wishes: readonly NewWish[],
    writes: readonly Write[] = [],
  ): Promise<readonly Submission[]> {
    const now = this.#options.clock()
    const added = wishes.map((wish) => complete(wish, this.#order++, now))
    // At once, so that the next letter takes other counters; but not sent before it is on disk.
    for (const wish of added) this.#wishes.set(wish.id, wish)
    for (const { id } of added) this.#unsaved.add(id)
    try {
      const kept = added.map((wish) => ({ table, key: [wish.order], value: wish }))
      await this.#options.store.write([...writes, ...kept])
    } catch (error) {
      for (const { id } of added) this.#wishes.delete(id)
      throw error
    } finally {
      for (const { id } of added) this.#unsaved.delete(id)
    }
    this.#notify()
    this.#start()
    return added.map(({ id }) => this.#submission(id))
  }

  find(id: string): Submission | undefined {
    return this.#wishes.has(id) ? this.#submission(id) : undefined
  }

  pending(): readonly Wish[] {
    return [...this.#wishes.values()].filter(
      ({ state }) => state !== 'final' && state !== 'rejected',
    )
  }

  all(): readonly Wish[] {
    return [...this.#wishes.values()]
  }

  /** Resolves once a whole round has run that began after this call. */
  async settle(): Promise<void> {
    this.#start()
    await this.#running
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#cancelTimer?.()
    await this.#running
  }

  #start(): void {
    if (this.#closed) return
    this.#again = true
    this.#running ??= this.#rounds()
      .then(
        () => 0,
        // The store cannot be written (a full disk): what it holds stays true, and is looked after again.
        () => this.#options.retry.first,
      )
      .then((pause) => {
        this.#running = undefined
        this.#schedule(pause)
      })
  }

  async #rounds(): Promise<void> {
    while (this.#again && !this.#closed) {
      this.#again = false
      await this.#compare()
      for (const wish of this.#due()) {
        if (this.#closed) return
        await this.#attend(wish)
      }
    }
  }

  /** Facts of the chain first: what is there needs no sending, what a reorg took away needs it again. */
  async #compare(): Promise<void> {
    const view = this.#options.view()
    const changed: Wish[] = []
    for (const wish of this.#wishes.values()) {
      if (wish.state === 'final' || this.#unsaved.has(wish.id)) continue
      const next = this.#compared(wish, view)
      if (next !== wish) changed.push(next)
    }
    await this.#save(changed)
  }

  #compared(wish: Wish, view: ChainView): Wish {
    const found = standing(wish.effect, view)
    if (found.is === 'there') {
      const depth = view.head.number - found.block.number
      const state = depth >= this.#options.confirmations ? 'final' : 'mined'
      if (state === wish.state && found.block.hash === wish.block?.hash) return wish
      return { ...wish, state, block: found.block, reason: undefined }
    }
    if (wish.state === 'rejected') return wish
    const reason = found.is === 'impossible' ? found.reason : this.#hindrance(wish, view)
    if (reason) return { ...wish, state: 'rejected', reason, block: undefined }
    if (wish.state !== 'mined') return wish
    return { ...wish, state: 'queued', block: undefined, dueAt: this.#options.clock() }
  }

  #hindrance(wish: Wish, view: ChainView): string | undefined {
    const former = wish.after === undefined ? undefined : this.#wishes.get(wish.after)
    if (former?.state === 'rejected') return 'GrantsUnknown'
    if (!wish.operation) return undefined
    return obstacle(wish.operation, relationshipOf(wish.operation), view)
  }

  #due(): readonly Wish[] {
    const now = this.#options.clock()
    return this.pending().filter(
      (wish) => wish.state !== 'mined' && !this.#unsaved.has(wish.id) && this.#isDue(wish, now),
    )
  }

  /** A time further off than any wait of ours comes from a clock that was put right since. */
  #isDue(wish: Wish, now: number): boolean {
    const { dueAt, notBefore } = wish
    if (dueAt <= now) return true
    return notBefore <= now && (dueAt > now + this.#options.retry.longest || this.#mayFollow(wish))
  }

  /** Whether it was kept back for another one that stands on the chain now: then there is nothing more to wait for. */
  #mayFollow({ waits, after }: Wish): boolean {
    const former = after === undefined ? undefined : this.#wishes.get(after)
    return waits && (former?.state === 'mined' || former?.state === 'final')
  }

  async #attend(wish: Wish): Promise<void> {
    if (wish.state === 'seen' && wish.sent && !(await this.#shouldResend(wish))) return
    const current = this.#wishes.get(wish.id) as Wish
    if (current.state !== 'rejected') await this.#send(current)
  }

  /** Asks the relay what became of a message; true when it has to be sent again. */
  async #shouldResend(wish: Wish): Promise<boolean> {
    const carriers = this.#options.carriers()
    const carrier = carriers.find(({ name }) => name === wish.sent?.carrier)
    const known = carrier && (await quietly(carrier.state(wish.sent?.id ?? '')))
    if (!known || known.state === 'unknown') return true
    const reason = known.state === 'rejected' ? reasonName(known.reason) : undefined
    if (reason !== undefined && isTransient(wish.operation?.kind, reason)) return true
    if (carrier && reason !== undefined && !isShownByChain(reason)) {
      // Nothing on the chain shows it: one relay's word does not end a message.
      if (!this.#words.rejected(wish.id, carrier.name, carriers.length)) return true
      await this.#save([{ ...wish, state: 'rejected', reason, transaction: known.transaction }])
      return false
    }
    if (wish.attempts % patience === 0) return true
    await this.#save([{ ...this.#later(wish), transaction: known.transaction ?? wish.transaction }])
    return false
  }

  async #send(wish: Wish): Promise<void> {
    const former = wish.after === undefined ? undefined : this.#wishes.get(wish.after)
    const record = this.#record(wish)
    if (!record) {
      await this.#save([this.#later(wish)])
      return
    }
    const pushed = wish.pushed || (await this.#push(wish, record))
    if (former && former.state !== 'mined' && former.state !== 'final') {
      await this.#save([{ ...this.#later(wish), pushed, waits: true }])
      return
    }
    const sent = await this.#post(wish, record)
    if (!sent && this.#words.isRefused(wish.id, this.#options.carriers().length)) {
      await this.#save([{ ...wish, state: 'rejected', reason: 'RecordRefused' }])
      return
    }
    await this.#save([
      {
        ...this.#later(wish),
        state: sent || pushed ? 'seen' : 'queued',
        sent: sent ?? wish.sent,
        waits: false,
        pushed,
      },
    ])
  }

  #record(wish: Wish): Uint8Array | undefined {
    const { domain, clock, view } = this.#options
    const account = wish.signer && this.#options.account(wish.signer)
    const operation = wish.operation && this.#current(wish, wish.operation)
    // A chain whose clock was ahead once goes on from there, and the ledger counts by its blocks.
    const now = Math.max(clock(), view().head.time)
    return recordOf(wish, { account, domain, now, ...(operation && { operation }) })
  }

  #current(wish: Wish, operation: Operation): Operation {
    if (operation.kind !== 'anchor') return operation
    let before: typeof operation | undefined
    for (const other of this.pending()) {
      if (other.order >= wish.order || other.operation?.kind !== 'anchor') continue
      if (other.state === 'mined') continue
      before = rebased(other.operation, this.#options.view(), before)
    }
    return rebased(operation, this.#options.view(), before)
  }

  async #push(wish: Wish, record: Uint8Array): Promise<boolean> {
    if (!wish.push) return false
    return (await quietly(this.#options.push(wish, record).then(() => true))) ?? false
  }

  /** One random relay for what creates, two for what ends. */
  async #post(wish: Wish, record: Uint8Array): Promise<Wish['sent']> {
    const carriers = this.#words.sorted(wish.id, shuffled(this.#options.carriers()))
    const wanted = wish.ending ? 2 : 1
    let sent: Wish['sent']
    let taken = 0
    for (const carrier of carriers) {
      if (taken === wanted) break
      const id = await this.#hand(carrier, wish, record)
      if (id === undefined) continue
      sent = { carrier: carrier.name, id }
      taken++
    }
    return sent
  }

  async #hand(carrier: Carrier, wish: Wish, record: Uint8Array): Promise<string | undefined> {
    let token: RelayToken | undefined
    try {
      if (!wish.ending) token = await this.#options.token(this.#refused)
      const { id } = await carrier.post([record], token)
      return id
    } catch (error) {
      // The relay could not be reached or said no: the wish stays, another relay or a later time helps.
      if (error instanceof TokenRefusedError && token) this.#refused = token
      if (error instanceof RecordRefusedError) this.#words.refused(wish.id, carrier.name)
      return undefined
    }
  }

  #later(wish: Wish): Wish {
    const { first, longest } = this.#options.retry
    const wait = Math.min(longest, first * 2 ** Math.min(wish.attempts, 20))
    return { ...wish, attempts: wish.attempts + 1, dueAt: this.#options.clock() + wait }
  }

  async #save(changed: readonly Wish[]): Promise<void> {
    if (changed.length === 0) return
    await this.#options.store.write(
      changed.map((wish) => ({ table, key: [wish.order], value: kept(wish) })),
    )
    for (const wish of changed) this.#wishes.set(wish.id, wish)
    this.#notify()
  }

  #schedule(pause: number): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    const waiting = this.pending().filter(({ state }) => state !== 'mined')
    if (this.#closed || waiting.length === 0) return
    const next = Math.min(...waiting.map(({ dueAt }) => dueAt))
    const { longest } = this.#options.retry
    const wait = Math.min(longest, next - this.#options.clock())
    const seconds = Math.max(0.05, pause, wait)
    this.#cancelTimer = this.#options.timer(seconds, () => this.#start())
  }

  #notify(): void {
    for (const listener of [...this.#listeners]) listener()
  }

  #submission(id: string): Submission {
    return submissionOf(id, {
      wish: () => this.#wishes.get(id) as Wish,
      subscribe: (listener) => this.subscribe(listener),
    })
  }
}

async function quietly<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise
  } catch {
    return undefined // unreachable now: the wish stays in the outbox and is looked after again
  }
}
