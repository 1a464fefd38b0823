import { randomOf } from '../../samples/random.ts'
import { describe } from '../describe.ts'
import { VirtualTime } from '../machine/VirtualTime.ts'
import { openMinedChain } from '../town/Chain.ts'
import { Stage } from '../town/Stage.ts'
import { foundTown } from '../town/Town.ts'
import { Asking, usual } from './asking.ts'
import { calendarOf, type Entry, secondsPerDay } from './calendar.ts'
import type { Deed } from './Deed.ts'
import { deedOf, meet } from './deeds.ts'
import { inspect } from './inspect.ts'
import { type MishapKind, type Trouble, troubleOf } from './mishaps.ts'
import { certified, readers } from './people.ts'
import { World } from './World.ts'

/** What came of some days: empty `violations` are what we want. */
export type DaysOutcome = {
  readonly violations: readonly string[]
  readonly trace: readonly string[]
  /** What happened how often. */
  readonly summary: string
}

/** Midnight (UTC) before the first day: a Monday. */
const firstMidnight = Date.UTC(2026, 2, 2) / 1000
/** Founding and the first enrolments take the evening before. */
const evening = 6 * 3_600
const patientsAtFirst = 2
/** When a day is over and its last hourly anchor stands, in seconds of the next one. */
const inspectionAfter = 2 * 3_600
/** A person tries so often before she calls for help. */
const mostTries = 4

/** Plays whole days under a clock that jumps from event to event, with faults drawn from the seed. */
export async function playDays(
  options: { readonly seed: number; readonly days: number },
  crashes: unknown[],
  hear?: (line: string) => void,
): Promise<DaysOutcome> {
  const { seed, days } = options
  const random = randomOf(`days/${seed}`)
  const time = new VirtualTime(firstMidnight - evening)
  const rhythm = random.chance(0.5) ? 'at-once' : { periodSeconds: 3_600 }
  const stage = new Stage(await foundTown((stir) => openMinedChain(stir, time), rhythm))
  stage.crashes = crashes
  const world = new World(stage, time, hear)
  world.tell(`anchors: ${JSON.stringify(rhythm)}`)
  const play = new Play(world)
  try {
    await stage.town.chain.mineWhile(stage.open())
    await stage.town.chain.mineWhile(stage.invite(readers))
    for (const name of certified) await stage.town.certify(stage.person(name))
    await meet(world, 'carer')
    for (let count = 0; count < patientsAtFirst; count++)
      await play.perform(deedOf(world, 'enrol', random) as Deed)
    await world.settle()
    for (let day = 0; day < days && world.violations.length === 0; day++) await play.day(seed, day)
    if (world.violations.length === 0) await play.lookBack(days - 1)
  } catch (error) {
    world.must(false, describe(error))
  }
  for (const crash of crashes) world.must(false, `nobody caught: ${describe(crash)}`)
  await stage.close().catch(() => undefined)
  return { violations: world.violations, trace: world.trace, summary: summaryOf(world) }
}

function summaryOf({ counts, struck, done }: World): string {
  const told = (kinds: ReadonlyMap<string, number>): string =>
    [...kinds].map(([kind, count]) => `${kind} ${count}`).join(', ')
  return `${counts.deeds} deeds, ${counts.allowed} reads allowed, ${counts.refused} refused, ${counts.steps} steps; ${told(done)}; ${told(struck)}`
}

type Active = { readonly kind: MishapKind; readonly trouble: Trouble; readonly until: number }

class Play {
  readonly #world: World
  readonly #asking: Asking
  #active: Active[] = []

  constructor(world: World) {
    this.#world = world
    this.#asking = new Asking(world)
    world.mend = () => this.#mend(world.now)
  }

  async day(seed: number, day: number): Promise<void> {
    const from = firstMidnight + day * secondsPerDay
    const world = this.#world
    let isInspected = day === 0
    for (const entry of calendarOf(seed, day)) {
      if (!isInspected && entry.at > inspectionAfter) {
        isInspected = true
        await this.lookBack(day - 1)
      }
      await this.#edges(from + entry.at, entry)
      await this.#entry(from + entry.at, entry)
      if (world.violations.length > 0) return
    }
  }

