import type { Delegation, Scope } from '@medrec/protocol'
import { expect, test } from 'vitest'
import {
  id,
  now,
  ofSubject,
  scope,
  served,
  slot,
  viewer,
  withStatus,
} from './decide.test-support.ts'
import { decide } from './decide.ts'
import type { DelegationFacts, EmergencyFacts, Facts } from './Facts.ts'
import type { Reason } from './refusals.ts'

const delegation: Delegation = {
  ...{ subject: id(1), steward: id(2), delegate: id(13), relationship: id(4), epoch: 1 },
  ...{ index: id(5), rights: 3, categories: 1 << 5, notBefore: now - 100, salt: id(14) },
}
const delegate: DelegationFacts = {
  delegation,
  isCommitted: true,
  slot: { slot, revocationSeen: false },
}
const byDelegate: Facts = { ...ofSubject, delegate }
const passedOn: Facts = { ...served, delegate }
const withDelegation = (change: Partial<Delegation>, facts = byDelegate): Facts => ({
  ...facts,
  delegate: { ...delegate, delegation: { ...delegation, ...change } },
})
const withSlot = (change: Partial<DelegationFacts>): Facts => ({
  ...byDelegate,
  delegate: { ...delegate, ...change },
})
const emergency: EmergencyFacts = {
  hasRole: [true, true],
  expires: now + 1,
  categories: 1 << 5,
}
const inEmergency: Facts = { ...ofSubject, purpose: 6, emergency }
const withEmergency = (change: Partial<EmergencyFacts>): Facts => ({
  ...inEmergency,
  emergency: { ...emergency, ...change },
})

