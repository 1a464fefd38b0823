import {
  type Delegation,
  delegationSalt,
  fromHex,
  type Hex,
  type NoteContent,
  scopeSalt,
  toHex,
} from '@medrec/protocol'
import { endedWith, isGivenBy, slotOf } from './delegations.ts'
import type { FoldInput, Ignore } from './FoldInput.ts'
import type { Candidate, Sides } from './foldRelationships.ts'
import { check, type Ground, type Parties, type Stops, settle, stopsOf } from './foldShares.ts'
import type { DelegationState, RelationshipState, ShareState } from './state.ts'
import type { FoundNote, Peer } from './trail.ts'

type Content = Extract<NoteContent, { kind: 'delegation' }>
type PassedOn = Extract<NoteContent, { kind: 'delegatedShare' | 'delegatedShareCopy' }>

/** Delegations that I gave as a subject, with what my delegates shared by them. */
export function givenDelegations(
  input: FoldInput,
  from: {
    peers: readonly Sides[]
    candidates: readonly Candidate[]
    shares: readonly ShareState[]
  },
  ignore: Ignore,
): readonly DelegationState[] {
  const known = new Map(from.candidates.map(({ state }) => [state.id, state]))
  const stops = stopsOf(from.peers)
  const found = new Map<Hex, DelegationState>()
  for (const { peer, mine } of from.peers)
    for (const note of mine) {
      const { content } = note
      if (content.kind !== 'delegation') continue
      const relationship = known.get(toHex(content.relationship))
      if (relationship?.role !== 'subject') {
        ignore(note, 'unknown-relationship')
        continue
      }
      const parties = { subject: input.me.idTag, delegate: peer.entry.idTag }
      const salt = delegationSalt(peer.pair.mine, content.relationship, content.slot)
      const given = { note, content, ...parties, salt, relationship, stops }
      const state = stateOf(input, given, ignore)
      if (state && !found.has(state.slot))
        found.set(state.slot, { ...state, shares: sharedBy(from.shares, state.slot) })
    }
  return [...found.values()]
}

/** Delegations by which I may act for others; what I cannot check the gatekeeper will. */
export function receivedDelegations(
  input: FoldInput,
  peers: readonly Sides[],
  ignore: Ignore,
): readonly DelegationState[] {
  const stops = stopsOf(peers)
  const own = ownPassedOn(input, peers, ignore)
  const found = new Map<Hex, DelegationState>()
  for (const { peer, theirs } of peers)
    for (const note of theirs) {
      const { content } = note
      if (content.kind !== 'delegation') continue
      const parties = { subject: peer.entry.idTag, delegate: input.me.idTag }
      const salt = delegationSalt(peer.pair.theirs, content.relationship, content.slot)
      const given = { note, content, ...parties, salt, relationship: undefined, stops }
      const state = stateOf(input, given, ignore)
      if (state && !found.has(state.slot))
        found.set(state.slot, { ...state, shares: sharedBy(own, state.slot) })
    }
  return [...found.values()]
}

/** What delegates shared of relationships in which I am subject or steward, as their copies tell. */
export function delegatedShares(
  input: FoldInput,
  from: { peers: readonly Sides[]; candidates: readonly Candidate[] },
  ignore: Ignore,
): readonly ShareState[] {
  const known = new Map(from.candidates.map(({ state }) => [state.id, state]))
  const stops = stopsOf(from.peers)
  const found = new Map<Hex, ShareState>()
  for (const { peer, theirs } of from.peers)
    for (const note of theirs) {
      const { content } = note
      if (content.kind !== 'delegatedShareCopy') continue
      const relationship = known.get(toHex(content.relationship))
      const of = { note, content, peer, relationship, stops }
      const share = copiedShare(input, of, ignore)
      if (share && !found.has(share.grant)) found.set(share.grant, share)
    }
  return [...found.values()]
}

function copiedShare(
  input: FoldInput,
  of: {
    note: FoundNote
    content: Extract<NoteContent, { kind: 'delegatedShareCopy' }>
    peer: Peer
    relationship: RelationshipState | undefined
    stops: Stops
  },
  ignore: Ignore,
): ShareState | undefined {
  const { note, content, relationship } = of
  if (!relationship || toHex(content.subject) !== relationship.subject) {
    ignore(note, 'unknown-relationship')
    return undefined
  }
  const parties = { viewer: toHex(content.viewer), salt: content.salt }
  const share = passedOn(input, { ...of, parties, relationship }, ignore)
  if (!share?.by) return undefined
  if (isGivenBy(input.domain, relationship.controllers.subject, share.by)) return share
  ignore(note, 'bad-signature')
  return undefined
}

