import { PassThrough } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { openDialog } from './Dialog.ts'
import { runSetup } from './runSetup.ts'
import { openSession } from './Session.ts'

/** A question that is expected, and what the person types; `stop` is Ctrl-C. */
export type Line = readonly [question: RegExp, answer: string]
export const stop = '\u0003'

/** Runs the setup with a person who answers each question as it is asked; another one than expected stops it. */
export async function typed(
  folder: string,
  lines: readonly Line[],
  answers: Parameters<typeof openSession>[0]['answers'] = {},
) {
  const [input, output] = [new PassThrough(), new PassThrough()]
  const rest = [...lines]
  let [said, line] = ['', '']
  output.on('data', (chunk: Buffer) => {
    said += chunk
    line =
      stripVTControlCharacters(line + chunk)
        .split('\n')
        .at(-1) ?? ''
    const [next] = rest
    if (!/: $/.test(line)) return
    const isExpected = next?.[0].test(line.trimStart()) ?? false
    if (isExpected) rest.shift()
    line = ''
    const answer = isExpected ? (next?.[1] ?? '') : stop
    setImmediate(() => input.write(answer === stop ? stop : `${answer}\r`))
  })
  const dialog = openDialog({ input, output })
  const session = openSession({ folder, dialog, answers })
  const ended = await runSetup(session, false)
    .then((done) => ({ done, error: undefined }))
    .catch((error: unknown) => ({ done: undefined, error }))
    .finally(() => dialog.close())
  const text = stripVTControlCharacters(said)
  return { said: text, rest: rest.map(([question]) => String(question)), ...ended }
}
