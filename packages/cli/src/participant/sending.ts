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
