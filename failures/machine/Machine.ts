import { connectRpc, type Rpc } from '@medrec/client'
import type { Timer } from '@medrec/library'
import { type NodeDatabase, openNodeDatabase } from '@medrec/records/node'
import { Disk } from './Disk.ts'
import { Moments } from './Moments.ts'
import { quietable } from './quietDoor.ts'
import { realTime, type Time } from './Time.ts'
import { watchedDatabase } from './watchedDatabase.ts'
import { watchedRpc } from './watchedRpc.ts'

/** One life of a machine, from its start to its power cut: what its programs are started with. */
export type Life = {
  readonly isOver: () => boolean
  /** Settles when it is over. */
  readonly over: Promise<void>
  openDatabase(file: string): NodeDatabase
  connect(url: string): Rpc
  /** A connection whose questions are moments of this machine. */
  watch(rpc: Rpc): Rpc
  readonly timer: Timer
  /** Calls back again and again. */
  every(seconds: number, callback: () => void): () => void
  /** Runs when it is over. */
  atEnd(work: () => void): void
}

/** A computer: disk, clock and cables stay when its programs are killed. */
export class Machine {
  readonly name: string
  readonly disk = new Disk()
  readonly moments: Moments
  /** Seconds that its clock is ahead. */
  clockAhead = 0
  readonly time: Time
  /** Whether the door that its programs use tells nothing new. */
  isDoorQuiet = false
  #end: (() => void) | undefined
  #life: Life | undefined

  constructor(name: string, stir: () => void, time: Time = realTime) {
    this.name = name
    this.time = time
    this.moments = new Moments(stir)
  }

  /** Unix seconds, as this machine believes. */
  readonly clock = (): number => this.time.now() + this.clockAhead

  get life(): Life | undefined {
    return this.#life
  }

  boot(): Life {
    if (this.#life) throw new Error(`${this.name} runs already`)
    let isOver = false
    let settle = (): void => undefined
    const over = new Promise<void>((resolve) => {
      settle = resolve
    })
    const ends: (() => void)[] = []
    this.#end = () => {
      for (const end of ends) end()
      isOver = true
      settle()
    }
    const context = { moments: this.moments, isOver: () => isOver, over }
    const life: Life = {
      ...{ over, isOver: context.isOver },
      openDatabase: (file) => {
        const database = openNodeDatabase(this.disk.path(file))
        ends.push(() => void setImmediate(() => database.close()))
        return watchedDatabase(database, context)
      },
      connect: (url) => {
        const rpc = connectRpc(url)
        ends.push(() => void rpc.close())
        return watchedRpc(
          quietable(rpc, () => this.isDoorQuiet),
          context,
        )
      },
      watch: (rpc) => watchedRpc(rpc, context),
      timer: (seconds, callback) => this.time.timer(seconds, () => void (!isOver && callback())),
      every: (seconds, callback) => this.time.every(seconds, () => void (!isOver && callback())),
      atEnd: (work) => void ends.push(work),
    }
    this.#life = life
    return life
  }

  /** Ends every program of the machine as SIGKILL does, at this very moment. */
  powerCut(): void {
    if (!this.#life) return
    this.disk.cut()
    this.#life = undefined
    this.#end?.()
  }

  /** An orderly end, after which the files are read again. */
  shutDown(): void {
    this.#life = undefined
    this.#end?.()
  }

  remove(): void {
    this.shutDown()
    this.disk.remove()
  }
}
