import type { ChainView } from '@medrec/client'
import {
  consentCommitment,
  type Domain,
  fromHex,
  grantCommitment,
  type Hex,
  isShareOf,
  isStatementOf,
  MalformedError,
  type NoteContent,
  policies,
  type Scope,
  scopeHash,
  scopeSalt,
  signerOf,
  sorted,
  toHex,
} from '@medrec/protocol'
import { endedWith } from './delegations.ts'
import type { FoldInput, Ignore } from './FoldInput.ts'
import type { Candidate, Sides } from './foldRelationships.ts'
import type {
  ConsentState,
  DeclineState,
  RelationshipState,
  ShareState,
  ShareStatus,
} from './state.ts'
import type { FoundNote, Peer } from './trail.ts'

/** Content that carries a scope. */
export type ShareContent = Extract<
  NoteContent,
  { kind: 'share' | 'shareCopy' | 'delegatedShare' | 'delegatedShareCopy' }
>
type Consents = ReadonlyMap<Hex, readonly { note: FoundNote; content: ConsentContent }[]>
type ConsentContent = Extract<NoteContent, { kind: 'consent' }>

/** Consents by grant, as far as notes tell of them. */
export function consentsOf(peers: readonly Sides[]): Consents {
  const found = new Map<Hex, { note: FoundNote; content: ConsentContent }[]>()
  for (const { mine, theirs } of peers)
    for (const note of [...mine, ...theirs]) {
      const { content } = note
      if (content.kind !== 'consent') continue
      const grant = toHex(content.grant)
      found.set(grant, [...(found.get(grant) ?? []), { note, content }])
    }
  return found
}

/** Shares of relationships in which I am the subject (my own) or the steward (copies for me). */
export function sharesOf(
  input: FoldInput,
  from: { peers: readonly Sides[]; candidates: readonly Candidate[]; consents: Consents },
  ignore: Ignore,
): readonly ShareState[] {
  const known = new Map(from.candidates.map(({ state }) => [state.id, state]))
  const found = new Map<Hex, ShareState>()
  const take = (note: FoundNote, content: ShareContent, parties: Parties): void => {
    const relationship = known.get(toHex(content.relationship))
    if (!relationship || toHex(content.steward) !== relationship.steward) {
      ignore(note, relationship ? 'wrong-steward' : 'unknown-relationship')
      return
    }
    if (relationship.subject !== parties.subject) {
      ignore(note, 'unknown-relationship')
      return
    }
    const signer = fromHex(relationship.controllers.subject)
    const share = check(input, { note, content, parties, signer }, ignore)
    if (!share || found.has(share.grant)) return
    const consent = consentFor(input, { share, consents: from.consents, relationship })
    found.set(share.grant, settle(share, relationship, { consent, stops }))
  }
  const stops = stopsOf(from.peers)
  for (const sides of from.peers) takeFrom(input, sides, take)
  return [...found.values()]
}

export type Parties = { readonly subject: Hex; readonly viewer: Hex; readonly salt: Uint8Array }

function takeFrom(
  input: FoldInput,
  { peer, mine, theirs }: Sides,
  take: (note: FoundNote, content: ShareContent, parties: Parties) => void,
): void {
  const me = input.me.idTag
  for (const note of mine) {
    const { content } = note
    if (content.kind === 'share') {
      const salt = scopeSalt(peer.pair.mine, content.relationship, content.grant)
      take(note, content, { subject: me, viewer: peer.entry.idTag, salt })
    }
    if (content.kind === 'shareCopy')
      take(note, content, { subject: me, viewer: toHex(content.viewer), salt: content.salt })
  }
  for (const note of theirs) {
    const { content } = note
    if (content.kind === 'shareCopy') {
      const parties = { viewer: toHex(content.viewer), salt: content.salt }
      take(note, content, { subject: peer.entry.idTag, ...parties })
    }
  }
}

