import { join, resolve } from 'node:path'
import type { Source } from '@medrec/gatekeeper'
import { keepAnswers, keptAnswers, type SetupAnswers } from '@medrec/node/setup'
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

/** Starts with what an earlier run kept, and what a file and options tell now: that wins. */
export function openSession(options: {
  readonly folder: string
  readonly dialog: Dialog
  readonly answers: SetupAnswers
}): Session {
  const folder = resolve(options.folder)
  const kept = keptAnswers(keptFile(folder))
  let answers: SetupAnswers = {
    ...(options.answers.mapping === 'pick' ? pickedAgain(kept) : kept),
    ...options.answers,
  }
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

/** The tables are gone through again, with what was answered the last time as proposals. */
export function pickedAgain(answers: SetupAnswers): SetupAnswers {
  const { mapping, exclusions, sensitivity, ...rest } = answers
  if (typeof mapping !== 'object') return answers
  const { patients, resources } = mapping
  const before = { patients, exclusions, sensitivity }
  return {
    ...rest,
    ...{ mapping: 'pick', exclusions: undefined, sensitivity: undefined },
    draft: { resources, asked: [], before },
  }
}

/** Where a setup's answers are kept. */
function keptFile(folder: string): string {
  return join(resolve(folder), 'setup.json')
}
