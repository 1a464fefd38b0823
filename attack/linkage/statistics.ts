/** Pearson's test of equal frequencies. */
export type Uniformity = {
  readonly count: number
  readonly chiSquare: number
  /** What an even source exceeds once in a thousand million times. */
  readonly bound: number
}

/** Upper point of the normal distribution for one in a thousand million: a dozen tests in each run may not fail by chance. */
const farthest = 5.998

/** Whether counts differ from each other by more than chance (bound after Wilson and Hilferty, 1931). */
export function uniformity(counts: readonly number[]): Uniformity {
  const count = counts.reduce((sum, each) => sum + each, 0)
  const expected = count / counts.length
  const freedom = counts.length - 1
  const part = 2 / (9 * freedom)
  return {
    count,
    chiSquare: counts.reduce((sum, each) => sum + (each - expected) ** 2 / expected, 0),
    bound: freedom * (1 - part + farthest * Math.sqrt(part)) ** 3,
  }
}

/** Standard error of a proportion. */
export function standardError(proportion: number, count: number): number {
  return Math.sqrt((proportion * (1 - proportion)) / count)
}

/** Chance that a positive scores above a negative; ties count half (area under the ROC curve). */
export function areaUnderCurve(positives: readonly number[], negatives: readonly number[]): number {
  const all = [
    ...positives.map((score) => ({ score, isPositive: true })),
    ...negatives.map((score) => ({ score, isPositive: false })),
  ].toSorted((a, b) => a.score - b.score)
  let rankSum = 0
  for (let from = 0; from < all.length; ) {
    let to = from
    while (to < all.length && all[to]?.score === all[from]?.score) to++
    const rank = (from + 1 + to) / 2
    for (let i = from; i < to; i++) if (all[i]?.isPositive) rankSum += rank
    from = to
  }
  const least = (positives.length * (positives.length + 1)) / 2
  return (rankSum - least) / (positives.length * negatives.length)
}

/** Harmonic mean of precision and recall over pairs of things said to belong together. */
export function pairScore(
  things: readonly { readonly said: string; readonly true: string }[],
): number {
  const pairs = (name: (thing: (typeof things)[number]) => string): number => {
    const sizes = new Map<string, number>()
    for (const thing of things) sizes.set(name(thing), (sizes.get(name(thing)) ?? 0) + 1)
    return [...sizes.values()].reduce((sum, size) => sum + (size * (size - 1)) / 2, 0)
  }
  const [said, real] = [pairs((thing) => thing.said), pairs((thing) => thing.true)]
  const both = pairs((thing) => `${thing.said} ${thing.true}`)
  return said + real === 0 ? 0 : (2 * both) / (said + real)
}
