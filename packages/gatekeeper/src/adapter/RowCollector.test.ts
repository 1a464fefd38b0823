import { describe, expect, test } from 'vitest'
import { type Columns, RowCollector } from './RowCollector.ts'

const columns: Columns = {
  owner: 0,
  key: [{ at: 1, type: 'text' }],
  fields: [{ at: 1, type: 'text', name: 'name' }],
}
const limits = { rows: 100, bytes: 10_000, milliseconds: 1_000 }

function sorted(keys: readonly string[]): readonly (readonly (string | null)[])[] {
  const collector = new RowCollector(columns, 'P1', limits)
  for (const key of keys) collector.add(['P1', key])
  return collector.rows().rows
}

describe('rows are in the order of their keys’ UTF-8 bytes', () => {
  test.each([
    ['numbers', ['10', '9', '1', '100', '2']],
    ['letters', ['b', 'B', 'ä', 'a', 'aa', 'z', 'ß', 'é']],
    ['what JSON escapes', ['"', '\\', '\n', '!', 'a"b', 'a b']],
    ['below the surrogates only', ['\ud7ff', '語', 'a', '한']],
    ['surrogates, and what UTF-16 puts above them', ['\uffee', '😀', '\ud7ff', '\ue000', 'a', '𐀀']],
  ])('%s', (_, keys) => {
    const bytes = (key: string): Buffer => Buffer.from(JSON.stringify([key]))
    const expected = keys.toSorted((a, b) => Buffer.compare(bytes(a), bytes(b)))
    expect(sorted(keys)).toEqual(expected.map((key) => [key]))
    expect(sorted(keys.toReversed())).toEqual(expected.map((key) => [key]))
  })

  test('a key that stands twice is refused, wherever it stands', () => {
    expect(() => sorted(['1', '2', '1'])).toThrow('key')
    expect(() => sorted(['😀', '\ue000', '😀'])).toThrow('key')
  })
})