/** Shares that others gave me; what I cannot check the gatekeeper will (docs/threats.md). */
export function receivedShares(
  input: FoldInput,
  from: { peers: readonly Sides[]; consents: Consents },
  ignore: Ignore,
): readonly ShareState[] {
  const found = new Map<Hex, ShareState>()
  const more = { stops: stopsOf(from.peers), consents: from.consents }
  for (const { peer, theirs } of from.peers) {
    for (const note of theirs) {
      const { content } = note
      if (content.kind !== 'share' && content.kind !== 'delegatedShare') continue
      const share = receivedShare(input, { peer, note, content, ...more }, ignore)
      if (share && !found.has(share.grant)) found.set(share.grant, share)
    }
  }
  return [...found.values()]
}

function receivedShare(
  input: FoldInput,
  from: {
    peer: Peer
    note: FoundNote
    content: Extract<NoteContent, { kind: 'share' | 'delegatedShare' }>
    consents: Consents
    stops: Stops
  },
  ignore: Ignore,
): ShareState | undefined {
  const { peer, note, content, stops } = from
  const more = { consent: undefined, stops }
  const salt = scopeSalt(peer.pair.theirs, content.relationship, content.grant)
  const isPassedOn = content.kind === 'delegatedShare'
  const subject = isPassedOn ? toHex(content.subject) : peer.entry.idTag
  const parties = { subject, viewer: input.me.idTag, salt }
  const signer = isPassedOn ? fromHex(peer.entry.identity) : undefined
  const share = check(input, { note, content, parties, signer }, ignore)
  if (!share) return undefined
  const slot = input.view.relationship(share.relationship)
  if (slot && slot.status !== 'none' && input.view.hasRole(share.steward, 'institution')) {
    if (isPassedOn)
      return endedWith(input.view, settle(share, { ...slot, policy: 'subjectOnly' }, more), {
        ...content,
        delegate: peer.entry.idTag,
      })
    const policy = content.policy === policies.dualConsent ? 'dualConsent' : 'subjectOnly'
    const consent = consentFor(input, { share, consents: from.consents })
    return settle(share, { ...slot, policy }, { consent, stops })
  }
  ignore(note, slot ? 'not-institution' : 'unknown-relationship')
  return undefined
}

function scopeOf(content: ShareContent, parties: Parties): Scope {
  return {
    subject: fromHex(parties.subject),
    steward: content.steward,
    viewer: fromHex(parties.viewer),
    relationship: content.relationship,
    epoch: content.epoch,
    index: content.index,
    purposes: content.purposes,
    notBefore: content.notBefore,
    salt: parties.salt,
    entries: sorted(content.entries),
  }
}

const hashes = new WeakMap<ShareContent, Uint8Array | null>()
const signatures = new WeakMap<ShareContent, boolean>()

function hashOf(content: ShareContent, scope: Scope): Uint8Array | null {
  const known = hashes.get(content)
  if (known !== undefined) return known
  const hash = tryHash(scope)
  hashes.set(content, hash)
  return hash
}

function tryHash(scope: Scope): Uint8Array | null {
  try {
    return scopeHash(scope)
  } catch (error) {
    if (error instanceof MalformedError) return null
    throw error
  }
}

type Given = {
  readonly note: FoundNote
  readonly content: ShareContent
  readonly parties: Parties
  /** Who signs it; a viewer does not know the subject's controller. */
  readonly signer: Uint8Array | undefined
}

/** Compares a share with its grant's slot and its signature with the one who gave it. */
export function check(input: FoldInput, given: Given, ignore: Ignore): ShareState | undefined {
  const { note, content, parties, signer } = given
  const scope = scopeOf(content, parties)
  const hash = hashOf(content, scope)
  const grant = toHex(content.grant)
  const slot = input.view.grant(grant)
  if (!hash) ignore(note, 'malformed')
  else if (!slot) ignore(note, 'no-grant')
  else if (`0x${slot.commitment}` !== toHex(grantCommitment(hash))) ignore(note, 'scope-mismatch')
  else if (!isSigned(input.domain, content, hash, signer)) ignore(note, 'bad-signature')
  else
    return {
      grant,
      relationship: toHex(content.relationship),
      subject: parties.subject,
      steward: toHex(content.steward),
      viewer: parties.viewer,
      scope,
      signature: toHex(content.signature),
      status: slot.revoked ? 'revoked' : 'live',
      expiresAt: slot.expiresAt,
      sequence: slot.sequence,
      consent: undefined,
      declined: undefined,
      by: undefined,
      reason: undefined,
      block: note.block,
      changed: slot.block,
    }
  return undefined
}

