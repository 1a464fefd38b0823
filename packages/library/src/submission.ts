import type { BlockRef } from '@medrec/client'
import { type Hex, MedrecError } from '@medrec/protocol'
import type { State, Wish } from './wishes.ts'

/** What became of a wish. */
export type Outcome = {
  readonly state: State
  /** Name of the ledger's error, when rejected. */
  readonly reason?: string | undefined
  readonly block?: BlockRef | undefined
  readonly transaction?: Hex | undefined
}

/** A wish in the outbox, as its caller sees it. */
export type Submission = {
  readonly id: string
  state(): State
  /** Resolves when the state (or a later one) is reached, or the wish was rejected. */
  until(state: 'seen' | 'mined' | 'final', signal?: AbortSignal): Promise<Outcome>
}

const ranks: Readonly<Record<State, number>> = {
  queued: 0,
  seen: 1,
  mined: 2,
  final: 3,
  rejected: 4,
}

/** The caller's side of a stored wish. */
export function submissionOf(
  id: string,
  box: { wish(): Wish; subscribe(listener: () => void): () => void },
): Submission {
  const until: Submission['until'] = (state, signal) =>
    new Promise((resolve, reject) => {
      const finish = (): void => {
        stop()
        signal?.removeEventListener('abort', abort)
      }
      const look = (): void => {
        const wish = box.wish()
        if (ranks[wish.state] < ranks[state]) return
        finish()
        resolve(outcomeOf(wish))
      }
      const abort = (): void => {
        finish()
        reject(new WaitAbortedError(id))
      }
      const stop = box.subscribe(look)
      signal?.addEventListener('abort', abort)
      if (signal?.aborted) abort()
      else look()
    })
  return { id, state: () => box.wish().state, until }
}

function outcomeOf({ state, reason, block, transaction }: Wish): Outcome {
  return {
    state,
    ...(reason !== undefined && { reason }),
    ...(block && { block }),
    ...(transaction && { transaction }),
  }
}

/** Waiting for a message was given up; the message itself stays on its way. */
export class WaitAbortedError extends MedrecError {
  readonly code = 'WAIT_ABORTED'
  constructor(submission: string) {
    super('Waiting for a message was given up. The message itself stays on its way.', {
      facts: [`Submission: ${submission}`],
    })
  }
}
