import { Delegation, type Participant, Share, type ShareState, standingOf } from '@medrec/library'
import { type Hex, toHex } from '@medrec/protocol'
import { common } from '../../text/common.ts'
import { groupedBy } from '../groupedBy.ts'
import type { RecordSet, SharedPart, SharedWithMe, Share as Shown } from '../model.ts'
import { whoOf } from './people.ts'
import { whyOf } from './refusals.ts'

type Group = { readonly id: string; readonly states: readonly ShareState[] }

/** Grants of one act: same viewer, purpose and moment, at one institution or several. */
function grouped(states: readonly ShareState[], by: 'viewer' | 'subject'): readonly Group[] {
  const groups = groupedBy(states, (state) =>
    [state[by].slice(2, 18), state.scope.purposes, state.scope.notBefore].join('-'),
  )
  return [...groups].map(([id, members]) => ({ id, states: members }))
}

type Status = Shown['status']

/** Where a group stands: as its liveliest part does. */
function statusOf(states: readonly ShareState[], now: number): Exclude<Status, 'sending'> {
  const standings = states.map((state) => {
    const standing = standingOf(state, now)
    const isOpen = standing === 'awaitingConsent' || standing === 'declined'
    return isOpen && state.expiresAt <= now ? 'expired' : standing
  })
  if (standings.some((one) => one === 'live' || one === 'notYet')) return 'active'
  if (standings.includes('awaitingConsent')) return 'waitingForInstitution'
  if (standings.includes('declined')) return 'declined'
  return standings.every((one) => one === 'expired') ? 'ended' : 'stopped'
}

/** Lowest purpose of a scope (docs/protocol.md section 3). */
export function purposeOf(bits: number): number {
  return Math.max(0, 31 - Math.clz32(bits & -bits))
}

/** What the person shares, newest first. */
export function sharesOf(
  participant: Participant,
  records: readonly RecordSet[],
  now: number,
): readonly Shown[] {
  return grouped(Share.listMine(participant), 'viewer')
    .map(({ id, states }) => {
      const first = states[0] as ShareState
      const status = statusOf(states, now)
      return {
        id,
        viewer: whoOf(participant, first.viewer),
        purpose: purposeOf(first.scope.purposes),
        from: first.scope.notBefore,
        until: Math.max(...states.map(({ expiresAt }) => expiresAt)),
        status,
        stoppedAt: status === 'stopped' ? Math.max(...states.map(stoppedAt)) : undefined,
        declined: states.flatMap(({ steward, declined }) =>
          declined ? [{ institution: whoOf(participant, steward), reason: declined.reason }] : [],
        ),
        parts: states.flatMap((state) => partsOf(participant, state, records)),
      }
    })
    .toSorted((a, b) => b.from - a.from)
}

function stoppedAt(state: ShareState): number {
  return state.changed.time
}

function partsOf(
  participant: Participant,
  state: ShareState,
  records: readonly RecordSet[],
): readonly SharedPart[] {
  const institution = whoOf(participant, state.steward)
  return state.scope.entries.map((entry) => {
    const set = records.find(({ id }) => id === toHex(entry.pointer))
    const fields = set?.current?.fields.filter(({ bit }) => (entry.mask >> BigInt(bit)) & 1n) ?? []
    return {
      grant: state.grant,
      relationship: state.relationship,
      institution,
      label: set?.label ?? categoryName(entry.category),
      category: entry.category,
      fields: fields.map(({ label }) => label),
    }
  })
}

function categoryName(category: number): string {
  return common.categories[category] ?? String(category)
}

/** What others let the person see, newest first. */
export function sharedWithMe(participant: Participant, now: number): readonly SharedWithMe[] {
  return grouped(Share.listSharedWithMe(participant), 'subject')
    .map(({ id, states }) => {
      const first = states[0] as ShareState
      return {
        id,
        subject: whoOf(participant, first.subject),
        purpose: purposeOf(first.scope.purposes),
        from: first.scope.notBefore,
        until: Math.max(...states.map(({ expiresAt }) => expiresAt)),
        status: statusOf(states, now),
        labels: [
          ...new Set(
            states.flatMap(({ scope }) =>
              scope.entries.map(({ category }) => categoryName(category)),
            ),
          ),
        ],
        parts: states.map((state) => partOf(participant, state, now)),
      }
    })
    .toSorted((a, b) => b.from - a.from)
}

/** What the chain says of a grant that opens nothing; our clock alone keeps nobody from asking before its time. */
export function shutBy(state: ShareState, now: number): string | undefined {
  const standing = standingOf(state, now)
  return standing === 'live' || standing === 'notYet' ? undefined : standing
}

function partOf(
  participant: Participant,
  state: ShareState,
  now: number,
): SharedWithMe['parts'][0] {
  const code = shutBy(state, now)
  const why = code === undefined ? undefined : whyOf({ code })
  return { grant: state.grant, institution: whoOf(participant, state.steward), why }
}

/** The grants behind one line of "shared with me". */
export function grantsOf(participant: Participant, id: string): readonly ShareState[] {
  const groups = grouped(Share.listSharedWithMe(participant), 'subject')
  return groups.find((group) => group.id === id)?.states ?? []
}

/** The line under which a grant stands, mine or shared with me. */
export function groupOfGrant(participant: Participant, grant: Hex): string | undefined {
  return grouped(Share.listSharedWithMe(participant), 'subject').find(({ states }) =>
    states.some((state) => state.grant === grant),
  )?.id
}

/** When the next share or delegation ends by itself, in unix seconds. */
export function nextEnd(participant: Participant, now: number): number | undefined {
  const shares = [...Share.listMine(participant), ...Share.listSharedWithMe(participant)]
  const delegations = [
    ...Delegation.listGiven(participant),
    ...Delegation.listActingFor(participant),
  ]
  const ends = [...shares, ...delegations]
    .map(({ expiresAt }) => expiresAt)
    .filter((end) => end > now)
  return ends.length > 0 ? Math.min(...ends) : undefined
}
