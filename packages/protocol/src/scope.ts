import { type Account, isSignedBy, sign } from './accounts.ts'
import { compare, equal, uint } from './bytes.ts'
import { MalformedError } from './errors.ts'
import { keccak } from './hash.ts'
import { statementHash } from './statements.ts'
import { type Domain, digest } from './typedData.ts'

/** What a relationship rests on; known to steward and subject only (docs/protocol.md 3). */
export type Terms = {
  readonly stewardTag: Uint8Array
  readonly subjectTag: Uint8Array
  readonly stewardVersion: number
  readonly subjectVersion: number
  readonly salt: Uint8Array
  /** 0 the subject alone, 1 dual consent */
  readonly policy: number
  /** Address of the steward's consent key; zeros unless dual consent. */
  readonly consent: Uint8Array
}

/** Fields of one pointer, or of every pointer of a category when `pointer` is zero. */
export type Entry = {
  readonly pointer: Uint8Array
  readonly category: number
  readonly schema: number
  readonly catalogue: number
  /** Bit i = field i of that category, schema and catalogue version. */
  readonly mask: bigint
}

/** What a grant allows; never stands on chain (docs/protocol.md 3). */
export type Scope = {
  readonly subject: Uint8Array
  readonly steward: Uint8Array
  readonly viewer: Uint8Array
  readonly relationship: Uint8Array
  readonly epoch: number
  readonly index: Uint8Array
  /** Bits of docs/protocol.md section 3. */
  readonly purposes: number
  /** Unix seconds */
  readonly notBefore: number
  readonly salt: Uint8Array
  readonly entries: readonly Entry[]
}

/** Every pointer of a category: the pointer id of such an entry. */
export const anyPointer: Uint8Array = new Uint8Array(16)
export const noAddress: Uint8Array = new Uint8Array(20)

/** Policies that a relationship's terms may name (paper III-B, requirements 24-29). */
export const policies: { readonly subjectOnly: 0; readonly dualConsent: 1 } = {
  subjectOnly: 0,
  dualConsent: 1,
}

/** Bits of a scope's purposes, in order. */
export const purposes: readonly string[] = [
  'treatment',
  'second opinion',
  'family and care',
  'research',
  'payment',
  'other',
  'emergency',
]

/** Hash of the terms (EIP-712 struct hash). */
export function termsHash(terms: Terms): Uint8Array {
  return statementHash('Terms', terms)
}

/** The relationship's id: keccak(steward controller | subject controller | hash of the terms). */
export function relationshipId(
  steward: Uint8Array,
  subject: Uint8Array,
  hashOfTerms: Uint8Array,
): Uint8Array {
  return keccak(steward, subject, hashOfTerms)
}

/** Hash of a scope (EIP-712 struct hash). Throws MalformedError unless its entries are sorted. */
export function scopeHash(scope: Scope): Uint8Array {
  if (!isSorted(scope.entries)) throw new MalformedError('entries of a scope are strictly sorted')
  return statementHash('Scope', scope)
}

/** Whether entries are strictly sorted by (pointer, category, schema). */
export function isSorted(entries: readonly Entry[]): boolean {
  return entries.every(
    (entry, i) => i === 0 || compare(entryKey(entries[i - 1] as Entry), entryKey(entry)) < 0,
  )
}

/** Entries in the protocol's order. */
export function sorted(entries: readonly Entry[]): readonly Entry[] {
  return entries.toSorted((a, b) => compare(entryKey(a), entryKey(b)))
}

function entryKey(entry: Entry): Uint8Array {
  const key = new Uint8Array(24)
  key.set(entry.pointer)
  key.set(uint(entry.category, 4), 16)
  key.set(uint(entry.schema, 4), 20)
  return key
}

/** The 26 bytes of a scope's hash that the grant's slot holds. */
export function grantCommitment(hashOfScope: Uint8Array): Uint8Array {
  return hashOfScope.slice(0, 26)
}

/** The 26 bytes that a consent's slot holds: of keccak(scope hash | slot address). */
export function consentCommitment(hashOfScope: Uint8Array, slot: Uint8Array): Uint8Array {
  return keccak(hashOfScope, slot).slice(0, 26)
}

/** The subject's controller's signature that makes a grant key stand for a scope. */
export function signShare(
  subjectController: Account,
  domain: Domain,
  grant: Uint8Array,
  scope: Uint8Array,
): Uint8Array {
  return sign(shareDigest(domain, grant, scope), subjectController)
}

/** Whether the subject's controller signed this share. */
export function isShareOf(
  subjectController: Uint8Array,
  signature: Uint8Array,
  domain: Domain,
  grant: Uint8Array,
  scope: Uint8Array,
): boolean {
  return isSignedBy(shareDigest(domain, grant, scope), signature, subjectController)
}

function shareDigest(domain: Domain, grant: Uint8Array, scope: Uint8Array): Uint8Array {
  return digest(domain, statementHash('Share', { grant, scope }))
}

/** The mask that a scope allows on a pointer: of the entries that name it or its category and schema. */
export function allowedMask(
  scope: Scope,
  pointer: { id: Uint8Array; category: number; schema: number },
): { mask: bigint; catalogue: number }[] {
  return scope.entries
    .filter(
      (entry) =>
        entry.category === pointer.category &&
        entry.schema === pointer.schema &&
        (equal(entry.pointer, pointer.id) || equal(entry.pointer, anyPointer)),
    )
    .map(({ mask, catalogue }) => ({ mask, catalogue }))
}
