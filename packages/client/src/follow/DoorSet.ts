import type { Hex, MedrecError, Network } from '@medrec/protocol'
import { connectRpc } from '../connectRpc.ts'
import type { Rpc } from '../rpc.ts'
import { RpcRefusedError } from '../rpcErrors.ts'
import { type Header, headerOf } from './blocks.ts'
import { checkDoor, DoorSyncingError, WrongChainError } from './checkDoor.ts'
import { Lateness } from './Lateness.ts'

/** How long a door is not asked that showed another network, or other events than the contract counts, in milliseconds. */
const blamedForMs = 60_000

/** A door that a follower listens at. */
export type DoorSlot = {
  readonly rpc: Rpc
  readonly late: Lateness
  /** Whether the connection is ours to close. */
  readonly isOwn: boolean
  isOpen: boolean
  /** What it tells of by itself, or was asked to. */
  readonly heard: Set<Told>
  /** Whether it showed our network since it was last opened. */
  isChecked: boolean
  /** What it is blamed for, until it shows our network again. */
  problem: MedrecError | undefined
  /** When it was blamed, in milliseconds that only grow. */
  blamedAt: number
}

type Told = 'newHeads' | 'medrec_heartbeat'

/** Of a heartbeat, the member used here. */
export type Beat = { readonly hash: Hex }

type Listeners = {
  /** A door opened, or told of a block. */
  readonly news: (door: DoorSlot, header?: Header) => void
  readonly beat: (door: DoorSlot, beat: Beat) => void
  readonly closed: () => void
}

/** A door that has no room for another listener is asked again, and looked at as often. */
const askAgain = { firstMs: 1_000, longestMs: 10_000 }
/** EIP-1474: the limit of the door, not the subscription, is why it was refused. */
const limitExceeded = -32005

/** The doors of a network: one is asked, the others bear witness. */
export class DoorSet {
  readonly #network: Network
  readonly #listeners: Listeners
  readonly #doors: readonly DoorSlot[]
  readonly #elapsed: () => number
  readonly #stops: (() => void)[] = []
  readonly #timers = new Set<ReturnType<typeof setTimeout>>()
  /** Doors that are asked to listen again after a while. */
  readonly #askedLater = new Set<DoorSlot>()
  /** Why the last door that has no blame cannot be asked yet. */
  #waitsFor: MedrecError | undefined
  #isClosed: boolean = false

