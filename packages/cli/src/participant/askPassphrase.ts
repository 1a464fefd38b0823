import { UsageError } from '../output.ts'
import { askHidden } from './askHidden.ts'
import { PassphraseMissingError } from './errors.ts'

/** The keystore's passphrase, asked for at a terminal. Throws PassphraseMissingError without one, InterruptedError. */
export async function typedPassphrase(): Promise<string> {
  const [passphrase = ''] = await asked(['Passphrase: '])
  return passphrase
}

/** A passphrase for new keys, asked for twice at a terminal. Throws UsageError, PassphraseMissingError, InterruptedError. */
export async function typedNewPassphrase(): Promise<string> {
  const [first = '', second] = await asked(['New passphrase: ', 'Once more: '])
  if (first !== second)
    throw new UsageError('The two passphrases differ.', { facts: ['Nothing was changed.'] })
  return first
}

async function asked(questions: readonly string[]): Promise<readonly string[]> {
  if (!process.stdin.isTTY) throw new PassphraseMissingError()
  const answers = await askHidden(questions, { input: process.stdin, output: process.stderr })
  if (answers.some((answer) => answer === '')) throw new PassphraseMissingError()
  return answers
}
