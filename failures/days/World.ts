import { Relationship } from '@medrec/library'
import { describe } from '../describe.ts'
import type { VirtualTime } from '../machine/VirtualTime.ts'
import type { Mishap } from '../machine/Wire.ts'
import type { Device } from '../town/nodes.ts'
import type { Stage } from '../town/Stage.ts'
import { Model, type Patient, type Right } from './Model.ts'

/** Seconds between two blocks while somebody waits for one. */
const blockSeconds = 15
/** Blocks that come, while something is on its way, before the time jumps on. */
const blocksBetween = 2
/** Blocks for which anybody waits: more than an hour of them. */
const mostBlocks = 400

/** Reads that one person had answered of one patient's records, and asked for. */
export type Reads = { answered: number; asked: number }

/** That somebody asked for an emergency access, and whether she was told that she has it. */
type Opening = {
  readonly by: string
  readonly patient: Patient
  readonly at: number
  isGiven: boolean
}

/** Where and when the days are played: lets the time go on, and everything that it makes happen come to rest. */
export class World {
  readonly stage: Stage
  readonly time: VirtualTime
  readonly model = new Model()
  /** What happened, for whoever looks for the reason. */
  readonly trace: string[] = []
  readonly violations: string[] = []
  /** Times that something went wrong on purpose, by kind. */
  readonly struck = new Map<string, number>()
  /** By patient and whoever asked. */
  readonly #reads = new Map<string, Reads>()
  readonly counts = { steps: 0, allowed: 0, refused: 0, deeds: 0 }
  /** Things that somebody did, by kind. */
  readonly done = new Map<string, number>()
  /** Emergency accesses that somebody asked for. */
  readonly openings: Opening[] = []
  /** Nothing is wrong, and everything done before has arrived; whoever plays the days knows. */
  isCalm: boolean = false
  /** What happens to requests on their way, by who sees to it. */
  readonly onWire = new Map<string, (path: string) => Mishap | undefined>()

  /** Makes right again what has been wrong for long enough; whoever plays the days says how. */
  mend: () => Promise<void> = async () => undefined
  readonly #hear: ((line: string) => void) | undefined

  /** `hear` is told all that is told, at once. */
  constructor(stage: Stage, time: VirtualTime, hear?: (line: string) => void) {
    this.#hear = hear
    this.stage = stage
    this.time = time
    stage.town.wire.mishap = (path) => {
      for (const mishap of this.onWire.values()) {
        const what = mishap(path)
        if (what) return what
      }
      return undefined
    }
  }

  get now(): number {
    return this.time.now()
  }

  tell(what: string): void {
    const at = new Date(this.now * 1000).toISOString().slice(0, 19).replace('T', ' ')
    this.trace.push(`${at} ${what}`)
    this.#hear?.(`${at} ${what}`)
  }

  must(holds: boolean, what: string): void {
    if (holds) return
    this.tell(`VIOLATION: ${what}`)
    this.violations.push(what)
  }

  /** Reads of a patient's records that somebody asked for and had answered. */
  readsOf(patient: string, reader: string): Reads {
    const key = `${patient} ${reader}`
    const reads = this.#reads.get(key) ?? { answered: 0, asked: 0 }
    this.#reads.set(key, reads)
    return reads
  }

  /** Goes on to a moment, in which there is a block. */
  async jumpTo(moment: number): Promise<void> {
    await this.rest()
    for (let blocks = 0; blocks < blocksBetween && this.#isMoreWithin(moment); blocks++) {
      this.time.advanceTo(this.now + blockSeconds)
      await this.arrive()
    }
    this.time.advanceTo(moment)
    await this.arrive()
  }

