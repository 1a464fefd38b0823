import type { GatekeeperEvent } from '@medrec/gatekeeper'
import { DatabaseSync } from '@photostructure/sqlite'
import { writeClinic } from '../../packages/gatekeeper/src/clinic.test-support.ts'
import { viewReason } from '../../packages/gatekeeper/src/query/viewReason.ts'
import { Machine } from '../machine/Machine.ts'
import { type Device, type Hospital, openDevice, openHospital } from './nodes.ts'
import type { Someone, Town } from './Town.ts'

/**
 * Longest wait for what has to happen, in milliseconds. A run takes a second or two; on a machine that is asked for
 * twenty times what it can do, starting a hospital alone took half a minute.
 */
const patience = 300_000

/** The machines of a town and what runs on them; starts again what a power cut ended. */
export class Stage {
  readonly town: Town
  readonly #machines = new Map<string, Machine>()
  readonly #running = new Map<string, Device>()
  readonly #people = new Map<string, Someone>()
  /** What the gatekeeper told, of this run. */
  events: GatekeeperEvent[] = []
  /** Errors that nobody caught: they would have ended a process. */
  crashes: unknown[] = []
  #repair: Promise<void> = Promise.resolve()
  readonly #down = new Set<string>()

  constructor(town: Town) {
    this.town = town
    this.#machines.set('chain', town.chain.machine)
  }

  async open(): Promise<void> {
    const machine = this.#add('hospital')
    writeClinic(machine.disk.path('clinic.db'))
    await this.boot('hospital')
  }

  /** Gives the run its people: registered, with devices of their own. */
  async invite(names: readonly string[]): Promise<void> {
    this.events = []
    this.crashes = []
    for (const name of names) {
      this.#add(name)
      this.#people.set(name, await this.town.register())
      await this.boot(name)
    }
  }

  async dismiss(names: readonly string[]): Promise<void> {
    await this.#repair
    for (const name of names) {
      this.#machines.get(name)?.remove()
      this.#running.delete(name)
    }
  }

  machine(name: string): Machine {
    return this.#machines.get(name) as Machine
  }
  device(name: string): Device {
    return this.#running.get(name) as Device
  }
  get hospital(): Hospital {
    return this.#running.get('hospital') as Hospital
  }
  /** Everybody whose node runs now. */
  names(): readonly string[] {
    // While one is being started, what ran there before is still remembered, and answers nobody.
    return [...this.#running.keys()].filter((name) => !this.#down.has(name))
  }
  person(name: string): Someone {
    return this.#people.get(name) as Someone
  }

  async boot(name: string): Promise<void> {
    if (name === 'chain') return this.town.chain.restart()
    const machine = this.machine(name)
    const node =
      name === 'hospital'
        ? await openHospital(this.town, machine, (event) => this.events.push(event))
        : await openDevice(this.town, machine, this.person(name))
    this.#running.set(name, node)
  }

  /** SIGKILL for everything on a machine; its supervisor starts it again. */
  powerCut(name: string): void {
    this.machine(name).powerCut()
    this.#down.add(name)
    this.#repair = this.#repair.then(() => this.#start(name))
    // Whoever waits for the repair hears of it; nobody has to.
    this.#repair.catch((error: unknown) => this.crashes.push(error))
  }

  async #start(name: string): Promise<void> {
    const booted = this.boot(name)
    // It may be cut off again while it starts; then the next start is on its way already.
    const over = this.machine(name).life?.over
    await (over === undefined ? booted : Promise.race([booted, over]))
    if (this.machine(name).life) this.#down.delete(name)
  }

  /** Resolves once every machine runs. */
  repaired(): Promise<void> {
    return this.#repair
  }

  /** Work on the hospital's own database by its own application. */
  inClinic(work: (clinic: InstanceType<typeof DatabaseSync>) => void): void {
    const clinic = new DatabaseSync(this.machine('hospital').disk.path('clinic.db'))
    try {
      work(clinic)
    } finally {
      clinic.close()
    }
  }

  /** Resolves when something holds, looked at after every step of any machine. */
  happens(what: string, holds: () => boolean): Promise<void> {
    const { stirs } = this.town
    return new Promise((resolve, reject) => {
      let isDue = false
      const done = (end: () => void): void => {
        stirs.delete(stir)
        clearTimeout(timer)
        end()
      }
      const look = (): void => {
        isDue = false
        if (this.#holds(holds)) done(resolve)
      }
      const stir = (): void => {
        if (isDue) return
        isDue = true
        setImmediate(look)
      }
      const timer = setTimeout(() => done(() => reject(new Error(`never: ${what}`))), patience)
      stirs.add(stir)
      stir()
    })
  }

  /** Whether every node's view of the chain is one that a gatekeeper serves by. */
  isFresh(): boolean {
    return [...this.#running.values()].every(({ chain }) => !viewReason(chain.status()))
  }

  /** Whether no machine is down, or being started. */
  isWhole(): boolean {
    return this.#down.size === 0
  }

  /** A machine that is being started holds nothing yet. */
  #holds(holds: () => boolean): boolean {
    return this.isWhole() && holds()
  }

  #add(name: string): Machine {
    const stir = (): void => {
      for (const hear of this.town.stirs) hear()
    }
    const machine = new Machine(name, stir, this.town.chain.machine.time)
    this.#machines.set(name, machine)
    return machine
  }

  async close(): Promise<void> {
    await this.#repair
    for (const [name, machine] of this.#machines) if (name !== 'chain') machine.remove()
    await this.town.stop()
  }
}
