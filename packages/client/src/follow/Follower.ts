import { MedrecError, type Network, RetryableError } from '@medrec/protocol'
import { ChainState } from '../fold/ChainState.ts'
import type { ChainView } from '../fold/ChainView.ts'
import type { ChainUpdate } from '../fold/chainBlock.ts'
import type { Rpc } from '../rpc.ts'
import { RpcUnavailableError } from '../rpcErrors.ts'
import { ChainMovedError, type Header, readHeader } from './blocks.ts'
import type { Chain, ChainStatus, FollowOptions } from './Chain.ts'
import { ChainStore } from './ChainStore.ts'
import { type Beat, DoorSet, type DoorSlot } from './DoorSet.ts'
import { oneAtATime } from './oneAtATime.ts'
import { PendingCalls, type PendingListener } from './PendingCalls.ts'
import { type Believed, Witness } from './Witness.ts'
import { HeadMismatchError, walkTo } from './walk.ts'

type Sign = Pick<ChainStatus, 'ageMs' | 'freshBy'>
type UpdateListener = (update: ChainUpdate, view: ChainView) => void

/** Times that a chain which moves while it is read is read again before the next news is awaited. */
const mostAttempts = 5
const retryMs = 1_000
/** Longest silence after which a door is asked, in milliseconds: a connection whose other end is gone says nothing at all. */
const usualQuietMs = 30_000

/** One walk at a time from the known head to the door's. */
export class Follower implements Chain {
  readonly network: Network
  readonly #options: FollowOptions
  readonly #clock: () => number
  readonly #elapsed: () => number
  readonly #state: ChainState
  readonly #store: ChainStore
  readonly #doors: DoorSet
  readonly #witness: Witness
  readonly #updates = new Set<UpdateListener>()
  readonly #statuses = new Set<(status: ChainStatus) => void>()
  readonly #firstSync = deferred()
  #status: Omit<ChainStatus, 'head' | keyof Sign>
  /** When the last heartbeat for our head came, by both clocks. */
  #beaten: { readonly elapsed: number; readonly clock: number } | undefined
  #current: DoorSlot | undefined
  #walk: Promise<void> | undefined
  #hasNews: boolean = false
  /** Those who wait for the walk that begins next. */
  readonly #asked: (() => void)[] = []
  /** What another door is asked about: where the last walk came to, and by which door. */
  #believed: (Believed & { readonly door: DoorSlot }) | undefined
  /** Beside the walks, which never wait for the other door: that one may be slow. */
  readonly #askWitness: () => Promise<void> = oneAtATime(() => this.#askNow())
  #isStopped: boolean = false
  /** The newest block that a door told of by itself. */
  #hint: { readonly door: DoorSlot; readonly header: Header } | undefined
  #retry: ReturnType<typeof setTimeout> | undefined
  readonly #quietMs: number
  #quiet: ReturnType<typeof setTimeout> | undefined
  /** From the first listener on. */
  #pending: PendingCalls | undefined

  constructor(options: FollowOptions) {
    this.network = options.network
    this.#options = options
    this.#clock = options.clock ?? Date.now
    this.#elapsed = options.elapsed ?? (() => performance.now())
    this.#state = new ChainState(options.network, () => Math.floor(this.#clock() / 1000))
    this.#store = new ChainStore(options.store, options.network)
    this.#witness = new Witness(options.network, this.#elapsed)
    this.#quietMs = options.quietMs ?? usualQuietMs
    const { network } = options
    this.#doors = new DoorSet(
      options.doors,
      { network, elapsed: this.#elapsed },
      {
        news: (door, header) => {
          this.#hint = header && { door, header }
          if (header) this.#witness.hear(door, header, this.#state.head.number)
          this.#heard()
          this.#news()
        },
        beat: (door, beat) => this.#beat(door, beat),
        closed: () => this.#news(),
      },
    )
    this.#status = {
      isConnected: false,
      isSynced: false,
      toldBy: undefined,
      witness: 'none',
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
    this.#heard()
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
    // Member by member: each decision asks for it, and spreading takes ten times as long.
    const { isConnected, isSynced, toldBy, witness, isBehind } = this.#status
    const problem = this.#status.problem ?? this.#doors.problem()
    const { ageMs, freshBy } = this.#sign()
    const { head } = this.#state
    return { isConnected, isSynced, toldBy, witness, isBehind, problem, ageMs, freshBy, head }
  }

  onStatus(listener: (status: ChainStatus) => void): () => void {
    this.#statuses.add(listener)
    return () => this.#statuses.delete(listener)
  }

  onPending(listener: PendingListener): () => void {
    const doors = this.#doors.all.map(({ rpc }) => rpc)
    this.#pending ??= new PendingCalls(doors, this.network.ledger)
    return this.#pending.listen(listener)
  }

