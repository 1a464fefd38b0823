import { below, type Random } from '../random.ts'

/** What a threshold on one number tells of two samples. */
export type Told = {
  /** How much oftener than by a coin's toss the best threshold of one half is right on the other half. */
  readonly advantage: number
  /** Largest distance of the two distributions (Kolmogorov and Smirnov). */
  readonly distance: number
  /** Part of random relabellings that are as far apart: small means that the samples differ. */
  readonly chance: number
}

const relabellings = 1_000

/** Compares whole distributions, not means: a difference in the tails counts as well. */
export function tell(first: readonly number[], second: readonly number[], random: Random): Told {
  const size = Math.min(first.length, second.length)
  const half = Math.floor(size / 2)
  const learnt = split(first.slice(0, half), second.slice(0, half))
  const right = [...first.slice(half, size)].filter((value) => isFirst(learnt, value)).length
  const rightToo = [...second.slice(half, size)].filter((value) => !isFirst(learnt, value)).length
  const distance = split(first, second).distance
  const all = [...first, ...second]
  let asFar = 0
  for (let i = 0; i < relabellings; i++) {
    const mixed = shuffle(all, random)
    if (split(mixed.slice(0, first.length), mixed.slice(first.length)).distance >= distance) asFar++
  }
  return {
    advantage: (right + rightToo) / (2 * (size - half)) - 0.5,
    distance,
    chance: (asFar + 1) / (relabellings + 1),
  }
}

type Split = { readonly at: number; readonly isBelow: boolean; readonly distance: number }

/** The threshold that tells two samples best; `isBelow`: the first sample lies below it. */
function split(first: readonly number[], second: readonly number[]): Split {
  const all = [
    ...first.map((value) => ({ value, step: 1 / first.length })),
    ...second.map((value) => ({ value, step: -1 / second.length })),
  ].toSorted((a, b) => a.value - b.value)
  let best: Split = { at: Number.NEGATIVE_INFINITY, isBelow: true, distance: 0 }
  let sum = 0
  for (const [i, { value, step }] of all.entries()) {
    sum += step
    const next = all[i + 1]?.value
    if (next === value) continue
    if (Math.abs(sum) > best.distance)
      best = { at: value, isBelow: sum > 0, distance: Math.abs(sum) }
  }
  return best
}

function isFirst({ at, isBelow }: Split, value: number): boolean {
  return value <= at === isBelow
}

function shuffle(values: readonly number[], random: Random): readonly number[] {
  const mixed = [...values]
  for (let last = mixed.length - 1; last > 0; last--) {
    const other = below(random, last + 1)
    const moved = mixed[last] as number
    mixed[last] = mixed[other] as number
    mixed[other] = moved
  }
  return mixed
}
