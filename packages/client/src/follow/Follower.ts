import { MedrecError, type Network, RetryableError } from '@medrec/protocol'
import { ChainState } from '../fold/ChainState.ts'
import type { ChainView } from '../fold/ChainView.ts'
import type { ChainUpdate } from '../fold/chainBlock.ts'
import type { Rpc } from '../rpc.ts'
import { RpcUnavailableError } from '../rpcErrors.ts'
import { ChainMovedError, type Header, readHeader } from './blocks.ts'
import { ChainStore } from './ChainStore.ts'
import { type Beat, DoorSet, type DoorSlot } from './DoorSet.ts'
import type { Chain, ChainStatus, FollowOptions } from './followChain.ts'
import { Witness } from './Witness.ts'
import { HeadMismatchError, walkTo } from './walk.ts'

type UpdateListener = (update: ChainUpdate, view: ChainView) => void

/** Times that a chain which moves while it is read is read again before the next news is awaited. */
const mostAttempts = 5
const retryMs = 1_000

/** One walk at a time from the known head to the door's. */
export class Follower implements Chain {
  readonly network: Network
  readonly #options: FollowOptions
  readonly #clock: () => number
  readonly #state: ChainState
  readonly #store: ChainStore
  readonly #doors: DoorSet
  readonly #witness: Witness
  readonly #updates = new Set<UpdateListener>()
  readonly #statuses = new Set<(status: ChainStatus) => void>()
  readonly #firstSync = deferred()
  #status: Omit<ChainStatus, 'head'>
  #current: DoorSlot | undefined
  #walk: Promise<void> | undefined
  #hasNews: boolean = false
  /** Those who wait for the walk that begins next. */
  readonly #asked: (() => void)[] = []
  #isStopped: boolean = false
  /** The newest block that a door told of by itself. */
  #hint: { readonly door: DoorSlot; readonly header: Header } | undefined
  #retry: ReturnType<typeof setTimeout> | undefined

