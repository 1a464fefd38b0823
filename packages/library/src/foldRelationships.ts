import type { BlockRef } from '@medrec/client'
import {
  controllerAddress,
  fromHex,
  type Hex,
  type NoteContent,
  noAddress,
  policies,
  type RelationshipStatus,
  relationshipId,
  type Terms,
  termsHash,
  toHex,
} from '@medrec/protocol'
import type { FoldInput, Ignore, PeerNotes } from './FoldInput.ts'
import type {
  AcknowledgementState,
  EmergencyState,
  PointerState,
  RelationshipState,
} from './state.ts'
import type { FoundNote, Peer } from './trail.ts'

/** Notes of both directions, those without a proof left out. */
export type Sides = PeerNotes

/** A relationship whose slot stands on the chain, with the two it ties. */
export type Candidate = { readonly state: RelationshipState; readonly peer: Peer }

type Proposal = Extract<NoteContent, { kind: 'proposal' }>
type Named = {
  readonly id: Hex
  readonly terms: Terms
  readonly steward: Hex
  readonly subject: Hex
}

/** Ids and addresses cost curve arithmetic; they follow from the proposal and the peer alone. */
const named = new WeakMap<Proposal, Named>()

type About = Extract<
  NoteContent,
  { kind: 'pointer' | 'answer' | 'acknowledgement' | 'emergencyProfile' | 'emergency' }
>

/** Hex costs more than all else of a fold, and a note's content never changes. */
const abouts = new WeakMap<About, Hex>()

function aboutOf(content: About): Hex {
  const known = abouts.get(content) ?? toHex(content.relationship)
  abouts.set(content, known)
  return known
}

/** Relationships with one peer, as steward and as subject. */
export function relationshipsOf(
  input: FoldInput,
  sides: Sides,
  ignore: Ignore,
): readonly Candidate[] {
  const { peer, mine, theirs } = sides
  const own = read(input, { peer, role: 'steward', fromSteward: mine, fromSubject: theirs }, ignore)
  const between = { peer, role: 'subject', fromSteward: theirs, fromSubject: mine } as const
  return [...own, ...read(input, between, ignore)]
}

type Between = {
  readonly peer: Peer
  readonly role: 'steward' | 'subject'
  readonly fromSteward: readonly FoundNote[]
  readonly fromSubject: readonly FoundNote[]
  /** Her last word on emergencies at this steward, whatever relationship she said it of. */
  readonly said?: EmergencyWord
}

function read(input: FoldInput, between: Between, ignore: Ignore): readonly Candidate[] {
  const found = new Map<Hex, Candidate>()
  const fromSteward = byRelationship(between.fromSteward)
  const fromSubject = byRelationship(between.fromSubject)
  const said = emergencyWordOf(between.fromSubject)
  for (const note of between.fromSteward) {
    if (note.content.kind !== 'proposal') continue
    const names = nameOf(input, between, note.content)
    const slot = names && input.view.relationship(names.id)
    if (!names || !slot || slot.status === 'none') ignore(note, 'unknown-relationship')
    else if (!mayPropose(input, between) && !isAnswered(slot.status, between, names.id))
      ignore(note, 'not-institution')
    else if (!found.has(names.id)) {
      const about = {
        ...between,
        fromSteward: fromSteward.get(names.id) ?? [],
        fromSubject: fromSubject.get(names.id) ?? [],
        said,
      }
      const state = stateOf(input, about, { note, proposal: note.content, names })
      found.set(names.id, { peer: between.peer, state })
    }
  }
  reportStrays(between, found, ignore)
  return [...found.values()]
}

function mayPropose(input: FoldInput, { peer, role }: Between): boolean {
  return role === 'steward' || input.view.hasRole(peer.entry.idTag, 'institution')
}

/** Her signature stands in it: it stays hers to end, whatever becomes of the institution's certificate. */
function isAnswered(status: RelationshipStatus, between: Between, id: Hex): boolean {
  if (status === 'closedBySteward') return answerOf(between.fromSubject, id) !== undefined
  return status !== 'proposed'
}

/** Pointers, answers and acknowledgements by the relationship that they name, in their order. */
function byRelationship(notes: readonly FoundNote[]): ReadonlyMap<Hex, readonly FoundNote[]> {
  const groups = new Map<Hex, FoundNote[]>()
  for (const note of notes) {
    const { content } = note
    if (!isAbout(content)) continue
    const id = aboutOf(content)
    const group = groups.get(id)
    if (group) group.push(note)
    else groups.set(id, [note])
  }
  return groups
}

