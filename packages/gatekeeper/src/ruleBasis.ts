import { allowedMask, type Hex, purposes, toHex } from '@medrec/protocol'
import type { RelationshipRow } from './map/PointerMap.ts'
import type { EmergencyRow } from './query/Emergencies.ts'
import { type FactSource, isUnexplained } from './query/gatherFacts.ts'
import type { Reason } from './query/refusals.ts'
import type { AnyRequest, PresentedShare } from './query/requestBody.ts'

/** Kinds of statement that a decision rests on. */
export type BasisKind =
  | 'node'
  | 'registration'
  | 'relationship'
  | 'grant'
  | 'delegation'
  | 'emergency'
  | 'scope'
  | 'consent'
  | 'record'

type Decided = {
  readonly body: AnyRequest
  readonly row: RelationshipRow
  readonly viewer: Hex
  readonly decision: 'allow' | Reason
  /** The access that would be used. */
  readonly emergency: EmergencyRow | undefined
}
type Basis = { readonly kind: BasisKind; readonly id: Hex; readonly says: string }

/** The statement that a decision rests on and what it says at that block, without anything of the data. */
export function basisOf(source: FactSource, decided: Decided): Basis {
  return (bases[decided.decision] ?? nodeBasis)(source, decided)
}

type BasisOf = (source: FactSource, decided: Decided) => Basis

const onShare =
  (withShare: (source: FactSource, decided: Decided, share: PresentedShare) => Basis): BasisOf =>
  (source, decided) =>
    decided.body.share
      ? withShare(source, decided, decided.body.share)
      : relationshipBasis(source, decided)
const onGrant = onShare((source, _, { grant }) => ({
  kind: 'grant',
  ...slotFacts(source, toHex(grant)),
}))
const onScope = onShare(scopeBasis)

/** By what each decision is made; all others by the node itself. */
const bases: Readonly<Partial<Record<Reason | 'allow', BasisOf>>> = {
  allow: onRight,
  refused: refusedBasis,
  'emergency-role': registrationBasis,
  'emergency-over': onEmergency,
  'emergency-profile': onEmergency,
  'emergency-opted-out': onEmergency,
  'not-certified': certifiedBasis,
  'relationship-frozen': (source, decided) =>
    registrationBasis(source, { ...decided, viewer: toHex(decided.row.subjectTag) }),
  'relationship-none': relationshipBasis,
  'relationship-proposed': relationshipBasis,
  'relationship-rejected': relationshipBasis,
  'relationship-closed': relationshipBasis,
  'epoch-closed': relationshipBasis,
  'subject-only': relationshipBasis,
  'grant-none': onGrant,
  'grant-revoked': onGrant,
  'grant-expired': onGrant,
  'scope-mismatch': onGrant,
  'delegation-none': onDelegation,
  'delegation-revoked': onDelegation,
  'delegation-expired': onDelegation,
  'delegation-mismatch': onDelegation,
  'delegation-parties': onDelegation,
  'delegation-rights': onDelegation,
  'delegation-policy': relationshipBasis,
  'scope-steward': onScope,
  'scope-subject': onScope,
  'scope-index': onScope,
  'not-before': onScope,
  purpose: onScope,
  'field-not-granted': onScope,
  'catalogue-version': onScope,
  'consent-missing': consentBasis,
  'consent-ended': consentBasis,
  'pointer-foreign': recordBasis,
  'field-unknown': recordBasis,
  unexplained: recordBasis,
}

/** What a request that is answered rests on. */
function onRight(source: FactSource, decided: Decided): Basis {
  const { share, delegation, emergency } = decided.body
  if (emergency) return onEmergency(source, decided)
  return delegation && !share ? onDelegation(source, decided) : onGrant(source, decided)
}

/** Why somebody has no standing: what she presents is not hers, or she is not registered. */
function refusedBasis(source: FactSource, decided: Decided): Basis {
  const { body, viewer } = decided
  const isKnown = source.chain.view().entry(viewer) !== undefined
  if (isKnown && body.delegation && !body.share)
    return {
      kind: 'delegation',
      id: toHex(body.delegation.slot),
      says: 'not signed by this patient for this person and relationship',
    }
  if (isKnown && decided.emergency)
    return {
      kind: 'emergency',
      id: decided.emergency.id,
      says: 'opened by somebody else, by other keys, or for another relationship',
    }
  return registrationBasis(source, decided)
}

