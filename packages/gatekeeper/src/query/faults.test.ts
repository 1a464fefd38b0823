import type { Scope } from '@medrec/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decide } from './decide.ts'
import type { Facts, SlotFacts } from './Facts.ts'
import { viewReason } from './viewReason.ts'

// P6 of the test programme (docs/proof.md): whatever else goes wrong, a refusal never becomes an answer.

const id = (byte: number, size = 32): Uint8Array => new Uint8Array(size).fill(byte)
const now = 1_800_000_000
const usually = <T>(one: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 12, arbitrary: fc.constant(one) }, fc.constantFrom(...others))

const slot: fc.Arbitrary<SlotFacts> = fc.record({
  slot: usually(
    { expiresAt: now + 100, sequence: 1, revoked: false, commitment: '00' },
    { expiresAt: now - 1, sequence: 1, revoked: false, commitment: '00' },
    { expiresAt: now + 100, sequence: 65_535, revoked: true, commitment: '00' },
    undefined,
  ),
  revocationSeen: usually(false, true),
})
const scope: fc.Arbitrary<Scope> = fc.record({
  subject: usually(id(1), id(9)),
  steward: usually(id(2), id(9)),
  viewer: fc.constant(id(3)),
  relationship: fc.constant(id(4)),
  epoch: usually(1, 0, 2),
  index: usually(id(5), id(9)),
  purposes: usually(2, 1, 7),
  notBefore: usually(now - 100, now + 1),
  salt: fc.constant(id(6)),
  entries: fc.array(
    fc.record({
      pointer: usually(id(7, 16), id(8, 16), id(0, 16)),
      category: usually(5, 6),
      schema: usually(9, 8),
      catalogue: usually(2, 1, 3),
      mask: usually(3n, 1n, 15n, 31n),
    }),
    { minLength: 1, maxLength: 2 },
  ),
})
const pointer: NonNullable<Facts['pointer']> = {
  ...{ id: id(7, 16), category: 5, schema: 9, catalogue: 2 },
  fields: ['a', 'b', 'c', 'd'].map((name) => ({ name })),
  fieldsOf: (version) => ({ 1: 3, 2: 4 })[version],
}
const anyFacts: fc.Arbitrary<Facts> = fc.record({
  now: fc.constant(now),
  chainTime: usually(now, now - 200),
  headTime: usually(now, now + 200),
  request: fc.record({
    created: usually(now, now - 61),
    expires: usually(now + 60, now - 1),
    isReplay: usually(false, true),
  }),
  statement: fc.record({ notBefore: fc.constant(now - 60), expires: usually(now + 60, now) }),
  steward: fc.constant(id(2)),
  terms: fc.record({
    subjectTag: fc.constant(id(1)),
    subjectVersion: fc.constant(1),
    stewardVersion: fc.constant(1),
    policy: usually(0, 1, 2),
    indexKey: fc.constant(id(5)),
  }),
  slot: fc.record({
    status: usually<NonNullable<Facts['slot']>['status']>(
      'accepted',
      ...(['none', 'proposed', 'rejected', 'closedBySubject', 'closedBySteward'] as const),
    ),
    epoch: fc.constant(1),
    changedAt: fc.constant(0),
  }),
  seen: fc.record({
    status: usually<number | undefined>(undefined, 3, 4),
    epoch: usually<number | undefined>(undefined, 1, 2),
  }),
  subjectVersions: usually([1, 1], [1, 2], [undefined, 1]),
  stewardVersions: usually([1, 1], [undefined, 1], [1, undefined]),
  viewer: fc.option(
    fc.record({
      share: fc.record({
        grant: fc.constant(id(8, 20)),
        signature: fc.constant(id(9, 64)),
        scope,
        consent: fc.constant(undefined),
      }),
      isCommitted: usually(true, false),
      grant: slot,
      consent: fc.option(slot, { nil: undefined }),
    }),
    { nil: undefined },
  ),
  delegate: fc.option(
    fc.record({
      delegation: fc.record({
        ...{ subject: usually(id(1), id(9)), steward: usually(id(2), id(9)) },
        ...{ delegate: fc.constant(id(3)), relationship: fc.constant(id(4)) },
        ...{ epoch: usually(1, 0), index: usually(id(5), id(9)), rights: usually(3, 1, 2, 0) },
        ...{ categories: usually(0b100000, 0b1000000, 0), notBefore: usually(now - 100, now + 1) },
        salt: fc.constant(id(6)),
      }),
      isCommitted: usually(true, false),
      slot,
    }),
    { nil: undefined, freq: 2 },
  ),
  emergency: fc.constant(undefined),
  purpose: usually(1, 0),
  pointer: usually<Facts['pointer']>(pointer, null),
  elements: usually(['a'], ['a', 'b'], ['c'], ['z']),
  isUnexplained: usually(false, true),
  isFormer: usually(false, true),
})