/** What I shared for others. */
function ownPassedOn(
  input: FoldInput,
  peers: readonly Sides[],
  ignore: Ignore,
): readonly ShareState[] {
  const stops = stopsOf(peers)
  return peers.flatMap(({ peer, mine }) =>
    mine.flatMap((note) => {
      const { content } = note
      if (content.kind !== 'delegatedShare') return []
      const relationship = input.view.relationship(toHex(content.relationship))
      if (!relationship) return []
      const salt = scopeSalt(peer.pair.mine, content.relationship, content.grant)
      const parties = { viewer: peer.entry.idTag, salt }
      const share = passedOn(
        input,
        { note, content, peer: undefined, parties, relationship, stops },
        ignore,
      )
      return share ? [share] : []
    }),
  )
}

function passedOn(
  input: FoldInput,
  from: {
    note: FoundNote
    content: PassedOn
    /** The delegate; undefined when it is me. */
    peer: Peer | undefined
    parties: Pick<Parties, 'viewer' | 'salt'>
    relationship: Pick<Ground, 'status' | 'epoch'>
    stops: Stops
  },
  ignore: Ignore,
): ShareState | undefined {
  const { note, content, relationship, stops } = from
  const delegate = from.peer?.entry ?? input.me
  const parties = { ...from.parties, subject: toHex(content.subject) }
  const signer = fromHex(delegate.identity)
  const share = check(input, { note, content, parties, signer }, ignore)
  if (!share) return undefined
  const ground = { status: relationship.status, epoch: relationship.epoch, policy: 'subjectOnly' }
  const settled = settle(share, ground, { consent: undefined, stops })
  return endedWith(input.view, settled, { ...content, delegate: delegate.idTag })
}

function sharedBy(shares: readonly ShareState[], slot: Hex): readonly ShareState[] {
  return shares.filter(({ by }) => by?.slot === slot)
}

type Given = {
  readonly note: FoundNote
  readonly content: Content
  readonly subject: Hex
  readonly delegate: Hex
  readonly salt: Uint8Array
  /** Known to the subject alone. */
  readonly relationship: RelationshipState | undefined
  readonly stops: Stops
}

function stateOf(input: FoldInput, given: Given, ignore: Ignore): DelegationState | undefined {
  const { note, content, subject, delegate, salt, relationship, stops } = given
  const { index, epoch, rights, categories, notBefore } = content
  const delegation: Delegation = {
    ...{ index, epoch, rights, categories, notBefore, salt },
    subject: fromHex(subject),
    steward: content.steward,
    delegate: fromHex(delegate),
    relationship: content.relationship,
  }
  const presented = { slot: toHex(content.slot), signature: toHex(content.signature), delegation }
  const slot = slotOf(input.view, presented)
  const ground = input.view.relationship(toHex(content.relationship))
  const steward = toHex(content.steward)
  if (!input.view.grant(presented.slot)) ignore(note, 'no-grant')
  else if (!slot) ignore(note, 'scope-mismatch')
  else if (!ground) ignore(note, 'unknown-relationship')
  else if (!relationship && !input.view.hasRole(steward, 'institution'))
    ignore(note, 'not-institution') // what she gave herself stays hers to end
  else if (relationship && !isGivenBy(input.domain, relationship.controllers.subject, presented))
    ignore(note, 'bad-signature')
  else
    return {
      ...presented,
      relationship: toHex(content.relationship),
      subject,
      steward,
      delegate,
      status: statusOf(slot.revoked, ground, delegation.epoch),
      expiresAt: slot.expiresAt,
      reason: stops.get(`${subject}|${presented.slot}`)?.reason,
      block: note.block,
      changed: slot.block,
      shares: [],
    }
  return undefined
}

function statusOf(
  isRevoked: boolean,
  { status, epoch }: Pick<Ground, 'status' | 'epoch'>,
  ownEpoch: number,
): DelegationState['status'] {
  if (isRevoked) return 'revoked'
  if (['closedBySubject', 'rejected'].includes(status)) return 'closed'
  return ownEpoch < epoch ? 'stopped' : 'live'
}
