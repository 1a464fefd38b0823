import type { Hex, MedrecError, Network } from '@medrec/protocol'
import { connectRpc, type Rpc } from '../rpc.ts'
import { RpcRefusedError } from '../rpcErrors.ts'
import { type Header, headerOf } from './blocks.ts'
import { checkDoor, WrongChainError } from './checkDoor.ts'

/** A door that a follower listens at. */
export type DoorSlot = {
  readonly rpc: Rpc
  /** Whether the connection is ours to close. */
  readonly isOwn: boolean
  isOpen: boolean
  /** Whether it was asked to tell of blocks. */
  isHeard: boolean
  /** Whether it showed our network since it was last opened. */
  isChecked: boolean
  /** Why it is not asked any more. */
  problem: MedrecError | undefined
}

export type Beat = { readonly number: Hex; readonly hash: Hex; readonly time: number }

type Listeners = {
  /** A door opened, or told of a block. */
  readonly news: (door: DoorSlot, header?: Header) => void
  readonly beat: (door: DoorSlot, beat: Beat) => void
  readonly closed: () => void
}

/** The doors of a network: one is asked, the others bear witness. */
export class DoorSet {
  readonly #network: Network
  readonly #listeners: Listeners
  readonly #doors: readonly DoorSlot[]
  readonly #stops: (() => void)[] = []
  #isClosed: boolean = false

  constructor(doors: readonly (string | Rpc)[], network: Network, listeners: Listeners) {
    this.#network = network
    this.#listeners = listeners
    this.#doors = doors.map((door) => ({
      rpc: typeof door === 'string' ? connectRpc(door) : door,
      isOwn: typeof door === 'string',
      isOpen: false,
      isHeard: false,
      isChecked: false,
      problem: undefined,
    }))
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

  /** The first open door that shows our network; undefined when there is none. */
  async pick(): Promise<DoorSlot | undefined> {
    for (const door of this.#doors) if (await this.#isGood(door)) return door
    return undefined
  }

  /** Open doors that show our network, but one. */
  async others(than: DoorSlot): Promise<readonly DoorSlot[]> {
    const good: DoorSlot[] = []
    for (const door of this.#doors) if (door !== than && (await this.#isGood(door))) good.push(door)
    return good
  }

  get all(): readonly DoorSlot[] {
    return this.#doors
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const stop of this.#stops.splice(0)) stop()
    const own = this.#doors.filter(({ isOwn }) => isOwn)
    await Promise.all(own.map(({ rpc }) => rpc.close()))
  }

  async #isGood(door: DoorSlot): Promise<boolean> {
    if (!door.isOpen || door.problem) return false
    if (door.isChecked) return true
    try {
      await checkDoor(door.rpc, this.#network)
      door.isChecked = true
      return true
    } catch (cause) {
      if (cause instanceof WrongChainError) door.problem = cause
      return false
    }
  }

  /** Once a door is open; a connection that was lost listens again by itself, one that failed at it is told again. */
  #listenAt(door: DoorSlot): void {
    if (door.isHeard) return
    door.isHeard = true
    this.#subscribe(door).catch(() => {
      door.isHeard = false
    })
  }

  async #subscribe(door: DoorSlot): Promise<void> {
    await this.#hear(door, 'newHeads', (head) => this.#listeners.news(door, headerOf(head)))
    try {
      await this.#hear(door, 'medrec_heartbeat', (beat) => {
        this.#listeners.beat(door, beat as Beat)
      })
    } catch (cause) {
      if (!(cause instanceof RpcRefusedError)) throw cause // no heartbeat: blocks come by themselves
    }
  }

  async #hear(door: DoorSlot, kind: string, listener: (result: unknown) => void): Promise<void> {
    const stop = await door.rpc.subscribe([kind], listener)
    if (this.#isClosed) stop()
    else this.#stops.push(stop)
  }
}
