import type { Profile } from '@medrec/client'
import type { Hex, Scope } from '@medrec/protocol'
import { registered } from './letters.ts'
import type { Participant } from './Participant.ts'
import { ask, type Reply } from './request.ts'
import * as Scopes from './Scopes.ts'
import type { RelationshipState, ShareState } from './state.ts'
import type { Known } from './verifyRoots.ts'
import type { PresentedShare } from './wire.ts'

/** A read that was refused, or whose answer is not believed. */
export type Refusal = {
  readonly ok: false
  readonly code: string
  readonly words: string
  /** HTTP status; 0 when nobody answered. */
  readonly status: number
  /** The institution signed its refusal. */
  readonly signed: boolean
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
  readonly state: RelationshipState | undefined
  readonly share: PresentedShare | undefined
}

/** Finds the relationship or share in our summary, and its steward's public profile. */
export function accessTo(
  participant: Participant,
  source: { readonly relationship?: Hex; readonly grant?: Hex },
): Access | Refusal {
  const { relationships, sharedWithMe } = participant.summary()
  if (source.grant !== undefined) {
    const share = sharedWithMe.find(({ grant }) => grant === source.grant)
    const profile = share && participant.chain.view().profile(share.steward)
    if (!share) return refusal('SHARE_UNKNOWN', 'Nobody shared this with us.')
    return profile ? bySharing(share, profile) : noProfile
  }
  const state = relationships.find(
    ({ id, role }) => id === source.relationship && role === 'subject',
  )
  const profile = state && participant.chain.view().profile(state.steward)
  if (!state) return refusal('RELATIONSHIP_UNKNOWN', 'We have no such relationship.')
  if (!profile) return noProfile
  const { id: relationship, subject, steward, terms } = state
  return {
    relationship,
    subject,
    steward,
    profile,
    salt: terms.salt,
    scope: undefined,
    grant: undefined,
    state,
    share: undefined,
  }
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
): Promise<Reply> {
  return ask({
    identity: participant,
    me: registered(participant),
    profile: access.profile,
    path,
    body: (common) => ({
      relationship: access.relationship,
      ...more,
      ...common,
      ...(access.share && { share: access.share }),
    }),
  })
}

/** A refusal by the institution as a value. */
export function refusalOf(reply: Extract<Reply, { kind: 'refusal' }>): Refusal {
  const { code, words, status, signed } = reply
  return { ok: false, code, words, status, signed }
}

function bySharing(share: ShareState, profile: Profile): Access {
  const { relationship, subject, steward, scope, grant, signature, consent } = share
  return {
    relationship,
    subject,
    steward,
    profile,
    salt: undefined,
    scope,
    grant,
    state: undefined,
    share: {
      grant,
      signature: signature,
      scope: Scopes.toJson(scope),
      ...(consent && { consent: { slot: consent.slot, signature: consent.signature } }),
    },
  }
}

function refusal(code: string, words: string): Refusal {
  return { ok: false, code, words, status: 0, signed: false }
}

const noProfile: Refusal = refusal('NO_PROFILE', 'The institution has no public address.')
