import fc from 'fast-check'
import { expect, test } from 'vitest'
import { counted, filled } from './fixture.test-support.ts'
import {
  columnTexts,
  headerText,
  isPlaceIn,
  MalformedError,
  multiProof,
  type PartPlace,
  parseHeader,
  partedResult,
  partPath,
  partTree,
  type ResultHeader,
  type Row,
  resultLeafHash,
  rootFromPart,
  toHex,
} from './index.ts'

const fields = (['a', 'b', 'c'] as const).map((name, bit) => ({ bit, name, type: 'text' as const }))
const pointerSecret = filled(32, 0x35)
const header: ResultHeader = {
  ...{ pointer: counted(16), version: 3, category: 5, schema: 7, catalogue: 1, rows: 5, fields: 3 },
  ...{ labels: filled(32, 7), change: { origin: 1, reason: null }, parts: 2 },
}

test('a header says how many parts there are, and nothing where there are none', () => {
  const text = headerText(header)
  expect(text).toMatch(/,"parts":2}$/)
  expect(parseHeader(text).parts).toBe(2)
  const { parts: _, ...plain } = header
  expect(headerText(plain)).not.toMatch(/parts/)
  expect(parseHeader(headerText(plain)).parts).toBe(undefined)
  for (const wrong of ['"parts":0', '"parts":-1', '"parts":1.5', '"parts":"2"', '"parts":null'])
    expect(() => parseHeader(text.replace('"parts":2', wrong))).toThrow(MalformedError)
})

test('any fields of any part lead to the root, and to no other when anything is changed', () => {
  const anyCuts = fc.array(fc.array(fc.string(), { minLength: 1, maxLength: 3 }), {
    minLength: 1,
    maxLength: 9,
  })
  fc.assert(
    fc.property(
      anyCuts,
      fc.nat(),
      fc.subarray([0, 1, 2], { minLength: 1 }),
      (cuts, pick, wanted) => {
        const places: PartPlace[] = cuts.map((cut, number) => ({
          ...{ number, rows: cut.length, from: cuts.slice(0, number).flat().length },
        }))
        const columns = cuts.map((cut) =>
          columnTexts(
            fields,
            cut.map((text): Row => [text.toWellFormed(), null, 'x']),
          ),
        )
        const trees = places.map((place, i) =>
          partTree({ ...header, place, columns: columns[i] ?? [], pointerSecret }),
        )
        const parts = trees.map(({ hash }) => hash)
        const whole = partedResult({
          ...{ header: { ...header, rows: cuts.flat().length, parts: parts.length } },
          ...{ parts, pointerSecret },
        })
        const number = pick % cuts.length
        const tree = trees[number] as (typeof trees)[number]
        const shown = {
          header: { salt: toHex(whole.salt), text: whole.text },
          ...{ fields: 3, parts: parts.length, place: places[number] as PartPlace },
          shown: new Map(wanted.map((field) => [field, tree.leaves[field] as Uint8Array])),
          proof: multiProof(tree.leaves, wanted),
          path: partPath(resultLeafHash(whole.salt, whole.text), parts, number),
        }
        expect(rootFromPart(shown)).toEqual(whole.root)
        const { place } = shown
        for (const other of [
          { place: { ...place, number: place.number + 1 } },
          { place: { ...place, from: place.from + 1 } },
          { place: { ...place, rows: place.rows + 1 } },
          { header: { ...shown.header, text: `${whole.text} ` } },
        ])
          expect(rootFromPart({ ...shown, ...other })).not.toEqual(whole.root)
      },
    ),
  )
})

test.each<[string, boolean, PartPlace]>([
  ['the first', true, { number: 0, from: 0, rows: 3 }],
  ['the last', true, { number: 1, from: 3, rows: 2 }],
  ['a first that begins later', false, { number: 0, from: 1, rows: 3 }],
  ['a first that is everything', false, { number: 0, from: 0, rows: 5 }],
  ['a last that ends early', false, { number: 1, from: 3, rows: 1 }],
  ['one that goes too far', false, { number: 1, from: 3, rows: 3 }],
  ['one that is empty', false, { number: 1, from: 5, rows: 0 }],
  ['one beyond the last', false, { number: 2, from: 3, rows: 2 }],
])('%s may stand where it says: %s', (_, isThere, place) => {
  expect(isPlaceIn(place, { rows: 5, parts: 2 })).toBe(isThere)
})
