import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseLossless, writeLossless } from './losslessJson.ts'

test('whatever JSON there is comes back as it was, to the last digit', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const plain = JSON.stringify(JSON.parse(text))
      expect(JSON.parse(writeLossless(parseLossless(plain)))).toEqual(JSON.parse(plain))
    }),
  )
  for (const text of [
    '1.00',
    '-0',
    '0.10e+2',
    '12345678901234567890.12340',
    '{"a":[1.0,{"b":null}]}',
  ])
    expect(writeLossless(parseLossless(text))).toBe(text)
  const long = `"${'x'.repeat(5_000_000)}"`
  expect(writeLossless(parseLossless(long))).toBe(long)
})

test.each([
  ...[
    '',
    '{',
    '[1,]',
    '{"a":1,}',
    '01',
    '1.',
    '+1',
    'NaN',
    '"a',
    '"\u0001"',
    '{a:1}',
    '[1] 2',
    "'a'",
  ],
  ...['{"a":1,"a":2}', '"\\x"', '[1 2]', '{"a" 1}', 'tru', `${'['.repeat(200)}${']'.repeat(200)}`],
])('%s is no JSON that is read', (text) => {
  expect(() => parseLossless(text)).toThrow(SyntaxError)
})

test('a name that objects have already is a name like others', () => {
  const read = parseLossless('{"__proto__":{"a":1},"constructor":2}')
  expect(Object.keys(read as object)).toEqual(['__proto__', 'constructor'])
  expect(writeLossless(read)).toBe('{"__proto__":{"a":1},"constructor":2}')
})
