import { abi as registrarAbi, bytecode as registrarCode } from '@medrec/contracts/PaperRegistrar'
import {
  abi as relationshipAbi,
  bytecode as relationshipCode,
} from '@medrec/contracts/PaperRelationship'
import { abi as summaryAbi, bytecode as summaryCode } from '@medrec/contracts/PaperSummary'
import { type Hex, random, toHex } from '@medrec/protocol'
import { Agenda } from '../Agenda.ts'
import type { Played, Truth } from '../Sighting.ts'
import type { Relation, Visit, World } from '../World.ts'
import { type PaperChain, startPaperChain } from './Chain.ts'
import { PaperReader } from './Reader.ts'

export type PaperOptions = {
  /** Unix seconds of the world's beginning. */
  readonly start: number
  readonly periodSeconds: number
  readonly progress?: (done: number, of: number) => void
}

type Deed = { readonly kind: 'visit' | 'answer' | 'share' | 'revoke'; readonly visit: Visit }

const [registrar, relationship, summary] = [
  { abi: registrarAbi, bytecode: registrarCode },
  { abi: relationshipAbi, bytecode: relationshipCode },
  { abi: summaryAbi, bytecode: summaryCode },
]
const registeredInBlock = 100
const query = 'SELECT date, code, value, unit FROM labs WHERE patient = 4711'
const bounty = 'SELECT avg(iron) FROM labs'

/** Plays a world on a literal reading of the paper's contracts: each deed is a transaction of its doer. */
export async function playPaper(world: World, options: PaperOptions): Promise<Played> {
  const chain = await startPaperChain()
  try {
    return await new Play(world, chain, options).run()
  } finally {
    await chain.stop()
  }
}

class Play {
  readonly #world: World
  readonly #chain: PaperChain
  readonly #options: PaperOptions
  readonly #agenda = new Agenda<Deed>()
  readonly #truths = new Map<string, Truth>()
  readonly #reader: PaperReader
  readonly #providers: readonly Hex[]
  readonly #patients: readonly Hex[]
  /** Of each patient, in their order. */
  readonly #summaries: Hex[] = []
  readonly #isSummary = new Set<Hex>()
  readonly #contracts = new Map<number, Hex>()
  /** Whether something waits for the next block. */
  #isWaiting: boolean = false
  #seen: Visit[] = []

  constructor(world: World, chain: PaperChain, options: PaperOptions) {
    this.#world = world
    this.#chain = chain
    this.#options = options
    const accounts = (count: number): Hex[] =>
      Array.from({ length: count }, () => toHex(random(20)))
    this.#providers = accounts(world.size.providers)
    this.#patients = accounts(world.size.patients)
    this.#reader = new PaperReader(new Map(this.#providers.map((account, i) => [account, i])))
  }

