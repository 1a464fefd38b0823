import type { BlockRef } from '@medrec/client'
import { type Hex, toHex } from '@medrec/protocol'
import type { Participant } from './Participant.ts'
import type { LogLine } from './Query.ts'
import { joinReadings, type PartRead, type Reading } from './readings.ts'
import type { DeclineState, DelegationState, RelationshipState, ShareState } from './state.ts'

/** Something that happened, for the page "history" of both sides. */
export type HistoryEvent = {
  /** Unix seconds */
  readonly at: number
  readonly kind:
    | 'proposed'
    | 'accepted'
    | 'rejected'
    | 'closed'
    | 'pointerAnnounced'
    | 'updated'
    | 'acknowledged'
    | 'saidWrong'
    | 'granted'
    | 'consented'
    | 'consentDeclined'
    | 'revoked'
    | 'stoppedAll'
    | 'delegated'
    | 'delegationEnded'
    | 'emergency'
    | 'read'
    | 'refused'
    | 'examined'
    | 'reviewed'
    | 'other'
  /** idTag of the one who did it, if known. */
  readonly by: Hex | undefined
  readonly relationship: Hex
  readonly grant?: Hex
  readonly viewer?: Hex
  readonly pointer?: Hex
  readonly resource?: string
  readonly version?: number
  readonly reason?: string
  /** Absent when a log tells it. */
  readonly block?: BlockRef
  /** The log's own words, for an event out of a log. */
  readonly logged?: Readonly<Record<string, unknown>>
  /** Of a record that was read in parts: how much, until when. */
  readonly reading?: Reading
}

/** What the chain says of our relationships and of what was shared with us, oldest first. */
export function list(
  participant: Participant,
  only: { readonly relationship?: Hex } = {},
): readonly HistoryEvent[] {
  const { relationships, sharedWithMe } = participant.summary()
  return [...relationships.flatMap(eventsOf), ...sharedWithMe.flatMap(shareEvents)]
    .filter(({ relationship }) => !only.relationship || relationship === only.relationship)
    .toSorted(byTime)
}

/** Reads and refusals out of an access log (`Query.readLog`), to be merged into the history. */
export function fromLog(relationship: Hex, lines: readonly LogLine[]): readonly HistoryEvent[] {
  return lines.map(({ text }) => {
    const logged = parsed(text)
    const who = logged['who'] as { idTag?: unknown } | undefined
    const kind = logged['kind']
    return {
      at: typeof logged['time'] === 'number' ? logged['time'] : 0,
      kind: isTold(kind) ? kind : 'other',
      by: typeof who?.idTag === 'string' ? (who.idTag as Hex) : undefined,
      relationship,
      logged,
    }
  })
}

/** Events out of a log, with the parts of one reading told as one event. */
export function withReadings(events: readonly HistoryEvent[]): readonly HistoryEvent[] {
  return [...joinReadings(events, partOf)]
    .map(({ entry, reading }) => ({ ...entry, ...(reading && { reading }) }))
    .toSorted(byTime)
}

function partOf({ at, kind, by, relationship, logged = {} }: HistoryEvent): PartRead | undefined {
  const { part, pointer, version, elements, purpose, grant, delegate, emergency } = logged
  if (kind !== 'read' || !isPart(part)) return undefined
  const right = [grant, delegate, emergency, purpose]
  return {
    time: at,
    of: JSON.stringify([relationship, by, right, pointer, version, elements]),
    part,
  }
}

function isPart(part: unknown): part is PartRead['part'] {
  if (typeof part !== 'object' || part === null) return false
  const { number, of, rows } = part as Record<string, unknown>
  return [number, of, rows].every(Number.isSafeInteger)
}

/** Entries of a log that have a name in a history. */
const toldKinds = ['read', 'refused', 'emergency', 'examined', 'reviewed'] as const

function isTold(kind: unknown): kind is (typeof toldKinds)[number] {
  return toldKinds.some((one) => one === kind)
}

/** Joins histories, oldest first. */
export function merge(...histories: readonly (readonly HistoryEvent[])[]): readonly HistoryEvent[] {
  return histories.flat().toSorted(byTime)
}

