import { indexPointer, toGrantSlot } from '@medrec/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  dual,
  id,
  now,
  ofSubject,
  served,
  slot,
  withEntry,
  withScope,
  withStatus,
  withViewer,
} from './decide.test-support.ts'
import { decide } from './decide.ts'
import type { Facts } from './Facts.ts'
import type { Reason } from './refusals.ts'

const table: readonly (readonly [string, 'allow' | Reason, Facts])[] = [
  ['a live share', 'allow', served],
  ['every pointer of a category', 'allow', withEntry({ pointer: indexPointer })],
  ['a mask of an older catalogue version', 'allow', withEntry({ catalogue: 1 })],
  [
    'a request from the future',
    'request-old',
    { ...served, request: { created: now + 6, expires: now + 60, isReplay: false } },
  ],
  [
    'a clock five seconds ahead',
    'allow',
    { ...served, request: { created: now + 5, expires: now + 60, isReplay: false } },
  ],
  [
    'a request past its end',
    'request-old',
    { ...served, request: { created: now - 30, expires: now - 1, isReplay: false } },
  ],
  [
    'a request that would live too long',
    'request-old',
    { ...served, request: { created: now, expires: now + 61, isReplay: false } },
  ],
  [
    'a repeated request',
    'request-replayed',
    { ...served, request: { ...served.request, isReplay: true } },
  ],
  [
    'a statement that expired',
    'statement-expired',
    { ...served, statement: { notBefore: 0, expires: now } },
  ],
  [
    'a statement of tomorrow',
    'statement-expired',
    { ...served, statement: { notBefore: now + 6, expires: now + 9 } },
  ],
  [
    'a relationship that the chain does not show',
    'relationship-none',
    { ...served, slot: undefined },
  ],
  ['a rejected relationship', 'relationship-rejected', withStatus('rejected')],
  [
    'a rejection merely seen',
    'relationship-rejected',
    { ...withStatus('proposed', ofSubject), seen: { status: 3, epoch: undefined } },
  ],
  [
    'a rejection and then a closing merely seen',
    'relationship-rejected',
    { ...withStatus('proposed', ofSubject), seen: { status: 4, epoch: undefined } },
  ],
  [
    'a rejection seen of what was accepted after all',
    'allow',
    { ...served, seen: { status: 3, epoch: undefined } },
  ],
  ['a proposed relationship', 'relationship-proposed', withStatus('proposed')],
  ['one closed by its subject', 'relationship-closed', withStatus('closedBySubject')],
  [
    'a closing merely seen',
    'relationship-closed',
    { ...served, seen: { status: 4, epoch: undefined } },
  ],
  ['one closed by its steward', 'allow', withStatus('closedBySteward')],
  [
    'new keys of the subject at the head',
    'relationship-frozen',
    { ...served, subjectVersions: [2, 1] },
  ],
  [
    'new keys of the subject some blocks ago',
    'relationship-frozen',
    { ...served, subjectVersions: [1, 2] },
  ],
  [
    'an institution that is not certified any more',
    'not-certified',
    { ...served, stewardVersions: [undefined, 2] },
  ],
  [
    'an institution that was not certified some blocks ago',
    'not-certified',
    { ...served, stewardVersions: [2, undefined] },
  ],
  [
    'terms of later keys of the institution',
    'not-certified',
    { ...served, stewardVersions: [1, 1] },
  ],
  ['a scope for another institution', 'scope-steward', withScope({ steward: id(66) })],
  ["another patient's scope", 'scope-subject', withScope({ subject: id(66) })],
  ['a scope of another index', 'scope-index', withScope({ index: id(66) })],
  ['a closed epoch', 'epoch-closed', withScope({ epoch: 0 })],
  ['an epoch of the future', 'epoch-closed', withScope({ epoch: 2 })],
  [
    'an epoch closed by what was seen',
    'epoch-closed',
    { ...served, seen: { status: undefined, epoch: 2 } },
  ],
  [
    'an epoch that was merely seen',
    'epoch-closed',
    { ...withScope({ epoch: 2 }), seen: { status: undefined, epoch: 2 } },
  ],
  ['a scope of later', 'not-before', withScope({ notBefore: now + 1 })],
  ['a scope of later by the chain', 'not-before', withScope({ notBefore: now - 1 })],
  ['another purpose', 'purpose', { ...served, purpose: 2 }],
  [
    'a revoked grant',
    'grant-revoked',
    withViewer({ grant: { slot: { ...slot, revoked: true }, revocationSeen: false } }),
  ],
  [
    'a revocation merely seen',
    'grant-revoked',
    withViewer({ grant: { slot, revocationSeen: true } }),
  ],
  [
    'a revocation seen before the grant',
    'grant-revoked',
    withViewer({ grant: { slot: undefined, revocationSeen: true } }),
  ],
  ['no grant', 'grant-none', withViewer({ grant: { slot: undefined, revocationSeen: false } })],
  ['a grant for another scope', 'scope-mismatch', withViewer({ isCommitted: false })],
  [
    'an expired grant',
    'grant-expired',
    withViewer({ grant: { slot: { ...slot, expiresAt: now }, revocationSeen: false } }),
  ],
  ['a grant expired by the chain', 'grant-expired', { ...served, headTime: now + 100 }],
  [
    'a consent expired by the chain',
    'consent-ended',
    {
      ...withViewer(
        { consent: { slot: { ...slot, expiresAt: now + 50 }, revocationSeen: false } },
        dual,
      ),
      headTime: now + 50,
    },
  ],
  ['dual consent without consent', 'consent-missing', dual],
  [
    'a policy that nobody knows',
    'consent-missing',
    withViewer(
      { consent: { slot, revocationSeen: false } },
      { ...served, terms: { ...served.terms, policy: 2 } },
    ),
  ],
  ['dual consent', 'allow', withViewer({ consent: { slot, revocationSeen: false } }, dual)],
  [
    'an expired consent',
    'consent-ended',
    withViewer({ consent: { slot: { ...slot, expiresAt: now }, revocationSeen: false } }, dual),
  ],
  [
    'a revoked consent',
    'consent-ended',
    withViewer({ consent: { slot, revocationSeen: true } }, dual),
  ],
  ["another relationship's pointer", 'pointer-foreign', { ...served, pointer: null }],
  [
    'a request for an index',
    'allow',
    { ...served, pointer: undefined, purpose: undefined, elements: [] },
  ],
  [
    'a request for an index by an ended share',
    'grant-revoked',
    { ...withViewer({ grant: { slot, revocationSeen: true } }), pointer: undefined },
  ],
  ['a field that is none', 'field-unknown', { ...served, elements: ['a', 'z'] }],
  ['one field too many', 'field-not-granted', { ...served, elements: ['a', 'b'] }],
  [
    'a pointer that the scope does not name',
    'field-not-granted',
    withEntry({ pointer: id(66, 16) }),
  ],
  ['another category', 'field-not-granted', withEntry({ category: 6 })],
  ['another schema', 'field-not-granted', withEntry({ schema: 6 })],
  ['bits beyond the catalogue version', 'catalogue-version', withEntry({ mask: 0b10101n })],
  [
    'bits beyond an older catalogue version',
    'catalogue-version',
    withEntry({ catalogue: 1, mask: 0b1101n }),
  ],
  ['an unknown catalogue version', 'catalogue-version', withEntry({ catalogue: 3 })],
  ['an unexplained change', 'unexplained', { ...served, isUnexplained: true }],
  ['a former version', 'subject-only', { ...served, isFormer: true }],
  ['the subject', 'allow', ofSubject],
  ['the subject of a proposal', 'allow', withStatus('proposed', ofSubject)],
  ['the subject after closing', 'allow', withStatus('closedBySubject', ofSubject)],
  ['the subject after the steward closed', 'allow', withStatus('closedBySteward', ofSubject)],
  ['the subject after rejecting', 'relationship-rejected', withStatus('rejected', ofSubject)],
  [
    'the subject, of an institution that is not certified any more',
    'allow',
    { ...ofSubject, stewardVersions: [undefined, undefined] },
  ],
  ['the subject with new keys', 'allow', { ...ofSubject, subjectVersions: [2, 2] }],
  [
    'the subject and an unexplained change',
    'allow',
    { ...ofSubject, isUnexplained: true, isFormer: true },
  ],
  ["the subject and another's pointer", 'pointer-foreign', { ...ofSubject, pointer: null }],
]

