import type { Participant, Refusal } from '@medrec/library'

/** How often one who has no time just now is asked again, and after how many seconds when it names none. */
const [mostWaits, waitSeconds] = [12, 5]
/** RFC 6585 §4 (429) and RFC 9110 §15.6.4 (503). */
const crowded: readonly number[] = [429, 503]

type MayRefuse = { readonly ok: boolean } & Partial<Pick<Refusal, 'status' | 'retryAfter'>>

export type Rules = {
  /** What the chain says of the right, where it opens nothing (any more). */
  readonly shut: () => string | undefined
  /** The reader waits for no answer any more. */
  readonly left?: AbortSignal | undefined
}

/**
 * Asks, and asks again after the time that is named, while an institution says that it cannot answer just now: a minute
 * or so. Each question is an attempt in the institution's log, so none is asked that the chain has answered.
 */
export async function patiently<Answer extends MayRefuse>(
  { timer }: Pick<Participant, 'timer'>,
  { shut, left }: Rules,
  ask: () => Promise<Answer>,
): Promise<Answer | Refusal> {
  for (let waits = 0; ; waits += 1) {
    const code = left?.aborted ? 'left' : shut()
    if (code) return { ok: false, code, words: '', status: 0, signed: false }
    const answer = await ask()
    const { status = 0, retryAfter = waitSeconds } = answer
    if (!crowded.includes(status) || waits >= mostWaits) return answer
    await waited(timer, Math.max(1, retryAfter), left)
  }
}

/** Ends early when the reader leaves. */
function waited(
  timer: Participant['timer'],
  seconds: number,
  left: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve) => {
    const cancel = timer(seconds, done)
    left?.addEventListener('abort', done, { once: true })
    function done(): void {
      cancel()
      left?.removeEventListener('abort', done)
      resolve()
    }
  })
}
