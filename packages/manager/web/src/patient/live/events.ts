import { History, Notifications, type Participant, Query } from '@medrec/library'
import type { Hex } from '@medrec/protocol'
import { acting } from '../../text/acting.ts'
import { live as text } from '../../text/live.ts'
import type { Happening, Looks, Notice, RecordSet, Who } from '../model.ts'
import { otherOf, whoOf } from './people.ts'
import { groupOfGrant } from './shares.ts'

type EventKind = History.HistoryEvent['kind']

const kinds: Readonly<Record<EventKind, Happening['kind'] | undefined>> = {
  proposed: 'proposed',
  accepted: 'accepted',
  rejected: 'declined',
  closed: 'closed',
  pointerAnnounced: undefined,
  updated: 'updated',
  acknowledged: 'acknowledged',
  saidWrong: 'saidWrong',
  granted: 'granted',
  consented: 'consented',
  consentDeclined: 'consentDeclined',
  revoked: 'revoked',
  stoppedAll: 'stoppedAll',
  delegated: 'delegated',
  delegationEnded: 'delegationEnded',
  emergency: 'emergency',
  examined: 'examined',
  reviewed: 'reviewed',
  read: 'read',
  refused: 'refused',
  other: undefined,
}

/** What happened, as the chain tells it. */
export function historyOf(
  participant: Participant,
  records: readonly RecordSet[],
): readonly Happening[] {
  const me = participant.me()
  const joined: readonly Happening[] = me
    ? [{ id: 'registered', at: me.validFrom, kind: 'registered', block: me.block.number }]
    : []
  const told = History.list(participant).flatMap((event, i) => {
    const kind = kinds[event.kind]
    return kind ? [happening(participant, records, event, { kind, id: `${i}` })] : []
  })
  return [...joined, ...told]
}

function happening(
  participant: Participant,
  records: readonly RecordSet[],
  event: History.HistoryEvent,
  { kind, id }: { kind: Happening['kind']; id: string },
): Happening {
  const state = participant.summary().relationships.find((known) => known.id === event.relationship)
  const isMine = event.by === participant.me()?.idTag
  const set = records.find((known) => known.id === event.pointer)
  const other = event.viewer ?? (isMine ? state?.steward : undefined)
  return {
    id,
    at: event.at,
    kind,
    who:
      kind === 'emergency' && event.by
        ? senderOf(participant, event.by, 'emergency')
        : otherOf(participant, event.by),
    other: otherOf(participant, other),
    label:
      set?.label ??
      event.resource ??
      (event.grant && state && whoOf(participant, state.steward).name),
    reason: event.reason,
    block: event.block?.number,
  }
}

/** "Who looked": every read and refusal at every institution, out of their proven logs. */
export async function looksOf(
  participant: Participant,
  records: readonly RecordSet[],
  myName: string,
): Promise<Looks> {
  const states = participant
    .summary()
    .relationships.filter(({ role, status }) => role === 'subject' && status !== 'proposed')
  const missing: string[] = []
  const entries = await Promise.all(
    states.map(async ({ id, steward }) => {
      const log = await Query.readLog(participant, { relationship: id })
      if (!log.ok) {
        missing.push(whoOf(participant, steward).name)
        return []
      }
      return History.withReadings(History.fromLog(id, log.lines)).flatMap((event, i) =>
        look(participant, records, { event, steward, id: `${id}${i}`, myName }),
      )
    }),
  )
  return { entries: entries.flat(), missing }
}

function look(
  participant: Participant,
  records: readonly RecordSet[],
  {
    event,
    steward,
    id,
    myName,
  }: { event: History.HistoryEvent; steward: Hex; id: string; myName: string },
): readonly Happening[] {
  const logged = event.logged ?? {}
  // Whoever asks for the list learns which records and fields there are.
  const isList = logged['kind'] === 'index'
  const kind = isList ? 'read' : kinds[event.kind]
  const isOverseer = event.kind === 'examined' || event.kind === 'reviewed'
  if (!kind || event.by === participant.me()?.idTag) return []
  const set = records.find((known) => known.id === logged['pointer'])
  const names = Array.isArray(logged['elements']) ? logged['elements'].map(String) : []
  const code = typeof logged['code'] === 'string' ? logged['code'] : undefined
  return [
    {
      id,
      at: event.at,
      kind,
      who: isOverseer ? whoOf(participant, steward) : lookerOf(participant, event, myName),
      other: whoOf(participant, steward),
      label: isList ? text.list : set?.label,
      fields: names.map(
        (name) => set?.current?.fields.find((field) => field.name === name)?.label ?? name,
      ),
      reason: code
        ? (text.codes[code] ?? code)
        : (overseenBy(logged) ?? sharerOf(participant, event)),
      block: typeof logged['block'] === 'number' ? logged['block'] : undefined,
      checked: true,
      reading: event.reading,
    },
  ]
}

