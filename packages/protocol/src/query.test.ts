import fc from 'fast-check'
import { expect, test } from 'vitest'
import { counted } from './fixture.test-support.ts'
import { MalformedError, parseQuery, printQuery } from './index.ts'

const id = '000102030405060708090a0b0c0d0e0f'
const field = fc.stringMatching(/^[a-z0-9_]{1,64}$/)

test('a query is read back as it was printed', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      fc.uniqueArray(field, { minLength: 1, maxLength: 60 }),
      (pointer, elements) => {
        expect(parseQuery(printQuery({ pointer, elements }))).toEqual({ pointer, elements })
      },
    ),
  )
  expect(printQuery({ pointer: counted(16), elements: ['code', 'value_1'] })).toBe(
    `${id}?_elements=code,value_1`,
  )
})

test.each([
  ['nothing', ''],
  ['no fields', id],
  ['an empty list', `${id}?_elements=`],
  ['an empty field', `${id}?_elements=a,,b`],
  ['a comma at the end', `${id}?_elements=a,`],
  ['a field twice', `${id}?_elements=a,b,a`],
  ['capital letters in the id', `${id.toUpperCase()}?_elements=a`],
  ['a short id', `${id.slice(2)}?_elements=a`],
  ['a prefix before the id', `0x${id}?_elements=a`],
  ['capital letters in a field', `${id}?_elements=A`],
  ['a field of 65 letters', `${id}?_elements=${'a'.repeat(65)}`],
  ['another parameter', `${id}?_elements=a&_count=1`],
  ['SQL', `${id}?_elements=a;drop`],
  ['a percent sign', `${id}?_elements=%61`],
  ['a line after it', `${id}?_elements=a\n`],
  [
    'more than 8,192 letters',
    `${id}?_elements=${Array.from({ length: 1200 }, (_, i) => `f${i + 10_000}`)}`,
  ],
])('a query with %s is refused', (_, text) => {
  expect(() => parseQuery(text)).toThrow(MalformedError)
})

test('any text is read or refused as not well formed', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((tail) => `${id}?_elements=${tail}`),
      ),
      (text) => {
        try {
          expect(printQuery(parseQuery(text))).toBe(text)
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedError)
        }
      },
    ),
  )
})
