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
  readonly #summaries: Hex[] = []
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
        await this.#do(next)
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
    const { address: contract } = await this.#chain.deploy(office, registrar, [])
    for (const [i, patient] of this.#patients.entries()) {
      const { address: mine } = await this.#chain.deploy(office, summary, [patient, contract])
      this.#summaries.push(mine)
      const args = [`ID-${i}`, patient, mine]
      await this.#chain.call(office, contract, { abi: registrarAbi, name: 'register', args })
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

  async #do({ at, deed: { kind, visit } }: { at: number; deed: Deed }): Promise<void> {
    const relation = this.#relation(visit)
    switch (kind) {
      case 'visit':
        await (visit.isFirst ? this.#meet(visit, relation) : this.#update(visit, relation))
        this.#seen.push(visit)
        if (visit.share) this.#agenda.add(at + visit.share.after, { kind: 'share', visit })
        return
      case 'answer':
        return this.#answer(visit, relation)
      case 'share':
        await this.#share(at, visit, relation)
        if (visit.share?.revokedAfter !== undefined)
          this.#agenda.add(at + visit.share.revokedAfter, { kind: 'revoke', visit })
        return
      case 'revoke':
        return this.#revoke(visit, relation)
    }
  }

  async #meet(visit: Visit, relation: Relation): Promise<void> {
    const { provider, patient, summary: mine } = this.#sides(relation)
    const { address: contract, hash } = await this.#chain.deploy(provider, relationship, [patient])
    this.#contracts.set(relation.id, contract)
    this.#know(hash, visit)
    const pointer = [query, toHex(random(32)), 'town.example', 443, bounty]
    await this.#call(visit, provider, contract, ['addPointer', pointer])
    await this.#call(visit, provider, mine, ['link', [contract]])
  }

  async #update(visit: Visit, relation: Relation): Promise<void> {
    const { provider, summary: mine, contract } = this.#sides(relation)
    await this.#call(visit, provider, contract, ['updatePointer', [0n, toHex(random(32)), bounty]])
    await this.#call(visit, provider, mine, ['markUpdated', [contract]])
  }

  async #answer(visit: Visit, relation: Relation): Promise<void> {
    const { patient, summary: mine, contract } = this.#sides(relation)
    await this.#call(visit, patient, mine, ['answer', [contract, true]])
  }

  async #share(at: number, visit: Visit, relation: Relation): Promise<void> {
    const { patient, contract } = this.#sides(relation)
    const { viewer = 0, lastsDays = 0 } = visit.share ?? {}
    const until = BigInt(Math.floor(at) + lastsDays * 86_400)
    const args = [this.#providers[viewer], query, until]
    await this.#call(visit, patient, contract, ['allow', args])
  }

  async #revoke(visit: Visit, relation: Relation): Promise<void> {
    const { patient, contract } = this.#sides(relation)
    await this.#call(visit, patient, contract, [
      'revoke',
      [this.#providers[visit.share?.viewer ?? 0]],
    ])
  }

  async #call(
    visit: Visit,
    from: Hex,
    to: Hex,
    [name, args]: readonly [string, readonly unknown[]],
  ): Promise<void> {
    const isSummary = this.#summaries.includes(to)
    const contract = { abi: isSummary ? summaryAbi : relationshipAbi, name, args }
    this.#know(await this.#chain.call(from, to, contract), visit)
  }

  #know(hash: Hex, visit: Visit): void {
    const { patient, provider, id } = this.#relation(visit)
    this.#truths.set(hash, { patient, provider, relation: id, visit: visit.id })
    this.#isWaiting = true
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
