import type { Happening, Notice, Snapshot, Who } from '../src/patient/model.ts'
import { changedMedicines, hillcrest, lakeview, records, riverside } from './records.ts'

const now = Math.floor(Date.now() / 1000)
export const drLee: Who = {
  idTag: '0xb1',
  name: 'Dr Ana Lee',
  kind: 'person',
  relation: 'second opinion',
}
export const nina: Who = {
  idTag: '0xb2',
  name: 'Nina Okafor',
  kind: 'person',
  relation: 'daughter',
}

const history: readonly Happening[] = [
  { id: '1', at: now - 400_000, kind: 'registered' },
  { id: '2', at: now - 390_000, kind: 'proposed', who: riverside },
  { id: '3', at: now - 389_000, kind: 'accepted', other: riverside, block: 9 },
  { id: '4', at: now - 5_000, kind: 'granted', other: drLee, label: 'Lab results' },
  {
    id: '5',
    at: now - 4_000,
    kind: 'read',
    who: drLee,
    other: riverside,
    label: 'Lab results',
    fields: ['Date', 'Test', 'Result'],
    checked: true,
  },
  {
    id: '6',
    at: now - 900,
    kind: 'refused',
    who: nina,
    other: lakeview,
    label: 'Conditions',
    reason: 'the time was over',
  },
  { id: '7', at: now - 300, kind: 'updated', who: riverside, label: 'Medicines' },
]

const notices: readonly Notice[] = [
  {
    id: 'n1',
    kind: 'proposal',
    at: now - 120,
    who: hillcrest,
    seen: false,
    link: '/requests/0xa301',
  },
  {
    id: 'n2',
    kind: 'unexplained',
    at: now - 300,
    who: riverside,
    label: 'Medicines',
    seen: false,
    link: `/record/${changedMedicines.id}`,
  },
  { id: 'n3', kind: 'shared', at: now - 90_000, who: nina, seen: true, link: '/shared/s9' },
]

const relationship = (
  who: Who,
  status: 'proposed' | 'accepted',
  policy: 'subjectOnly' | 'dualConsent',
) => ({
  id: `0x${who.idTag.slice(2)}01` as const,
  institution: who,
  url: 'http://localhost:7001',
  status,
  policy,
  emergency: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  proposedAt: now - 120,
  changedAt: now - 389_000,
  block: 9,
  restored: false,
  certified: true,
})

/** A made-up patient in the middle of her story. */
export const facts: Snapshot = {
  me: {
    name: 'Maria Okafor',
    idTag: '0xaa',
    registered: true,
    researcher: true,
    clinician: true,
    card: 'medrec:card:eyJuYW1lIjoiTWFyaWEifQ',
  },
  demo: true,
  relationships: [
    relationship(riverside, 'accepted', 'subjectOnly'),
    relationship(lakeview, 'accepted', 'dualConsent'),
    relationship(hillcrest, 'proposed', 'subjectOnly'),
  ],
  records,
  shares: [
    {
      id: 's1',
      viewer: drLee,
      purpose: 1,
      from: now - 5_000,
      until: now + 86_400 * 3,
      status: 'active',
      declined: [],
      parts: [
        {
          grant: '0x01',
          relationship: '0xa101',
          institution: riverside,
          label: 'Lab results',
          category: 5,
          fields: ['Date', 'Test', 'Result'],
        },
      ],
    },
    {
      id: 's2',
      viewer: nina,
      purpose: 2,
      from: now - 900_000,
      until: now - 1_000,
      status: 'ended',
      declined: [],
      parts: [
        {
          grant: '0x02',
          relationship: '0xa201',
          institution: lakeview,
          label: 'Conditions',
          category: 2,
          fields: ['Since', 'Condition'],
        },
      ],
    },
  ],
  sharedWithMe: [
    {
      id: 's9',
      subject: nina,
      purpose: 2,
      from: now - 90_000,
      until: now + 3_600,
      status: 'active',
      labels: ['Lab results'],
      parts: [{ grant: '0x59', institution: riverside }],
    },
    {
      id: 's8',
      subject: nina,
      purpose: 2,
      from: now - 90_000,
      until: now - 3_600,
      status: 'stopped',
      labels: ['Conditions'],
      parts: [{ grant: '0x58', institution: lakeview, why: 'stopped' }],
    },
  ],
  delegations: [
    {
      id: '0xd1',
      subject: { idTag: '0xaa', name: 'Maria Okafor', kind: 'person' },
      delegate: nina,
      institution: riverside,
      categories: [3, 4],
      mayShare: true,
      until: now + 86_400 * 300,
      status: 'active',
      shares: [{ grant: '0x03', viewer: drLee, until: now + 86_400, isActive: true }],
    },
  ],
  actingFor: [
    {
      id: '0xd2',
      subject: nina,
      delegate: { idTag: '0xaa', name: 'Maria Okafor', kind: 'person' },
      institution: riverside,
      categories: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
      mayShare: true,
      until: now + 86_400 * 900,
      status: 'active',
      shares: [],
    },
  ],
  emergencies: [
    {
      id: 'e1',
      institution: riverside,
      name: 'Dr Omar Haddad, Lakeview',
      reason: 'Unconscious after a fall, medicines unknown.',
      at: now - 50_000,
      until: now - 35_600,
    },
  ],
  institutions: [riverside, lakeview, hillcrest],
  contacts: [drLee, nina],
  notices,
  history,
  exposed: [
    {
      what: 'That you exist',
      seen: 'One more sealed entry in the list of members.',
      hidden: 'Your name, your number, where you live.',
    },
    {
      what: 'What happens to your record',
      seen: 'That somewhere on the network somebody did something, and when.',
      hidden: 'Who, with whom, and about what.',
    },
  ],
  waiting: [],
  bounties: [
    {
      query: '0x1234',
      institution: 'Riverside Hospital',
      epoch: 12,
      block: 40,
      at: now - 4_000,
      charged: true,
      mine: true,
    },
  ],
  blocks: Array.from({ length: 8 }, (_, i) => ({
    number: 48 - i,
    time: now - i * 40,
    mine: i % 3 === 0,
  })),
  technical: {
    rows: [
      {
        label: 'Network',
        value: '0x51b1d2c89f6a7c1f0e3f7a54f9f2a6d0c6f0e8f21c47a1d0b2c3d4e5f6a7b8c9',
      },
      { label: 'Newest block', value: '48, 0x7d1c2b' },
    ],
  },
  freshness: {
    ageSeconds: 3,
    toldBy: ['localhost:7001', 'localhost:7002'],
    agree: true,
    online: true,
  },
}