const others: readonly (readonly [string, 'allow' | Reason, Facts])[] = [
  ['a delegate who reads', 'allow', byDelegate],
  ['what a delegate shared', 'allow', passedOn],
  ['a delegate with the right to read alone', 'allow', withDelegation({ rights: 1 })],
  [
    'a share by one who may only read',
    'delegation-rights',
    withDelegation({ rights: 1 }, passedOn),
  ],
  ['a right to share without one to read', 'delegation-rights', withDelegation({ rights: 2 })],
  ['no rights', 'delegation-rights', withDelegation({ rights: 0 })],
  ['a right of a later version', 'delegation-rights', withDelegation({ rights: 7 })],
  ['another category', 'delegation-rights', withDelegation({ categories: 1 << 4 })],
  ['no category', 'delegation-rights', withDelegation({ categories: 0 })],
  [
    'a share of another category, too',
    'delegation-rights',
    {
      ...passedOn,
      viewer: {
        ...viewer,
        share: {
          ...viewer.share,
          scope: {
            ...scope,
            entries: [
              { ...(scope.entries[0] as Scope['entries'][number]), category: 4 },
              ...scope.entries,
            ],
          },
        },
      },
    },
  ],
  ['a delegation of another steward', 'delegation-parties', withDelegation({ steward: id(9) })],
  ['of another subject', 'delegation-parties', withDelegation({ subject: id(9) })],
  ['of another index', 'delegation-parties', withDelegation({ index: id(9) })],
  [
    'under dual consent',
    'delegation-policy',
    { ...byDelegate, terms: { ...served.terms, policy: 1 } },
  ],
  [
    'under an unknown policy',
    'delegation-policy',
    { ...byDelegate, terms: { ...served.terms, policy: 9 } },
  ],
  ['of a former epoch', 'epoch-closed', withDelegation({ epoch: 0 })],
  [
    'after a stop of all that was merely seen',
    'epoch-closed',
    { ...byDelegate, seen: { status: undefined, epoch: 2 } },
  ],
  ['of tomorrow', 'not-before', withDelegation({ notBefore: now })],
  [
    'that the chain does not show',
    'delegation-none',
    withSlot({ slot: { slot: undefined, revocationSeen: false } }),
  ],
  ['that the chain holds another of', 'delegation-mismatch', withSlot({ isCommitted: false })],
  [
    'that was revoked',
    'delegation-revoked',
    withSlot({ slot: { slot: { ...slot, revoked: true }, revocationSeen: false } }),
  ],
  [
    'whose revocation was merely seen',
    'delegation-revoked',
    withSlot({ slot: { slot, revocationSeen: true } }),
  ],
  [
    'that is over',
    'delegation-expired',
    withSlot({ slot: { slot: { ...slot, expiresAt: now }, revocationSeen: false } }),
  ],
  ['that is over by the chain alone', 'delegation-expired', { ...byDelegate, headTime: now + 100 }],
  ['a delegate while it is proposed', 'relationship-proposed', withStatus('proposed', byDelegate)],
  [
    'a delegate of one who closed',
    'relationship-closed',
    withStatus('closedBySubject', byDelegate),
  ],
  [
    'a delegate of one with new keys',
    'relationship-frozen',
    { ...byDelegate, subjectVersions: [2, 1] },
  ],
  ['a former version for a delegate', 'subject-only', { ...byDelegate, isFormer: true }],
  ['a field that is none', 'field-unknown', { ...byDelegate, elements: ['z'] }],
  ['an unexplained change, for a delegate', 'unexplained', { ...byDelegate, isUnexplained: true }],
  [
    "a delegate's share, revoked by her",
    'grant-revoked',
    { ...passedOn, viewer: { ...viewer, grant: { slot, revocationSeen: true } } },
  ],
  ['an emergency', 'allow', inEmergency],
  [
    'an emergency under dual consent',
    'allow',
    { ...inEmergency, terms: { ...served.terms, policy: 1 } },
  ],
  [
    'an emergency under an unknown policy',
    'consent-missing',
    { ...inEmergency, terms: { ...served.terms, policy: 9 } },
  ],
  ['a role taken away', 'emergency-role', withEmergency({ hasRole: [false, true] })],
  ['a role given a moment ago', 'emergency-role', withEmergency({ hasRole: [true, false] })],
  ['a role that nobody looked at', 'emergency-role', withEmergency({ hasRole: [] })],
  ['an emergency that is over', 'emergency-over', withEmergency({ expires: now })],
  ['one that is over by the chain alone', 'emergency-over', { ...inEmergency, headTime: now + 1 }],
  ['a patient who left nothing', 'emergency-opted-out', withEmergency({ categories: 0 })],
  ['a category that she left out', 'emergency-profile', withEmergency({ categories: 1 << 4 })],
  ['another purpose', 'purpose', { ...inEmergency, purpose: 0 }],
  ['a former version in an emergency', 'subject-only', { ...inEmergency, isFormer: true }],
  ['an unexplained change in an emergency', 'unexplained', { ...inEmergency, isUnexplained: true }],
  [
    'an emergency while it is proposed',
    'relationship-proposed',
    withStatus('proposed', inEmergency),
  ],
  [
    'an emergency after her close',
    'relationship-closed',
    withStatus('closedBySubject', inEmergency),
  ],
  [
    'an institution that lost its role',
    'not-certified',
    { ...inEmergency, stewardVersions: [undefined, 3] },
  ],
]

test.each(others)('%s: %s', (_, expected, facts) => {
  expect(decide(facts)).toBe(expected)
})

test('whatever is missing or over, one fact more that is wrong never lets anybody in', () => {
  const wrong: readonly Partial<Facts>[] = [
    { slot: undefined },
    { stewardVersions: [undefined, undefined] },
    { subjectVersions: [undefined, 1] },
    { seen: { status: 4, epoch: undefined } },
    { request: { ...served.request, isReplay: true } },
    { isFormer: true },
    { pointer: null },
  ]
  for (const [, , facts] of others)
    for (const change of wrong) expect(decide({ ...facts, ...change })).not.toBe('allow')
})
