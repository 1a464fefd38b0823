import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'

/** Asks each question in turn; what is typed does not appear on the screen. */
export async function askHidden(
  questions: readonly string[],
  streams: { readonly input: NodeJS.ReadableStream; readonly output: NodeJS.WritableStream },
): Promise<readonly string[]> {
  const mute = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input: streams.input, output: mute, terminal: true })
  const answers: string[] = []
  try {
    for (const question of questions) {
      streams.output.write(question)
      answers.push(await terminal.question(''))
      streams.output.write('\n')
    }
    return answers
  } finally {
    terminal.close()
  }
}
