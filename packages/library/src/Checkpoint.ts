import { fromHex, type Hex } from '@medrec/protocol'
import { registered, seal } from './letters.ts'
import type { Participant } from './Participant.ts'
import type { Submission } from './submission.ts'

/**
 * Seals what we saw of our relationships' indexes in a note to ourselves, so that after a restore nothing
 * older can be shown to us as current (docs/protocol.md 8.2).
 */
export async function post(
  participant: Participant,
  seen: readonly { readonly relationship: Hex; readonly index: Hex; readonly updates: number }[],
): Promise<Submission> {
  const me = registered(participant)
  const time = Math.floor(participant.clock())
  const letter = seal(
    participant,
    me.idTag,
    {
      kind: 'checkpoint',
      seen: seen.map(
        ({ relationship, index, updates }) =>
          [fromHex(relationship, 32), fromHex(index, 32), updates] as const,
      ),
      time,
    },
    { signed: false },
  )
  return participant.outbox.add({ about: { kind: 'checkpoint' }, ...letter })
}
