import { below, exponential, poisson, type Random, seeded, weighted } from '../random.ts'

/** A quarter of care in a region, the same for each design that is attacked (docs/privacy.md): 1,000 patients, 40 providers. */
export type World = {
  readonly size: WorldSize
  readonly relations: readonly Relation[]
  /** In the order of time. */
  readonly visits: readonly Visit[]
}

export type WorldSize = {
  readonly patients: number
  readonly providers: number
  readonly days: number
  readonly seed: number
}

/** Who is treated where; `isChronic`: three times a week of a quarter. */
export type Relation = {
  readonly id: number
  readonly patient: number
  readonly provider: number
  readonly isChronic: boolean
}

/** What happens at a visit, and what the patient does later because of it. */
export type Visit = {
  readonly id: number
  readonly relation: number
  /** Seconds since the beginning. */
  readonly at: number
  readonly isFirst: boolean
  /** Seconds from when she can see it until she accepts or acknowledges; undefined: never. */
  readonly answersAfter: number | undefined
  readonly share: Share | undefined
}

export type Share = {
  readonly viewer: number
  /** Seconds after the visit. */
  readonly after: number
  readonly lastsDays: number
  /** Seconds after the share; undefined: it runs out. */
  readonly revokedAfter: number | undefined
}

const hour = 3_600
const day = 24 * hour
const opens = 8
const opensHours = 10
/** Visits of a relation in the whole quarter. */
const chronicVisits = 39
const usualVisits = 3.6
const chronicPart = 0.12
const acknowledgedPart = 0.8
const sharedPart = 0.05
const revokedPart = 0.3

export function makeWorld(size: WorldSize): World {
  const random = seeded(size.seed)
  const relations = Array.from({ length: size.patients }, (_, patient) =>
    providersOf(random, size.providers).map((provider) => ({ patient, provider })),
  )
    .flat()
    .map((pair, id) => ({ id, ...pair, isChronic: random() < chronicPart }))
  const visits = relations
    .flatMap((relation) => visitsOf(random, size, relation))
    .toSorted((a, b) => a.at - b.at)
    .map((visit, id) => ({ ...visit, id }))
  return { size, relations, visits }
}

/** One to five providers; the n-th largest is chosen 1/n as often as the largest (Zipf). */
function providersOf(random: Random, providers: number): readonly number[] {
  const weights = Array.from({ length: providers }, (_, i) => 1 / (i + 1))
  const wanted = Math.min(providers, 1 + below(random, 5))
  const chosen: number[] = []
  while (chosen.length < wanted) {
    const next = weighted(random, weights)
    chosen.push(next)
    weights[next] = 0
  }
  return chosen
}

function visitsOf(random: Random, { days, providers }: WorldSize, relation: Relation): Visit[] {
  const count = relation.isChronic ? chronicVisits : 1 + poisson(random, usualVisits)
  const times = Array.from(
    { length: count },
    () => below(random, days) * day + (opens + random() * opensHours) * hour,
  ).toSorted((a, b) => a - b)
  return times.map((at, i) => ({
    id: 0,
    relation: relation.id,
    at: Math.floor(at),
    isFirst: i === 0,
    answersAfter:
      i === 0 || random() < acknowledgedPart ? exponential(random, 2 * hour) : undefined,
    share: i > 0 && random() < sharedPart ? shareOf(random, providers, relation) : undefined,
  }))
}

function shareOf(random: Random, providers: number, { provider }: Relation): Share | undefined {
  if (providers < 2) return undefined
  return {
    viewer: (provider + 1 + below(random, providers - 1)) % providers,
    after: exponential(random, 6 * hour),
    lastsDays: [7, 30, 90][below(random, 3)] as number,
    revokedAfter: random() < revokedPart ? exponential(random, 5 * day) : undefined,
  }
}
