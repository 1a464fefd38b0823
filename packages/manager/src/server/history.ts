import type { Gatekeeper, LogEntry, PointerOverview } from '@medrec/gatekeeper'
import { History, type Participant } from '@medrec/library'
import { type Hex, origins } from '@medrec/protocol'

/** One line of what happened, for the institution's page of a patient. */
export type HistoryLine = {
  readonly at: number
  readonly kind: string
  readonly text?: string
  readonly by?: string
  readonly reason?: string
}

const chainKinds: Readonly<Partial<Record<History.HistoryEvent['kind'], string>>> = {
  proposed: 'proposed',
  accepted: 'accepted',
  rejected: 'declined',
  closed: 'closed',
  acknowledged: 'seen',
  saidWrong: 'wrong',
  granted: 'granted',
  consented: 'consented',
  consentDeclined: 'consentDeclined',
  revoked: 'revoked',
  stoppedAll: 'revoked',
}

/** Everything that happened with a patient's records here, newest first. */
export function historyOf(
  facts: { participant: Participant; gatekeeper: Gatekeeper },
  options: { relationship: Hex; pointers: readonly PointerOverview[]; patientName: string },
): readonly HistoryLine[] {
  const { participant, gatekeeper } = facts
  const { relationship, pointers, patientName } = options
  const { nameOf } = namesFor(participant, relationship, patientName)
  const own = pointers.filter((pointer) => pointer.relationship === relationship)
  const oldestFirst = [
    ...own.flatMap(versionLines),
    ...History.list(participant, { relationship }).flatMap((event) =>
      chainLine(event, own, nameOf),
    ),
    ...gatekeeper
      .log({ from: 0, to: Number.MAX_SAFE_INTEGER, relationship })
      .flatMap((entry) => logLine(entry, own, nameOf)),
  ].toSorted((a, b) => a.at - b.at)
  // Turned round, not sorted the other way: what one second holds is turned round, too.
  return oldestFirst.toReversed()
}

/** How people are named to staff: the patient by name, institutions by theirs, others by role. */
export function namesFor(
  participant: Participant,
  relationship: Hex | undefined,
  patientName: string,
): { readonly nameOf: (idTag: Hex | undefined) => string } {
  const state = participant.summary().relationships.find(({ id }) => id === relationship)
  const view = participant.chain.view()
  return {
    nameOf: (idTag) => {
      if (idTag === undefined) return 'Somebody unknown'
      if (idTag === state?.subject) return patientName
      return view.profile(idTag)?.name ?? 'A person the patient chose'
    },
  }
}

function versionLines(pointer: PointerOverview): readonly HistoryLine[] {
  return pointer.history.map(({ version, origin, time, reason, staff }) => ({
    at: time,
    kind: kindOf(version, origin, reason),
    text: `${pointer.label}, version ${version}`,
    ...(staff === null ? {} : { by: staffName(staff) }),
    ...(reason === null ? {} : { reason }),
  }))
}

function kindOf(version: number, origin: number, reason: string | null): string {
  if (origin === origins.unexplained) return 'unexplained'
  if (reason !== null) return 'corrected'
  return version === 1 ? 'added' : 'updated'
}

function staffName(json: string): string {
  const staff = JSON.parse(json) as { readonly name?: string; readonly role?: string }
  return [staff.name, staff.role].filter((part) => part).join(', ')
}

function chainLine(
  event: History.HistoryEvent,
  pointers: readonly PointerOverview[],
  nameOf: (idTag: Hex | undefined) => string,
): readonly HistoryLine[] {
  const kind = chainKinds[event.kind]
  if (!kind) return []
  const label = pointers.find(({ pointer }) => pointer === event.pointer)?.label
  const version = label !== undefined && event.version !== undefined
  const viewer = event.viewer === undefined ? undefined : nameOf(event.viewer)
  const text = version ? `${label}, version ${event.version}` : (label ?? viewer)
  return [
    {
      at: event.at,
      kind,
      by: nameOf(event.by),
      ...(text === undefined ? {} : { text }),
      ...(event.reason === undefined ? {} : { reason: event.reason }),
    },
  ]
}

function logLine(
  entry: LogEntry,
  pointers: readonly PointerOverview[],
  nameOf: (idTag: Hex | undefined) => string,
): readonly HistoryLine[] {
  if (entry.kind !== 'read' && entry.kind !== 'refused') return []
  const label = pointers.find(({ pointer }) => pointer === entry.pointer)?.label
  return [
    {
      at: entry.time,
      kind: entry.kind,
      by: nameOf(entry.who.idTag),
      ...(label === undefined ? {} : { text: label }),
      ...(entry.code === undefined ? {} : { reason: entry.code }),
    },
  ]
}