const about: readonly NoteContent['kind'][] = [
  'pointer',
  'answer',
  'acknowledgement',
  'emergencyProfile',
  'emergency',
]

function isAbout(content: NoteContent): content is About {
  return about.includes(content.kind)
}

/** Pointers, answers and acknowledgements that name no relationship between these two. */
function reportStrays(between: Between, found: ReadonlyMap<Hex, Candidate>, ignore: Ignore): void {
  for (const note of between.fromSteward)
    if (note.content.kind === 'pointer' && !found.has(aboutOf(note.content)))
      ignore(note, 'unknown-relationship')
  for (const note of between.fromSubject) {
    const { content } = note
    if (content.kind !== 'answer' && content.kind !== 'acknowledgement') continue
    if (!found.has(aboutOf(content))) ignore(note, 'unknown-relationship')
  }
}

function nameOf(input: FoldInput, between: Between, proposal: Proposal): Named | undefined {
  const known = named.get(proposal)
  if (known) return known
  const { peer, role } = between
  const isSteward = role === 'steward'
  const [steward, subject] = isSteward ? [input.me, peer.entry] : [peer.entry, input.me]
  const terms: Terms = {
    stewardTag: fromHex(steward.idTag),
    subjectTag: fromHex(subject.idTag),
    stewardVersion: proposal.stewardVersion,
    subjectVersion: proposal.subjectVersion,
    salt: proposal.salt,
    policy: proposal.policy,
    consent: proposal.consent ?? noAddress,
  }
  const address = (who: 'steward' | 'subject'): Uint8Array | undefined =>
    controllerAddress({
      networkId: input.networkId,
      stewardToSubject: isSteward ? peer.pair.mine : peer.pair.theirs,
      role: who,
      nonce: proposal.nonce,
      spendKey: (who === 'steward' ? steward : subject).spendKey,
    })
  const [stewardAddress, subjectAddress] = [address('steward'), address('subject')]
  if (!stewardAddress || !subjectAddress) return undefined
  const fresh = {
    id: toHex(relationshipId(stewardAddress, subjectAddress, termsHash(terms))),
    terms,
    steward: toHex(stewardAddress),
    subject: toHex(subjectAddress),
  }
  named.set(proposal, fresh)
  return fresh
}

function stateOf(
  input: FoldInput,
  between: Between,
  { note, proposal, names }: { note: FoundNote; proposal: Proposal; names: Named },
): RelationshipState {
  const { view, me } = input
  const { peer, role } = between
  const slot = view.relationship(names.id) as NonNullable<ReturnType<typeof view.relationship>>
  const subject = role === 'subject' ? me : peer.entry
  const steward = role === 'subject' ? peer.entry : me
  const acknowledged = acknowledgementsOf(between.fromSubject, names.id)
  const pointers = pointersOf(between.fromSteward, names.id, acknowledged)
  const updates = peer.updates(view, {
    relationship: names.id,
    ...(role === 'steward'
      ? { steward: 'me', end: undefined }
      : { steward: 'them', end: view.lostRole(steward.idTag, 'institution') }),
  })
  const acknowledgedUpdates = pointers.reduce(
    (sum, { first, pointer }) => sum + Math.max(0, (pointer.acknowledged?.version ?? 0) - first),
    0,
  )
  return {
    id: names.id,
    role,
    steward: steward.idTag,
    subject: subject.idTag,
    nonce: toHex(proposal.nonce),
    terms: names.terms,
    controllers: { steward: names.steward, subject: names.subject },
    policy: proposal.policy === policies.dualConsent ? 'dualConsent' : 'subjectOnly',
    restored: proposal.restored ?? false,
    certified: view.hasRole(steward.idTag, 'institution'),
    frozen: subject.version !== proposal.subjectVersion,
    status: slot.status,
    progress: progressOf(slot.status, updates.count > acknowledgedUpdates),
    epoch: slot.epoch,
    changedAt: slot.changedAt,
    proposed: note.block,
    changed: slot.block,
    answer: answerOf(between.fromSubject, names.id),
    pointers: pointers.map(({ pointer }) => pointer),
    updates: updates.count,
    lastUpdate: updates.block,
    acknowledgedUpdates,
    shares: [],
    delegations: [],
    ...emergencyWordFor(between),
    emergencies: emergenciesOf(between.fromSteward),
  }
}

type EmergencyWord = Pick<RelationshipState, 'emergencyCategories' | 'emergencyWord'>

