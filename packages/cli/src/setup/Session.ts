import { join, resolve } from 'node:path'
import type { Source } from '@medrec/gatekeeper'
import { keepAnswers, type SetupAnswers } from '@medrec/node/setup'
import type { Dialog } from './Dialog.ts'

/** One run of the setup: what is known so far, and who answers the rest. */
export type Session = {
  readonly folder: string
  readonly dialog: Dialog
  readonly answers: SetupAnswers
  /** Takes answers and keeps them at once. */
  learn(more: SetupAnswers): void
}

/** A database that answered. */
export type Connected = {
  readonly source: Source
  /** As the node's configuration names it */
  readonly address: string
  readonly secretFile: string | undefined
}

/** Starts with what an earlier run, a file and options told; later ones win. */
export function openSession(options: {
  readonly folder: string
  readonly dialog: Dialog
  readonly answers: SetupAnswers
}): Session {
  const folder = resolve(options.folder)
  let { answers } = options
  return {
    folder,
    dialog: options.dialog,
    get answers() {
      return answers
    },
    learn(more) {
      answers = { ...answers, ...more }
      keepAnswers(keptFile(folder), answers)
    },
  }
}

/** Where a setup's answers are kept. */
export function keptFile(folder: string): string {
  return join(resolve(folder), 'setup.json')
}