test.each(table)('%s: %s', (_, expected, facts) => {
  expect(decide(facts)).toBe(expected)
})

describe('laws', () => {
  test('no fields outside the masks are ever allowed, and all inside are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(15), { maxLength: 3 }),
        fc.subarray(['a', 'b', 'c', 'd'], { minLength: 1 }),
        (masks, elements) => {
          const entries = masks.map((mask) => ({
            pointer: id(7, 16),
            category: 5,
            schema: 9,
            catalogue: 2,
            mask: BigInt(mask),
          }))
          const allowed = masks.reduce((all, mask) => all | mask, 0)
          const wanted = elements.reduce((all, name) => all | (1 << 'abcd'.indexOf(name)), 0)
          const facts = { ...withScope({ entries }), elements }
          expect(decide(facts)).toBe((wanted & ~allowed) === 0 ? 'allow' : 'field-not-granted')
        },
      ),
    )
  })
  test('once a grant has expired, no later clock allows', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.nat(300), fc.nat(300), (end, ours, theirs) => {
        const expiring = withViewer({
          grant: { slot: { ...slot, expiresAt: now + end }, revocationSeen: false },
        })
        const facts = { ...expiring, headTime: now + theirs, now: now + Math.min(ours, 58) }
        expect(decide(facts) === 'allow').toBe(Math.max(Math.min(ours, 58), theirs) < end)
      }),
    )
  })
  test('what was seen beside the chain never turns a refusal into an answer', () => {
    fc.assert(
      fc.property(
        fc.nat(table.length - 1),
        fc.option(fc.constantFrom(3, 4)),
        fc.option(fc.nat(3)),
        (row, status, epoch) => {
          const [, before, facts] = table[row] as (typeof table)[number]
          // Whatever more is seen: of two endings the later one is kept (Seen).
          const ended = Math.max(status ?? 0, facts.seen.status ?? 0)
          const seen = {
            status: ended === 0 ? undefined : ended,
            epoch: Math.max(epoch ?? 0, facts.seen.epoch ?? 0),
          }
          if (before !== 'allow') expect(decide({ ...facts, seen })).not.toBe('allow')
        },
      ),
    )
  })
  test('a slot word reads as a grant', () => {
    expect(toGrantSlot((BigInt(now) << 224n) | (65_535n << 208n))).toMatchObject({
      expiresAt: now,
      revoked: true,
    })
  })
})
