import { auditEventOf } from '@medrec/library'
import { type Hex, random, toHex } from '@medrec/protocol'
import { expect, test } from 'vitest'
import type { Audited } from './audit.ts'
import { csvOf, type Disclosure, disclosuresOf } from './disclosures.ts'

const [subject, reader, delegate, relationship, pointer] = [1, 2, 3, 4, 5].map(() =>
  toHex(random(32)),
) as [Hex, Hex, Hex, Hex, Hex]
const [grant, emergency] = [toHex(random(20)), toHex(random(16))]
const institution = { name: 'Clinic', idTag: toHex(random(32)), url: 'https://clinic.example' }

const readBy = (right: Partial<Audited['entry']>): Audited => ({
  entry: {
    ...{ sequence: 1, time: 1_700_000_000, kind: 'read', relationship, who: { idTag: reader } },
    ...{ pointer, elements: ['value'], purpose: 6 },
    ...right,
  },
  ...{ subject, name: 'Dr Ek', isSubject: false, label: 'Test results', resource: 'labs' },
})

test.each<[string, Partial<Audited['entry']>, string]>([
  ['an emergency', { emergency }, `an emergency access ${emergency}`],
  ['a share', { grant }, `the patient's signed share ${grant}`],
  ['a delegation', { delegate: reader }, "the patient's signed delegation"],
  [
    "a delegate's share",
    { grant, delegate },
    `a share ${grant} signed by the patient's delegate ${delegate}`,
  ],
])('the accounting names what a read rested on: %s', (_, right, basis) => {
  expect([...disclosuresOf([readBy(right)])].map((line) => line.basis)).toEqual([basis])
})

test.each<[string, Partial<Audited['entry']>, Hex[]]>([
  ['in an emergency nobody', { emergency }, []],
  ['by her share she', { grant }, [subject]],
  ['by her delegation she', { delegate: reader }, [subject]],
  ["by a delegate's share both", { grant, delegate }, [subject, delegate]],
])('no AuditEvent says that somebody allowed what she did not: %s', (_, right, allowed) => {
  const event = auditEventOf(readBy(right), institution) as {
    agent: { type: { coding: { code: string }[] }; who: { identifier: { value: Hex } } }[]
    entity: { what: { identifier?: { value: string } } }[]
  }
  const signers = event.agent.filter(({ type }) => type.coding[0]?.code === '429577009')
  expect(signers.map(({ who }) => who.identifier.value)).toEqual(allowed)
  const named = event.entity.map(({ what }) => what.identifier?.value)
  expect(named.includes(emergency)).toBe(right.emergency !== undefined)
  expect(named.includes(grant)).toBe(right.grant !== undefined)
})

test.each([
  ['=HYPERLINK("https://x.example")', `"'=HYPERLINK(""https://x.example"")"`],
  [' =1+1', "' =1+1"],
  ['\n=1+1', `"'\n=1+1"`],
  ['\uff1d1+1', "'\uff1d1+1"],
  ['Dr Ek;=1+1', '"Dr Ek;=1+1"'],
  ['Dr Ek\t=1+1', '"Dr Ek\t=1+1"'],
  ['Dr Ek, Riverside', '"Dr Ek, Riverside"'],
])('a name that a spreadsheet would run is text: %j', (recipient, cell) => {
  const [line] = [...disclosuresOf([{ ...readBy({ grant }), name: recipient }])] as [Disclosure]
  const [, row = ''] = [...csvOf([line])]
  expect(row).toContain(`,${cell},${reader},`)
})

test('a record that was read in parts is accounted for once, and is an AuditEvent for each part', () => {
  const part = (number: number): Partial<Audited['entry']> => ({
    ...{ sequence: 10 + number, time: 1_700_000_000 + 60 * number, grant },
    part: { number, of: 3, rows: 5_000 },
  })
  const parts = [0, 1, 2].map((number) => readBy(part(number)))
  const entries = [...parts.slice(0, 2), readBy({ emergency }), ...parts.slice(2)]
  const lines = [...disclosuresOf(entries)]
  const reading = { parts: 3, of: 3, rows: 15_000, until: 1_700_000_120 }
  expect(lines.map(({ entry, reading: read }) => [entry, read])).toEqual([
    [1, undefined],
    [10, reading],
  ])
  expect([...csvOf(lines)].at(-1)).toMatch(/,3 of 3,15000,2023-11-14T22:15:20.000Z\r\n$/)
  const details = parts.map((one) => {
    const event = auditEventOf(one, institution) as { entity: { detail?: object[] }[] }
    return event.entity.find(({ detail }) => detail)?.detail
  })
  expect(details).toEqual(
    [1, 2, 3].map((number) => [
      { type: 'field', valueString: 'value' },
      { type: 'part', valueString: `${number} of 3` },
      { type: 'rows', valueString: '5000' },
    ]),
  )
})