  /** `elapsed`: milliseconds that only grow. */
  constructor(
    doors: readonly (string | Rpc)[],
    { network, elapsed }: { readonly network: Network; readonly elapsed: () => number },
    listeners: Listeners,
  ) {
    this.#network = network
    this.#elapsed = elapsed
    this.#listeners = listeners
    this.#doors = doors.map((door) => {
      const late = new Lateness(elapsed)
      return {
        rpc: late.timed(typeof door === 'string' ? connectRpc(door) : door),
        late,
        isOwn: typeof door === 'string',
        isOpen: false,
        heard: new Set(),
        isChecked: false,
        problem: undefined,
        blamedAt: 0,
      }
    })
  }

  listen(): void {
    for (const door of this.#doors) {
      const stop = door.rpc.onState((state) => {
        door.isOpen = state === 'open'
        door.isChecked = false
        if (door.isOpen) {
          this.#listenAt(door)
          this.#listeners.news(door)
        } else this.#listeners.closed()
      })
      this.#stops.push(stop)
    }
  }

  /**
   * The first open door that shows our network, one without blame and quick if there is; undefined when there is
   * none.
   */
  async pick(): Promise<DoorSlot | undefined> {
    this.#waitsFor = undefined
    const inTurn = this.#doors.toSorted(
      (a, b) => Number(!!a.problem) - Number(!!b.problem) || a.late.ms - b.late.ms,
    )
    for (const door of inTurn) if (await this.#isGood(door, this.impatient(door))) return door
    return undefined
  }

  /** A door's connection, given up at its first late answer when another door may be quicker. Throws RpcUnavailableError. */
  impatient(door: DoorSlot): Rpc {
    const mayBeQuicker = (other: DoorSlot): boolean =>
      other !== door && other.isOpen && other.late.ms === 0 && !this.#isBlamed(other)
    return door.late.impatient(door.rpc, () => this.#doors.some(mayBeQuicker))
  }

  /** What a door is blamed for: it is asked again after a minute, since what was wrong may have been mended. */
  blame(door: DoorSlot, problem: MedrecError): void {
    door.problem = problem
    door.blamedAt = this.#elapsed()
    door.isChecked = false
    this.#after(blamedForMs, () => this.#listeners.news(door))
  }

  /** What some door is blamed for; where there is no blame, why no door could be asked the last time. */
  problem(): MedrecError | undefined {
    const blamed = this.#doors.find((door) => this.#problemOf(door))
    return blamed?.problem ?? this.#waitsFor
  }

  /** Whether no door is left that could be asked. */
  areAllBlamed(): boolean {
    return this.#doors.every((door) => this.#problemOf(door))
  }

  /** Open doors that show our network, but one. */
  async others(than: DoorSlot): Promise<readonly DoorSlot[]> {
    const good: DoorSlot[] = []
    for (const door of this.#doors) if (door !== than && (await this.#isGood(door))) good.push(door)
    return good
  }

  /** Whether asking again makes sense without news of a door. */
  mayAnswer(): boolean {
    return this.#doors.some((door) => door.isOpen && !this.#isBlamed(door))
  }

  get all(): readonly DoorSlot[] {
    return this.#doors
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const timer of this.#timers) clearTimeout(timer)
    for (const stop of this.#stops.splice(0)) stop()
    const own = this.#doors.filter(({ isOwn }) => isOwn)
    await Promise.all(own.map(({ rpc }) => rpc.close()))
  }

  async #isGood(door: DoorSlot, rpc: Rpc = door.rpc): Promise<boolean> {
    if (!door.isOpen || this.#isBlamed(door)) return false
    if (door.isChecked) return true
    try {
      await checkDoor(rpc, this.#network)
      door.isChecked = true
      door.problem = undefined
      this.#listenAt(door)
      return true
    } catch (cause) {
      if (cause instanceof WrongChainError) this.blame(door, cause)
      else door.problem = undefined // it bears no witness now, as one that is away
      if (cause instanceof DoorSyncingError) this.#waitsFor = cause
      return false
    }
  }

  /** A door that went away, and stayed away until it would be asked again, is one door less, as after a start. */
  #problemOf(door: DoorSlot): MedrecError | undefined {
    return door.isOpen || this.#isBlamed(door) ? door.problem : undefined
  }

  #isBlamed({ problem, blamedAt }: DoorSlot): boolean {
    return problem !== undefined && this.#elapsed() - blamedAt < blamedForMs
  }

  /** Once a door is open; a connection that was lost listens again by itself. One that tells nothing is looked at meanwhile. */
  #listenAt(door: DoorSlot, pauseMs: number = askAgain.firstMs): void {
    this.#subscribe(door).catch(() => {
      if (this.#askedLater.has(door)) return
      this.#askedLater.add(door)
      this.#after(pauseMs, () => {
        this.#askedLater.delete(door)
        if (!door.isOpen) return
        this.#listeners.news(door)
        this.#listenAt(door, Math.min(2 * pauseMs, askAgain.longestMs))
      })
    })
  }

  /** Unless all ends before. */
  #after(ms: number, act: () => void): void {
    if (this.#isClosed) return
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      act()
    }, ms)
    this.#timers.add(timer)
  }

  async #subscribe(door: DoorSlot): Promise<void> {
    await this.#hear(door, 'newHeads', (head) => this.#listeners.news(door, headerOf(head)))
    try {
      await this.#hear(door, 'medrec_heartbeat', (message) => {
        const beat = beatOf(message)
        if (beat) this.#listeners.beat(door, beat)
      })
    } catch (cause) {
      if (!(cause instanceof RpcRefusedError) || cause.rpcCode === limitExceeded) throw cause
      // no heartbeat: blocks come by themselves
    }
  }

  async #hear(door: DoorSlot, kind: Told, listener: (result: unknown) => void): Promise<void> {
    if (door.heard.has(kind)) return
    door.heard.add(kind)
    try {
      const stop = await door.rpc.subscribe([kind], listener)
      if (this.#isClosed) stop()
      else this.#stops.push(stop)
    } catch (cause) {
      door.heard.delete(kind)
      throw cause
    }
  }
}

/** Reads a heartbeat; undefined when it is none: a door may tell anything. */
function beatOf(message: unknown): Beat | undefined {
  const { hash } = (message ?? {}) as { readonly hash?: unknown }
  return typeof hash === 'string' ? { hash: hash as Hex } : undefined
}
