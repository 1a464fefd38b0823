import type { Profile } from '@medrec/client'
import { fromHex, type Hex, type Scope, toHex } from '@medrec/protocol'
import { registered } from './letters.ts'
import type { Participant } from './Participant.ts'
import { ask, type Exchange, type Reply } from './request.ts'
import * as Scopes from './Scopes.ts'
import type { DelegationState, GivenDelegation, RelationshipState, ShareState } from './state.ts'
import type { Known } from './verifyRoots.ts'
import type { EmergencyAnswer, PresentedDelegation, PresentedShare } from './wire.ts'

/** A read that was refused, or whose answer is not believed. */
export type Refusal = {
  readonly ok: false
  readonly code: string
  readonly words: string
  /** HTTP status; 0 when nobody answered. */
  readonly status: number
  /** The institution signed its refusal. */
  readonly signed: boolean
  /** What proves the refusal (`Proof.of`), when it is signed. */
  readonly exchange?: Exchange
  /** Seconds after which asking again may help, when the institution says so. */
  readonly retryAfter?: number
}

/** By what right, and where, a record is read. */
export type Access = {
  readonly relationship: Hex
  readonly subject: Hex
  readonly steward: Hex
  readonly profile: Profile
  readonly salt: Uint8Array | undefined
  readonly scope: Scope | undefined
  readonly grant: Hex | undefined
  /** Map key of the index, where neither terms nor a scope tell it. */
  readonly index: Uint8Array | undefined
  readonly state: RelationshipState | undefined
  /** What is presented with each request. */
  readonly presented: Presented
}

type Presented = {
  readonly share?: PresentedShare
  readonly delegation?: PresentedDelegation
  readonly emergency?: Hex
}

/** What to read: our own record, one shared with us, one of whom we act for, or one in an emergency. */
export type Source =
  | { readonly relationship: Hex }
  | { readonly grant: Hex }
  | { readonly delegation: Hex }
  | { readonly emergency: EmergencyAnswer }

/** Finds by what right we read, in our summary, and the steward's public profile. */
export function accessTo(participant: Participant, source: Source): Access | Refusal {
  const found = rightTo(participant, source)
  if ('ok' in found) return found
  const profile = participant.chain.view().profile(found.steward)
  return profile ? { ...found, profile } : noProfile
}

type Right = Omit<Access, 'profile'>

function rightTo(participant: Participant, source: Source): Right | Refusal {
  const { relationships, sharedWithMe, actingFor } = participant.summary()
  if ('emergency' in source) return inEmergency(source.emergency)
  if ('delegation' in source) {
    const given = actingFor.find(({ slot }) => slot === source.delegation)
    return given
      ? byDelegation(given)
      : refusal('DELEGATION_UNKNOWN', 'We may not act for anybody by this.')
  }
  if ('grant' in source) {
    const share = sharedWithMe.find(({ grant }) => grant === source.grant)
    return share ? bySharing(share) : refusal('SHARE_UNKNOWN', 'Nobody shared this with us.')
  }
  const state = relationships.find(
    ({ id, role }) => id === source.relationship && role === 'subject',
  )
  return state ? ofOurOwn(state) : refusal('RELATIONSHIP_UNKNOWN', 'We have no such relationship.')
}

/** What we know by ourselves of the steward: its key, and the roots that count now. */
export function knownFor(participant: Participant, access: Access): Known {
  return {
    domain: participant.domain,
    anchorKey: access.profile.anchorKey,
    anchors: participant.chain.view().recentAnchors(access.steward),
    now: participant.clock(),
  }
}

/** Asks the steward's node, signed with today's request key. */
export function postTo(
  participant: Participant,
  access: Access,
  path: '/query' | '/index' | '/log',
  more: Readonly<Record<string, unknown>> = {},
  signal?: AbortSignal,
): Promise<Reply> {
  return ask({
    identity: participant,
    me: registered(participant),
    profile: access.profile,
    path,
    signal,
    body: (common) => ({
      relationship: access.relationship,
      ...more,
      ...common,
      ...access.presented,
    }),
  })
}

/** A refusal by the institution as a value. */
export function refusalOf(reply: Extract<Reply, { kind: 'refusal' }>): Refusal {
  const { kind: _, ...refused } = reply
  return { ok: false, ...refused }
}

function ofOurOwn(state: RelationshipState): Right {
  const { id: relationship, subject, steward, terms } = state
  return {
    ...{ relationship, subject, steward, state },
    salt: terms.salt,
    scope: undefined,
    grant: undefined,
    index: undefined,
    presented: {},
  }
}

function bySharing(share: ShareState): Right {
  const { relationship, subject, steward, scope, grant, signature, consent, by } = share
  return {
    relationship,
    subject,
    steward,
    salt: undefined,
    scope,
    grant,
    index: undefined,
    state: undefined,
    presented: {
      share: {
        grant,
        signature: signature,
        scope: Scopes.toJson(scope),
        ...(consent && { consent: { slot: consent.slot, signature: consent.signature } }),
      },
      ...(by && { delegation: delegationJson(by) }),
    },
  }
}

function byDelegation(state: DelegationState): Right {
  const { relationship, subject, steward, slot, delegation } = state
  return {
    ...{ relationship, subject, steward, index: delegation.index },
    salt: undefined,
    scope: undefined,
    grant: slot,
    state: undefined,
    presented: { delegation: delegationJson(state) },
  }
}

function inEmergency(opened: EmergencyAnswer): Right {
  const { relationship, subject, steward, emergency } = opened
  return {
    ...{ relationship, subject, steward, index: fromHex(opened.index, 32) },
    salt: undefined,
    scope: undefined,
    grant: emergency,
    state: undefined,
    presented: { emergency },
  }
}

/** A delegation as requests present it. */
export function delegationJson({
  slot,
  signature,
  delegation,
}: GivenDelegation): PresentedDelegation {
  return {
    slot,
    signature,
    delegation: {
      ...delegation,
      subject: toHex(delegation.subject),
      steward: toHex(delegation.steward),
      delegate: toHex(delegation.delegate),
      relationship: toHex(delegation.relationship),
      index: toHex(delegation.index),
      salt: toHex(delegation.salt),
    },
  }
}

function refusal(code: string, words: string): Refusal {
  return { ok: false, code, words, status: 0, signed: false }
}

const noProfile: Refusal = refusal('NO_PROFILE', 'The institution has no public address.')
