import type { Scope } from '@medrec/protocol'
import type { Facts, ShareFacts } from './Facts.ts'

/** Bytes of one value. */
export const id = (byte: number, size = 32): Uint8Array => new Uint8Array(size).fill(byte)
/** The clock of these tests, unix seconds. */
export const now = 1_800_000_000

/** A viewer's scope. */
export const scope: Scope = {
  subject: id(1),
  steward: id(2),
  viewer: id(3),
  relationship: id(4),
  epoch: 1,
  index: id(5),
  purposes: 0b010,
  notBefore: now - 100,
  salt: id(6),
  entries: [{ pointer: id(7, 16), category: 5, schema: 9, catalogue: 2, mask: 0b0101n }],
}
/** A slot that lives. */
export const slot = { expiresAt: now + 100, sequence: 1, revoked: false, commitment: '00' }
/** A share that stands. */
export const viewer: ShareFacts = {
  share: { grant: id(8, 20), signature: id(9, 64), scope, consent: undefined },
  isCommitted: true,
  grant: { slot, revocationSeen: false },
  consent: undefined,
}
/** A pointer of four fields. */
export const pointer: NonNullable<Facts['pointer']> = {
  id: id(7, 16),
  category: 5,
  schema: 9,
  catalogue: 2,
  fields: ['a', 'b', 'c', 'd'].map((name) => ({ name })),
  fieldsOf: (version) => ({ 1: 3, 2: 4 })[version],
}
/** Facts under which a viewer is served. */
export const served: Facts = {
  now,
  chainTime: now - 2,
  headTime: now - 2,
  request: { created: now - 1, expires: now + 59, isReplay: false },
  statement: { notBefore: now - 1_000, expires: now + 1_000 },
  steward: id(2),
  terms: { subjectTag: id(1), subjectVersion: 1, stewardVersion: 2, policy: 0, indexKey: id(5) },
  slot: { status: 'accepted', epoch: 1, changedAt: now - 500 },
  seen: { status: undefined, epoch: undefined },
  subjectVersions: [1, 1],
  stewardVersions: [2, 3],
  viewer,
  delegate: undefined,
  emergency: undefined,
  purpose: 1,
  pointer,
  elements: ['a', 'c'],
  isUnexplained: false,
  isFormer: false,
}
/** Facts of the subject herself. */
export const ofSubject: Facts = { ...served, viewer: undefined, elements: ['a', 'b', 'c', 'd'] }
/** The same under dual consent. */
export const dual = { ...served, terms: { ...served.terms, policy: 1 } }
/** Facts with another scope. */
export const withScope = (change: Partial<Scope>): Facts => ({
  ...served,
  viewer: { ...viewer, share: { ...viewer.share, scope: { ...scope, ...change } } },
})
/** Facts with another share. */
export const withViewer = (change: Partial<ShareFacts>, facts = served): Facts => ({
  ...facts,
  viewer: { ...viewer, ...change },
})
/** Facts with another status. */
export const withStatus = (
  status: NonNullable<Facts['slot']>['status'],
  facts = served,
): Facts => ({
  ...facts,
  slot: { status, epoch: 1, changedAt: now },
})
/** Facts with another entry of the scope. */
export const withEntry = (change: object): Facts =>
  withScope({ entries: [{ ...(scope.entries[0] as Scope['entries'][number]), ...change }] })