function onEmergency(source: FactSource, decided: Decided): Basis {
  const { emergency, body } = decided
  if (!emergency) return relationshipBasis(source, decided)
  const [from, until] = [emergency.opened, emergency.expires].map((seconds) =>
    new Date(seconds * 1_000).toISOString(),
  )
  const left = source.emergencyCategories(body.relationship)
  const says = `opened ${from}, until ${until}; the patient leaves ${left === 0 ? 'nothing' : `categories 0x${left.toString(16)}`}`
  return { kind: 'emergency', id: emergency.id, says }
}

function onDelegation(source: FactSource, decided: Decided): Basis {
  const { delegation } = decided.body
  return delegation
    ? { kind: 'delegation', ...slotFacts(source, toHex(delegation.slot)) }
    : relationshipBasis(source, decided)
}

function relationshipBasis(source: FactSource, { body, row }: Decided): Basis {
  const slot = source.chain.view().relationship(body.relationship)
  const seen = source.seen.status(body.relationship)
  const says = slot
    ? `status ${slot.status}, grant epoch ${slot.epoch}, since block ${slot.block.number}; policy ${row.policy}`
    : 'not on the chain'
  const pushed = seen === undefined ? '' : `; an ending (status ${seen}) was seen before its block`
  return { kind: 'relationship', id: body.relationship, says: says + pushed }
}

function registrationBasis(source: FactSource, { viewer, body }: Decided): Basis {
  const before = source.chain.viewBefore(source.network.confirmations).entry(viewer)
  const entry = source.chain.view().entry(viewer)
  if (!entry) return { kind: 'registration', id: viewer, says: 'not registered' }
  if (entry.identity !== before?.identity)
    return { kind: 'registration', id: viewer, says: 'registered too few blocks ago' }
  const shared = body.share ? '' : '; no share for this viewer is known here'
  return {
    kind: 'registration',
    id: viewer,
    says: `identity ${entry.identity}, version ${entry.version}${shared}`,
  }
}

function certifiedBasis(source: FactSource): Basis {
  const is = source.chain.view().hasRole(source.steward as Hex, 'institution')
  const says = is ? 'certified, in another version than the terms name' : 'not certified'
  return { kind: 'registration', id: source.steward as Hex, says }
}

function consentBasis(source: FactSource, { body }: Decided): Basis {
  const consent = body.share?.consent
  return consent
    ? { kind: 'consent', ...slotFacts(source, toHex(consent.slot)) }
    : { kind: 'consent', id: '0x', says: 'the institution gave none to this share' }
}

function slotFacts(source: FactSource, id: Hex): Pick<Basis, 'id' | 'says'> {
  const slot = source.chain.view().grant(id)
  const pushed = source.seen.isRevoked(id) ? '; its end was seen before its block' : ''
  if (!slot) return { id, says: `not on the chain${pushed}` }
  const until = new Date(slot.expiresAt * 1_000).toISOString()
  const state = slot.revoked ? 'revoked' : `until ${until}`
  return { id, says: `${state}, sequence ${slot.sequence}, in block ${slot.block.number}${pushed}` }
}

function scopeBasis(source: FactSource, { body }: Decided, share: PresentedShare): Basis {
  const { scope } = share
  const named = purposes.filter((_, bit) => (scope.purposes >> bit) & 1).join(', ')
  const from = new Date(scope.notBefore * 1_000).toISOString()
  const pointer = body.kind === 'query' ? source.map.pointer(body.pointer) : undefined
  const fields = pointer && source.definitions.get(pointer.definition)?.fields
  const mask = pointer && allowedMask(scope, pointer).reduce((all, one) => all | one.mask, 0n)
  const open = (fields ?? []).filter((_, bit) => (((mask ?? 0n) >> BigInt(bit)) & 1n) === 1n)
  const shown = pointer ? `; fields ${open.map(({ name }) => name).join(', ') || 'none'}` : ''
  return {
    kind: 'scope',
    id: toHex(share.grant),
    says: `epoch ${scope.epoch}, purposes ${named}, from ${from}${shown}`,
  }
}

function recordBasis(source: FactSource, { body }: Decided): Basis {
  if (body.kind !== 'query') return nodeBasis(source)
  const pointer = source.map.pointer(body.pointer)
  if (!pointer) return { kind: 'record', id: body.pointer, says: 'not here' }
  const version = source.map.version(body.pointer)?.version ?? 0
  const open = isUnexplained(source, body.pointer)
  const waits = open ? '; a change without a reason waits for the patient' : ''
  return {
    kind: 'record',
    id: body.pointer,
    says: `${pointer.resource}, catalogue ${pointer.catalogue}, version ${version}${waits}`,
  }
}

function nodeBasis(source: FactSource): Basis {
  const { number, hash } = source.chain.view().head
  return { kind: 'node', id: hash, says: `this node, whose view ends with block ${number}` }
}
