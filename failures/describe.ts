/** An error in its own words, with what caused it. */
export function describe(error: unknown): string {
  const chain: string[] = []
  for (let next = error; next instanceof Error && chain.length < 5; next = next.cause)
    chain.push(next.message)
  return chain.join(' <- ') || String(error)
}
