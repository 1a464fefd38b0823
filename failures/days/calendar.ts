import { type Random, randomOf } from '../../samples/random.ts'
import type { DeedKind } from './deeds.ts'
import { type MishapKind, mishapKinds } from './mishaps.ts'

/** One moment of a day: something is done, or goes wrong, or only reads happen. */
export type Entry = {
  /** Seconds of the day. */
  readonly at: number
  readonly deed: DeedKind | undefined
  readonly trouble: { readonly kind: MishapKind; readonly seconds: number } | undefined
  readonly random: Random
}

export const secondsPerDay = 86_400
/** Deeds of a day beside those that every day has. */
const deedsPerDay = 28
/** Around midnight: the last requests of a day, the first with the next day's keys and tokens, the end of the old tokens' grace. */
const aroundMidnight = [0, 1, 30, 601, secondsPerDay - 40, secondsPerDay - 1]
/** How long something stays wrong, in seconds. */
const lengths = [0, 20, 200, 900, 4_000]
/** How often each is drawn. */
const weights: Readonly<Record<DeedKind, number>> = {
  share: 12,
  shareForConsent: 1,
  revoke: 6,
  undelegate: 0.7,
  delegate: 2,
  passOn: 3,
  renew: 3,
  emergency: 2.5,
  emergencyWord: 0.7,
  consent: 3,
  unconsent: 0.7,
  write: 3,
  alter: 1,
  look: 2,
  confirm: 5,
  stopAll: 1,
  close: 0.3,
  enrol: 0.7,
}
export const deedKinds = Object.keys(weights) as readonly DeedKind[]
const bag = deedKinds.flatMap((kind) =>
  Array.from({ length: Math.round(weights[kind] * 10) }, () => kind),
)

/** What happens on a day, in its order; the same seed draws the same days. */
export function calendarOf(seed: number, day: number): readonly Entry[] {
  const random = randomOfDay(seed, day)
  const drawn = Array.from({ length: deedsPerDay }, () => random.whole(60, secondsPerDay - 120))
  // Every hour reads happen, and anchors with them.
  const hours = Array.from({ length: 23 }, (_, i) => (i + 1) * 3_600 + random.whole(0, 90))
  const isDeed = new Set(drawn)
  const moments = [...new Set([...aroundMidnight, ...drawn, ...hours])].toSorted((a, b) => a - b)
  const entries = moments.map((at, number): Entry => {
    const own = random.branch(String(number))
    const hasTrouble = own.chance(0.22)
    return {
      at,
      random: own,
      deed: isDeed.has(at) || own.chance(0.1) ? own.pick(bag) : undefined,
      trouble: hasTrouble ? troubleAt(own) : undefined,
    }
  })
  const certain = [
    ...cutOffOf(random.branch('cut off')),
    ...passedOn(random.branch('passed on')),
    ...consented(random.branch('consented')),
  ]
  return [...entries, ...certain].toSorted((a, b) => a.at - b.at)
}

/** A moment of a day that is drawn, so many seconds after another one. */
function entryAfter(from: number, random: Random): (at: number, more?: Partial<Entry>) => Entry {
  return (at, more = {}) => ({
    ...{ at: from + at, random: random.branch(String(at)), deed: undefined, trouble: undefined },
    ...more,
  })
}

/** Once a day something is taken back while the gatekeeper hears of no end, and asked for when its view has become too old. */
function cutOffOf(random: Random): readonly Entry[] {
  const entry = entryAfter(random.whole(3 * 3_600, 21 * 3_600), random)
  return [
    entry(0, { deed: 'share' }),
    entry(120, { trouble: { kind: 'cutOff', seconds: 900 } }),
    entry(150, { deed: 'revoke' }),
    entry(600),
  ]
}

/** Once a day a delegation ends on which something rests that was passed on. */
function passedOn(random: Random): readonly Entry[] {
  const entry = entryAfter(random.whole(3 * 3_600, 21 * 3_600), random)
  return [
    entry(0, { deed: 'delegate' }),
    entry(200, { deed: 'passOn' }),
    entry(500, { deed: 'undelegate' }),
    entry(800, { deed: 'passOn' }),
  ]
}

/** Once a day the institution consents to a share, and takes that back. */
function consented(random: Random): readonly Entry[] {
  const entry = entryAfter(random.whole(3 * 3_600, 21 * 3_600), random)
  return [
    entry(0, { deed: 'shareForConsent' }),
    entry(150, { deed: 'consent' }),
    entry(400, { deed: 'unconsent' }),
    entry(600),
  ]
}

/** A lock is short: each write waits half a real second for it. */
function troubleAt(random: Random): NonNullable<Entry['trouble']> {
  const kind = random.pick(mishapKinds)
  return { kind, seconds: random.pick(kind === 'locked' ? [0] : lengths) }
}

function randomOfDay(seed: number, day: number): Random {
  return randomOf(`days/${seed}/${day}`)
}
