import { Agenda } from '../Agenda.ts'
import { type Block, readBlock } from '../Block.ts'
import type { Truth } from '../Sighting.ts'
import type { Relation, Visit, World } from '../World.ts'
import { openActor, tokensFrom } from './Actor.ts'
import { Cast, type Cause, type SavedCast } from './Cast.ts'
import { foundTown, relayUrl, reopenTown, type SavedTown, type Someone, type Town } from './Town.ts'

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

/** What was done in a town, beside what its chain shows. */
export type Acted = {
  /** What anybody knows of the network: its contracts, and whose each relay and each institution's ID is. */
  readonly known: {
    readonly network: { readonly registrar: string; readonly ledger: string }
    readonly relayOf: ReadonlyMap<string, number>
    readonly institutions: ReadonlyMap<string, number>
  }
  readonly truths: ReadonlyMap<string, Truth>
  /** How the registrar names each patient. */
  readonly persons: readonly string[]
  /** Posts to each relay, by its number. */
  readonly posts: readonly number[]
  /** Unix seconds of the world's beginning. */
  readonly start: number
}

/** Whoever looks on while a world is played. */
export type Watch = {
  /** Shown each block as any node tells it. */
  readonly block: (block: Block) => void
  /**
   * Told at each midnight what was done up to this moment, unix seconds; awaited. `save` copies the town's disk
   * into a new folder and returns the rest.
   */
  readonly midnight?: (
    acted: Acted,
    until: number,
    save: (disk: string) => Promise<SavedPlay>,
  ) => Promise<void>
}

/** A play that another process goes on with. */
export type SavedPlay = {
  readonly town: SavedTown
  readonly cast: SavedCast
  readonly agenda: readonly { readonly at: number; readonly deed: Deed }[]
  readonly bound: ReadonlySet<number>
  readonly truths: ReadonlyMap<string, Truth>
  /** Unix seconds of the world's beginning. */
  readonly start: number
}

type PlayOptions = SealedOptions & {
  readonly watch: Watch
  readonly saved: SavedPlay | undefined
}
const day = 86_400

type Deed = { readonly kind: 'visit' | 'answer' | 'share' | 'revoke'; readonly visit: Visit }

/** Plays a world on our ledger with our relays, hour by hour: from its beginning, or on from what was saved. */
export async function playSealed(
  world: World,
  options: SealedOptions,
  watch: Watch,
  from?: { readonly saved: SavedPlay; readonly disk: string },
): Promise<Acted> {
  const { patients, providers } = world.size
  const size = { patients, providers, ...options }
  const town = from ? await reopenTown(size, from.saved.town, from.disk) : await foundTown(size)
  try {
    return await new Play(world, town, { ...options, watch, saved: from?.saved }).run()
  } finally {
    await town.stop()
  }
}

class Play {
  readonly #world: World
  readonly #town: Town
  readonly #options: PlayOptions
  readonly #truths: Map<string, Truth>
  readonly #cast: Cast
  readonly #agenda = new Agenda<Deed>()
  readonly #bound: Set<number>

  constructor(world: World, town: Town, options: PlayOptions) {
    this.#world = world
    this.#town = town
    this.#options = options
    this.#truths = new Map(options.saved?.truths)
    this.#bound = new Set(options.saved?.bound)
    const token = tokensFrom(town)
    const cast: ConstructorParameters<typeof Cast>[0] = {
      town,
      hasFillers: options.without !== 'anchor-fillers',
      open: (who, heard, saved) =>
        openActor(town, who, { relays: this.#relaysOf(who.tag), heard, token, saved }),
      know: (handle, cause) => this.#know(handle, cause),
    }
    this.#cast = new Cast(cast, options.saved?.cast)
  }

  async run(): Promise<Acted> {
    const { size } = this.#world
    const { clock } = this.#town
    const { periodSeconds, progress, watch } = this.#options
    const start = await this.#begin()
    const end = start + (size.days + 1) * day
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
      const save = (disk: string): Promise<SavedPlay> => this.#save(start, disk)
      if ((close - start) % day === 0) await watch.midnight?.(this.#result(start), close, save)
      progress?.((close - start) / periodSeconds, (end - start) / periodSeconds)
    }
    return this.#result(start)
  }

  /** Puts what is to come on the list; returns the world's beginning. */
  async #begin(): Promise<number> {
    const { saved } = this.#options
    const start = saved?.start ?? this.#town.clock.now
    if (saved) await this.#cast.wake(saved.cast)
    const visits = this.#world.visits.map(
      (visit) => ({ at: start + visit.at, deed: { kind: 'visit', visit } }) as const,
    )
    for (const { at, deed } of saved?.agenda ?? visits) this.#agenda.add(at, deed)
    return start
  }

  async #save(start: number, disk: string): Promise<SavedPlay> {
    const [agenda, bound, truths] = [this.#agenda.all(), this.#bound, this.#truths]
    const town = await this.#town.save(disk)
    return { town, cast: await this.#cast.save(), agenda, bound, truths, start }
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
    if (block.transactions.some(({ succeeded }) => !succeeded))
      throw new Error('a transaction of the town failed')
    this.#options.watch.block(block)
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
          this.#agenda.add(clock.now + day + revokedAfter, { kind: 'revoke', visit })
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

  #result(start: number): Acted {
    const { network, relayOf, providers, patients, posts } = this.#town
    const { registrar, ledger } = network
    const institutions = new Map(providers.map(({ tag }, i) => [tag, i]))
    return {
      known: { network: { registrar, ledger }, relayOf, institutions },
      truths: this.#truths,
      persons: patients.map(({ tag }) => tag),
      ...{ posts, start },
    }
  }
}
