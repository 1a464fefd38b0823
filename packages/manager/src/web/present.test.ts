import { expect, test } from 'vitest'
import type { FieldInfo, RecordSet, Row, Table } from '../../web/src/patient/model.ts'
import { differences, itemsOf, readable, showValue } from '../../web/src/patient/present.ts'

function table(fields: readonly (readonly [string, FieldInfo['type']])[], rows: Row[]): Table {
  return {
    version: 1,
    time: 0,
    origin: 1,
    proof: 'anchored',
    fields: fields.map(([name, type], bit) => ({ bit, name, type, label: name })),
    rows,
  }
}

function set(current: Table): RecordSet {
  const institution = { idTag: '0xa1', name: 'Somewhere', kind: 'institution' } as const
  const names = { resource: 'labs', label: 'Labs', category: 5, institution }
  return {
    id: '0x01',
    relationship: '0x02',
    right: { source: { relationship: '0x02' }, purpose: 0 },
    state: 'current',
    current,
    ...names,
  }
}

const labs: readonly (readonly [string, FieldInfo['type']])[] = [
  ['observation_id', 'text'],
  ['code', 'text'],
  ['date', 'instant'],
  ['description', 'text'],
  ['value', 'decimal'],
  ['units', 'text'],
]

test('an entry is named by its words, not by its code, and carries its value with the unit', () => {
  const row = ['o-1', '4548-4', '2026-04-14T09:30:00Z', 'Hemoglobin A1c', '6.1', '%']
  const [item] = itemsOf(set(table(labs, [row])))
  expect(item).toMatchObject({
    key: 'o-1',
    title: 'Hemoglobin A1c',
    value: '6.1 %',
    date: '2026-04-14T09:30:00Z',
  })
})

test.each<[string, string, string]>([
  ['condition_name', 'Asthma', 'Asthma'],
  ['drug_concept', 'Metformin', 'Metformin'],
  ['remark', 'walks daily', 'walks daily'],
])('an entry whose text stands in %s is named by it', (name, value, title) => {
  const other = table(
    [
      ['id', 'int'],
      [name, 'text'],
    ],
    [['7', value]],
  )
  expect(itemsOf(set(other))[0]?.title).toBe(title)
})

test('an entry dates from its own date, never from a birthday', () => {
  const other = table(
    [
      ['birth_date', 'date'],
      ['start', 'date'],
      ['name', 'text'],
    ],
    [['1969-04-02', '2024-01-05', 'x']],
  )
  expect(itemsOf(set(other))[0]?.date).toBe('2024-01-05')
})

test('codes and numbers of records come after what people read, a unit with its value', () => {
  const { fields } = table(labs, [])
  expect(readable(fields)).toEqual([2, 3, 4, 5, 0, 1])
})

test('what changed is told entry by entry: changed, added, removed', () => {
  const before = table(labs, [
    ['o-1', 'c', '2026-01-01T00:00:00Z', 'Glucose', '101', 'mg/dL'],
    ['o-2', 'c', '2026-01-02T00:00:00Z', 'Creatinine', '0.9', 'mg/dL'],
  ])
  const after = table(labs, [
    ['o-1', 'c', '2026-01-01T00:00:00Z', 'Glucose', '110', 'mg/dL'],
    ['o-3', 'c', '2026-01-03T00:00:00Z', 'Sodium', '140', 'mmol/L'],
  ])
  const found = differences(before, after)
  expect(found.map(({ kind, title }) => [kind, title])).toEqual([
    ['changed', 'Glucose'],
    ['added', 'Sodium'],
    ['removed', 'Creatinine'],
  ])
  expect(found[0]?.cells).toEqual([
    { field: expect.objectContaining({ name: 'value' }), before: '101', after: '110' },
  ])
})

test('of a record that was read in part nothing is said to be missing or new', () => {
  const row = (id: string, value: string): Row => [id, 'c', '2026-01-01T00:00:00Z', id, value, 'mg']
  const whole = table(labs, [row('o-1', '1'), row('o-2', '2')])
  const read = { of: '0x01', partsRead: 1, rowsRead: 2, parts: 2, rows: 3 } as const
  const beginning = { ...table(labs, [row('o-1', '9'), row('o-3', '3')]), read }
  const kinds = (former: Table, current: Table): unknown =>
    differences(former, current).map(({ kind, title }) => [kind, title])
  expect(kinds(whole, beginning)).toEqual([
    ['changed', 'o-1'],
    ['added', 'o-3'],
  ])
  expect(kinds(beginning, whole)).toEqual([
    ['changed', 'o-1'],
    ['removed', 'o-3'],
  ])
})

test('a version that says the same has no differences', () => {
  const same = table(labs, [['o-1', 'c', '2026-01-01T00:00:00Z', 'Glucose', '101', 'mg/dL']])
  expect(differences(same, same)).toEqual([])
})

test.each([
  ['date', '2026-04-14', '14 Apr 2026'],
  ['bool', 'true', 'Yes'],
  ['bool', 'false', 'No'],
  ['text', null, '–'],
  ['decimal', '0.90', '0.90'],
  ['date', 'not a date', 'not a date'],
] as const)('a %s of %s is shown as %s', (type, value, shown) => {
  expect(showValue({ bit: 0, name: 'x', label: 'x', type }, value)).toBe(shown)
})
