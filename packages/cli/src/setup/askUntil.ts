import { UsageError } from '../output.ts'
import type { Dialog } from './Dialog.ts'

/** Why an answer cannot be taken, and what to say instead. */
export type Wrong = { readonly wrong: string }

/** Says why an answer cannot be taken. */
export function wrong(why: string): Wrong {
  return { wrong: why }
}

type Question<T> = {
  /** What the answer is called in a file of answers */
  readonly key: string
  readonly question: string
  readonly proposal?: string | undefined
  /** An answer that was given before: by an option, a file or an earlier run */
  readonly told?: string | undefined
  readonly read: (answer: string) => T | Wrong | Promise<T | Wrong>
}

/** Asks until an answer can be taken; what a script gave wrongly ends it. Throws UsageError. */
export async function askUntil<T extends string | number | object | undefined>(
  dialog: Dialog,
  { key, question, proposal, told, read }: Question<T>,
): Promise<T> {
  let answer = told ?? (await dialog.ask(key, question, proposal))
  for (;;) {
    const taken = await read(answer)
    if (!isWrong(taken)) return taken
    if (!dialog.isPerson)
      throw new UsageError(`The answer for "${key}" cannot be taken: ${taken.wrong}`)
    dialog.tell(taken.wrong)
    answer = await dialog.ask(key, question, proposal)
  }
}

function isWrong(taken: unknown): taken is Wrong {
  return typeof taken === 'object' && taken !== null && 'wrong' in taken
}
