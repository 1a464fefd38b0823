import { inspect, isDeepStrictEqual } from 'node:util'

/** An error in its own words, with what caused it. */
export function describe(error: unknown): string {
  const chain: string[] = []
  for (let next = error; next instanceof Error && chain.length < 5; next = next.cause)
    chain.push(next.message)
  return chain.join(' <- ') || String(error)
}

/** The first place where two plain values differ, with both; undefined when they are equal. */
export function differenceOf(one: unknown, other: unknown, place = ''): string | undefined {
  if (isDeepStrictEqual(one, other)) return undefined
  const isDeep = [one, other].every((value) => typeof value === 'object' && value !== null)
  if (!isDeep) return `${place}: ${inspect(one)} / ${inspect(other)}`
  const [left, right] = [one, other] as [Record<string, unknown>, Record<string, unknown>]
  const names = new Set([...Object.keys(left), ...Object.keys(right)])
  for (const name of names) {
    const found = differenceOf(left[name], right[name], `${place}.${name}`)
    if (found) return found
  }
  return `${place}: ${inspect(one)} / ${inspect(other)}`
}