/** Until she says something of a relationship, what she said of another one at the same steward counts. */
function emergencyWordFor({ fromSubject, said }: Between): EmergencyWord {
  const own = emergencyWordOf(fromSubject)
  return own.emergencyWord > 0 || !said ? own : { ...said, emergencyWord: 0 }
}

/**
 * Everything may be read in an emergency until she says otherwise; the word with the greatest time counts. Not the
 * last in order: whoever reads her notes can put an older one, with her signature, under a later counter.
 */
function emergencyWordOf(notes: readonly FoundNote[]): EmergencyWord {
  let [emergencyCategories, emergencyWord] = [0xffff_ffff, 0]
  for (const { content } of notes)
    if (content.kind === 'emergencyProfile' && content.time > emergencyWord)
      [emergencyCategories, emergencyWord] = [content.categories, content.time]
  return { emergencyCategories, emergencyWord }
}

function emergenciesOf(notes: readonly FoundNote[]): readonly EmergencyState[] {
  return notes.flatMap(({ content, block }) =>
    content.kind === 'emergency'
      ? [
          {
            who: toHex(content.who),
            name: content.name,
            reason: content.reason,
            time: content.time,
            expires: content.expires,
            block,
          },
        ]
      : [],
  )
}

function progressOf(status: RelationshipStatus, pending: boolean): RelationshipState['progress'] {
  if (status === 'none') return 'proposed'
  return status === 'accepted' && pending ? 'updatePending' : status
}

function answerOf(notes: readonly FoundNote[], id: Hex): RelationshipState['answer'] {
  let answer: RelationshipState['answer']
  for (const { content, block } of notes)
    if (content.kind === 'answer' && aboutOf(content) === id)
      answer = { status: content.status, reason: content.reason, block }
  return answer
}

function acknowledgementsOf(notes: readonly FoundNote[], id: Hex): Acknowledgements {
  const found = new Map<Hex, AcknowledgementState[]>()
  for (const { content, block } of notes) {
    if (content.kind !== 'acknowledgement' || aboutOf(content) !== id) continue
    const pointer = toHex(content.pointer)
    const verdict = content.verdict === 1 ? 'wrong' : 'seen'
    const word = { version: content.version, verdict, reason: content.reason, block } as const
    found.set(pointer, [...(found.get(pointer) ?? []), word])
  }
  return found
}

/** Of the newest version that was answered to, the last word. */
function lastWord(words: readonly AcknowledgementState[]): AcknowledgementState | undefined {
  let last: AcknowledgementState | undefined
  for (const word of words) if (!last || word.version >= last.version) last = word
  return last
}

type Acknowledgements = ReadonlyMap<Hex, readonly AcknowledgementState[]>
type Announced = { readonly first: number; readonly pointer: PointerState }

function pointersOf(
  notes: readonly FoundNote[],
  id: Hex,
  acknowledged: Acknowledgements,
): readonly Announced[] {
  const found = new Map<Hex, Announced>()
  for (const { content, block } of notes) {
    if (content.kind !== 'pointer' || aboutOf(content) !== id) continue
    const pointer = pointerState(content, block, acknowledged)
    const before = found.get(pointer.id)
    const first = Math.min(before?.first ?? pointer.version, pointer.version)
    const newest = before && before.pointer.version > pointer.version ? before.pointer : pointer
    found.set(pointer.id, { first, pointer: newest })
  }
  return [...found.values()]
}

type PointerContent = Extract<NoteContent, { kind: 'pointer' }>
type PointerFacts = Omit<PointerState, 'block' | 'acknowledged' | 'acknowledgements'>

const pointerFacts = new WeakMap<PointerContent, PointerFacts>()

function pointerState(
  content: PointerContent,
  block: BlockRef,
  acknowledged: Acknowledgements,
): PointerState {
  const facts = pointerFacts.get(content) ?? factsOf(content)
  pointerFacts.set(content, facts)
  const acknowledgements = acknowledged.get(facts.id) ?? []
  return { ...facts, block, acknowledged: lastWord(acknowledgements), acknowledgements }
}

function factsOf(content: PointerContent): PointerFacts {
  return {
    id: toHex(content.pointer),
    relationship: aboutOf(content),
    resource: content.resource,
    category: content.category,
    schema: content.schema,
    catalogue: content.catalogue,
    version: content.version,
    result: toHex(content.result),
    query: content.query,
    querySalt: toHex(content.querySalt),
    place: content.place,
    time: content.time,
  }
}