  /** Looks at what a day left, once its last hour is anchored. */
  async lookBack(day: number): Promise<void> {
    const world = this.#world
    const from = firstMidnight + day * secondsPerDay
    const to = from + secondsPerDay
    await this.#goTo(to + inspectionAfter)
    await this.#heal(Number.POSITIVE_INFINITY)
    await inspect(world, { from, to })
    world.tell(`day ${day + 1} looked at`)
  }

  /** Shares that end before the next event are asked for in their last second, and in the first one after it. */
  async #edges(moment: number, { random }: Entry): Promise<void> {
    const world = this.#world
    const { now } = world
    const ending = world.model
      .live(now)
      .filter(({ until }) => until > now + 1 && until < moment)
      .toSorted((a, b) => a.until - b.until)
    for (const right of ending)
      for (const at of [right.until - 1, right.until]) {
        if (at < world.now) continue
        await this.#goTo(at)
        await this.#asking.some(random.branch(`${right.until} ${at}`))
        await this.#asking.ask(usual(right))
      }
  }

  async #entry(moment: number, { deed: kind, trouble, random }: Entry): Promise<void> {
    const world = this.#world
    await this.#goTo(moment)
    if (trouble && !this.#active.some((one) => one.kind === trouble.kind)) {
      const active = troubleOf(world, trouble.kind, random.branch('trouble'))
      world.tell(`! ${active.says}, for ${trouble.seconds} seconds`)
      world.struck.set(trouble.kind, (world.struck.get(trouble.kind) ?? 0) + 1)
      world.isCalm = false
      this.#active.push({ kind: trouble.kind, trouble: active, until: world.now + trouble.seconds })
      await active.begin()
    }
    const deed = kind && deedOf(world, kind, random)
    if (deed) {
      world.done.set(kind, (world.done.get(kind) ?? 0) + 1)
      await this.perform(deed)
    }
    await this.#asking.some(random)
  }

  /** Somebody does something, and again if it failed; in troubled times she may have to wait for better ones. */
  async perform(deed: Deed): Promise<void> {
    const world = this.#world
    world.tell(deed.says)
    world.counts.deeds++
    const wasCalm = world.isCalm
    const arePushed = this.#active.every(({ trouble }) => trouble.leavesPushes)
    world.isCalm = false
    let last: unknown
    for (let tries = 1; tries <= mostTries; tries++) {
      await world.stage.repaired()
      const told = await deed.act(wasCalm && tries === 1).then(
        () => 'done' as const,
        (error: unknown) => ({ error }),
      )
      if (told === 'done') {
        if (arePushed) await this.#endsCount(deed)
        if (this.#active.length === 0) await this.#settle()
        return
      }
      last = told.error
      world.tell(`  failed: ${describe(last)}`)
      // She sees to it that what was wrong is right again, as the documents say, and tries again.
      if (tries > 1) await this.#heal(Number.POSITIVE_INFINITY)
    }
    throw new Error(`${deed.says}: failed ${mostTries} times: ${describe(last)}`)
  }

  /** What ends something is told to the institution directly, and counts before any block. */
  async #endsCount({ at }: Deed): Promise<void> {
    const world = this.#world
    await world.stage.device(at).participant.outbox.settle()
    const ended = world.model.rights.filter(
      ({ isGiven, isEnded, isEndKnown, by }) => isGiven && isEnded && !isEndKnown && by === at,
    )
    for (const right of ended) {
      right.isEndKnown = true
      await this.#asking.ask(usual(right))
    }
  }

  /** Goes on to a moment; what is to be right again before it is so in time. */
  async #goTo(moment: number): Promise<void> {
    const world = this.#world
    for (;;) {
      const next = Math.min(...this.#active.map(({ until }) => until))
      if (next > moment) break
      await world.rest()
      world.time.advanceTo(next)
      await this.#heal(next)
    }
    await world.jumpTo(moment)
  }

  /** Ends what has lasted long enough; when nothing is left, all must come to rest. */
  async #heal(moment: number): Promise<void> {
    await this.#mend(moment)
    if (this.#active.length === 0) await this.#settle()
  }

  async #mend(moment: number): Promise<void> {
    const over = this.#active.filter(({ until }) => until <= moment)
    this.#active = this.#active.filter((one) => !over.includes(one))
    for (const { trouble } of over) {
      await trouble.heal()
      this.#world.tell(`. over: ${trouble.says}`)
    }
  }

  async #settle(): Promise<void> {
    await this.#world.settle()
    this.#asking.remember()
    this.#world.isCalm = true
  }
}