  /** Whether something is on its way, and there is time for a block before a moment. */
  #isMoreWithin(moment: number): boolean {
    return this.now + blockSeconds < moment && this.#holds(() => !this.#isQuiet())
  }

  /** What was begun at this moment leaves the devices and reaches the chain's door before the time goes on. */
  async rest(): Promise<void> {
    await this.stage.repaired()
    await this.#each(({ participant }) => participant.outbox.settle())
    await this.#each(async () => this.stage.hospital.relay.turn(), ['hospital'])
  }

  /** Goes on to the next block. */
  async step(): Promise<void> {
    await this.jumpTo(this.now + blockSeconds)
    await this.mend()
  }

  /** Goes on, block by block, until something holds. */
  async until(what: string, holds: () => boolean): Promise<void> {
    for (let blocks = 0; blocks < mostBlocks; blocks++) {
      if (this.#holds(holds)) return
      await this.step()
    }
    throw new Error(`never: ${what}`)
  }

  /** What comes of work at a machine, or an error when that goes dark meanwhile. */
  async alive<T>(name: string, work: Promise<T>): Promise<T> {
    const { life } = this.stage.machine(name)
    work.catch(() => undefined) // the machine may have gone dark within its first step: then nobody waits for it
    if (!life || !this.stage.names().includes(name)) throw new MachineDarkError(name)
    const dark = life.over.then(() => {
      throw new MachineDarkError(name)
    })
    return Promise.race([work, dark])
  }

  /** Goes on, block by block, until some work is done. */
  async during<T>(work: Promise<T>): Promise<T> {
    let isDone = false
    const done = (): void => {
      isDone = true
    }
    work.then(done, done)
    for (let blocks = 0; !isDone; blocks++) {
      if (blocks > mostBlocks) throw new Error('somebody waits for ever')
      await this.step()
    }
    return work
  }

  /** Everybody hears of the newest block and does what follows from it. */
  async arrive(): Promise<void> {
    this.counts.steps++
    const { stage } = this
    await stage.repaired()
    await stage.town.chain.mine()
    await this.#each(({ chain }) => chain.refresh())
    await this.rest()
    this.#noteEnds()
  }

  /** What was wished for is on the chain and anchored where it has to be, and everybody is served. */
  async settle(): Promise<void> {
    await this.until('everything has arrived', () => this.#isQuiet())
    this.model.settle()
  }

  #isQuiet(): boolean {
    const { stage } = this
    return (
      stage.isFresh() &&
      stage.hospital.relay.status().waiting === 0 &&
      stage.names().every((name) =>
        stage
          .device(name)
          .participant.outbox.pending()
          .every(({ state }) => state === 'mined'),
      )
    )
  }

  /** Work of machines that may go dark meanwhile. */
  async #each(
    work: (device: Device) => Promise<unknown>,
    names: readonly string[] = this.stage.names(),
  ): Promise<void> {
    await Promise.all(
      names.map(async (name) => {
        const { life } = this.stage.machine(name)
        if (!life || !this.stage.names().includes(name)) return
        const done = work(this.stage.device(name)).catch((error: unknown) =>
          this.tell(`${name}: ${describe(error)}`),
        )
        await Promise.race([done, life.over])
      }),
    )
  }

  /** A condition that looks at machines which are being started does not hold. */
  #holds(holds: () => boolean): boolean {
    const { stage } = this
    return stage.isWhole() && holds()
  }

  /** When a block first held an end, as the subject's own node sees it. */
  #noteEnds(): void {
    for (const right of this.model.rights) {
      if (!right.isEnded || right.endMinedAt !== undefined) continue
      const { name } = right.patient
      if (this.stage.names().includes(name) && this.#isEndMined(right)) right.endMinedAt = this.now
    }
  }

  #isEndMined({ slot: address, epoch, patient }: Right): boolean {
    const { name, relationship, isClosed, isOptedOut, word } = patient
    const { chain, participant } = this.stage.device(name)
    const view = chain.view()
    const slot = view.relationship(relationship)
    if (isClosed && slot?.status === 'closedBySubject') return true
    if (epoch !== undefined)
      return view.grant(address)?.revoked === true || (slot?.epoch ?? 0) > epoch
    return isOptedOut && Relationship.of(participant, relationship).emergencyWord >= word
  }
}

/** Whoever waited for a machine waits in vain. */
class MachineDarkError extends Error {
  constructor(name: string) {
    super(`${name} went dark`)
  }
}
