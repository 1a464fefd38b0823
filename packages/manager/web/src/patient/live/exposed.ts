import { Exposure, type Participant } from '@medrec/library'
import { live } from '../../text/live.ts'
import type { Exposed } from '../model.ts'

const text = live.exposed

/** What a stranger with a copy of the chain sees, in plain words, with this person's numbers. */
export function exposedOf(participant: Participant): readonly Exposed[] {
  if (!participant.me()) return []
  const { crowd, ours } = Exposure.facts(participant)
  return [
    {
      what: text.membersWhat,
      seen: text.membersSeen(crowd.registered),
      hidden: text.membersHidden,
    },
    {
      what: text.relationsWhat,
      seen: text.relationsSeen(crowd.events),
      hidden: text.relationsHidden(ours.relationships),
    },
    { what: text.sharesWhat, seen: text.sharesSeen, hidden: text.sharesHidden(ours.shares) },
    {
      what: text.notesWhat,
      seen: text.notesSeen,
      hidden: text.notesHidden(ours.notesReceived + ours.notesWritten),
    },
    { what: text.recordsWhat, seen: text.recordsSeen, hidden: text.recordsHidden },
    { what: text.timeWhat, seen: text.timeSeen, hidden: text.timeHidden },
    { what: text.insidersWhat, seen: text.insidersSeen, hidden: text.insidersHidden },
  ]
}