type Fault = readonly [name: string, happen: (facts: Facts) => Facts]
const withViewer = (facts: Facts, change: object): Facts =>
  facts.viewer ? { ...facts, viewer: { ...facts.viewer, ...change } } : facts
const withDelegate = (facts: Facts, change: object): Facts =>
  facts.delegate ? { ...facts, delegate: { ...facts.delegate, ...change } } : facts
const faults: readonly Fault[] = [
  ['the relationship is lost in a reorganisation', (f) => ({ ...f, slot: undefined })],
  ['a closing is pushed', (f) => ({ ...f, seen: { ...f.seen, status: 4 } })],
  ['a stop is pushed', (f) => ({ ...f, seen: { ...f.seen, epoch: (f.seen.epoch ?? 1) + 1 } })],
  [
    'the registration changes',
    (f) => ({ ...f, subjectVersions: [2, ...f.subjectVersions.slice(1)] }),
  ],
  ['the registrar is not heard', (f) => ({ ...f, subjectVersions: [undefined, undefined] })],
  ['the certificate is taken', (f) => ({ ...f, stewardVersions: [undefined, undefined] })],
  ['the nonce was used', (f) => ({ ...f, request: { ...f.request, isReplay: true } })],
  ['the pointer is gone', (f) => ({ ...f, pointer: null })],
  ['the data change', (f) => ({ ...f, isUnexplained: true })],
  [
    'a revocation is pushed',
    (f) => (f.viewer ? withViewer(f, { grant: { ...f.viewer.grant, revocationSeen: true } }) : f),
  ],
  [
    'a delegation is taken back',
    (f) => withDelegate(f, { slot: { slot: f.delegate?.slot.slot, revocationSeen: true } }),
  ],
  [
    'a delegation is lost in a reorganisation',
    (f) =>
      withDelegate(f, { slot: { slot: undefined, revocationSeen: false }, isCommitted: false }),
  ],
  [
    'the grant is lost in a reorganisation',
    (f) => withViewer(f, { grant: { slot: undefined, revocationSeen: false }, isCommitted: false }),
  ],
  ['the consent is lost', (f) => withViewer(f, { consent: undefined })],
  ['the slot holds another scope', (f) => withViewer(f, { isCommitted: false })],
  ['the head is of tomorrow', (f) => ({ ...f, headTime: f.headTime + 86_400 })],
  ['the head stands still', (f) => ({ ...f, chainTime: f.chainTime - 86_400 })],
]

test('no fault, and no two of them, turn a refusal into an answer (P6)', () => {
  const told = { allowed: 0, refused: 0 }
  const any = fc.constantFrom(...faults)
  fc.assert(
    fc.property(anyFacts, any, any, (facts, [, first], [, second]) => {
      const before = decide(facts)
      told[before === 'allow' ? 'allowed' : 'refused']++
      if (before === 'allow') return
      expect(decide(first(facts))).not.toBe('allow')
      expect(decide(second(first(facts)))).not.toBe('allow')
    }),
    { numRuns: 100 * Number(process.env['FC_RUNS'] ?? 100) },
  )
  expect(told.allowed).toBeGreaterThan(told.refused / 20)
})

test('every fault refuses somebody who was answered before', () => {
  const idle = ['the consent is lost', 'the head stands still']
  const refuses = new Set<string>()
  fc.assert(
    fc.property(anyFacts, (facts) => {
      if (decide(facts) !== 'allow' || (!facts.viewer && !facts.delegate)) return
      for (const [name, happen] of faults) if (decide(happen(facts)) !== 'allow') refuses.add(name)
    }),
    { numRuns: 3_000 },
  )
  expect(
    faults.map(([name]) => name).filter((name) => !refuses.has(name) && !idle.includes(name)),
  ).toEqual([])
})

test('a view that gets worse serves nobody whom it did not serve before (P6)', () => {
  const status = fc.record({
    isSynced: usually(true, false),
    isBehind: usually(false, true),
    witness: usually<'none' | 'agrees' | 'differs'>('none', 'agrees', 'differs'),
    problem: fc.constant(undefined),
    freshBy: fc.constantFrom('block' as const, 'heartbeat' as const),
  })
  fc.assert(
    fc.property(status, fc.nat(400), fc.nat(400), (view, age, more) => {
      const at = (seconds: number) => viewReason({ ...view, ageMs: seconds * 1_000 })
      if (at(age) !== undefined) expect(at(age + more)).not.toBe(undefined)
      for (const worse of [
        { isSynced: false },
        { isBehind: true },
        { witness: 'differs' as const },
      ])
        expect(viewReason({ ...view, ageMs: age * 1_000, ...worse })).not.toBe(undefined)
    }),
  )
})