/** Where the signer is not known, the signature only has to be one. */
function isSigned(
  domain: Domain,
  content: ShareContent,
  hash: Uint8Array,
  signer: Uint8Array | undefined,
): boolean {
  const known = signatures.get(content)
  if (known !== undefined) return known
  const signed = signer
    ? isShareOf(signer, content.signature, domain, content.grant, hash)
    : signerOf(hash, content.signature) !== undefined
  signatures.set(content, signed)
  return signed
}

export type Ground = { readonly status: string; readonly epoch: number; readonly policy: string }

/** A share with its consent, its end and where it stands. */
export function settle(
  share: ShareState,
  relationship: Ground,
  { consent, stops }: { consent: ConsentState | undefined; stops: Stops },
): ShareState {
  const { subject, steward, grant } = share
  const isDual = relationship.policy === 'dualConsent'
  const declined = isDual && !consent ? stops.get(`${steward}|${grant}`) : undefined
  const expiresAt = consent ? Math.min(share.expiresAt, consent.expiresAt) : share.expiresAt
  const reason = stops.get(`${subject}|${grant}`)?.reason
  const settled = { ...share, consent, declined, expiresAt, reason }
  return { ...settled, status: statusOf(settled, relationship) }
}

function statusOf(share: ShareState, relationship: Ground): ShareStatus {
  const { consent, declined } = share
  if (share.status === 'revoked') return 'revoked'
  if (['closedBySubject', 'rejected'].includes(relationship.status)) return 'closed'
  if (share.scope.epoch < relationship.epoch) return 'stopped'
  if (consent?.revoked) return 'revoked'
  if (declined) return 'declined'
  return relationship.policy === 'dualConsent' && !consent ? 'awaitingConsent' : 'live'
}

/** The steward's consent to a share: its slot holds the scope's hash; its key signed for it. */
function consentFor(
  input: FoldInput,
  of: { share: ShareState; consents: Consents; relationship?: RelationshipState },
): ConsentState | undefined {
  const hash = scopeHash(of.share.scope)
  for (const { note, content } of of.consents.get(of.share.grant) ?? []) {
    const isSteward = note.author === of.share.steward
    const slot = isSteward ? slotOf(input.view, content, hash) : undefined
    if (!slot) continue
    if (of.relationship && !isConsentSigned(input.domain, content, hash, of.relationship)) continue
    return {
      slot: toHex(content.slot),
      signature: toHex(content.signature),
      expiresAt: slot.expiresAt,
      revoked: slot.revoked,
      block: note.block,
    }
  }
  return undefined
}

function slotOf(
  view: ChainView,
  content: ConsentContent,
  hash: Uint8Array,
): ReturnType<ChainView['grant']> {
  const slot = view.grant(toHex(content.slot))
  const expected = toHex(consentCommitment(hash, content.slot))
  return slot && `0x${slot.commitment}` === expected ? slot : undefined
}

function isConsentSigned(
  domain: Domain,
  content: ConsentContent,
  scope: Uint8Array,
  relationship: RelationshipState,
): boolean {
  const { slot, grant, signature } = content
  const { consent } = relationship.terms
  return isStatementOf(consent, signature, domain, 'Consent', { slot, grant, scope })
}

export type Stops = ReadonlyMap<string, DeclineState>

/** Words that a share stopped or was declined, by author and grant: nobody speaks for another. */
export function stopsOf(peers: readonly Sides[]): Stops {
  const stops = new Map<string, DeclineState>()
  for (const { mine, theirs } of peers)
    for (const { author, content, block } of [...mine, ...theirs])
      if (content.kind === 'stopped' && content.grant) {
        const key = `${author}|${toHex(content.grant)}`
        const reason = content.reason ?? stops.get(key)?.reason
        stops.set(key, { reason, block })
      }
  return stops
}
