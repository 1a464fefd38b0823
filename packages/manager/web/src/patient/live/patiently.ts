import type { Participant, Refusal } from '@medrec/library'

/** How often one who has no time just now is asked again, and after how many seconds when it names none. */
const [mostWaits, waitSeconds] = [12, 5]
/** RFC 6585 §4 (429) and RFC 9110 §15.6.4 (503). */
const crowded: readonly number[] = [429, 503]

type MayRefuse = { readonly ok: boolean } & Partial<Pick<Refusal, 'status' | 'retryAfter'>>

/** Asks, and asks again after the time that is named, while an institution says that it cannot answer just now: a minute or so. */
export async function patiently<Answer extends MayRefuse>(
  { timer }: Pick<Participant, 'timer'>,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  for (let waits = 0; ; waits += 1) {
    const answer = await ask()
    const { status = 0, retryAfter = waitSeconds } = answer
    if (!crowded.includes(status) || waits >= mostWaits) return answer
    const seconds = Math.max(1, retryAfter)
    await new Promise<void>((resolve) => timer(seconds, resolve))
  }
}
