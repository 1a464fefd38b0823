import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { text as allOf } from 'node:stream/consumers'
import { UsageError } from '../output.ts'

/** Longest text that a command reads: cards and words are far shorter. */
const mostBytes = 65_536

/** The text of a file, or of standard input for "-". Throws UsageError. */
export async function textFrom(file: string): Promise<string> {
  const text = file === '-' ? await allOf(process.stdin) : readText(file)
  if (text.length > mostBytes)
    throw new UsageError('This file is too long to be what was asked for.')
  return text.trim()
}

/** The 12 words out of a file, or asked for at the keyboard; never out of the command line. */
export async function askWords(file: string | undefined): Promise<string> {
  if (file !== undefined) return textFrom(file)
  if (!process.stdin.isTTY)
    throw new UsageError(
      'Name a file that holds the 12 words with --words-file FILE ("-": standard input).',
    )
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return await terminal.question('Your 12 words: ')
  } finally {
    terminal.close()
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new UsageError('This file cannot be read.', { cause, facts: [`File: ${file}`] })
  }
}
