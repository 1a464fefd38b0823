import type { Outcome, Submission } from '@medrec/library'
import { InterruptedError, RefusedError } from './errors.ts'
import type { Person } from './open.ts'

/** How a wish stands when its command ends. */
export type Sent = {
  readonly state: Outcome['state']
  readonly block?: number
  readonly transaction?: string
}

/** Waits until a wish stands on the chain, at most as long as told; then it stays in the outbox. Throws RefusedError. */
export async function sent(person: Person, submission: Submission): Promise<Sent> {
  const { signal, patience } = person
  const waiting = AbortSignal.any([signal, AbortSignal.timeout(patience * 1_000)])
  const outcome = await submission.until('mined', waiting).catch((error: unknown) => {
    if (signal.aborted) throw new InterruptedError()
    if (!waiting.aborted) throw error
    return { state: submission.state() } as Outcome
  })
  if (outcome.state === 'rejected') throw new RefusedError(outcome.reason ?? 'unknown')
  return {
    state: outcome.state,
    ...(outcome.block && { block: outcome.block.number }),
    ...(outcome.transaction && { transaction: outcome.transaction }),
  }
}

/** What `sent` says, in a few words. */
export function sentence(done: string, { state, block }: Sent): string {
  if (block !== undefined) return `${done} It stands in block ${block}.`
  return `${done} It is ${state}: no relay took it yet; it is kept and goes on with your next command.`
}

/** Everything queued is on the chain, or the longest wait is over. */
export async function flush(person: Person): Promise<void> {
  const { outbox } = person.participant
  const isCalm = (): boolean =>
    outbox.pending().every(({ state }) => ['mined', 'final', 'rejected'].includes(state))
  if (isCalm()) return
  const over = AbortSignal.any([person.signal, AbortSignal.timeout(person.patience * 1_000)])
  await new Promise<void>((resolve) => {
    const finish = (): void => {
      stop()
      over.removeEventListener('abort', finish)
      resolve()
    }
    const stop = outbox.subscribe(() => {
      if (isCalm()) finish()
    })
    over.addEventListener('abort', finish)
    if (isCalm()) finish()
  })
  const left = outbox.pending().filter(({ state }) => state === 'queued' || state === 'seen').length
  if (left > 0) person.output.progress(`${left} message(s) wait to be sent with your next command.`)
}
