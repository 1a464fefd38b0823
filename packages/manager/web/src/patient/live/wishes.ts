import {
  Acknowledgement,
  Contact,
  type Participant,
  Preview,
  Relationship,
  Share,
  type Submission,
} from '@medrec/library'
import type { Hex } from '@medrec/protocol'
import { live as text } from '../../text/live.ts'
import { groupedBy } from '../groupedBy.ts'
import type { Draft, Outcome, RecordSet, Session, Share as Shown, Who } from '../model.ts'

/** After this long a wish counts as waiting: it stays in the outbox and goes on by itself. */
const patienceMs = 30_000

type Wishes = Pick<
  Session,
  | 'accept'
  | 'decline'
  | 'close'
  | 'stopAllSharing'
  | 'acknowledge'
  | 'share'
  | 'renew'
  | 'stopShare'
  | 'addContact'
>

/** What the screens may want done; each resolves when the chain shows it. */
export function wishesOf(participant: Participant, records: () => readonly RecordSet[]): Wishes {
  const reasoned = (relationship: Hex, reason: string) => ({
    relationship,
    ...(reason !== '' && { reason }),
  })
  return {
    accept: (id) => settled(Relationship.accept(participant, id)),
    decline: (id, reason) => settled(Relationship.reject(participant, reasoned(id, reason))),
    close: (id, reason) => settled(Relationship.close(participant, reasoned(id, reason))),
    stopAllSharing: (relationship) => settled(Relationship.stopAll(participant, { relationship })),
    acknowledge: (set, kind, reason) => {
      const { relationship, id: pointer, current } = set
      const version = { relationship, pointer, version: current?.version ?? 1 }
      return settled(
        kind === 'seen'
          ? Acknowledgement.seen(participant, version)
          : Acknowledgement.wrong(participant, { ...version, reason: reason ?? '' }),
      )
    },
    share: (draft) => grantAll(participant, records(), draft),
    renew: (share, expiresAt) =>
      all(grantsOf(share).map((grant) => Share.renew(participant, { grant, expiresAt }))),
    stopShare: (share) => all(grantsOf(share).map((grant) => Share.revoke(participant, { grant }))),
    addContact: (card, relation) => addContact(participant, card, relation),
  }
}

/** One grant per institution, all of one moment, so that they are one line on the screens. */
async function grantAll(
  participant: Participant,
  records: readonly RecordSet[],
  draft: Draft,
): Promise<Outcome> {
  const chosen = records.filter(({ id }) => draft.choice.has(id))
  const notBefore = Share.startingNow(participant)
  const wishes: Promise<Submission>[] = []
  for (const [relationship, sets] of groupedBy(chosen, (set) => set.relationship)) {
    const entries = await Preview.entriesOf(
      participant,
      sets.map((set) => ({ relationship, pointer: set.id, fields: namesOf(set, draft) })),
    )
    wishes.push(
      Share.grant(participant, {
        relationship,
        viewer: draft.viewer.idTag,
        entries,
        purposes: [draft.purpose],
        expiresAt: draft.until,
        notBefore,
      }),
    )
  }
  return all(wishes)
}

function namesOf(set: RecordSet, draft: Draft): readonly string[] {
  const bits = draft.choice.get(set.id)
  return set.current?.fields.filter(({ bit }) => bits?.has(bit)).map(({ name }) => name) ?? []
}

function grantsOf(share: Shown): readonly Hex[] {
  return [...new Set(share.parts.map(({ grant }) => grant))]
}

async function addContact(participant: Participant, text_: string, relation: string): Promise<Who> {
  const card = cardOf(text_)
  const submission = await Contact.add(participant, {
    card,
    ...(relation !== '' && { relation }),
  })
  const outcome = await settled(Promise.resolve(submission))
  if (outcome.state === 'refused') throw new Error(outcome.reason)
  return { idTag: card.idTag, name: card.name, kind: 'person', relation }
}

/** Reads a card's text; an error in a person's words. */
export function cardOf(written: string): Contact.Card {
  try {
    return Contact.fromText(written)
  } catch (cause) {
    throw new Error(text.notACard, { cause })
  }
}

async function all(wishes: readonly Promise<Submission>[]): Promise<Outcome> {
  const outcomes = await Promise.all(wishes.map(settled))
  return (
    outcomes.find(({ state }) => state === 'refused') ??
    outcomes.find(({ state }) => state === 'waiting') ?? { state: 'done' }
  )
}

/** Waits until the chain shows a wish, for a while. */
export async function settled(wish: Promise<Submission>): Promise<Outcome> {
  const submission = await wish
  const late = AbortSignal.timeout(patienceMs)
  try {
    const outcome = await submission.until('mined', late)
    if (outcome.state !== 'rejected') return { state: 'done' }
    return { state: 'refused', reason: `${text.refused} (${outcome.reason ?? '-'})` }
  } catch (error) {
    if (late.aborted) return { state: 'waiting' }
    throw error
  }
}
