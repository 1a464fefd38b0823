import type { Hex } from '@medrec/protocol'
import type { Participant } from './Participant.ts'
import {
  type DelegationState,
  delegationStanding,
  type RelationshipState,
  type ShareState,
  type SummaryState,
  standingOf,
} from './state.ts'

/** Something that wants a look. The words are the screen's. */
export type Notification = {
  readonly id: string
  readonly kind:
    | 'proposal'
    | 'update'
    | 'answered'
    | 'acknowledged'
    | 'saidWrong'
    | 'closedBySteward'
    | 'closedBySubject'
    | 'shared'
    | 'shareEnded'
    | 'consentWanted'
    | 'consented'
    | 'consentDeclined'
    | 'contactChanged'
    | 'emergency'
    | 'delegated'
    | 'delegationEnded'
    | 'sharedByDelegate'
  /** Unix seconds */
  readonly at: number
  readonly seen: boolean
  readonly relationship?: Hex
  readonly grant?: Hex
  readonly pointer?: Hex
  readonly from?: Hex
}

type Fresh = Omit<Notification, 'seen'>

const table = 'notificationsSeen'

/** Everything that our summary tells us to look at, newest first (paper III-C.2, notifications). */
export async function list(participant: Participant): Promise<readonly Notification[]> {
  const found = notificationsOf(participant.summary(), participant.clock())
  const seen = new Set((await participant.store.list(table)).map(({ key }) => keyText(key)))
  return found
    .map((fresh) => ({ ...fresh, seen: seen.has(fresh.id) }))
    .toSorted((a, b) => b.at - a.at)
}

/** Marks notifications as seen, on this device. */
export function markSeen(participant: Participant, ids: readonly string[]): Promise<void> {
  return participant.store.write(ids.map((id) => ({ table, key: [id], value: true })))
}

/** What a summary tells at a time (unix seconds); pure. */
export function notificationsOf(summary: SummaryState, now: number): readonly Fresh[] {
  return [
    ...summary.relationships.flatMap((state) =>
      state.role === 'subject' ? forSubject(state) : forSteward(state),
    ),
    ...summary.sharedWithMe.flatMap((share) => forViewer(share, now)),
    ...summary.actingFor.flatMap((given) => forDelegate(given, now)),
    ...summary.contacts
      .filter(({ changed }) => changed)
      .map(({ idTag, identity }) => ({
        id: `contactChanged|${idTag}|${identity}`,
        kind: 'contactChanged' as const,
        at: summary.head.time,
        from: idTag,
      })),
  ]
}

function forSubject(state: RelationshipState): readonly Fresh[] {
  const { id: relationship, steward: from } = state
  const of = { relationship, from }
  const found: Fresh[] = []
  if (state.status === 'proposed')
    found.push({ ...of, id: `proposal|${relationship}`, kind: 'proposal', at: state.proposed.time })
  if (state.progress === 'updatePending' && state.lastUpdate)
    found.push({
      ...of,
      id: `update|${relationship}|${state.updates}`,
      kind: 'update',
      at: state.lastUpdate.time,
    })
  if (state.status === 'closedBySteward')
    found.push({
      ...of,
      id: `closed|${relationship}`,
      kind: 'closedBySteward',
      at: state.changed.time,
    })
  for (const share of state.shares) {
    const { grant, consent } = share
    if (consent)
      found.push({
        ...of,
        id: `consented|${grant}`,
        kind: 'consented',
        grant,
        at: consent.block.time,
      })
    found.push(...declineOf(share))
  }
  found.push(...emergenciesOf(state), ...passedOnBy(state))
  return found
}

function emergenciesOf({ id: relationship, emergencies }: RelationshipState): readonly Fresh[] {
  return emergencies.map(({ who, time }) => ({
    ...{ relationship, from: who, kind: 'emergency' as const, at: time },
    id: `emergency|${relationship}|${who}|${time}`,
  }))
}

/** What her delegates shared. */
function passedOnBy({ id: relationship, delegations }: RelationshipState): readonly Fresh[] {
  return delegations.flatMap(({ delegate: from, shares }) =>
    shares.map(({ grant, block }) => ({
      ...{ relationship, from, grant, at: block.time },
      ...{ id: `sharedByDelegate|${grant}`, kind: 'sharedByDelegate' as const },
    })),
  )
}

function forDelegate(given: DelegationState, now: number): readonly Fresh[] {
  const { relationship, subject: from, slot: grant, block, changed } = given
  const of = { relationship, from, grant }
  const standing = delegationStanding(given, now)
  const isOver = standing !== 'live' && standing !== 'notYet'
  const endedAt = standing === 'expired' ? given.expiresAt : changed.time
  return [
    { ...of, id: `delegated|${grant}`, kind: 'delegated', at: block.time },
    ...(isOver
      ? [{ ...of, id: `delegationEnded|${grant}`, kind: 'delegationEnded' as const, at: endedAt }]
      : []),
  ]
}

/** The institution's no, for the subject and for the viewer. */
function declineOf({ grant, relationship, steward: from, declined }: ShareState): readonly Fresh[] {
  if (!declined) return []
  const of = { grant, relationship, from }
  return [
    { ...of, id: `consentDeclined|${grant}`, kind: 'consentDeclined', at: declined.block.time },
  ]
}

function forSteward(state: RelationshipState): readonly Fresh[] {
  const { id: relationship, subject: from, answer } = state
  const of = { relationship, from }
  const found: Fresh[] = []
  if (answer)
    found.push({
      ...of,
      id: `answered|${relationship}|${answer.status}`,
      kind: answer.status === 4 ? 'closedBySubject' : 'answered',
      at: answer.block.time,
    })
  const words = new Map<string, Fresh>() // the same word on the same version is told once
  for (const { id: pointer, acknowledgements } of state.pointers)
    for (const { verdict, version, block } of acknowledgements) {
      const id = `${verdict}|${pointer}|${version}`
      const kind = verdict === 'wrong' ? 'saidWrong' : 'acknowledged'
      words.set(id, { ...of, pointer, id, kind, at: block.time })
    }
  found.push(...words.values())
  for (const { grant, status, block } of state.shares)
    if (status === 'awaitingConsent')
      found.push({
        ...of,
        grant,
        id: `consentWanted|${grant}`,
        kind: 'consentWanted',
        at: block.time,
      })
  return found
}

function forViewer(share: ShareState, now: number): readonly Fresh[] {
  const { grant, relationship, subject: from } = share
  const of = { grant, relationship, from }
  const shared: Fresh = { ...of, id: `shared|${grant}`, kind: 'shared', at: share.block.time }
  const standing = standingOf(share, now)
  if (standing === 'declined') return [shared, ...declineOf(share)]
  if (['live', 'notYet', 'awaitingConsent'].includes(standing)) return [shared]
  const at = standing === 'expired' ? share.expiresAt : share.changed.time
  return [shared, { ...of, id: `shareEnded|${grant}|${standing}`, kind: 'shareEnded', at }]
}

function keyText(key: string | readonly (string | number)[]): string {
  return typeof key === 'string' ? key : String(key[0])
}
