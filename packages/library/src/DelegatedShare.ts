import {
  delegationRights,
  fromHex,
  type Hex,
  isDelegated,
  Keys,
  MalformedError,
  type NoteContent,
  type Scope,
  scopeHash,
  scopeSalt,
  signShare,
  toHex,
} from '@medrec/protocol'
import * as Delegation from './Delegation.ts'
import { grantOperation } from './grantOperation.ts'
import { peerOf, seal } from './letters.ts'
import { freshKey, nonceOf } from './oneTimeKeys.ts'
import type { Participant } from './Participant.ts'
import * as Scopes from './Scopes.ts'
import { type Granted, ShareUnknownError, startingNow } from './Share.ts'
import type { DelegationState } from './state.ts'
import type { Submission } from './submission.ts'
import type { NewWish } from './wishes.ts'

/** What a delegate passes on of what she may read. */
export type GrantOptions = {
  /** Slot of the delegation. */
  readonly delegation: Hex
  readonly viewer: Hex
  readonly entries: readonly Scopes.EntryJson[]
  /** Numbers of purposes (docs/protocol.md section 3). */
  readonly purposes: readonly number[]
  /** Unix seconds; it ends with the delegation in any case. */
  readonly expiresAt: number
}

type Shared = Omit<Extract<NoteContent, { kind: 'delegatedShare' }>, 'kind'>

/**
 * Shares for the subject what a delegation allows, under a key of the delegate's own and signed by her identity:
 * she can stop it, and it ends with the delegation. Subject and steward get copies (requirement 58).
 */
export async function grant(participant: Participant, options: GrantOptions): Promise<Granted> {
  const state = Delegation.actingBy(participant, options.delegation)
  requireWithin(state, options, participant.clock())
  const { delegation } = state
  const viewer = peerOf(participant, options.viewer)
  const known = state.shares.map(({ grant: address }) => address)
  const { nonce, account } = freshKey(participant, known, (each) =>
    Keys.grantKey(participant.keys, delegation.relationship, each),
  )
  const { subject, steward, relationship, epoch, index } = delegation
  const scope: Scope = {
    ...{ subject, steward, relationship, epoch, index },
    viewer: fromHex(options.viewer),
    purposes: options.purposes.reduce((bits, purpose) => bits | (1 << purpose), 0),
    notBefore: Math.max(startingNow(participant), delegation.notBefore),
    salt: scopeSalt(viewer.pair.mine, relationship, account.address),
    entries: Scopes.entriesFromJson(options.entries),
  }
  const hash = scopeHash(scope)
  const shared = sharedPart(state, scope, account.address, {
    signature: signShare(participant.keys.identity, participant.domain, account.address, hash),
  })
  const address = toHex(account.address)
  const about = { relationship: state.relationship, grant: address, viewer: options.viewer }
  const wish: NewWish = {
    about: { kind: 'delegatedGrant', ...about },
    operation: grantOperation({ key: account.address, hash, expiresAt: options.expiresAt }),
    signer: { kind: 'grant', relationship: state.relationship, nonce },
    ...seal(participant, options.viewer, { kind: 'delegatedShare', ...shared }, { signed: false }),
  }
  const copies = [state.subject, state.steward]
    .filter((reader) => reader !== options.viewer)
    .map((reader) => copyFor(participant, reader, { shared, scope, about }))
  const [submission] = await participant.outbox.addAll([wish, ...copies])
  return { ...(submission as Submission), grant: address }
}

/** Stops what a delegate shared, for ever. Throws ShareUnknownError. */
export async function revoke(participant: Participant, address: Hex): Promise<Submission> {
  const state = Delegation.listActingFor(participant).find(({ shares }) =>
    shares.some(({ grant: known }) => known === address),
  )
  const nonce =
    state &&
    nonceOf(participant, address, state.shares.length, (each) =>
      Keys.grantKey(participant.keys, fromHex(state.relationship), each),
    )
  if (!state || nonce === undefined) throw new ShareUnknownError(address)
  const { relationship, steward } = state
  return participant.outbox.add({
    about: { kind: 'revoke', grant: address, relationship },
    operation: { kind: 'revoke', key: fromHex(address, 20) },
    signer: { kind: 'grant', relationship, nonce },
    effect: { kind: 'revoked', address },
    push: { steward, share: undefined },
  })
}

function requireWithin(state: DelegationState, options: GrantOptions, now: number): void {
  const { rights, categories } = state.delegation
  if ((rights & delegationRights.share) === 0)
    throw new MalformedError('this delegation gives no right to share')
  if (options.entries.some(({ category }) => !isDelegated(categories, category)))
    throw new MalformedError('a delegate shares only what the delegation names')
  if (options.expiresAt <= now) throw new MalformedError('a share ends in the future')
  if (options.entries.length === 0 || options.entries.some(({ mask }) => BigInt(mask) === 0n))
    throw new MalformedError('a share names at least one field of each resource')
  if (options.purposes.length === 0) throw new MalformedError('a share names its purpose')
}

function sharedPart(
  { slot, signature: delegated, delegation }: DelegationState,
  scope: Scope,
  grantAddress: Uint8Array,
  { signature }: { readonly signature: Uint8Array },
): Shared {
  const { subject, steward, relationship, index, epoch, purposes, notBefore, entries } = scope
  const { rights, categories } = delegation
  return {
    ...{ subject, steward, relationship, index, epoch, purposes, notBefore, entries, signature },
    grant: grantAddress,
    slot: fromHex(slot),
    delegated: fromHex(delegated),
    ...{ rights, categories },
    since: delegation.notBefore,
    delegationSalt: delegation.salt,
  }
}

function copyFor(
  participant: Participant,
  reader: Hex,
  of: { shared: Shared; scope: Scope; about: Readonly<Record<string, unknown>> },
): NewWish {
  const { viewer, salt } = of.scope
  const content: NoteContent = { kind: 'delegatedShareCopy', ...of.shared, viewer, salt }
  return {
    about: { ...of.about, kind: 'shareCopy' },
    ...seal(participant, reader, content, { signed: false }),
  }
}
