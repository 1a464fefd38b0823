import { below, type Random } from '../random.ts'
import type { Activity, Played, Record, Sighting, Truth } from './Sighting.ts'
import { areaUnderCurve, pairScore } from './statistics.ts'
import type { World } from './World.ts'

/** One guess game: how often the adversary was right, beside what anybody gets without looking. */
export type Score = {
  readonly score: number
  /** Right guesses of somebody who knows how popular each provider is, and nothing else. */
  readonly blind: number
  /** Number of guesses. */
  readonly count: number
}

/** How far the adversary's knowledge of a visit's time may be off, in seconds. */
const vague = 300
const knownVisits = 4

/** Whom each patient visits most, from what the record ties to her ID; `hint` guesses where nothing is tied. */
export function topProvider(
  world: World,
  { record, persons }: Played,
  hint: (person: Sighting | undefined) => number | undefined,
): Score {
  const visited = mostVisited(world)
  const truths = visited.filter((provider) => provider !== undefined)
  const popular = mode(truths)
  const tied = groupBy(record.sightings, ({ person }) => person)
  const guessed = persons.filter((_, patient) => visited[patient] !== undefined)
  const guesses = guessed.map((person): number => {
    const mine = tied.get(person) ?? []
    const named = (kinds: readonly string[]): readonly number[] =>
      mine.flatMap(({ kind, provider }) =>
        provider !== undefined && kinds.includes(kind) ? [provider] : [],
      )
    // A visit leaves one of these; who registered her is the last thing to go by.
    return (
      mode(named(['proposed', 'update'])) ??
      mode(named(['registered'])) ??
      hint(mine[0]) ??
      popular ??
      0
    )
  })
  return scored(truths, guesses)
}

/** The institution that paid for the first proposal after a person was registered. */
export function firstProposalSince(
  record: Record,
): (person: Sighting | undefined) => number | undefined {
  const proposals = record.sightings.filter(({ kind }) => kind === 'proposed')
  return (person) => person && proposals.find(({ at }) => at > person.at)?.sender
}

/**
 * Which provider somebody visited at four known times. Relationships that the record shows with something at these
 * times, and seldom at others, are likely; so are providers that show `sign` then, and popular ones (Bayes).
 */
export function knownTimes(
  world: World,
  record: Record,
  options: { readonly sign: string; readonly start: number; readonly random: Random },
): Score {
  const { sign, start, random } = options
  const { period } = record
  const slotCount = slotsIn(world, period)
  const seen = activityOf(record.activity[sign] ?? [], period)
  const shown = shownVisits(record)
  const popularity = popularityOf(world)
  const targets = world.relations
    .map((relation) => ({ relation, times: timesOf(world, relation.id) }))
    .filter(({ times }) => times.length >= knownVisits)
  const guesses = targets.map(({ times }) => {
    const known = drawn(times, random).map((at) => {
      const told = at + start + (random() * 2 - 1) * vague
      return slots(told - vague, told + vague + period, period)
    })
    const scores = popularity.map(
      (weight, provider) => evidence(seen.get(provider), known, slotCount) + Math.log(weight + 1),
    )
    for (const { provider, at } of shown.among(known))
      scores[provider] = Math.max(scores[provider] as number, evidence(at, known, slotCount))
    return scores.indexOf(Math.max(...scores))
  })
  return scored(
    targets.map(({ relation }) => relation.provider),
    guesses,
  )
}

/** How much better known visits fit what was seen at these slots than chance does; of one that does not fit: -8. */
function evidence(
  at: ReadonlySet<number> | undefined,
  known: readonly (readonly number[])[],
  slotCount: number,
): number {
  const rate = Math.min(0.999, Math.max(0.001, (at?.size ?? 0) / slotCount))
  const fitting = known.filter((visit) => visit.some((slot) => at?.has(slot))).length
  return -Math.log(rate) * fitting - 8 * (known.length - fitting)
}

type Shown = { readonly provider: number; readonly at: Set<number> }

/** Slots at which the record shows that something was written in a relationship whose provider it names. */
function shownVisits({ sightings, period }: Record): {
  /** Those with something at one of the known times. */
  among(known: readonly (readonly number[])[]): Iterable<Shown>
} {
  const byName = new Map<string, Shown>()
  const bySlot = new Map<number, Set<Shown>>()
  for (const { kind, relationship, provider, at } of sightings) {
    if (relationship === undefined || provider === undefined) continue
    if (kind !== 'proposed' && kind !== 'update') continue
    const slot = Math.floor(at / period)
    const one = byName.get(relationship) ?? { provider, at: new Set() }
    byName.set(relationship, one)
    one.at.add(slot)
    bySlot.set(slot, (bySlot.get(slot) ?? new Set()).add(one))
  }
  return {
    among: (known) => new Set(known.flat().flatMap((slot) => [...(bySlot.get(slot) ?? [])])),
  }
}

