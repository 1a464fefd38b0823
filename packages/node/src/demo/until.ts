import type { Participant } from '@medrec/library'
import { RetryableError } from '@medrec/protocol'

const patienceMs = 300_000

/** Resolves when a condition on somebody's summary holds; looks after each change. Throws WaitedTooLongError. */
export function until(participant: Participant, holds: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    let stop: () => void = () => undefined
    const timer = setTimeout(() => {
      stop()
      reject(new WaitedTooLongError())
    }, patienceMs)
    const look = (): void => {
      if (!holds()) return
      clearTimeout(timer)
      stop()
      resolve()
    }
    stop = participant.subscribe(look)
    look()
  })
}

/** What was waited for did not happen within five minutes. */
export class WaitedTooLongError extends RetryableError {
  readonly code = 'WAITED_TOO_LONG'
  constructor() {
    super('What was waited for did not happen within five minutes.', {
      facts: ['Nothing was lost; what was sent goes on. Look at the status pages of the nodes.'],
    })
  }
}