/** Blocks can share a second; what a log tells of that second comes after them. */
function byTime(a: HistoryEvent, b: HistoryEvent): number {
  return a.at - b.at || blockOf(a) - blockOf(b)
}

function blockOf({ block }: HistoryEvent): number {
  return block?.number ?? Number.MAX_SAFE_INTEGER
}

function event(block: BlockRef, rest: Omit<HistoryEvent, 'at' | 'block'>): HistoryEvent {
  return { at: block.time, block, ...rest }
}

function eventsOf(state: RelationshipState): readonly HistoryEvent[] {
  const { id: relationship, steward, subject } = state
  return [
    event(state.proposed, { kind: 'proposed', by: steward, relationship }),
    ...answers(state),
    ...state.pointers.flatMap((pointer) => {
      const { resource, block, version, acknowledgements, id } = pointer
      const of = { relationship, pointer: id, resource }
      return [
        event(block, { ...of, kind: 'pointerAnnounced', by: steward, version }),
        ...acknowledgements.map((word) =>
          event(word.block, {
            ...of,
            kind: word.verdict === 'wrong' ? 'saidWrong' : 'acknowledged',
            by: subject,
            version: word.version,
            ...(word.reason !== undefined && { reason: word.reason }),
          }),
        ),
      ]
    }),
    ...(state.lastUpdate
      ? [event(state.lastUpdate, { kind: 'updated', by: steward, relationship })]
      : []),
    ...(state.epoch > 0
      ? [event(state.changed, { kind: 'stoppedAll', by: subject, relationship })]
      : []),
    ...state.shares.flatMap(shareEvents),
    ...state.delegations.flatMap(delegationEvents),
    ...state.emergencies.map(({ who, reason, block }) =>
      event(block, { kind: 'emergency', by: who, relationship, reason }),
    ),
  ]
}

function answers(state: RelationshipState): readonly HistoryEvent[] {
  const { id: relationship, steward, subject, answer, status } = state
  const events: HistoryEvent[] = []
  if (answer?.status === 2)
    events.push(event(answer.block, { kind: 'accepted', by: subject, relationship }))
  const reason = answer?.reason
  const ended = { relationship, ...(reason !== undefined && { reason }) }
  if (status === 'rejected')
    events.push(event(state.changed, { kind: 'rejected', by: subject, ...ended }))
  if (status === 'closedBySubject')
    events.push(event(state.changed, { kind: 'closed', by: subject, ...ended }))
  if (status === 'closedBySteward')
    events.push(event(state.changed, { kind: 'closed', by: steward, relationship }))
  return events
}

function shareEvents(share: ShareState): readonly HistoryEvent[] {
  const { relationship, grant, viewer, subject, steward, consent, declined, reason, by } = share
  const of = { relationship, grant, viewer }
  return [
    event(share.block, {
      ...of,
      kind: 'granted',
      by: by ? toHex(by.delegation.delegate) : subject,
    }),
    ...(consent ? [event(consent.block, { ...of, kind: 'consented' as const, by: steward })] : []),
    ...(declined ? [event(declined.block, declinedBy(steward, of, declined))] : []),
    ...(share.status === 'revoked'
      ? [
          event(share.changed, {
            ...of,
            kind: 'revoked',
            by: consent?.revoked ? steward : subject,
            ...(reason !== undefined && { reason }),
          }),
        ]
      : []),
  ]
}

function delegationEvents(given: DelegationState): readonly HistoryEvent[] {
  const { relationship, slot: grant, delegate: viewer, subject: by, reason } = given
  const of = { relationship, grant, viewer, by }
  return [
    event(given.block, { ...of, kind: 'delegated' }),
    ...(given.status === 'revoked'
      ? [
          event(given.changed, {
            ...of,
            kind: 'delegationEnded',
            ...(reason !== undefined && { reason }),
          }),
        ]
      : []),
  ]
}

function declinedBy(
  by: Hex,
  of: Pick<HistoryEvent, 'relationship' | 'grant' | 'viewer'>,
  { reason }: DeclineState,
): Omit<HistoryEvent, 'at' | 'block'> {
  return { ...of, kind: 'consentDeclined', by, ...(reason !== undefined && { reason }) }
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const json: unknown = JSON.parse(text)
    return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : { text }
  } catch {
    return { text } // a log of another form is shown as it stands
  }
}
