import {
  type Domain,
  digest,
  type GrantSlot,
  type Hex,
  isSignedBy,
  keccak,
  longestDeadline,
  type RelationshipSlot,
  type RelationshipStatus,
  relationshipId,
  statementHash,
  toBigInt,
  toHex,
} from '@medrec/protocol'
import { isEndingKind, type ParsedRecord } from './records.ts'

/** What a relay asks of the chain about one record. */
export type RecordView = {
  relationship(id: Hex): RelationshipSlot | undefined
  grant(address: Hex): GrantSlot | undefined
}

/** Why a relay does not pay for a record. */
export type RecordProblem =
  | 'deadline-passed'
  | 'deadline-too-far'
  | 'bad-signature'
  | 'nothing-to-end'

/**
 * Whether the ledger would refuse this record for sure: then nobody needs to pay for it. Undefined when it is
 * worth sending; what depends on later blocks is left to the ledger.
 */
export function problemOf(
  record: ParsedRecord,
  options: { domain: Domain; view: RecordView; now: number },
): RecordProblem | undefined {
  const { deadline } = record
  if (deadline !== undefined && deadline < options.now) return 'deadline-passed'
  if (deadline !== undefined && deadline > options.now + longestDeadline) return 'deadline-too-far'
  const signing = signingOf(record)
  if (signing && !isSigned(record, signing, options.domain)) return 'bad-signature'
  return isEndingKind(record.kind) && !endsSomething(record, options.view)
    ? 'nothing-to-end'
    : undefined
}

type Signing = {
  readonly kind: number
  readonly key: Uint8Array
  readonly value?: Uint8Array
  readonly number?: number
  readonly signer: Uint8Array
}

/** Who must have signed what, where the record itself tells; anchors, policies and answers need the chain. */
function signingOf(record: ParsedRecord): Signing | undefined {
  const { kind, payload } = record
  switch (kind) {
    case 'propose':
      return { kind: 0, key: keyOf(payload), signer: payload.slice(0, 20) }
    case 'accept':
      return { kind: 1, key: keyOf(payload), number: 2, signer: payload.slice(20, 40) }
    case 'end': {
      const status = payload[72] as number
      const signer = status === 5 ? payload.slice(0, 20) : payload.slice(20, 40)
      return { kind: 2, key: keyOf(payload), number: status, signer }
    }
    case 'stopAll': {
      const epoch = Number(toBigInt(payload.slice(72, 74)))
      return { kind: 3, key: keyOf(payload), number: epoch, signer: payload.slice(20, 40) }
    }
    case 'grant': {
      const signer = payload.slice(0, 20)
      return { kind: 4, key: leftAligned(signer), value: payload.slice(20, 52), signer }
    }
    case 'revoke':
      return { kind: 5, key: leftAligned(payload), signer: payload }
    default:
      return undefined
  }
}

function isSigned(record: ParsedRecord, signing: Signing, domain: Domain): boolean {
  const zeros = new Uint8Array(32)
  const message = statementHash('Operation', {
    kind: signing.kind,
    key: signing.key,
    value: signing.value ?? zeros,
    number: signing.number ?? 0,
    deadline: record.deadline ?? 0,
    notes: record.notes.length === 0 ? zeros : keccak(record.notes),
  })
  return isSignedBy(digest(domain, message), record.signature, signing.signer)
}

/** Endings need an existing slot, so that nobody fills the chain, at our cost, with endings of nothing. */
function endsSomething({ kind, payload }: ParsedRecord, view: RecordView): boolean {
  if (kind === 'revoke') {
    const slot = view.grant(toHex(payload))
    return slot !== undefined && !slot.revoked
  }
  const slot = view.relationship(toHex(keyOf(payload)))
  if (!slot) return false
  if (kind === 'stopAll')
    return slot.status !== 'rejected' && toBigInt(payload.slice(72, 74)) > BigInt(slot.epoch)
  return (endable[payload[72] as number] ?? []).includes(slot.status)
}

/** Statuses from which a relationship may come to an end, by the status it ends in. */
const endable: Readonly<Record<number, readonly RelationshipStatus[]>> = {
  3: ['proposed'],
  4: ['accepted', 'closedBySteward'],
  5: ['proposed', 'accepted'],
}

function keyOf(payload: Uint8Array): Uint8Array {
  return relationshipId(payload.slice(0, 20), payload.slice(20, 40), payload.slice(40, 72))
}

function leftAligned(address: Uint8Array): Uint8Array {
  const key = new Uint8Array(32)
  key.set(address)
  return key
}
