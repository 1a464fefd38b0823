import type { Profile } from '@medrec/client'
import { categoryBits, fromHex, type Hex, signContent, toHex } from '@medrec/protocol'
import { type Refusal, refusalOf } from './access.ts'
import { disbelieved } from './disbelief.ts'
import { registered, seal } from './letters.ts'
import type { Participant } from './Participant.ts'
import * as Relationship from './Relationship.ts'
import { ask } from './request.ts'
import { toEmergencyAnswer } from './shapes.ts'
import type { RelationshipState } from './state.ts'
import type { Submission } from './submission.ts'
import type { EmergencyAnswer } from './wire.ts'

/** What a steward tells a subject of an emergency access. */
export type Told = {
  readonly relationship: Hex
  readonly who: Hex
  readonly name: string
  readonly reason: string
  /** Unix seconds */
  readonly opened: number
  readonly expires: number
}

/** An emergency access of ours; it names itself to `Query.index` and `Query.read`. */
export type Opened = EmergencyAnswer & { readonly reason: string; readonly opened: number }

const table = 'emergencies'

/**
 * Opens an emergency access to a patient's records at an institution (break-glass): for those whom the
 * institutions certified for it, read-only, four hours. The patient is always told.
 */
export async function open(
  participant: Participant,
  options: {
    readonly patient: Hex
    readonly steward: Hex
    /** How the clinician calls herself. */
    readonly name: string
    readonly reason: string
  },
): Promise<{ readonly ok: true; readonly emergency: Opened } | Refusal> {
  const { patient, steward, name, reason } = options
  const profile = participant.chain.view().profile(steward)
  if (!profile) return { ...noAddress }
  const reply = await ask({
    identity: participant,
    me: registered(participant),
    profile: profile satisfies Profile,
    path: '/emergency',
    body: (common) => ({ patient, name, reason, ...common }),
  })
  if (reply.kind === 'refusal') return refusalOf(reply)
  const answer = toEmergencyAnswer(reply.body)
  if (!answer || answer.subject !== patient || answer.steward !== steward)
    return disbelieved('ANSWER_MALFORMED')
  const emergency = { ...answer, reason, opened: Math.floor(participant.clock()) }
  await participant.store.write([{ table, key: [answer.emergency], value: emergency }])
  return { ok: true, emergency }
}

/** Emergency accesses that we opened and that are not over, newest first. */
export async function listOpened(participant: Participant): Promise<readonly Opened[]> {
  const found = await participant.store.list<Opened>(table)
  return found
    .map(({ value }) => value)
    .filter(({ expires }) => expires > participant.clock())
    .toSorted((a, b) => b.opened - a.opened)
}

/** Whether the institutions certified us for emergencies. */
export function mayOpen(participant: Participant): boolean {
  const me = participant.me()
  return me !== undefined && participant.chain.view().hasRole(me.idTag, 'emergency')
}

/** Says what may be read in an emergency, by category; none: nothing. The last word counts, as soon as it is pushed. */
export async function setProfile(
  participant: Participant,
  options: { readonly relationship: Hex; readonly categories: readonly number[] | 'all' },
): Promise<Submission> {
  const state = Relationship.of(participant, options.relationship, 'subject')
  const { categories } = options
  const time = nextWord(participant, state)
  const bits = categories === 'all' ? 0xffff_ffff : categoryBits(categories)
  const content = {
    kind: 'emergencyProfile' as const,
    ...{ relationship: fromHex(state.id), categories: bits, time },
  }
  const letter = seal(participant, state.steward, content, { signed: true })
  const signature = signContent(content, {
    ...{ account: participant.keys.identity, domain: participant.domain },
    ...{ idTag: fromHex(registered(participant).idTag), reader: fromHex(state.steward) },
  })
  const { id: relationship, steward } = state
  const profile = { relationship, categories: bits, time, signature: toHex(signature) }
  return participant.outbox.add({
    about: { kind: 'emergencyProfile', relationship, time },
    ...letter,
    push: { steward, share: undefined, profile },
  })
}

/** A time after all words that she said before, also of those on their way. */
function nextWord(participant: Participant, { id, emergencyWord }: RelationshipState): number {
  const waiting = participant.outbox
    .pending()
    .filter(({ about }) => about['kind'] === 'emergencyProfile' && about['relationship'] === id)
    .map(({ about }) => Number(about['time']))
  const latest = Math.max(emergencyWord, ...waiting)
  return Math.max(Math.floor(participant.clock()), latest + 1)
}

/** Tells a subject of an emergency access; the note is on disk when this resolves. */
export function tell(participant: Participant, told: Told): Promise<Submission> {
  const { subject } = Relationship.of(participant, told.relationship, 'steward')
  const { relationship, who, name, reason, opened, expires } = told
  const letter = seal(
    participant,
    subject,
    {
      kind: 'emergency',
      relationship: fromHex(relationship),
      who: fromHex(who),
      name,
      reason,
      time: opened,
      expires,
    },
    { signed: true },
  )
  return participant.outbox.add({ about: { kind: 'emergency', relationship }, ...letter })
}

const noAddress: Refusal = {
  ok: false,
  code: 'NO_PROFILE',
  words: 'The institution has no public address.',
  status: 0,
  signed: false,
}
