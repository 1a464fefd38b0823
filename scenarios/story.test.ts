import { beforeAll, expect, test } from 'vitest'
import { runMedrec } from './processes.test-support.ts'

type Line = Readonly<Record<string, unknown>> & { readonly step: number; readonly ok: boolean }

const hash = expect.stringMatching(/^0x[0-9a-f]{64}$/)
const address = expect.stringMatching(/^0x[0-9a-f]{40}$/)
const count = expect.any(Number)

const common = { ok: true, ms: count, block: count, transactions: expect.arrayContaining([hash]) }
const alone = { ok: true, ms: count, block: 0, transactions: [] }
const oneBlock = expect.toSatisfy((blocks: number) => blocks === 0 || blocks === 1)

let lines: readonly Line[]
beforeAll(async () => {
  const { code, output, errors } = await runMedrec(['story', '--json'])
  lines = output.split('\n').map((line) => JSON.parse(line) as Line)
  expect(
    lines.find(({ ok }) => !ok),
    errors,
  ).toBeUndefined()
  expect(code, errors).toBe(0)
  expect(lines).toHaveLength(6)
})

test('a clinician finds a person, proposes, and adds a record', () => {
  const line = lines[0]
  expect(line).toEqual({
    ...{ step: 1, ...common },
    institution: expect.stringMatching(/^(riverside|lakeview|hillcrest)$/),
    verifiedBy: 3,
    relationship: hash,
    relationshipStatus: 'proposed',
    writtenToInstitution: true,
    pointers: 1,
  })
})
test('the patient is notified, reads, declines and accepts', () => {
  const line = lines[1]
  expect(line).toEqual({
    ...{ step: 2, ...common },
    notifiedAfterBlocks: oneBlock,
    readBeforeAccepting: count,
    proven: { anchored: count, pending: count },
    cached: line?.['readBeforeAccepting'],
    declined: { relationship: hash, reason: 'I am no longer treated there.' },
    accepted: lines[0]?.['relationship'],
    clinicianSees: { status: 'accepted', seen: 'seen' },
  })
})
test('data that change behind our back are shown, objected to and corrected', () => {
  const line = lines[2]
  expect(line).toEqual({
    ...{ step: 3, ...common },
    unexplained: { version: 3, updates: 2, origin: 'unexplained' },
    patientSees: { pending: true, rowsChanged: 1, fieldsChanged: ['value'] },
    viewerGot: { code: 'unexplained', status: 409 },
    patientSaid: { verdict: 'wrong', reason: expect.any(String) },
    corrected: { version: 4, origin: 'writePath', reason: expect.any(String) },
  })
})
test('fields are shared, until the end comes or she stops; some only with two consents', () => {
  const line = lines[3]
  expect(line).toEqual({
    ...{ step: 4, ...common },
    grants: [address, address],
    fields: ['date', 'name', 'value', 'unit'],
    previewIsWhatHeSees: true,
    notifiedAfterBlocks: [oneBlock, oneBlock],
    rowsProven: count,
    oneFieldMore: 'field-not-granted 403 signed',
    afterExpiry: 'grant-expired 403 signed',
    afterStop: {
      code: 'grant-revoked 403 signed',
      refusedAfterMs: count,
      reason: expect.any(String),
    },
    dualConsent: { grant: address, before: 'consent-missing 403 signed', after: 'ok' },
  })
})
test('twelve words bring everything back', () => {
  const line = lines[4]
  expect(line).toEqual({
    ...{ step: 5, ...alone },
    words: 12,
    summaryEqual: true,
    relationships: count,
    shares: 3,
    contacts: 1,
    recordsReadAgain: expect.toSatisfy(
      (records: number) => records >= Number(lines[1]?.['readBeforeAccepting']),
    ),
  })
})
test('both sides see the history', () => {
  const line = lines[5]
  expect(line).toMatchObject({
    ...{ step: 6, ...alone },
    refusals: ['field-not-granted', 'grant-expired', 'grant-revoked', 'unexplained'],
    patientHistory: { proposed: 2, accepted: 1, rejected: 1, granted: 3, revoked: 1, refused: 5 },
    clinicianHistory: { proposed: 1, accepted: 1, corrected: 1, unexplained: 1, refused: 5 },
    log: { lines: count, committed: count, proven: 'anchored' },
    exposure: {
      registered: { assurance: 2, attestedBy: 2, since: count },
      notDerivable: expect.arrayContaining(['whoTreatsMe', 'whatIsRecorded', 'whoMayRead']),
    },
  })
})
