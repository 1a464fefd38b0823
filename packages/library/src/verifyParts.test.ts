import {
  columnTexts,
  fromHex,
  type Hex,
  labelsHash,
  multiProof,
  partedResult,
  partPath,
  partTree,
  type Row,
  random,
  resultLeafHash,
  toHex,
} from '@medrec/protocol'
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
import * as Parts from './Parts.ts'
import { verifyAnswer } from './verifyAnswer.ts'
import type { Answer } from './wire.ts'

const secret = random(32)
const fields = [
  { bit: 0, name: 'code', type: 'text', label: 'Code' },
  { bit: 1, name: 'value', type: 'decimal', label: 'Value' },
  { bit: 2, name: 'secret', type: 'text', label: 'Secret' },
] as const
const catalogue = { version: 1, resource: 'labs', label: 'Results', fields }

/** A record as an institution commits to it; `answer`: what it says of a part. */
type Committed = { readonly of: Hex; answer(number: number, shown?: readonly number[]): Answer }

function committed(
  cuts: readonly (readonly Row[])[],
  more: { pointer?: Uint8Array; version?: number; rows?: number; from?: readonly number[] } = {},
): Committed {
  const { pointer = ours, version = 1 } = more
  const total = more.rows ?? cuts.flat().length
  const places = cuts.map((cut, number) => ({
    number,
    from: more.from?.[number] ?? cuts.slice(0, number).flat().length,
    rows: cut.length,
  }))
  const texts = cuts.map((cut) => columnTexts(fields, cut))
  const trees = places.map((place, i) =>
    partTree({ pointer, version, place, columns: texts[i] ?? [], pointerSecret: secret }),
  )
  const header = {
    ...{ pointer, version, category: 5, schema: 7, catalogue: 1, labels: labelsHash(catalogue) },
    ...{ rows: total, fields: 3, change: { origin: 1, reason: null }, parts: cuts.length },
  }
  const parts = trees.map(({ hash }) => hash)
  const result = partedResult({ header, parts, pointerSecret: secret })
  const headerLeaf = resultLeafHash(result.salt, result.text)
  const place = promised(pointer, result.root, version)
  return {
    of: toHex(result.root),
    answer: (number, shown = [0, 1]) => {
      const tree = trees[number] as (typeof trees)[number]
      return {
        ...place,
        ...{ header: result.text, size: 4 },
        leaves: [
          { position: 0, salt: toHex(result.salt), text: result.text },
          ...shown.map((field) => ({
            position: field + 1,
            salt: toHex(tree.salts[field] as Uint8Array),
            text: texts[number]?.[field] as string,
          })),
        ],
        proof: multiProof(tree.leaves, shown).map(toHex),
        part: {
          ...(places[number] as (typeof places)[number]),
          path: partPath(headerLeaf, parts, number).map(toHex),
        },
        catalogue,
      }
    },
  }
}

const [ours, another] = [random(16), random(16)]
const row = (i: number): Row => [`c${i}`, `${i}.0`, `s${i}`]
const rows = (from: number, to: number): readonly Row[] =>
  Array.from({ length: to - from }, (_, i) => row(from + i))
const cuts = [rows(0, 3), rows(3, 6), rows(6, 9), rows(9, 10)]
const honest = committed(cuts)

const verified = (answer: Answer, number: number, of: Hex | undefined = honest.of) => {
  const part = of && { number, of }
  const proven = verifyAnswer(
    answer,
    {
      ...{ subject, steward, relationship: toHex(relationship), pointer: toHex(ours) },
      ...{ elements: ['code', 'value'], salt, scope: undefined, part },
    },
    { domain, anchorKey: toHex(account.address), anchors: [], now },
  )
  return typeof proven === 'string' ? proven : proven.columns[0]?.values
}

test('every part of what is committed to is believed, and the first without its root being known', () => {
  for (const [number, cut] of cuts.entries())
    expect(verified(honest.answer(number), number)).toEqual(cut.map(([code]) => code))
  expect(verified(honest.answer(0), 0, undefined)).toEqual(['c0', 'c1', 'c2'])
})

