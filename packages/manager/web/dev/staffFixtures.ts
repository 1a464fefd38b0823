import type { IncomingMessage, ServerResponse } from 'node:http'

const now = Math.floor(Date.now() / 1000)
const people = [
  { id: 'p1', name: 'Maria Okafor', birthDate: '1969-04-02', sex: 'F', status: 'accepted' },
  { id: 'p2', name: 'Joseph Brandt', birthDate: '1955-11-23', sex: 'M', status: 'proposed' },
  { id: 'p3', name: 'Lena Fischer', birthDate: '1988-01-30', sex: 'F', status: null },
]
const parameters = [
  { name: 'date', type: 'date', label: 'Date', required: true },
  {
    name: 'description',
    type: 'text',
    label: 'Test',
    required: true,
    options: ['Glucose', 'Creatinine'],
  },
  { name: 'value', type: 'decimal', label: 'Result', required: true },
  { name: 'units', type: 'text', label: 'Unit', required: false },
]
const fields = [
  { bit: 0, name: 'observation_id', type: 'text', label: 'Number' },
  { bit: 1, name: 'date', type: 'date', label: 'Date' },
  { bit: 2, name: 'description', type: 'text', label: 'Test' },
  { bit: 3, name: 'value', type: 'decimal', label: 'Result' },
  { bit: 4, name: 'units', type: 'text', label: 'Unit' },
]
const answers: Readonly<Record<string, unknown>> = {
  session: {
    staff: { id: 's1', name: 'Dr Omar Haddad', role: 'Physician' },
    institution: { name: 'Riverside Hospital', idTag: '0xa1', url: 'http://localhost:7001' },
  },
  people: { people },
  lookup: {
    match: {
      idTag: '0xaa',
      verifiedBy: ['Riverside Hospital', 'Lakeview Medical Group'],
      since: now - 9_000_000,
      attestations: 2,
    },
  },
  invitations: {
    code: 'K7QM-2RTX-9WPC',
    url: 'http://localhost:7000/#invitation=K7QM-2RTX-9WPC@localhost:7001',
    expires: now + 7 * 86_400,
  },
  catalogue: {
    resources: [
      {
        name: 'labs',
        label: 'Lab results',
        category: 5,
        recordKey: ['observation_id'],
        fields,
        insert: { parameters },
        update: { parameters },
        retract: { parameters: [] },
      },
      {
        name: 'medicines',
        label: 'Medicines',
        category: 4,
        recordKey: ['id'],
        fields,
        insert: { parameters },
      },
    ],
  },
  consents: {
    consents: [
      {
        grant: '0x01',
        subject: 'Maria Okafor',
        viewer: 'Dr Ana Lee',
        labels: ['Lab results'],
        until: now + 86_400,
      },
    ],
  },
  log: {
    entries: [
      {
        sequence: 1,
        isExplainable: true,
        at: now - 400,
        who: 'Dr Ana Lee',
        outcome: 'allowed',
        resource: 'Lab results',
        block: 48,
      },
      {
        sequence: 2,
        isExplainable: true,
        at: now - 300,
        who: 'Nina Okafor',
        outcome: 'refused',
        reason: 'GRANT_EXPIRED',
        resource: 'Conditions',
        block: 49,
      },
    ],
  },
  emergencies: {
    emergencies: [
      {
        id: '0xe1',
        name: 'Dr Ingrid Solberg, Lakeview',
        registeredBy: 'Lakeview Medical Group',
        subject: 'Maria Okafor',
        reason: 'Unconscious after a fall, medicines unknown.',
        opened: now - 5_000,
        expires: now + 9_400,
        isNoted: true,
        review: null,
      },
    ],
  },
  'audit/disclosures': {
    disclosures: [
      {
        entry: 7,
        at: now - 400,
        patient: '0x8c1f22aa',
        recipient: 'A person the patient chose',
        recipientTag: '0xb1',
        what: 'Lab results',
        fields: ['date', 'value'],
        purpose: 'second opinion',
        basis: "the patient's signed share 0x99aa",
      },
    ],
  },
  explain: {
    relationships: [
      {
        id: '0x3fa2b1',
        viewers: [{ idTag: '0xb1', name: 'A person the patient chose' }],
        records: [{ resource: 'labs', label: 'Lab results' }],
      },
    ],
    at: { block: 48, hash: '0x01', time: now - 400 },
    viewer: 'A person the patient chose',
    request: { relationship: '0x3fa2b1', viewer: '0xb1', kind: 'query', elements: ['value'] },
    outcome: {
      grant: '0x99aa',
      decision: 'grant-revoked',
      rule: 5,
      status: 403,
      text: 'The patient stopped this share.',
      basis: { kind: 'grant', id: '0x99aabbccddeeff0011', says: 'revoked, in block 47' },
      exception: { section: '171.202(e)', name: "Privacy, individual's request not to share" },
    },
    shares: [],
  },
  status: {
    chain: { ok: true, block: 49, ageSeconds: 4 },
    relay: { ok: true, waiting: 0 },
    database: { ok: true, pointers: 42 },
    gatekeeper: { ok: true, reads: 12 },
    backup: { ok: false, last: 'never' },
  },
}
const patient = {
  patient: people[0],
  relationship: '0x01',
  status: 'accepted',
  pointers: [
    {
      id: '0xb5',
      resource: 'labs',
      label: 'Lab results',
      version: 3,
      origin: 1,
      updatedAt: now - 500,
      anchored: true,
      seen: { verdict: 'wrong', reason: 'I had no test that day' },
    },
    {
      id: '0xb6',
      resource: 'medicines',
      label: 'Medicines',
      version: 1,
      origin: 1,
      updatedAt: now - 90_000,
      anchored: true,
      seen: { verdict: 'seen' },
    },
  ],
  history: [
    { at: now - 500, kind: 'wrong', reason: 'I had no test that day', by: 'Maria Okafor' },
    { at: now - 90_000, kind: 'proposed', by: 'Dr Omar Haddad' },
  ],
}

/** Answers as an institution's node would. */
export function answer(request: IncomingMessage, response: ServerResponse): void {
  const path = (request.url ?? '').replace(/^\/api\//, '').split('?')[0] ?? ''
  if (path === 'events') {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': here\n\n')
    return
  }
  response.setHeader('content-type', 'application/json')
  if (path === 'session' && request.headers.referer?.includes('signedout')) {
    response.writeHead(401).end('{"code":"NOT_SIGNED_IN","message":"Nobody is signed in."}')
    return
  }
  const other = people.find(({ id }) => path === `patients/${id}`)
  if (path.includes('/rows/'))
    response.end(
      JSON.stringify({
        fields,
        rows: [
          ['o1', '2026-04-14', 'Glucose', '101', 'mg/dL'],
          ['o2', '2026-05-14', 'Creatinine', '0.94', 'mg/dL'],
        ],
        keys: [['o1'], ['o2']],
      }),
    )
  else if (other)
    response.end(
      JSON.stringify(
        other.id === 'p1'
          ? patient
          : { patient: other, status: other.status, pointers: [], history: [] },
      ),
    )
  else response.end(JSON.stringify(answers[path] ?? {}))
}