  tellsPending(): boolean {
    return this.#pending?.isOffered() ?? false
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

  async witness(): Promise<Rpc | undefined> {
    const door = this.#current
    const [other] = door ? await this.#doors.others(door) : []
    const away = this.#doors.all.find((one) => one !== door)
    // Whoever holds the other door shut does not make one word enough.
    if (!other && away) throw new RpcUnavailableError(away.rpc.url)
    return other?.rpc
  }

  async stop(): Promise<void> {
    if (this.#isStopped) return
    this.#isStopped = true
    clearTimeout(this.#retry)
    clearTimeout(this.#quiet)
    this.#pending?.close()
    await this.#doors.close()
    await this.#walk
    this.#firstSync.reject(new RpcUnavailableError(this.#current?.rpc.url ?? 'stopped'))
  }

  /** The door in use said something, or was asked; when neither is so for long, it is asked: another one's word is not its. */
  #heard(): void {
    clearTimeout(this.#quiet)
    if (this.#isStopped) return
    this.#quiet = setTimeout(() => {
      this.#news()
      this.#heard()
    }, this.#quietMs)
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
      const isThere = await this.#advance()
      const told = isThere ? this.#askWitness() : Promise.resolve()
      // Who asked for a look gets what the other door says of it too.
      void told.then(() => {
        for (const tell of asked) tell()
      })
    }
    this.#walk = undefined
    if (this.#isStopped) for (const tell of this.#asked.splice(0)) tell()
  }

  /** Whether the head of a door was reached. */
  async #advance(): Promise<boolean> {
    for (let attempt = 0; attempt < mostAttempts && !this.#isStopped; attempt++) {
      const door = await this.#doors.pick()
      this.#current = door
      if (!door) {
        this.#noDoor()
        break
      }
      try {
        await this.#reach(door)
        return true
      } catch (cause) {
        this.#failed(door, cause)
      }
    }
    // The doors' own news come first; this is for a failure that no news follow: a door may stay open while the
    // engine behind it is away.
    clearTimeout(this.#retry)
    if (!this.#isStopped && this.#doors.mayAnswer())
      this.#retry = setTimeout(() => this.#news(), retryMs)
    return false
  }

  #noDoor(): void {
    this.#say({ isConnected: false, problem: undefined })
    const problem = this.#doors.problem()
    if (problem && this.#doors.areAllBlamed()) this.#firstSync.reject(problem)
  }

  #failed(door: DoorSlot, cause: unknown): void {
    if (cause instanceof ChainMovedError) return
    door.isChecked = false
    if (cause instanceof RpcUnavailableError) return
    if (cause instanceof HeadMismatchError) {
      this.#doors.blame(door, cause)
      this.#say({ problem: undefined })
      return
    }
    this.#say({ problem: cause instanceof MedrecError ? cause : new FollowFailedError(cause) })
  }

  /** Brings the fold to the door's head. */
  async #reach(door: DoorSlot): Promise<void> {
    const rpc = this.#doors.impatient(door)
    const target = this.#hintOf(door) ?? (await readHeader(rpc, 'latest'))
    if (!target) throw new ChainMovedError(0)
    const outcome = await walkTo(
      {
        rpc,
        network: this.network,
        state: this.#state,
        store: this.#store,
        emit: (update) => this.#emit(update),
        progress: this.#options.progress ?? (() => undefined),
      },
      target,
    )
    this.#arrived(door, outcome === 'behind')
    const { number, hash } = this.#state.head
    this.#believed = { door, number, hash, streams: this.#state.view().streams }
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
    this.#say({
      isConnected: true,
      isSynced: true,
      toldBy: door.rpc.url,
      isBehind: isBehind || this.#witness.isOvertaken(door, this.#state.head.number),
      problem: undefined,
    })
    this.#firstSync.resolve()
  }

  /** Asks another door for the same block; it may lag, so a missing block is no contradiction. */
  async #askNow(): Promise<void> {
    const believed = this.#believed
    if (!believed || this.#isStopped) return
    const witness = await this.#witnessOf(believed)
    // What is contradicted counts even when it was undone meanwhile, until the walk that undid it has asked: who
    // undoes quicker than the other door answers would else never be contradicted.
    if (witness && !this.#isStopped) this.#say({ witness })
  }

  async #witnessOf(
    believed: Believed & { readonly door: DoorSlot },
  ): Promise<ChainStatus['witness'] | undefined> {
    try {
      const [other] = await this.#doors.others(believed.door)
      return other ? await this.#witness.ask(other, believed) : 'none'
    } catch {
      return 'none'
    }
  }

  /** A heartbeat makes the head fresh, or tells that there is news. */
  #beat(door: DoorSlot, beat: Beat): void {
    if (door !== this.#current) return
    this.#heard()
    const { hash, number } = this.#state.head
    if (beat.hash !== hash) this.#news()
    // It swears that nothing happened, and another door knows of more.
    else if (this.#witness.isOvertaken(door, number)) this.#say({ isBehind: true })
    else {
      this.#beaten = { elapsed: this.#elapsed(), clock: this.#clock() }
      this.#say({ isConnected: true })
    }
  }

  /**
   * The newest sign that our head is the chain's. Of a heartbeat's two ages the greater counts: a clock may be set
   * back, and a machine that slept does not count its sleep.
   */
  #sign(): Sign {
    const block = this.#clock() - this.#state.head.time * 1000
    const { elapsed, clock } = this.#beaten ?? { elapsed: -Infinity, clock: -Infinity }
    const beat = Math.max(this.#elapsed() - elapsed, this.#clock() - clock)
    return beat < Math.abs(block)
      ? { ageMs: beat, freshBy: 'heartbeat' }
      : { ageMs: block, freshBy: 'block' }
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