const part = (number: number, change: object): Answer => {
  const answer = honest.answer(number)
  return { ...answer, part: { ...(answer.part as NonNullable<Answer['part']>), ...change } }
}
const { part: _, ...withoutPart } = honest.answer(1)
const newer = committed(cuts, { version: 2 })
const others = committed([rows(0, 3), rows(20, 23), rows(6, 9), rows(9, 10)])
const mixed: Answer = { ...others.answer(1), leaf: honest.answer(1).leaf }

test.each<[string, string, Answer]>([
  ['another part', 'HEADER_MISMATCH', honest.answer(2)],
  ['the first part again', 'HEADER_MISMATCH', honest.answer(0)],
  ['another part under this number', 'RESULT_BROKEN', part(2, { number: 1 })],
  [
    'another part with this one’s place',
    'RESULT_BROKEN',
    part(2, { ...honest.answer(1).part, path: honest.answer(2).part?.path }),
  ],
  ['another part’s path', 'RESULT_BROKEN', part(1, { path: honest.answer(2).part?.path })],
  ['other first rows', 'RESULT_BROKEN', part(1, { from: 4 })],
  ['fewer rows', 'RESULT_BROKEN', part(1, { rows: 2 })],
  ['more rows than there are', 'HEADER_MISMATCH', part(1, { rows: 9 })],
  ['no rows', 'HEADER_MISMATCH', part(1, { rows: 0 })],
  [
    'a path that is too long',
    'RESULT_BROKEN',
    part(1, { path: [...(honest.answer(1).part?.path ?? []), `0x${'00'.repeat(32)}`] }),
  ],
  ['no word that it is a part', 'HEADER_MISMATCH', withoutPart],
  ['a part of another version', 'HEADER_MISMATCH', newer.answer(1)],
  ['a part of other rows under this one’s leaf', 'RESULT_BROKEN', mixed],
  ['a part of another record', 'OTHER_RECORD', committed(cuts, { pointer: another }).answer(1)],
  [
    'a part of another record under this one’s name',
    'HEADER_MISMATCH',
    { ...committed(cuts, { pointer: another }).answer(1), pointer: toHex(ours) },
  ],
  ['fields that were not asked for', 'FIELDS_EXCEEDED', honest.answer(1, [0, 1, 2])],
  ['a field less', 'FIELDS_MISSING', honest.answer(1, [0])],
  [
    'an altered value',
    'RESULT_BROKEN',
    {
      ...honest.answer(1),
      leaves: honest
        .answer(1)
        .leaves.map((leaf) => ({ ...leaf, text: leaf.text.replace('3.0', '3.1') })),
    },
  ],
])('a gatekeeper that lies is found out: %s', (_, reason, answer) => {
  expect(verified(answer, 1)).toBe(reason)
})

test.each([
  ['a last part that does not end with the last row', committed(cuts, { rows: 11 }), 3],
  ['a part before the last that does', committed(cuts, { rows: 9 }), 2],
  [
    'a first part that does not begin with the first row',
    committed(cuts, { from: [1, 3, 6, 9] }),
    0,
  ],
  ['a later part that does', committed(cuts, { from: [0, 0, 6, 9] }), 1],
])('what an institution committed to wrongly is not believed: %s', (_, record, number) => {
  expect(verified(record.answer(number), number, record.of)).toBe('HEADER_MISMATCH')
})

test('a part that is left out or doubled does not follow', () => {
  const result = (number: number) => ({
    rows: cuts[number]?.length ?? 0,
    part: {
      ...{ number, from: cuts.slice(0, number).flat().length, parts: 4, total: 10, of: honest.of },
    },
  })
  const two = Parts.following(Parts.following(undefined, result(0)), result(1))
  expect(two).toEqual({ of: honest.of, partsRead: 2, rowsRead: 6, parts: 4, rows: 10 })
  for (const number of [0, 1, 3]) expect(Parts.following(two, result(number))).toBe(undefined)
  const foreign = { ...result(2), part: { ...result(2).part, of: toHex(fromHex(newer.of)) } }
  expect(Parts.following(two, foreign)).toBe(undefined)
  const whole = Parts.following(Parts.following(two, result(2)), result(3))
  expect(whole && Parts.isComplete(whole)).toBe(true)
})
