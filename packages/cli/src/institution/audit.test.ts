import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Someone } from '../../../library/src/someone.test-support.ts'
import { sharedLabs, startTown, type Town } from '../participant/town.test-support.ts'
import { startDesk, type TownDesk } from './desk.test-support.ts'

type Event = Record<string, unknown> & { readonly type: { readonly code: string } }

let town: Town
let desk: TownDesk
let ada: Someone
let bo: Someone
let relationship: string
let grant: string

const as: Town['as'] = (...args) => town.as(...args)

beforeAll(async () => {
  town = await startTown()
  desk = await startDesk(town)
  ;({ ada, bo, relationship, grant } = await sharedLabs(town))
  await as('ada', 'query', relationship, 'labs')
  await as('ada', 'query', relationship, 'labs', 'none')
})

afterAll(async () => {
  await desk.close()
  await town.close()
})

test('the log leaves as FHIR AuditEvents: disclosures, own reads, refusals, what staff did', async () => {
  const file = join(town.home, 'events.ndjson')
  expect(await desk.it('institution', 'audit-events', '--out', file)).toMatchObject({ code: 0 })
  const text = readFileSync(file, 'utf8')
  const events = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Event)
  const disclosed = events.find(
    (event) => JSON.stringify(event).includes('valueString') && event.type.code === '110106',
  )
  expect(disclosed).toMatchObject({
    resourceType: 'AuditEvent',
    meta: { profile: [expect.stringMatching(/IHE\.BasicAudit\.PrivacyDisclosure\.Source$/)] },
    action: 'R',
    outcome: '0',
    purposeOfEvent: [{ text: 'second opinion' }],
    agent: [
      { type: { coding: [{ code: '110153' }] }, requestor: false },
      { type: { coding: [{ code: '110152' }] }, who: { identifier: { value: bo.tag } } },
      { who: { identifier: { value: ada.tag } } },
    ],
    entity: [
      { type: { code: '1' }, what: { type: 'Patient', identifier: { value: ada.tag } } },
      { type: { code: '2' }, detail: [{ type: 'field', valueString: 'value' }] },
      { what: { identifier: { value: grant } } },
    ],
  })
  const codes = new Set(events.map((event) => `${event.type.code} ${String(event['outcome'])}`))
  expect(codes).toContain('rest 0')
  expect(codes).toContain('rest 4')
  expect(codes).toContain('110101 0')
  // What was read is told, what it says is not.
  expect(text).not.toContain('6.10')
})

test('the accounting of disclosures holds what others were given, and only that', async () => {
  const ran = await desk.it('institution', 'disclosures', '--form', 'json')
  const { disclosures } = ran.json as { disclosures: readonly Record<string, unknown>[] }
  expect(disclosures.map(({ recipientTag }) => recipientTag)).toEqual(disclosures.map(() => bo.tag))
  expect(disclosures).toContainEqual(
    expect.objectContaining({
      patient: ada.tag,
      relationship,
      fields: ['value'],
      purpose: 'second opinion',
      basis: `the patient's signed share ${grant}`,
    }),
  )
  const csv = await desk.it('institution', 'disclosures', '--relationship', relationship)
  const [head, ...lines] = csv.out.trim().split('\r\n')
  expect(head).toBe(
    'Log entry,Date (UTC),Patient,Relationship,Recipient,Recipient id,What was disclosed,Fields,Purpose,Basis,Parts,Rows in parts,Last part (UTC)',
  )
  expect(lines).toHaveLength(disclosures.length)
  const other = `0x${'11'.repeat(32)}`
  const none = await desk.it('institution', 'disclosures', '--relationship', other)
  expect(none.out.trim().split('\r\n')).toEqual([head])
  const before = await desk.it('institution', 'disclosures', '--to', '2001-01-01')
  expect(before.out.trim().split('\r\n')).toEqual([head])
})

test('exports are noted in the log, and wrong wishes are refused', async () => {
  const log = await desk.it('institution', 'log')
  expect(JSON.stringify(log.json)).toContain('"kind":"exported"')
  const file = join(town.home, 'events.ndjson')
  const again = await desk.it('institution', 'audit-events', '--out', file)
  expect(again).toMatchObject({ code: 2, json: { code: 'USAGE' } })
  for (const wrong of [
    ['--from', 'yesterday'],
    ['--relationship', '0x12'],
    ['--form', 'xml'],
  ])
    expect(await desk.it('institution', 'disclosures', ...wrong)).toMatchObject({ code: 2 })
  const clinician = await desk.desk('audit-events')
  expect(clinician.err).toContain('ROLE_WRONG')
})
