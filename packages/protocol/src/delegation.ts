import { type Account, isSignedBy, sign } from './accounts.ts'
import { statementHash } from './statements.ts'
import { type Domain, digest } from './typedData.ts'

/** What a subject lets a delegate do in one relationship; never stands on chain (docs/protocol.md 3.1). */
export type Delegation = {
  readonly subject: Uint8Array
  readonly steward: Uint8Array
  readonly delegate: Uint8Array
  readonly relationship: Uint8Array
  readonly epoch: number
  readonly index: Uint8Array
  /** Bits of `delegationRights`: to read, or to read and share. */
  readonly rights: number
  /** Bit c = category c. */
  readonly categories: number
  /** Unix seconds */
  readonly notBefore: number
  readonly salt: Uint8Array
}

/** Rights of a delegation. Whoever may share may read: she could share with herself. */
export const delegationRights: { readonly read: 1; readonly share: 2 } = { read: 1, share: 2 }

/** Hash of a delegation (EIP-712 struct hash). */
export function delegationHash(delegation: Delegation): Uint8Array {
  return statementHash('Delegation', delegation)
}

/** The subject's controller's signature that makes a slot stand for a delegation. */
export function signDelegation(
  subjectController: Account,
  domain: Domain,
  slot: Uint8Array,
  delegation: Uint8Array,
): Uint8Array {
  return sign(delegateDigest(domain, slot, delegation), subjectController)
}

/** Whether the subject's controller signed this delegation for this slot. */
export function isDelegationOf(
  subjectController: Uint8Array,
  signature: Uint8Array,
  domain: Domain,
  slot: Uint8Array,
  delegation: Uint8Array,
): boolean {
  return isSignedBy(delegateDigest(domain, slot, delegation), signature, subjectController)
}

/** Whether the rights are ones that this version knows, and include sharing if `toShare`. */
export function hasRight(rights: number, toShare: boolean): boolean {
  const { read, share } = delegationRights
  return rights === (read | share) || (rights === read && !toShare)
}

/** Whether a delegation speaks of a category; those from 32 on are in none. */
export function isDelegated(categories: number, category: number): boolean {
  return category < 32 && ((categories >>> category) & 1) === 1
}

/** Bits of categories. */
export function categoryBits(categories: Iterable<number>): number {
  let bits = 0
  for (const category of categories) if (category < 32) bits |= 1 << category
  return bits >>> 0
}

function delegateDigest(domain: Domain, slot: Uint8Array, delegation: Uint8Array): Uint8Array {
  return digest(domain, statementHash('Delegate', { slot, delegation }))
}
