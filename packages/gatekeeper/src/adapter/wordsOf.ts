/** Lower-case words of statements: every table or column that they can name is among them. */
export function wordsOf(statements: readonly string[]): ReadonlySet<string> {
  const words = statements.flatMap((text) => text.toLowerCase().match(/[\p{L}_][\p{L}\p{N}_$]*/gu))
  return new Set(words.filter((word) => word !== null))
}
