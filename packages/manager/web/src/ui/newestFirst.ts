/** What happened, newest first, out of a list that is told oldest first: what one second holds is turned round, too. */
export function newestFirst<T extends { readonly at: number }>(oldestFirst: readonly T[]): T[] {
  return oldestFirst.toSorted((a, b) => a.at - b.at).toReversed()
}
