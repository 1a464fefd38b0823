/** Tells on stderr what a benchmark does, so that a long one is seen to go on; stdout holds figures only. */
export function progress(text: string): void {
  process.stderr.write(`${text}\n`)
}