/** Best F1 of saying which things are of one patient or relationship, over whatever could tie them. */
export function sameOne(
  { record, truths }: Played,
  what: 'patient' | 'relation',
): { readonly score: number; readonly by: string } {
  const real = record.sightings.filter(({ handle }) => truths.has(handle))
  const ties: { readonly [by: string]: (sighting: Sighting) => unknown } = {
    'the record names them alike': (one) =>
      (what === 'patient' ? one.person : undefined) ?? one.relationship ?? one.handle,
    'equal ends of shares': (one) => one.expiry ?? one.relationship ?? one.handle,
    'equal deadlines': (one) => one.deadline ?? one.relationship ?? one.handle,
    'one transaction': (one) => one.transaction,
  }
  const scores = Object.entries(ties).map(([by, tie]) => ({
    by,
    score: pairScore(
      real.map((one) => ({
        said: String(tie(one)),
        true: String((truths.get(one.handle) as Truth)[what]),
      })),
    ),
  }))
  return scores.reduce((best, each) => (each.score > best.score ? each : best))
}

/** How well the number of things tied to a relationship tells those who come three times a week. */
export function chronic(world: World, { record, truths }: Played): number {
  const tied = groupBy(
    record.sightings.filter(({ handle }) => truths.has(handle)),
    ({ relationship }) => relationship,
  )
  const counted = [...tied.values()].flatMap((things) => {
    const relation = things
      .filter(({ kind }) => kind === 'proposed')
      .flatMap(({ handle }) => truths.get(handle)?.relation ?? [])[0]
    const isChronic = relation !== undefined && world.relations[relation]?.isChronic
    return relation === undefined ? [] : [{ isChronic, count: things.length }]
  })
  const counts = (isChronic: boolean): readonly number[] =>
    counted.filter((one) => one.isChronic === isChronic).map(({ count }) => count)
  return areaUnderCurve(counts(true), counts(false))
}

/**
 * How often an acknowledgement is tied to the relationship of the update that it answers: by what the record says,
 * or else by a guess among the updates of the likeliest earlier block, cover included.
 */
export function answerToUpdate(
  world: World,
  { record, truths }: Played,
  tagsAt: ReadonlyMap<number, number>,
): number {
  const updates = record.sightings.filter(({ kind }) => kind === 'update')
  const byVisit = new Map(updates.map((one) => [truths.get(one.handle)?.visit, one]))
  const later = new Set(world.visits.filter(({ isFirst }) => !isFirst).map(({ id }) => id))
  const answers = record.sightings.filter(({ handle, kind }) => {
    const visit = truths.get(handle)?.visit
    const isAnswer = kind === 'acknowledged' || (kind === 'note' && tagsAt.size > 0)
    return isAnswer && visit !== undefined && later.has(visit)
  })
  const chances = answers.flatMap((answer) => {
    const update = byVisit.get(truths.get(answer.handle)?.visit)
    if (!update || update.at > answer.at) return []
    if (update.relationship !== undefined)
      return [update.relationship === answer.relationship ? 1 : 0]
    const isLikeliest = update.at === answer.at - record.period
    return [isLikeliest ? 1 / (tagsAt.get(update.at) as number) : 0]
  })
  return chances.reduce((sum, chance) => sum + chance, 0) / chances.length
}

function scored(truths: readonly number[], guesses: readonly number[]): Score {
  const right = (guess: (i: number) => number): number =>
    truths.filter((truth, i) => truth === guess(i)).length / truths.length
  const popular = mode(truths) ?? 0
  return {
    score: right((i) => guesses[i] as number),
    blind: right(() => popular),
    count: truths.length,
  }
}

/** Of each patient; undefined where she has not visited anybody yet. */
function mostVisited(world: World): readonly (number | undefined)[] {
  const visited: number[][] = Array.from({ length: world.size.patients }, () => [])
  for (const { relation } of world.visits) {
    const { patient, provider } = world.relations[relation] as World['relations'][number]
    visited[patient]?.push(provider)
  }
  return visited.map((providers) => (providers.length > 0 ? mode(providers) : undefined))
}

function popularityOf(world: World): readonly number[] {
  const counts = Array.from({ length: world.size.providers }, () => 0)
  for (const { provider } of world.relations) counts[provider] = (counts[provider] as number) + 1
  return counts
}

function timesOf(world: World, relation: number): readonly number[] {
  return world.visits.filter((visit) => visit.relation === relation).map(({ at }) => at)
}

function drawn(times: readonly number[], random: Random): readonly number[] {
  const left = [...times]
  return Array.from(
    { length: knownVisits },
    () => left.splice(below(random, left.length), 1)[0] as number,
  )
}

function activityOf(
  activity: readonly Activity[],
  period: number,
): ReadonlyMap<number, Set<number>> {
  const seen = new Map<number, Set<number>>()
  for (const { provider, at } of activity)
    seen.set(provider, (seen.get(provider) ?? new Set()).add(Math.floor(at / period)))
  return seen
}

function slots(from: number, to: number, period: number): readonly number[] {
  const first = Math.ceil(from / period)
  return Array.from(
    { length: Math.max(0, Math.floor(to / period) - first + 1) },
    (_, i) => first + i,
  )
}

const slotsIn = (world: World, period: number): number => (world.size.days * 86_400) / period

function mode(values: readonly number[]): number | undefined {
  const counts = new Map<number, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  const most = Math.max(...counts.values())
  return [...counts].find(([, count]) => count === most)?.[0]
}

function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K | undefined): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    if (key !== undefined) groups.set(key, [...(groups.get(key) ?? []), item])
  }
  return groups
}
