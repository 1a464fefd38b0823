import { type FieldList, labelsHash, multiProof, random, resultTree, toHex } from '@medrec/protocol'
import { expect, test } from 'vitest'
import {
  account,
  domain,
  now,
  promised,
  relationship,
  salt,
  steward,
  subject,
} from './committed.test-support.ts'
import { verifyAnswer } from './verifyAnswer.ts'
import type { Answer } from './wire.ts'

const pointer = random(16)
const fields = [
  { bit: 0, name: 'code', type: 'text', label: 'Code' },
  { bit: 1, name: 'value', type: 'decimal', label: 'Value' },
] as const

/** An answer in which everything is proven: what a steward says that lies at the moment of anchoring. */
function committed(list: FieldList, header: object = {}): Answer {
  const { rows, ...change } = { rows: [['glucose', '5.1']], ...header }
  const tree = resultTree({
    header: {
      pointer,
      version: 1,
      category: 5,
      schema: 7,
      catalogue: 1,
      labels: labelsHash(list),
      rows: 1,
      fields: 2,
      change: { origin: 1, reason: null },
      ...change,
    },
    fields,
    rows,
    pointerSecret: random(32),
  })
  return {
    ...promised(pointer, tree.root),
    header: tree.texts[0] as string,
    size: 3,
    leaves: tree.texts.map((text, position) => ({
      position,
      salt: toHex(tree.salts[position] as Uint8Array),
      text,
    })),
    proof: multiProof(tree.leaves, [0, 1, 2]).map(toHex),
    catalogue: list,
  }
}

const list: FieldList = { version: 1, resource: 'labs', label: 'Results', fields }
const [code, value] = fields
const verified = (answer: Answer): unknown => {
  const proven = verifyAnswer(
    answer,
    {
      subject,
      steward,
      relationship: toHex(relationship),
      pointer: toHex(pointer),
      elements: ['code', 'value'],
      salt,
      scope: undefined,
    },
    { domain, anchorKey: toHex(account.address), anchors: [], now },
  )
  return typeof proven === 'string' ? proven : proven.columns.map(({ label }) => label)
}

test('what is committed to is believed, with the labels committed to', () => {
  expect(verified(committed(list))).toEqual(['Code', 'Value'])
})

test.each<[string, string, Answer]>([
  [
    'bits that are not the places of their fields',
    'RESULT_BROKEN',
    committed({ ...list, fields: [code, { ...value, bit: 0 }] }),
  ],
  [
    'names in the places of others',
    'RESULT_BROKEN',
    committed({
      ...list,
      fields: [
        { ...value, bit: 0 },
        { ...code, bit: 1 },
      ],
    }),
  ],
  ['a list of another length', 'HEADER_MISMATCH', committed({ ...list, fields: [code] })],
  ['a list of another version', 'HEADER_MISMATCH', committed({ ...list, version: 2 })],
  ['another number of rows', 'RESULT_BROKEN', committed(list, { rows: [] })],
  ['another category', 'HEADER_MISMATCH', committed(list, { category: 6 })],
  ['another schema', 'HEADER_MISMATCH', committed(list, { schema: 6 })],
  [
    'another origin than its leaf',
    'HEADER_MISMATCH',
    committed(list, { change: { origin: 3, reason: null } }),
  ],
  ["another pointer's header", 'HEADER_MISMATCH', committed(list, { pointer: random(16) })],
])('not even a steward who commits to it is believed: %s', (_, code_, answer) => {
  expect(verified(answer)).toBe(code_)
})

test('labels beside the committed ones are not believed', () => {
  const answer = committed(list)
  const fieldsOf = (label: string): FieldList['fields'] => [code, { ...value, label }]
  const told = (change: object): unknown =>
    verified({ ...answer, catalogue: { ...list, ...change } })
  expect(told({ fields: fieldsOf('Dose') })).toBe('HEADER_MISMATCH')
  expect(told({ fields: [code, { ...value, name: 'dose' }] })).toBe('HEADER_MISMATCH')
  expect(told({ label: 'Visits' })).toBe('HEADER_MISMATCH')
  expect(told({ resource: 'visits' })).toBe('HEADER_MISMATCH')
})
