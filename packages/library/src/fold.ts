import type { ChainView } from '@medrec/client'
import { type Hex, type NoteContent, toHex } from '@medrec/protocol'
import type { FoldInput, Ignore, PeerNotes } from './FoldInput.ts'
import { delegatedShares, givenDelegations, receivedDelegations } from './foldDelegations.ts'
import { type Candidate, relationshipsOf, type Sides } from './foldRelationships.ts'
import { consentsOf, receivedShares, sharesOf } from './foldShares.ts'
import type {
  CheckpointState,
  ContactState,
  DelegationState,
  IgnoredNote,
  RelationshipState,
  ShareState,
  SummaryState,
} from './state.ts'
import type { FoundNote } from './trail.ts'

/** These carry another proof than the author's signature inside. */
const otherwiseProven: readonly NoteContent['kind'][] = [
  'proposal',
  'share',
  'shareCopy',
  'consent',
  'delegation',
  'delegatedShare',
  'delegatedShareCopy',
]

/**
 * The summary of a participant: a pure function of the notes she opened and one view of the chain
 * (paper III-B, SC; docs/protocol.md 5).
 */
export function fold(input: FoldInput): SummaryState {
  const ignored: IgnoredNote[] = []
  const ignore: Ignore = (note, reason) => {
    ignored.push({ from: note.author, kind: note.content.kind, reason, block: note.block })
  }
  const peers = input.peers
    .map((sides) => provenOnly(sides, ignore))
    .map((sides) => certifiedOnly(input.view, sides, ignore))
  const candidates = peers.flatMap((sides) => relationshipsOf(input, sides, ignore))
  const consents = consentsOf(peers)
  const shares = sharesOf(input, { peers, candidates, consents }, ignore)
  const passedOn = delegatedShares(input, { peers, candidates }, ignore)
  const given = givenDelegations(input, { peers, candidates, shares: passedOn }, ignore)
  return {
    me: input.me.idTag,
    head: input.view.head,
    relationships: withShares(candidates, [...shares, ...passedOn], given),
    sharedWithMe: receivedShares(input, { peers, consents }, ignore),
    actingFor: receivedDelegations(input, peers, ignore),
    contacts: contactsOf(input),
    checkpoints: checkpointsOf(input.self),
    ignored,
  }
}

/** The summary of somebody whom the registrar does not know (yet). */
export function emptySummary(view: ChainView): SummaryState {
  return {
    me: undefined,
    head: view.head,
    relationships: [],
    sharedWithMe: [],
    actingFor: [],
    contacts: [],
    checkpoints: {},
    ignored: [],
  }
}

function provenOnly(sides: PeerNotes, ignore: Ignore): Sides {
  const proven = (notes: readonly FoundNote[]): readonly FoundNote[] =>
    notes.filter((note) => {
      const counts = note.signed || otherwiseProven.includes(note.content.kind)
      if (!counts) ignore(note, 'not-signed')
      return counts
    })
  return { peer: sides.peer, mine: proven(sides.mine), theirs: proven(sides.theirs) }
}

/** What a steward says; an emergency access is told by whoever gave it, for she has to learn of each. */
const ofStewards: readonly NoteContent['kind'][] = ['proposal', 'pointer', 'consent', 'stopped']

/** Who lost its certificate says nothing as an institution since then, until it has it again (docs/protocol.md 5.2). */
function certifiedOnly(view: ChainView, sides: Sides, ignore: Ignore): Sides {
  const lost = view.lostRole(sides.peer.entry.idTag, 'institution')
  if (!lost) return sides
  const theirs = sides.theirs.filter((note) => {
    const counts = note.block.number < lost.number || !ofStewards.includes(note.content.kind)
    if (!counts) ignore(note, 'not-institution')
    return counts
  })
  return { ...sides, theirs }
}

function withShares(
  candidates: readonly Candidate[],
  shares: readonly ShareState[],
  delegations: readonly DelegationState[],
): readonly RelationshipState[] {
  return candidates
    .map(({ state }) => ({
      ...state,
      shares: shares.filter(({ relationship }) => relationship === state.id),
      delegations: delegations.filter(({ relationship }) => relationship === state.id),
    }))
    .toSorted((a, b) => a.proposed.number - b.proposed.number || (a.id < b.id ? -1 : 1))
}

function contactsOf(input: FoldInput): readonly ContactState[] {
  const contacts = new Map<Hex, ContactState>()
  for (const { content, block } of input.self) {
    if (content.kind !== 'contact') continue
    const idTag = toHex(content.idTag)
    const identity = toHex(content.identity)
    contacts.set(idTag, {
      idTag,
      identity,
      name: content.name,
      relation: content.relation,
      changed: input.view.entry(idTag)?.identity !== identity,
      block,
    })
  }
  // Behind those on the chain: a device with an outbox and one that has only the chain tell the same order.
  for (const pending of input.pendingContacts)
    if (!contacts.has(pending.idTag))
      contacts.set(pending.idTag, { ...pending, changed: false, block: undefined })
  return [...contacts.values()]
}

function checkpointsOf(self: readonly FoundNote[]): Readonly<Record<Hex, CheckpointState>> {
  const seen: Record<Hex, CheckpointState> = {}
  for (const { content } of self) {
    if (content.kind !== 'checkpoint') continue
    for (const [relationship, index, updates] of content.seen) {
      const id = toHex(relationship)
      const before = seen[id]
      if (!before || updates >= before.updates)
        seen[id] = { index: toHex(index), updates, time: content.time }
    }
  }
  return seen
}
