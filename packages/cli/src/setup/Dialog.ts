import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { UsageError } from '../output.ts'

/** Who answers the questions of a setup: a person at a terminal, or the answers that a script gave. */
export type Dialog = {
  readonly isPerson: boolean
  /** An answer; the proposal is taken when nothing is typed. `key`: what it is called in a file of answers. */
  ask(key: string, question: string, proposal?: string): Promise<string>
  confirm(key: string, question: string, proposal: boolean): Promise<boolean>
  /** What is typed does not appear. */
  secret(key: string, question: string): Promise<string>
  /** Words to the person, or to a script's log; never a patient's data. */
  tell(text: string): void
  /** Patients' data: a person's terminal, or nowhere. */
  show(text: string): void
  close(): void
}

export type Streams = {
  readonly input: NodeJS.ReadableStream
  readonly output: NodeJS.WritableStream
}

/** A person's dialog; ending the input ends the setup, and what was answered is kept. */
export function openDialog(streams: Streams): Dialog {
  const { output } = streams
  const lines = openLines(streams)
  const ask = async (question: string): Promise<string> => (await lines.next(question)).trim()
  return {
    isPerson: true,
    ask: async (_, question, proposal) => {
      for (;;) {
        const answer = await ask(`${question}${proposal ? ` [${proposal}]` : ''}: `)
        if (answer !== '') return answer
        if (proposal !== undefined) return proposal
        output.write('Something has to be said here.\n')
      }
    },
    confirm: async (_, question, proposal) => {
      for (;;) {
        const said = await ask(`${question} (yes/no) [${proposal ? 'yes' : 'no'}]: `)
        if (said === '') return proposal
        if (/^(y|yes|n|no)$/i.test(said)) return /^y/i.test(said)
        output.write('Please say yes or no.\n')
      }
    },
    secret: (_, question) => lines.next(question, true),
    tell: (text) => void output.write(`${text}\n`),
    show: (text) => void output.write(`${text}\n`),
    close: () => lines.close(),
  }
}

type Lines = { next(question: string, isHidden?: boolean): Promise<string>; close(): void }
type Waiting = { readonly take: (line: string) => void; readonly stop: (error: Error) => void }

/** Lines as they are typed; those pasted before they are asked for wait for their question. */
function openLines({ input, output }: Streams): Lines {
  let isHidden = false
  const echo = new Writable({
    write(chunk, _, done) {
      if (!isHidden) output.write(chunk)
      done()
    },
  })
  const terminal = createInterface({ input, output: echo, terminal: true })
  const early: string[] = []
  let waiting: Waiting | undefined
  let isOver = false
  const stopped = (): UsageError =>
    new UsageError('Stopped. What was answered is kept; the same command goes on.')
  terminal.on('line', (line) => {
    if (waiting) waiting.take(line)
    else early.push(line)
  })
  terminal.on('SIGINT', () => terminal.close())
  terminal.on('close', () => {
    isOver = true
    waiting?.stop(stopped())
  })
  return {
    next: async (question, hides = false) => {
      if (isOver && early.length === 0) throw stopped()
      output.write(hides ? question : '')
      isHidden = hides
      terminal.setPrompt(question)
      const line = early.shift()
      if (line === undefined) terminal.prompt()
      else output.write(`${hides ? '' : question}\n`)
      const typed =
        line ??
        (await new Promise<string>((take, stop) => {
          waiting = { take, stop }
        }))
      waiting = undefined
      isHidden = false
      if (hides) output.write('\n')
      return typed
    },
    close: () => terminal.close(),
  }
}

/** A script's dialog: proposals are taken only when it said so; everything else has to be given. */
export function scriptedDialog(options: {
  readonly takesProposals: boolean
  readonly tell: (text: string) => void
}): Dialog {
  const { takesProposals, tell } = options
  const take = (key: string, proposal: string | undefined): string => {
    if (takesProposals && proposal !== undefined) return proposal
    throw new UsageError(`The setup has no answer for "${key}".`, {
      facts: [
        ...(proposal === undefined ? [] : [`Proposed: ${proposal}`]),
        'Give it with --answers FILE or as an option, take all that is proposed with --yes, or run the command in a terminal.',
        'What was answered is kept; the same command goes on.',
      ],
    })
  }
  return {
    isPerson: false,
    ask: async (key, _, proposal) => take(key, proposal),
    confirm: async (key, _, proposal) => take(key, proposal ? 'yes' : 'no') === 'yes',
    secret: async (key) => take(key, undefined),
    tell,
    show: () => undefined,
    close: () => undefined,
  }
}
