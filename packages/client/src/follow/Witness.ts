import type { Network } from '@medrec/protocol'
import { differing, type Streams } from '../fold/stream.ts'
import type { Rpc } from '../rpc.ts'
import { type Header, readHeader } from './blocks.ts'
import { readStreams } from './checkDoor.ts'
import type { DoorSlot } from './DoorSet.ts'

/** What we believe: a block, and what all events up to it fold to. */
export type Believed = { readonly number: number; readonly hash: string; readonly streams: Streams }

/** Longest time that a door may be behind another one, in milliseconds: both hear of a block within moments. */
const longestLag = 10_000

/** The doors beside the one in use: do they tell the same, and do they know of more? */
export class Witness {
  readonly #network: Network
  readonly #elapsed: () => number
  /** The newest block that each door told of, and when we heard of it. */
  readonly #told = new Map<DoorSlot, { readonly number: number; readonly at: number }>()

  /** `elapsed`: milliseconds that only grow. */
  constructor(network: Network, elapsed: () => number) {
    this.#network = network
    this.#elapsed = elapsed
  }

  /** A door told of a block by itself. */
  hear(door: DoorSlot, header: Header, head: number): void {
    const before = this.#told.get(door)
    const wasAhead = before !== undefined && before.number > head && header.number > head
    this.#told.set(door, { number: header.number, at: wasAhead ? before.at : this.#elapsed() })
  }

  /** Whether another door has known of blocks above ours for longer than they take to arrive. */
  isOvertaken(current: DoorSlot, head: number): boolean {
    const latest = this.#elapsed() - longestLag
    return [...this.#told].some(
      ([door, { number, at }]) => door !== current && number > head && at <= latest,
    )
  }

  /**
   * Asks another door for the same block and for the running heads there: who holds an event back and counts
   * accordingly shows the right block all the same. Undefined while it lags, or seals the next one.
   */
  async ask(door: DoorSlot, believed: Believed): Promise<'agrees' | 'differs' | undefined> {
    const { rpc } = door
    const { number, hash } = believed
    const latest = await readHeader(rpc, 'latest')
    if (latest) this.hear(door, latest, number)
    const header = await readHeader(rpc, number)
    if (!header) return undefined
    if (header.hash !== hash) return 'differs'
    if (await this.#countsTheSame(rpc, believed)) return 'agrees'
    return this.#isSettled(rpc, believed)
  }

  /**
   * Asks again what differed: anvil may answer with the state of the block that it is sealing. Believed when its
   * head stands still, or is above: who lies and stays a block behind would else never be caught.
   */
  async #isSettled(rpc: Rpc, believed: Believed): Promise<'agrees' | 'differs' | undefined> {
    const { number, hash } = believed
    const before = await readHeader(rpc, 'latest')
    if (await this.#countsTheSame(rpc, believed)) return 'agrees'
    const isAbove = before !== undefined && before.number > number
    const after = await readHeader(rpc, isAbove ? number : 'latest')
    const isSame = after?.hash === hash && (isAbove || before?.hash === hash)
    return isSame ? 'differs' : undefined
  }

  async #countsTheSame(rpc: Rpc, { number, streams }: Believed): Promise<boolean> {
    const told = await readStreams(rpc, this.#network, number)
    return differing(told, streams) === undefined
  }
}
