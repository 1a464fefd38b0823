/** Numbers in [0, 1) that a seed decides (mulberry32). Worlds and guesses are drawn from it, keys never. */
export type Random = () => number

export function seeded(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A whole number from 0 to `bound` - 1. */
export function below(random: Random, bound: number): number {
  return Math.floor(random() * bound)
}

/** A waiting time with the given mean. */
export function exponential(random: Random, mean: number): number {
  return -mean * Math.log(1 - random())
}

/** Above it, e^-mean comes near the least number there is. */
const mostAtOnce = 500

/** A number of events with the given mean (Knuth 3.4.1); large means in parts, whose counts add up to one. */
export function poisson(random: Random, mean: number): number {
  if (mean > mostAtOnce) return poisson(random, mostAtOnce) + poisson(random, mean - mostAtOnce)
  const end = Math.exp(-mean)
  let count = 0
  for (let product = random(); product > end; product *= random()) count++
  return count
}

/** Position in a list of weights, each as likely as its weight says. */
export function weighted(random: Random, weights: readonly number[]): number {
  let rest = random() * weights.reduce((sum, weight) => sum + weight, 0)
  const found = weights.findIndex((weight) => {
    rest -= weight
    return rest < 0
  })
  return found === -1 ? weights.length - 1 : found
}
