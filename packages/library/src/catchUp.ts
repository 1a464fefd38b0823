import { type Access, knownFor } from './access.ts'
import type { Participant } from './Participant.ts'
import type { Known } from './verifyRoots.ts'

/** The part of an answer that says under which anchor it stands. */
type Standing = { readonly anchored?: { readonly counter: number } | undefined }

/**
 * Checks an answer against our own view of the chain. A steward may be a block ahead of us: an answer under a
 * newer anchor than any we saw is checked again as our view grows, until `participant.patience` has passed
 * (docs/protocol.md 8.2: a lawful update is no false alarm).
 */
export async function checkCaughtUp<Checked>(
  participant: Participant,
  access: Access,
  answer: Standing,
  check: (known: Known) => Checked,
): Promise<Checked> {
  const look = (): { checked: Checked; isBehind: boolean } => {
    const known = knownFor(participant, access)
    return { checked: check(known), isBehind: isBehind(known, answer) }
  }
  const first = look()
  if (first.checked !== 'ROOT_UNKNOWN' || !first.isBehind) return first.checked
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      stopChain()
      stopTimer()
    }
    const again = (isLast: boolean): void => {
      try {
        const { checked, isBehind: waits } = look()
        if (checked === 'ROOT_UNKNOWN' && waits && !isLast) return
        stop()
        resolve(checked)
      } catch (error) {
        stop()
        reject(error)
      }
    }
    const stopTimer = participant.timer(participant.patience, () => again(true))
    const stopChain = participant.chain.subscribe(() => again(false))
  })
}

function isBehind({ anchors }: Known, { anchored }: Standing): boolean {
  return anchored !== undefined && anchored.counter > (anchors[0]?.counter ?? 0)
}
