import { createHash } from 'node:crypto'

/** A seeded stream of numbers: the same seed and path give the same people on every machine. */
export type Random = {
  /** In [0, 1) */
  next(): number
  /** Whole number from `low` to `high`, both included */
  whole(low: number, high: number): number
  chance(probability: number): boolean
  pick<T>(list: readonly T[]): T
  /** Near `mean`, about two thirds within one `deviation` (sum of uniform numbers, so never further than 3.5) */
  near(mean: number, deviation: number): number
  uuid(): string
  /** An independent stream, named so that adding draws elsewhere changes nothing here */
  branch(name: string): Random
}

/** Opens a stream: sfc32 (C. Doty-Humphrey, PractRand), seeded with SHA-256 of the path. */
export function randomOf(path: string): Random {
  const seed = createHash('sha256').update(path).digest()
  const state = new Uint32Array([0, 4, 8, 12].map((offset) => seed.readUInt32LE(offset)))
  const draw = (): number => {
    const [a, b, c, d] = state as unknown as [number, number, number, number]
    const result = (a + b + d) >>> 0
    state[3] = d + 1
    state[0] = b ^ (b >>> 9)
    state[1] = c + (c << 3)
    state[2] = ((c << 21) | (c >>> 11)) + result
    return result
  }
  const next = (): number => draw() / 2 ** 32
  const whole = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1))
  return {
    next,
    whole,
    chance: (probability) => next() < probability,
    pick: (list) => {
      const chosen = list[whole(0, list.length - 1)]
      if (chosen === undefined) throw new RangeError('nothing to pick from')
      return chosen
    },
    near: (mean, deviation) => {
      let sum = 0
      for (let i = 0; i < 4; i++) sum += next()
      return mean + (sum - 2) * Math.sqrt(3) * deviation
    },
    uuid: () => {
      const hex = [draw(), draw(), draw(), draw()]
        .map((n) => n.toString(16).padStart(8, '0'))
        .join('')
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
    },
    branch: (name) => randomOf(`${path}/${name}`),
  }
}
