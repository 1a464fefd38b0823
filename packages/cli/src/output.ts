import { explained } from '@medrec/node'
import { MedrecError, RetryableError } from '@medrec/protocol'

/** Where a command's results and progress go. */
export type Output = {
  /** One result: a JSON line for scripts, else the text */
  readonly result: (facts: Readonly<Record<string, unknown>>, text: string) => void
  /** What is being done; on standard error when results are JSON */
  readonly progress: (text: string) => void
  /** How far something long has come; always on standard error */
  readonly aside: (text: string) => void
}

/** Results on standard output, one JSON object a line with `--json`. */
export function openOutput(isJson: boolean): Output {
  return {
    result: (facts, text) =>
      process.stdout.write(`${isJson ? JSON.stringify(facts) : harmless(text)}\n`),
    aside: (text) => process.stderr.write(`${harmless(text)}\n`),
    progress: (text) => (isJson ? process.stderr : process.stdout).write(`${harmless(text)}\n`),
  }
}

/** Words of others may stand in a text: no character but the end of a line reaches the terminal's controls. */
function harmless(text: string): string {
  return text.replace(/[^\P{Cc}\n]/gu, ' ')
}

/** Exit codes: 1 failed or refused, 2 wrong use, 75 try again later (sysexits.h EX_TEMPFAIL). */
export function exitCodeOf(error: unknown): number {
  if (error instanceof RetryableError) return 75
  return error instanceof UsageError ? 2 : 1
}

/** Tells what happened and where the remedy stands, without a stack for errors of ours. */
export function printError(error: unknown, isJson: boolean): void {
  const cause = explained(error)
  const code = cause instanceof MedrecError ? cause.code : 'UNEXPECTED'
  const message = cause instanceof Error ? cause.message : String(cause)
  if (isJson) process.stdout.write(`${JSON.stringify({ ok: false, code, message })}\n`)
  process.stderr.write(`\n${harmless(message)}\n`)
  if (cause instanceof MedrecError) process.stderr.write(`(${code}: see docs/errors.md)\n`)
  else if (cause instanceof Error) process.stderr.write(`${cause.stack ?? ''}\n`)
}

/** A command was given something it cannot use. */
export class UsageError extends MedrecError {
  readonly code = 'USAGE'
}
