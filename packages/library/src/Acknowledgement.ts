import { fromHex, type Hex } from '@medrec/protocol'
import { seal } from './letters.ts'
import type { Participant } from './Participant.ts'
import * as Relationship from './Relationship.ts'
import type { Submission } from './submission.ts'

type Version = { readonly relationship: Hex; readonly pointer: Hex; readonly version: number }

/** Tells the steward that this version was seen (paper III-B, SC status "acknowledged"). */
export function seen(participant: Participant, version: Version): Promise<Submission> {
  return acknowledge(participant, version, { verdict: 0, reason: undefined })
}

/** Tells the steward that this version is wrong, and why. */
export function wrong(
  participant: Participant,
  version: Version & { readonly reason: string },
): Promise<Submission> {
  return acknowledge(participant, version, { verdict: 1, reason: version.reason })
}

async function acknowledge(
  participant: Participant,
  version: Version,
  said: { verdict: 0 | 1; reason: string | undefined },
): Promise<Submission> {
  const { steward } = Relationship.of(participant, version.relationship, 'subject')
  const letter = seal(
    participant,
    steward,
    {
      kind: 'acknowledgement',
      relationship: fromHex(version.relationship),
      pointer: fromHex(version.pointer, 16),
      version: version.version,
      ...said,
    },
    { signed: true },
  )
  const about = { kind: 'acknowledge', relationship: version.relationship }
  return participant.outbox.add({ about, ...letter })
}