/** Who looked: by name, with whom she acted for, or as she named herself in an emergency. */
function lookerOf(participant: Participant, event: History.HistoryEvent, myName: string): Who {
  const who = otherOf(participant, event.by)
  if (!who) return { idTag: '0x', name: text.stranger, kind: 'person' }
  const logged = event.logged ?? {}
  if (logged['delegate'] === who.idTag) return { ...who, name: acting.forName(who.name, myName) }
  const named = logged['emergency'] === undefined ? undefined : clinicianOf(participant, who.idTag)
  return named === undefined ? who : { ...who, name: named }
}

/** Who of the institution looked into an emergency, and what she found. */
function overseenBy(logged: Readonly<Record<string, unknown>>): string | undefined {
  const { staff, outcome, remark } = logged
  if (typeof staff !== 'object' || staff === null) return undefined
  const { id, role } = staff as { id?: unknown; role?: unknown }
  const found = typeof outcome === 'string' ? (text.outcomes[outcome] ?? outcome) : undefined
  return [found, remark, `${id} (${role})`].filter(Boolean).join('; ')
}

/** By whom it was shared, when a delegate did. */
function sharerOf(
  participant: Participant,
  { by, logged }: History.HistoryEvent,
): string | undefined {
  const delegate = logged?.['delegate']
  return typeof delegate === 'string' && delegate !== by
    ? acting.sharedBy(whoOf(participant, delegate as Hex).name)
    : undefined
}

const noticeKinds: Readonly<Partial<Record<Notifications.Notification['kind'], Notice['kind']>>> = {
  proposal: 'proposal',
  update: 'update',
  closedBySteward: 'closed',
  shared: 'shared',
  shareEnded: 'stopped',
  consented: 'consent',
  consentDeclined: 'consentDeclined',
  contactChanged: 'contact',
  emergency: 'emergency',
  delegated: 'delegated',
  delegationEnded: 'delegationEnded',
  sharedByDelegate: 'sharedByDelegate',
}

/** Notifications with words and a place to go. */
export async function noticesOf(
  participant: Participant,
  records: readonly RecordSet[],
): Promise<readonly Notice[]> {
  const found = await Notifications.list(participant)
  const all = found.flatMap((one) => {
    const kind = noticeKinds[one.kind]
    if (!kind || !one.from) return []
    return [
      {
        id: one.id,
        at: one.at,
        seen: one.seen,
        who: senderOf(participant, one.from, kind),
        ...detail(participant, records, { one, kind }),
      },
    ]
  })
  return all.filter((one, i) => all.findIndex((other) => isSame(one, other)) === i)
}

/** One act at several institutions is told once. */
function isSame(a: Notice, b: Notice): boolean {
  const isShare = a.kind === 'shared' || a.kind === 'stopped'
  return isShare ? a.kind === b.kind && a.link === b.link : a.id === b.id
}

/** Who did it; in an emergency as she named herself. */
function senderOf(participant: Participant, from: Hex, kind: Notice['kind']): Who {
  const who = whoOf(participant, from)
  return kind === 'emergency' ? { ...who, name: clinicianOf(participant, from) ?? who.name } : who
}

function clinicianOf(participant: Participant, idTag: Hex): string | undefined {
  return participant
    .summary()
    .relationships.flatMap(({ emergencies }) => emergencies)
    .findLast(({ who }) => who === idTag)?.name
}

/** Where notices lead that are about no single thing. */
const places: Readonly<Partial<Record<Notice['kind'], string>>> = {
  emergency: '/me/emergency',
  delegationEnded: '/me',
  sharedByDelegate: '/me/delegates',
  contact: '/me/contacts',
  consent: '/share',
  consentDeclined: '/share',
}

function detail(
  participant: Participant,
  records: readonly RecordSet[],
  { one, kind }: { one: Notifications.Notification; kind: Notice['kind'] },
): Pick<Notice, 'kind' | 'label' | 'link'> {
  if (kind === 'proposal') return { kind, link: `/requests/${one.relationship}` }
  if (kind === 'closed') return { kind, link: `/institutions/${one.relationship}` }
  if (kind === 'delegated') return { kind, link: `/acting/${one.grant}` }
  const link = places[kind]
  if (link) return { kind, link }
  if (kind === 'shared' || kind === 'stopped') {
    const group = one.grant && groupOfGrant(participant, one.grant)
    return { kind, link: group ? `/shared/${encodeURIComponent(group)}` : '/share' }
  }
  const changed = records.find(
    (set) => set.relationship === one.relationship && set.state !== 'current',
  )
  if (!changed) return { kind, label: text.records, link: '/record' }
  return {
    kind:
      changed.state === 'unexplained'
        ? 'unexplained'
        : changed.current?.reason
          ? 'correction'
          : 'update',
    label: changed.label,
    link: `/record/${changed.id}`,
  }
}
