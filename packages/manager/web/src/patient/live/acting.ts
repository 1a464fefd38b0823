import {
  DelegatedShare,
  Delegation,
  type DelegationState,
  delegationStanding,
  Emergency,
  type Participant,
  Query,
  type Refusal,
  standingOf,
} from '@medrec/library'
import { type Hex, hasRight, isDelegated } from '@medrec/protocol'
import { common } from '../../text/common.ts'
import type {
  EmergencyAnswer,
  EmergencyDraft,
  EmergencyLine,
  Outcome,
  RecordSet,
  Right,
  Session,
  SharedAnswer,
  Delegation as Shown,
} from '../model.ts'
import { patiently, type Rules } from './patiently.ts'
import { whoOf } from './people.ts'
import { refusalText, whyOf } from './refusals.ts'
import { setOf } from './tables.ts'
import { cardOf, settled } from './wishes.ts'

/** Numbers of purposes (docs/protocol.md section 3). */
const [familyPurpose, emergencyPurpose] = [2, 6]
/** All categories that the screens have words for. */
export const allCategories: readonly number[] = Object.keys(common.categories).map(Number)

type Acting = Pick<
  Session,
  | 'delegate'
  | 'endDelegation'
  | 'openFor'
  | 'shareFor'
  | 'stopFor'
  | 'setEmergency'
  | 'openEmergency'
>

/** What the screens ask for in acting for somebody and in emergencies. */
export function actingOf(participant: Participant): Acting {
  return {
    delegate: ({ delegate, until, ...rest }) =>
      settled(
        Delegation.give(participant, { ...rest, delegate: delegate.idTag, expiresAt: until }),
      ),
    endDelegation: ({ id: slot }) => settled(Delegation.end(participant, { slot })),
    openFor: (delegation, left) => openFor(participant, delegation, left),
    shareFor: (delegation, set, viewer, until) =>
      shareFor(participant, { delegation, set, viewer: viewer.idTag, until }),
    stopFor: (grant) => settled(DelegatedShare.revoke(participant, grant)),
    setEmergency: (relationship, categories) =>
      settled(
        Emergency.setProfile(participant, {
          relationship,
          categories: allCategories.every((one) => categories.includes(one)) ? 'all' : categories,
        }),
      ),
    openEmergency: (draft) => openEmergency(participant, draft),
  }
}

/** Delegations that the person gave. */
export function givenOf(participant: Participant, now: number): readonly Shown[] {
  return Delegation.listGiven(participant).map((state) => shownOf(participant, state, now))
}

/** Delegations by which the person acts for others. */
export function actingForOf(participant: Participant, now: number): readonly Shown[] {
  return Delegation.listActingFor(participant).map((state) => shownOf(participant, state, now))
}

/** Who opened her records in an emergency, newest first. */
export function emergenciesOf(participant: Participant): readonly EmergencyLine[] {
  return participant
    .summary()
    .relationships.flatMap(({ role, steward, emergencies }) =>
      role === 'subject'
        ? emergencies.map(({ who, name, reason, time, expires }) => ({
            id: `${steward}${who}${time}`,
            institution: whoOf(participant, steward),
            ...{ name, reason, at: time, until: expires },
          }))
        : [],
    )
    .toSorted((a, b) => b.at - a.at)
}

/** Categories whose bits are set, among those that the screens have words for. */
export function categoriesIn(bits: number): readonly number[] {
  return allCategories.filter((category) => isDelegated(bits, category))
}

function shownOf(participant: Participant, state: DelegationState, now: number): Shown {
  const standing = delegationStanding(state, now)
  const isActive = standing === 'live' || standing === 'notYet'
  return {
    id: state.slot,
    subject: whoOf(participant, state.subject),
    delegate: whoOf(participant, state.delegate),
    institution: whoOf(participant, state.steward),
    categories: categoriesIn(state.delegation.categories),
    mayShare: hasRight(state.delegation.rights, true),
    until: state.expiresAt,
    status: isActive ? 'active' : standing === 'expired' ? 'ended' : 'stopped',
    shares: state.shares.map((share) => ({
      grant: share.grant,
      viewer: whoOf(participant, share.viewer),
      until: share.expiresAt,
      isActive: standingOf(share, now) === 'live',
    })),
  }
}

async function openFor(
  participant: Participant,
  delegation: Shown,
  left: AbortSignal,
): Promise<SharedAnswer> {
  const { id: slot } = delegation
  const right = { source: { delegation: slot }, purpose: familyPurpose }
  const shut = (): string | undefined => {
    const state = participant.summary().actingFor.find((one) => one.slot === slot)
    const standing = state ? delegationStanding(state, participant.clock()) : 'closed'
    return standing === 'live' || standing === 'notYet' ? undefined : standing
  }
  const sets = await setsOf(participant, right, { left, shut })
  if ('ok' in sets) return { kind: 'refused', why: whyOf(sets) }
  return {
    kind: 'records',
    missing: [],
    sets: sets.map((set) => ({ ...set, institution: delegation.institution })),
  }
}

async function openEmergency(
  participant: Participant,
  draft: EmergencyDraft,
): Promise<EmergencyAnswer> {
  const { institution: steward, name, reason } = draft
  const patient = cardOf(draft.card).idTag
  const opened = await Emergency.open(participant, { patient, steward, name, reason })
  if (!opened.ok) return { kind: 'refused', words: refusalText(opened) }
  const { emergency } = opened
  const right = { source: { emergency }, purpose: emergencyPurpose }
  const sets = await setsOf(participant, right, {
    shut: () => (participant.clock() < emergency.expires ? undefined : 'expired'),
  })
  if ('ok' in sets) return { kind: 'refused', words: refusalText(sets) }
  return { kind: 'opened', until: emergency.expires, sets }
}

async function setsOf(
  participant: Participant,
  { source, purpose }: Right,
  rules: Rules,
): Promise<readonly RecordSet[] | Refusal> {
  const index = await patiently(participant, rules, () => Query.index(participant, source))
  if (!index.ok) return index
  const sets: RecordSet[] = []
  for (const { pointer } of index.index.pointers) {
    const asked = { ...source, pointer, purpose }
    const read = await patiently(participant, rules, () => Query.read(participant, asked))
    if (!read.ok) return read
    const rest = { pointer: undefined, change: undefined, trouble: undefined }
    const institution = whoOf(participant, read.result.steward)
    sets.push(setOf({ ...rest, institution, current: read.result, right: { source, purpose } }))
  }
  return sets
}

async function shareFor(
  participant: Participant,
  wanted: { delegation: Shown; set: RecordSet; viewer: Hex; until: number },
): Promise<Outcome> {
  const { delegation, set, viewer, until } = wanted
  const source = { delegation: delegation.id }
  const index = await Query.index(participant, source)
  if (!index.ok) return { state: 'refused', reason: refusalText(index) }
  const found = index.index.pointers.find(({ pointer }) => pointer === set.id)
  if (!found) return { state: 'refused' }
  const { pointer, category, schema, catalogue } = found
  const mask = catalogue.fields.reduce((all, { bit }) => all | (1n << BigInt(bit)), 0n)
  const entry = { pointer, category, schema, catalogue: catalogue.version }
  return settled(
    DelegatedShare.grant(participant, {
      ...source,
      viewer,
      entries: [{ ...entry, mask: `0x${mask.toString(16)}` }],
      purposes: [familyPurpose],
      expiresAt: Math.min(until, delegation.until),
    }),
  )
}
