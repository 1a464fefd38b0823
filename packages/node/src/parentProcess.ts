import { MedrecError, RetryableError } from '@medrec/protocol'
import { explained } from './problems.ts'

/** What a node tells the supervisor that started it. */
export type ChildMessage =
  | { readonly type: 'ready'; readonly url: string }
  | { readonly type: 'progress'; readonly text: string }
  | {
      readonly type: 'failed'
      readonly code: string
      readonly message: string
      /** The same start may succeed later: something else was not there yet */
      readonly mayPass: boolean
    }

/** Whether a supervisor started this process. */
export function hasSupervisor(): boolean {
  return process.send !== undefined
}

/** Tells the supervisor, if there is one; resolves when it was told. */
export function tellSupervisor(message: ChildMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected) process.send?.(message, undefined, undefined, () => resolve())
    else resolve()
  })
}

/** A failure as a message for the supervisor. */
export function failureOf(error: unknown): ChildMessage & { type: 'failed' } {
  const cause = explained(error)
  if (cause instanceof MedrecError)
    return {
      type: 'failed',
      code: cause.code,
      message: cause.message,
      mayPass: cause instanceof RetryableError,
    }
  const message = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
  return { type: 'failed', code: 'UNEXPECTED', message, mayPass: false }
}

/**
 * Resolves when this process should end: Ctrl-C, SIGTERM, or its supervisor is gone, by whatever signal,
 * so that no node is left behind.
 */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => resolve())
    if (hasSupervisor()) process.once('disconnect', () => resolve())
  })
}