  async run(): Promise<Played> {
    const { start, periodSeconds, progress } = this.#options
    const { visits, size } = this.#world
    await this.#register()
    for (const visit of visits) this.#agenda.add(start + visit.at, { kind: 'visit', visit })
    const end = start + (size.days + 1) * 86_400
    for (let time = start + periodSeconds; time <= end; time += periodSeconds) {
      for (let next = this.#agenda.takeBefore(time); next; next = this.#agenda.takeBefore(time))
        this.#do(next)
      if (this.#isWaiting) await this.#mine(time)
      progress?.(time - start, end - start)
    }
    const { sightings, activity } = this.#reader
    return {
      record: { sightings, activity: { 'who sent it': activity }, period: periodSeconds },
      truths: this.#truths,
      persons: this.#patients,
    }
  }

  async #register(): Promise<void> {
    const office = toHex(random(20))
    const { start, periodSeconds } = this.#options
    const contract = this.#chain.deploy(office, { ...registrar, args: [] })
    for (const [i, patient] of this.#patients.entries()) {
      const mine = this.#chain.deploy(office, { ...summary, args: [patient, contract] })
      this.#summaries.push(mine)
      this.#isSummary.add(mine)
      const args = [`ID-${i}`, patient, mine]
      this.#chain.call(office, contract, { abi: registrarAbi, name: 'register', args })
      const isLast = i === this.#patients.length - 1
      if (isLast || i % registeredInBlock === registeredInBlock - 1)
        this.#reader.read(await this.#chain.mine(start - periodSeconds - this.#patients.length + i))
    }
  }

  async #mine(time: number): Promise<void> {
    const block = await this.#chain.mine(time)
    this.#reader.read(block)
    for (const visit of this.#seen)
      if (visit.answersAfter !== undefined)
        this.#agenda.add(time + visit.answersAfter, { kind: 'answer', visit })
    this.#isWaiting = false
    this.#seen = []
  }

  #do({ at, deed: { kind, visit } }: { at: number; deed: Deed }): void {
    const relation = this.#relation(visit)
    switch (kind) {
      case 'visit':
        if (visit.isFirst) this.#meet(visit, relation)
        else this.#update(visit, relation)
        this.#seen.push(visit)
        if (visit.share) this.#agenda.add(at + visit.share.after, { kind: 'share', visit })
        return
      case 'answer':
        this.#answer(visit, relation)
        return
      case 'share':
        this.#share(at, visit, relation)
        if (visit.share?.revokedAfter !== undefined)
          this.#agenda.add(at + visit.share.revokedAfter, { kind: 'revoke', visit })
        return
      case 'revoke':
        this.#revoke(visit, relation)
        return
    }
  }

  #meet(visit: Visit, relation: Relation): void {
    const { provider, patient, summary: mine } = this.#sides(relation)
    const contract = this.#chain.deploy(
      provider,
      { ...relationship, args: [patient] },
      this.#knows(visit),
    )
    this.#contracts.set(relation.id, contract)
    const pointer = [query, toHex(random(32)), 'town.example', 443, bounty]
    this.#call(visit, provider, contract, ['addPointer', pointer])
    this.#call(visit, provider, mine, ['link', [contract]])
  }

  #update(visit: Visit, relation: Relation): void {
    const { provider, summary: mine, contract } = this.#sides(relation)
    this.#call(visit, provider, contract, ['updatePointer', [0n, toHex(random(32)), bounty]])
    this.#call(visit, provider, mine, ['markUpdated', [contract]])
  }

  #answer(visit: Visit, relation: Relation): void {
    const { patient, summary: mine, contract } = this.#sides(relation)
    this.#call(visit, patient, mine, ['answer', [contract, true]])
  }

  #share(at: number, visit: Visit, relation: Relation): void {
    const { patient, contract } = this.#sides(relation)
    const { viewer = 0, lastsDays = 0 } = visit.share ?? {}
    const until = BigInt(Math.floor(at) + lastsDays * 86_400)
    const args = [this.#providers[viewer], query, until]
    this.#call(visit, patient, contract, ['allow', args])
  }

  #revoke(visit: Visit, relation: Relation): void {
    const { patient, contract } = this.#sides(relation)
    this.#call(visit, patient, contract, ['revoke', [this.#providers[visit.share?.viewer ?? 0]]])
  }

  #call(
    visit: Visit,
    from: Hex,
    to: Hex,
    [name, args]: readonly [string, readonly unknown[]],
  ): void {
    const abi = this.#isSummary.has(to) ? summaryAbi : relationshipAbi
    this.#chain.call(from, to, { abi, name, args }, this.#knows(visit))
  }

  /** The transaction of a visit is to come: with its hash what is true of it is kept. */
  #knows(visit: Visit): (hash: Hex) => void {
    const { patient, provider, id } = this.#relation(visit)
    this.#isWaiting = true
    return (hash) => this.#truths.set(hash, { patient, provider, relation: id, visit: visit.id })
  }

  #relation({ relation }: Visit): Relation {
    return this.#world.relations[relation] as Relation
  }

  #sides({ provider, patient, id }: Relation): {
    provider: Hex
    patient: Hex
    summary: Hex
    contract: Hex
  } {
    return {
      provider: this.#providers[provider] as Hex,
      patient: this.#patients[patient] as Hex,
      summary: this.#summaries[patient] as Hex,
      contract: this.#contracts.get(id) as Hex,
    }
  }
}
