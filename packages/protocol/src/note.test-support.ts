import fc from 'fast-check'
import { counted, filled } from './fixture.test-support.ts'
import { anyPointer, type Entry, type NoteContent, type SharedScope, sorted } from './index.ts'

const bytes = (size: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: size, maxLength: size })
const number = (size: number): fc.Arbitrary<number> =>
  fc.integer({ min: 0, max: Math.min(256 ** size - 1, Number.MAX_SAFE_INTEGER) })
const text = fc.string({ unit: 'grapheme', maxLength: 60 })
const entry = fc.record<Entry>({
  pointer: bytes(16),
  category: number(4),
  schema: number(4),
  catalogue: number(2),
  mask: fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
})
const shared = {
  steward: bytes(32),
  relationship: bytes(32),
  index: bytes(32),
  epoch: number(2),
  purposes: number(2),
  notBefore: number(5),
  grant: bytes(20),
  signature: bytes(64),
  entries: fc.array(entry, { maxLength: 8 }).map(sorted),
}
const byDelegation = {
  subject: bytes(32),
  slot: bytes(20),
  delegated: bytes(64),
  rights: number(1),
  categories: number(4),
  since: number(5),
  delegationSalt: bytes(32),
}
const reason = fc.option(text, { nil: undefined })
/** Any content of a note. */
export const content: fc.Arbitrary<NoteContent> = fc.oneof(
  fc.record({
    kind: fc.constant('proposal' as const),
    nonce: bytes(16),
    salt: bytes(32),
    policy: number(1),
    consent: fc.option(bytes(20), { nil: undefined }),
    stewardVersion: number(4),
    subjectVersion: number(4),
    restored: fc.option(fc.boolean(), { nil: undefined }),
  }),
  fc.record({
    kind: fc.constant('pointer' as const),
    relationship: bytes(32),
    pointer: bytes(16),
    category: number(4),
    schema: number(4),
    catalogue: number(2),
    querySalt: bytes(16),
    query: text,
    result: bytes(32),
    resource: text,
    place: text,
    version: number(4),
    time: number(5),
  }),
  fc.record({
    kind: fc.constant('answer' as const),
    relationship: bytes(32),
    status: number(1),
    reason,
  }),
  fc.record({
    kind: fc.constant('acknowledgement' as const),
    relationship: bytes(32),
    pointer: bytes(16),
    version: number(4),
    verdict: number(1),
    reason,
  }),
  fc.record({
    kind: fc.constant('share' as const),
    ...shared,
    policy: fc.option(number(1), { nil: undefined }),
  }),
  fc.record({
    kind: fc.constant('shareCopy' as const),
    ...shared,
    viewer: bytes(32),
    salt: bytes(32),
  }),
  fc.record({
    kind: fc.constant('consent' as const),
    grant: bytes(20),
    slot: bytes(20),
    signature: bytes(64),
  }),
  fc.record({
    kind: fc.constant('contact' as const),
    idTag: bytes(32),
    name: text,
    relation: reason,
    identity: bytes(20),
  }),
  fc.record({
    kind: fc.constant('checkpoint' as const),
    seen: fc.array(fc.tuple(bytes(32), bytes(32), number(6)), { maxLength: 20 }),
    time: number(5),
  }),
  fc.record({
    kind: fc.constant('stopped' as const),
    grant: fc.option(bytes(20), { nil: undefined }),
    relationship: fc.option(bytes(32), { nil: undefined }),
    reason,
  }),
  fc.record({
    kind: fc.constant('delegation' as const),
    steward: bytes(32),
    relationship: bytes(32),
    index: bytes(32),
    epoch: number(2),
    rights: number(1),
    categories: number(4),
    notBefore: number(5),
    slot: bytes(20),
    signature: bytes(64),
  }),
  fc.record({ kind: fc.constant('delegatedShare' as const), ...shared, ...byDelegation }),
  fc.record({
    kind: fc.constant('delegatedShareCopy' as const),
    ...shared,
    ...byDelegation,
    viewer: bytes(32),
    salt: bytes(32),
  }),
  fc.record({
    kind: fc.constant('emergencyProfile' as const),
    relationship: bytes(32),
    categories: number(4),
    time: number(5),
  }),
  fc.record({
    kind: fc.constant('emergency' as const),
    relationship: bytes(32),
    who: bytes(32),
    name: text,
    reason: text,
    time: number(5),
    expires: number(5),
  }),
)

/** Members that are not there and members that are undefined are the same. */
export function present(value: NoteContent): unknown {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined))
}

/** A share whose numbers take as much room as they can. */
export function shareOf(entries: number, byCategory = false): { kind: 'share' } & SharedScope {
  return {
    kind: 'share',
    steward: filled(32, 255),
    relationship: filled(32, 255),
    index: filled(32, 255),
    epoch: 65_535,
    purposes: 127,
    notBefore: 1_800_000_000,
    grant: filled(20, 255),
    signature: filled(64, 255),
    entries: Array.from({ length: entries }, (_, i) => ({
      pointer: byCategory ? anyPointer : counted(16, i),
      category: 5,
      schema: 0xff000000 + i,
      catalogue: 1,
      mask: 0xffffn,
    })),
  }
}
