import type { Participant, SummaryListener } from './Participant.ts'
import type { SummaryState } from './state.ts'

/** What the chain says to those who hold our keys, at the newest block seen (paper III-B, SC). */
export function of(participant: Participant): SummaryState {
  return participant.summary()
}

/** Hears of every change, with what was before; the returned function ends it. */
export function subscribe(participant: Participant, listener: SummaryListener): () => void {
  return participant.subscribe(listener)
}
