import { Agenda } from '../Agenda.ts'
import { readBlock } from '../Block.ts'
import type { Played, Truth } from '../Sighting.ts'
import { type Uniformity, uniformity } from '../statistics.ts'
import type { Relation, Visit, World } from '../World.ts'
import { openActor } from './Actor.ts'
import { Cast, type Cause } from './Cast.ts'
import { Reader } from './Reader.ts'
import { foundTown, relayUrl, type Someone, type Town } from './Town.ts'

export type SealedOptions = {
  /** Calldata of each batch, bytes. */
  readonly batchSize: number
  readonly periodSeconds: number
  /** Where people's IDs are bound: at an office of the network, or by the first provider they visit. */
  readonly boundAt: 'office' | 'provider'
  /** What is switched off on purpose, to see that the adversary notices. */
  readonly without?: 'random-relays' | 'anchor-fillers' | undefined
  readonly progress?: (done: number, of: number) => void
}

/** Our record of a world, with what must hold of it whoever looks. */
export type SealedPlayed = Played & {
  readonly faults: Readonly<{ [name: string]: number }>
  readonly bytes: Readonly<{ [name: string]: Uniformity }>
  readonly relayChoice: Uniformity
  readonly tagsAt: ReadonlyMap<number, number>
  /** Unix seconds of the world's beginning. */
  readonly start: number
  readonly gas: number
  readonly batches: number
}

type Deed = { readonly kind: 'visit' | 'answer' | 'share' | 'revoke'; readonly visit: Visit }

/** Plays a world on our ledger with our relays, hour by hour, and reads it back as a stranger. */
export async function playSealed(world: World, options: SealedOptions): Promise<SealedPlayed> {
  const { patients, providers } = world.size
  const town = await foundTown({ patients, providers, ...options })
  try {
    return await new Play(world, town, options).run()
  } finally {
    await town.stop()
  }
}

class Play {
  readonly #world: World
  readonly #town: Town
  readonly #options: SealedOptions
  readonly #truths = new Map<string, Truth>()
  readonly #reader: Reader
  readonly #cast: Cast
  readonly #agenda = new Agenda<Deed>()
  readonly #bound = new Set<number>()
  #gas = 0
  #batches = 0

  constructor(world: World, town: Town, options: SealedOptions) {
    this.#world = world
    this.#town = town
    this.#options = options
    this.#reader = new Reader({
      network: town.network,
      relayOf: town.relayOf,
      institutions: new Map(town.providers.map(({ tag }, i) => [tag, i])),
      batchSize: options.batchSize,
      isReal: (handle) => this.#truths.has(handle),
    })
    this.#cast = new Cast({
      town,
      hasFillers: options.without !== 'anchor-fillers',
      open: (who, heard) => openActor(town, who, { relays: this.#relaysOf(who.tag), heard }),
      know: (handle, cause) => this.#know(handle, cause),
    })
  }

  async run(): Promise<SealedPlayed> {
    const { visits, size } = this.#world
    const { clock } = this.#town
    const { periodSeconds, progress } = this.#options
    const start = clock.now
    for (const visit of visits) this.#agenda.add(start + visit.at, { kind: 'visit', visit })
    const end = start + (size.days + 1) * 86_400
    while (clock.now < end) {
      const close = clock.now + periodSeconds
      await this.#bindNewcomers(close + periodSeconds)
      for (let next = this.#agenda.takeBefore(close); next; next = this.#agenda.takeBefore(close)) {
        clock.now = Math.max(next.at, clock.now)
        await this.#do(next.deed)
      }
      clock.now = close
      await this.#cast.anchor()
      await this.#endPeriod()
      progress?.((close - start) / periodSeconds, (end - start) / periodSeconds)
    }
    return this.#result(start)
  }

  #relaysOf(tag: string): readonly string[] {
    const all = this.#town.providers.map((_, i) => relayUrl(i))
    const own = this.#town.providers.findIndex((provider) => provider.tag === tag)
    return this.#options.without === 'random-relays' && own !== -1 ? [relayUrl(own)] : all
  }

  /** Who comes for the first time in the next hour is registered before it begins. */
  async #bindNewcomers(until: number): Promise<void> {
    const { office, providers } = this.#town
    for (const { kind, visit } of this.#agenda.upTo(until)) {
      const { patient, provider } = this.#relation(visit)
      if (kind !== 'visit' || this.#bound.has(patient)) continue
      this.#bound.add(patient)
      const isOffice = this.#options.boundAt === 'office'
      await this.#town.bind(patient, isOffice ? office : (providers[provider] as Someone))
    }
  }

  async #endPeriod(): Promise<void> {
    const { anvil, clock } = this.#town
    const number = await this.#town.endPeriod()
    const block = await readBlock(anvil, number)
    for (const { succeeded, gasUsed, to } of block.transactions) {
      if (!succeeded) throw new Error('a transaction of the town failed')
      if (to === this.#town.network.ledger) this.#batches += 1
      if (to === this.#town.network.ledger) this.#gas += gasUsed
    }
    this.#reader.read(block)
    for (const visit of await this.#cast.settle())
      if (visit.answersAfter !== undefined)
        this.#agenda.add(clock.now + visit.answersAfter, { kind: 'answer', visit })
  }

  async #do({ kind, visit }: Deed): Promise<void> {
    const relation = this.#relation(visit)
    const cause = { visit, relation }
    const { clock } = this.#town
    switch (kind) {
      case 'visit': {
        await (visit.isFirst ? this.#cast.propose(cause) : this.#cast.update(cause))
        if (visit.share) this.#agenda.add(clock.now + visit.share.after, { kind: 'share', visit })
        return
      }
      case 'answer':
        return visit.isFirst ? this.#cast.accept(cause) : this.#cast.acknowledge(cause)
      case 'share': {
        const isShared = await this.#cast.share(cause)
        const { revokedAfter } = visit.share ?? {}
        if (isShared && revokedAfter !== undefined)
          this.#agenda.add(clock.now + 86_400 + revokedAfter, { kind: 'revoke', visit })
        return
      }
      case 'revoke':
        return this.#cast.revoke(cause)
    }
  }

  #relation({ relation }: Visit): Relation {
    return this.#world.relations[relation] as Relation
  }

  #know(handle: string, { visit, relation }: Cause): void {
    const { patient, provider, id } = relation
    this.#truths.set(handle, { patient, provider, relation: id, visit: visit.id })
  }

  #result(start: number): SealedPlayed {
    const { sightings, activity, checks, tagsAt } = this.#reader
    return {
      record: { sightings, activity, period: this.#options.periodSeconds },
      truths: this.#truths,
      persons: this.#town.patients.map(({ tag }) => tag),
      faults: checks.faults(),
      bytes: checks.bytes(),
      relayChoice: uniformity(this.#town.posts),
      ...{ tagsAt, start, gas: this.#gas, batches: this.#batches },
    }
  }
}