  constructor(options: FollowOptions) {
    this.network = options.network
    this.#options = options
    this.#clock = options.clock ?? Date.now
    this.#state = new ChainState(options.network, () => Math.floor(this.#clock() / 1000))
    this.#store = new ChainStore(options.store, options.network)
    this.#witness = new Witness(options.network, this.#clock)
    this.#doors = new DoorSet(options.doors, options.network, {
      news: (door, header) => {
        this.#hint = header && { door, header }
        if (header) this.#witness.hear(door, header, this.#state.head.number)
        this.#news()
      },
      beat: (door, beat) => this.#beat(door, beat),
      closed: () => this.#news(),
    })
    this.#status = {
      isConnected: false,
      isSynced: false,
      toldBy: undefined,
      witness: 'none',
      freshAt: 0,
      freshBy: 'block',
      isBehind: false,
      problem: undefined,
    }
    this.#firstSync.promise.catch(() => undefined) // who waits for it hears of it
  }

  async start(): Promise<void> {
    try {
      await this.#store.open()
      await this.#store.loadInto(this.#state)
    } catch (cause) {
      await this.#doors.close()
      throw cause
    }
    this.#doors.listen()
  }

  view(): ChainView {
    return this.#state.view()
  }

  viewBefore(blocks: number): ChainView {
    return this.#state.viewBefore(blocks)
  }

  subscribe(listener: UpdateListener): () => void {
    this.#updates.add(listener)
    return () => this.#updates.delete(listener)
  }

  status(): ChainStatus {
    return { ...this.#status, head: this.#state.head }
  }

  onStatus(listener: (status: ChainStatus) => void): () => void {
    this.#statuses.add(listener)
    return () => this.#statuses.delete(listener)
  }

  synced(): Promise<void> {
    return this.#firstSync.promise
  }

  async refresh(): Promise<void> {
    if (this.#isStopped) return
    // Only for the next walk: news may come in faster than walks end.
    const looked = new Promise<void>((resolve) => this.#asked.push(resolve))
    this.#news()
    await looked
  }

  rpc(): Rpc {
    const door = this.#current ?? this.#doors.all[0]
    if (!door) throw new RpcUnavailableError('no door configured')
    return door.rpc
  }

  async stop(): Promise<void> {
    if (this.#isStopped) return
    this.#isStopped = true
    clearTimeout(this.#retry)
    await this.#doors.close()
    await this.#walk
    this.#firstSync.reject(new RpcUnavailableError(this.#current?.rpc.url ?? 'stopped'))
  }

  /** Walks now, or once more after the walk that is under way. */
  #news(): void {
    this.#hasNews = true
    this.#walk ??= this.#walkWhileNews()
  }

  async #walkWhileNews(): Promise<void> {
    await null // so that `#walk` is set before it is cleared
    while (this.#hasNews && !this.#isStopped) {
      this.#hasNews = false
      const asked = this.#asked.splice(0)
      await this.#advance()
      for (const tell of asked) tell()
    }
    this.#walk = undefined
    if (this.#isStopped) for (const tell of this.#asked.splice(0)) tell()
  }

  async #advance(): Promise<void> {
    for (let attempt = 0; attempt < mostAttempts && !this.#isStopped; attempt++) {
      const door = await this.#doors.pick()
      this.#current = door
      if (!door) {
        this.#noDoor()
        return
      }
      try {
        await this.#reach(door)
        return
      } catch (cause) {
        this.#failed(door, cause)
      }
    }
    // The doors' own news come first; this is for a failure that no news follow.
    clearTimeout(this.#retry)
    if (!this.#isStopped) this.#retry = setTimeout(() => this.#news(), retryMs)
  }

  #noDoor(): void {
    const problem = this.#doors.all.find((door) => door.problem)?.problem
    this.#say({ isConnected: false, problem })
    const isHopeless = this.#doors.all.every((door) => door.problem)
    if (problem && isHopeless) this.#firstSync.reject(problem)
  }

  #failed(door: DoorSlot, cause: unknown): void {
    if (cause instanceof ChainMovedError) return
    door.isChecked = false
    if (cause instanceof HeadMismatchError) door.problem = cause
    if (cause instanceof RpcUnavailableError) return
    this.#say({ problem: cause instanceof MedrecError ? cause : new FollowFailedError(cause) })
  }

  /** Brings the fold to the door's head. */
  async #reach(door: DoorSlot): Promise<void> {
    const target = this.#hintOf(door) ?? (await readHeader(door.rpc, 'latest'))
    if (!target) throw new ChainMovedError(0)
    const outcome = await walkTo(
      {
        rpc: door.rpc,
        network: this.network,
        state: this.#state,
        store: this.#store,
        emit: (update) => this.#emit(update),
        progress: this.#options.progress ?? (() => undefined),
      },
      target,
    )
    this.#arrived(door, outcome === 'behind')
    await this.#askWitness(door)
  }

  /** A block above ours that this door just announced need not be asked for. */
  #hintOf(door: DoorSlot): Header | undefined {
    const hint = this.#hint
    this.#hint = undefined
    return hint?.door === door && hint.header.number > this.#state.head.number
      ? hint.header
      : undefined
  }

  #arrived(door: DoorSlot, isBehind: boolean): void {
    const blockTime = this.#state.head.time * 1000
    this.#say({
      isConnected: true,
      isSynced: true,
      toldBy: door.rpc.url,
      isBehind: isBehind || this.#witness.isOvertaken(door, this.#state.head.number),
      problem: this.#doors.all.find(({ problem }) => problem)?.problem,
      ...(blockTime > this.#status.freshAt && { freshAt: blockTime, freshBy: 'block' as const }),
    })
    this.#firstSync.resolve()
  }

  /** Asks another door for the same block; it may lag, so a missing block is no contradiction. */
  async #askWitness(door: DoorSlot): Promise<void> {
    const { number, hash } = this.#state.head
    const { streams } = this.#state.view()
    const [other] = await this.#doors.others(door)
    if (!other) {
      this.#say({ witness: 'none' })
      return
    }
    try {
      const witness = await this.#witness.ask(other, { number, hash, streams })
      if (witness) this.#say({ witness })
    } catch {
      this.#say({ witness: 'none' })
    }
  }

  /** A heartbeat makes the head fresh, or tells that there is news. */
  #beat(door: DoorSlot, beat: Beat): void {
    if (door !== this.#current) return
    const { hash, number } = this.#state.head
    if (beat.hash !== hash) this.#news()
    // It swears that nothing happened, and another door knows of more.
    else if (this.#witness.isOvertaken(door, number)) this.#say({ isBehind: true })
    else this.#say({ freshAt: this.#clock(), freshBy: 'heartbeat', isConnected: true })
  }

  #emit(update: ChainUpdate): void {
    for (const listener of this.#updates) listener(update, this.#state.view())
  }

  #say(change: Partial<Omit<ChainStatus, 'head'>>): void {
    this.#status = { ...this.#status, ...change }
    for (const listener of this.#statuses) listener(this.status())
  }
}

/** Something else than the chain failed while following it: the node's own store, for instance. */
export class FollowFailedError extends RetryableError {
  readonly code = 'FOLLOW_FAILED'
  constructor(cause: unknown) {
    super('The chain could not be followed.', { cause })
  }
}

/** A promise with its handles. */
function deferred(): {
  readonly promise: Promise<void>
  readonly resolve: () => void
  readonly reject: (cause: unknown) => void
} {
  let resolve: () => void = () => undefined
  let reject: (cause: unknown) => void = () => undefined
  const promise = new Promise<void>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}
