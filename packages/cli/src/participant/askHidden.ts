import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { InterruptedError } from './errors.ts'

/** What ends a program that asks; the terminal must show again what is typed before it does. */
const ends = ['SIGTERM', 'SIGHUP'] as const

/**
 * Asks each question in turn; what is typed does not appear on the screen. Throws InterruptedError at Ctrl-C, Ctrl-D
 * and when the program is told to end.
 */
export async function askHidden(
  questions: readonly string[],
  streams: { readonly input: NodeJS.ReadableStream; readonly output: NodeJS.WritableStream },
): Promise<readonly string[]> {
  const mute = new Writable({ write: (_chunk, _encoding, done) => done() })
  // Without a history: an arrow key is no second typing.
  const hidden = { output: mute, terminal: true, historySize: 0 }
  const terminal = createInterface({ input: streams.input, ...hidden })
  // Ctrl-Z is nothing here: stopped and gone on with, readline neither hides nor takes what is typed.
  terminal.on('SIGTSTP', () => undefined)
  const close = (): void => terminal.close()
  for (const signal of ends) process.once(signal, close)
  const left = new Promise<never>((_, reject) => {
    terminal.once('SIGINT', close)
    terminal.once('close', () => reject(new InterruptedError()))
  })
  left.catch(() => undefined) // also closed when all is answered
  const answers: string[] = []
  try {
    for (const question of questions) {
      streams.output.write(question)
      answers.push(await Promise.race([terminal.question(''), left]))
      streams.output.write('\n')
    }
    return answers
  } finally {
    for (const signal of ends) process.off(signal, close)
    terminal.close()
  }
}
