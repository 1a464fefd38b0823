import { type FieldType, isCanonical } from '@medrec/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type SqlRead, typedText } from './typedText.ts'

const table: readonly (readonly [FieldType, SqlRead, string | null | undefined])[] = [
  ['int', 9_007_199_254_740_993n, '9007199254740993'],
  ['int', -5n, '-5'],
  ['int', '12', '12'],
  ['int', '012', undefined],
  ['int', 1.5, undefined],
  ['int', 3, '3'],
  ['decimal', '12.50', '12.50'],
  ['decimal', 12.5, '12.5'],
  ['decimal', 1e21, '1000000000000000000000'],
  ['decimal', 1.5e-7, '0.00000015'],
  ['decimal', -0, '0'],
  ['decimal', Number.NaN, undefined],
  ['decimal', Number.POSITIVE_INFINITY, undefined],
  ['decimal', 7n, '7'],
  ['decimal', '1,5', undefined],
  ['date', '2024-02-29', '2024-02-29'],
  ['date', '29.02.2024', undefined],
  ['date', 20_240_229n, undefined],
  ['instant', '2024-02-29T10:00:00Z', '2024-02-29T10:00:00Z'],
  ['instant', '2024-02-29 10:00:00', undefined],
  ['bool', 1n, 'true'],
  ['bool', 0n, 'false'],
  ['bool', 'true', 'true'],
  ['bool', 'yes', undefined],
  ['text', 'e\u0301', 'e\u0301'],
  ['text', 5n, '5'],
  ['text', '\ud800', undefined],
  ['text', new Uint8Array(1), undefined],
  ['bytes', Uint8Array.of(255, 254), '__4'],
  ['bytes', 'AA', undefined],
  ['json', '{"b":1,"a":[1.0,null]}', '{"a":[1,null],"b":1}'],
  ['json', '{', undefined],
  ['text', null, null],
]

test.each(table)('%s of %s is %s', (type, value, text) => {
  expect(typedText(type, value)).toBe(text)
})

test('every finite number has exactly one decimal text, which reads back as itself', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const text = typedText('decimal', value)
      expect(isCanonical('decimal', text ?? 'none')).toBe(true)
      expect(Number(text) === value).toBe(true)
    }),
  )
})
