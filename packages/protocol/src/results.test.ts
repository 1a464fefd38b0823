import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { counted, filled, flipped } from './fixture.test-support.ts'
import {
  columnText,
  type FieldType,
  headerText,
  isCanonical,
  labelsHash,
  leafSalt,
  MalformedError,
  parseColumn,
  parseHeader,
  type ResultHeader,
  type Row,
  resultLeafHash,
  resultTree,
  sortRows,
} from './index.ts'

const header: ResultHeader = {
  pointer: counted(16),
  version: 3,
  category: 5,
  schema: 7,
  catalogue: 1,
  labels: filled(32, 7),
  rows: 2,
  fields: 2,
  change: { origin: 1, reason: null },
}

/** Type, values in its one form, and values in others. */
const forms: [FieldType, string[], string[]][] = [
  [
    'int',
    ['0', '7', '-7', '9223372036854775807', '-9223372036854775808'],
    ['', '-', '-0', '+1', '01', '1.0', ' 1', '1\n', '1e3', '٣'],
  ],
  [
    'decimal',
    ['0', '0.00', '-1.50', '12.0', '-0.5'],
    ['', '.5', '5.', '01.0', '1e2', '-0', '-0.00', '1,5', '+1.0', 'NaN', '--1'],
  ],
  [
    'date',
    ['2026-11-21', '0001-01-01'],
    ['', '2026-1-1', '21.11.2026', '2026-11-21T00:00:00Z', '26-11-21'],
  ],
  [
    'instant',
    ['2026-11-21T12:00:00Z', '2026-11-21T12:00:00.120Z'],
    [
      '2026-11-21T12:00:00',
      '2026-11-21T12:00:00.1Z',
      '2026-11-21T12:00:00.12Z',
      '2026-11-21T12:00:00.1234Z',
      '2026-11-21T12:00:00+00:00',
      '2026-11-21 12:00:00Z',
      '2026-11-21',
    ],
  ],
  ['bool', ['true', 'false'], ['', 'TRUE', '1', '0', 'yes', 'true ']],
  ['text', ['', 'Blutdruck', 'ß\u0000\n', '😀', ' a '], ['\ud800', 'a\udc00']],
  ['bytes', ['', 'YQ', 'YWI', 'YWJj', '-_-_'], ['A', 'YR', 'YQ==', '+/+/', 'Y Q']],
  [
    'json',
    [
      'null',
      '1',
      '"a"',
      '{}',
      '[]',
      '{"a":1,"b":[true,false,null]}',
      '{"":0,"A":1,"a":2}',
      '1e+21',
      '{"a":{"b":{"c":[[]]}}}',
    ],
    [
      '',
      '{',
      '{"b":1,"a":2}',
      '{ "a":1}',
      '{"a":1,"a":1}',
      '1.0',
      '-0',
      '1e2',
      '"\\u0061"',
      '"\\ud800"',
      '[1, 2]',
      'undefined',
      '\ud800',
    ],
  ],
]

describe('typed text', () => {
  test.each(forms)('%s has one form', (type, good, bad) => {
    expect(good.filter((value) => !isCanonical(type, value))).toEqual([])
    expect(bad.filter((value) => isCanonical(type, value))).toEqual([])
    expect(isCanonical(type, null)).toBe(true)
  })
})

describe('JSON as typed text', () => {
  test('any value survives as the canonical JSON of itself', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(isCanonical('json', canonical(value))).toBe(true)
      }),
    )
  })

  test('JSON that is nested without end is refused, not crashed on', () => {
    expect(isCanonical('json', '['.repeat(50_000) + ']'.repeat(50_000))).toBe(false)
  })
})

/** RFC 8785 by its definition: members sorted by UTF-16 code units. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
    return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`
  }
  return JSON.stringify(value)
}

describe('rows', () => {
  const rows: Row[] = [
    ['b', '2', 'x'],
    ['a', '10', null],
    ['a', '9', 'y'],
    [null, '1', 'z'],
  ]

  test('are sorted by the bytes of their record keys, whatever order they came in', () => {
    const sorted = sortRows(rows, [0, 1])
    expect(sorted).toEqual([rows[1], rows[2], rows[0], rows[3]])
    expect(sortRows(rows.toReversed(), [0, 1])).toEqual(sorted)
  })

  test('are sorted by UTF-8 bytes, where the order of UTF-16 differs', () => {
    expect(sortRows([['\u{1f600}'], ['\uff5e']], [0])).toEqual([['\uff5e'], ['\u{1f600}']])
  })

  test('with the same record key are refused', () => {
    expect(() => sortRows(rows, [0])).toThrow(MalformedError)
    expect(() => sortRows([['a'], ['a']], [0])).toThrow('record keys of a result must be unique')
  })
})

describe('a header', () => {
  test('has one text and is read back from it', () => {
    const text = headerText(header)
    expect(text).toBe(
      '{"pointer":"0x000102030405060708090a0b0c0d0e0f","version":3,"category":5,"schema":7,"catalogue":1,"labels":"0x0707070707070707070707070707070707070707070707070707070707070707","rows":2,"fields":2,"change":{"origin":1,"reason":null}}',
    )
    expect(parseHeader(text)).toEqual({
      ...header,
      pointerHex: '0x000102030405060708090a0b0c0d0e0f',
    })
    const reasoned = headerText({ ...header, change: { origin: 3, reason: 'wrong "value"\n' } })
    expect(parseHeader(reasoned).change).toEqual({ origin: 3, reason: 'wrong "value"\n' })
  })

  const good = headerText(header)
  test.each([
    ['no JSON', '{'],
    ['null', 'null'],
    ['a list', '[]'],
    ['a number', '1'],
    ['white space', good.replace(',', ', ')],
    ['another order', `{"version":3,${good.slice(1).replace('"version":3,', '')}`],
    ['a member more', good.replace('{', '{"x":1,')],
    ['a capital id', good.replace('0e0f', '0E0F')],
    ['labels of 31 bytes', good.replace('0x0707', '0x07')],
    ['no labels', good.replace(/"labels":"[^"]*",/, '')],
    ['a number as text', good.replace('"version":3', '"version":"3"')],
    ['half a number', good.replace('"version":3', '"version":3.5')],
    ['a number spelled differently', good.replace('"version":3', '"version":3e0')],
    ['a number missing', good.replace('"version":3,', '')],
    ['a negative number', good.replace('"version":3', '"version":-3')],
    ['no change', good.replace(',"change":{"origin":1,"reason":null}', '')],
    ['a change of null', good.replace('{"origin":1,"reason":null}', 'null')],
    ['an origin that is no number', good.replace('"origin":1', '"origin":{"a":1}')],
    ['an origin of none of the four kinds', good.replace('"origin":1', '"origin":5')],
    ['a reason that is no text', good.replace('"reason":null', '"reason":1')],
    ['a reason of half a surrogate pair', good.replace('"reason":null', '"reason":"\\ud800"')],
    ['a member named twice', good.replace('"version":3', '"version":3,"version":3')],
  ])('with %s is refused', (_, text) => {
    expect(() => parseHeader(text)).toThrow(MalformedError)
  })
})

describe('labels', () => {
  const list = {
    version: 1,
    resource: 'labs',
    label: 'Results',
    fields: [{ bit: 0, name: 'code', type: 'text', label: 'Code' }],
  }
  const [field] = list.fields as [(typeof list.fields)[number]]

  test.each([
    ['another version', { ...list, version: 2 }],
    ['another resource', { ...list, resource: 'visits' }],
    ['another title', { ...list, label: 'Visits' }],
    ['another label', { ...list, fields: [{ ...field, label: 'Number' }] }],
    ['another name', { ...list, fields: [{ ...field, name: 'number' }] }],
    ['another type', { ...list, fields: [{ ...field, type: 'int' }] }],
    ['another bit', { ...list, fields: [{ ...field, bit: 1 }] }],
    ['a field more', { ...list, fields: [field, field] }],
    ['no field', { ...list, fields: [] }],
  ])('with %s have another hash', (_, other) => {
    expect(labelsHash(other)).not.toEqual(labelsHash(list))
  })

  test('have one hash, whatever else an answer adds to them', () => {
    const order = { label: 'Code', type: 'text', name: 'code', bit: 0, unit: 'mg' }
    expect(labelsHash({ ...list, fields: [order] })).toEqual(labelsHash(list))
  })
})

describe('a column', () => {
  const field = { bit: 0, name: 'code', type: 'text' } as const

  test('is read back as it was written', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.string({ unit: 'grapheme' }))), (values) => {
        expect(parseColumn(columnText(field, values))).toEqual({
          name: 'code',
          type: 'text',
          values,
        })
      }),
    )
  })

  test.each([
    ['no JSON', '['],
    ['null', 'null'],
    ['two members', '["a","text"]'],
    ['four members', '["a","text",[],1]'],
    ['a type that is none', '["a","blob",[]]'],
    ['a type named like a property of every object', '["a","constructor",["x"]]'],
    ['another such type', '["a","__proto__",["x"]]'],
    ['a name that is no text', '[1,"text",[]]'],
    ['values that are no list', '["a","text","x"]'],
    ['a value that is a number', '["a","int",[1]]'],
    ['a value of another type', '["a","int",["x"]]'],
    ['white space', '["a", "text",[]]'],
    ['an escaped letter', '["\\u0061","text",[]]'],
  ])('with %s is refused', (_, text) => {
    expect(() => parseColumn(text)).toThrow(MalformedError)
  })

  test('any JSON is read or refused as not well formed', () => {
    const types = fc.oneof(fc.constantFrom('int', 'json', 'bytes', 'toString'), fc.string())
    const columns = fc.tuple(fc.string(), types, fc.array(fc.option(fc.string())))
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          columns.map((column) => JSON.stringify(column)),
        ),
        (text) => {
          for (const read of [parseColumn, parseHeader]) {
            try {
              read(text)
            } catch (error) {
              expect(error).toBeInstanceOf(MalformedError)
            }
          }
        },
      ),
    )
  })
})

describe('the tree of a result', () => {
  const fields = [
    { bit: 0, name: 'code', type: 'text' },
    { bit: 2, name: 'value', type: 'decimal' },
  ] as const
  const rows: Row[] = [
    ['a', '1.0'],
    ['b', null],
  ]
  const pointerSecret = filled(32, 9)
  const tree = resultTree({ header, fields, rows, pointerSecret })

  test('has the header first and one leaf per field', () => {
    expect(tree.texts).toEqual([
      headerText(header),
      '["code","text",["a","b"]]',
      '["value","decimal",["1.0",null]]',
    ])
    tree.leaves.forEach((leaf, i) => {
      const salt = leafSalt(pointerSecret, header.pointer, header.version, i)
      expect(salt).toEqual(tree.salts[i])
      expect(resultLeafHash(salt, tree.texts[i] as string)).toEqual(leaf)
    })
  })

  test('changes with one value, one version, one salt', () => {
    const roots = [
      tree.root,
      resultTree({ header, fields, rows: [['a', '1.00'], rows[1] as Row], pointerSecret }).root,
      resultTree({ header: { ...header, version: 4 }, fields, rows, pointerSecret }).root,
      resultTree({ header, fields, rows, pointerSecret: filled(32, 8) }).root,
      resultTree({ header, fields, rows: rows.toReversed(), pointerSecret }).root,
    ]
    expect(new Set(roots.map(String)).size).toBe(roots.length)
  })

  test('gives every position its own salt, and a flipped bit of one another leaf', () => {
    expect(new Set(tree.salts.map(String)).size).toBe(3)
    fc.assert(
      fc.property(fc.nat(127), (bit) => {
        const salt = flipped(tree.salts[1] as Uint8Array, bit)
        expect(resultLeafHash(salt, tree.texts[1] as string)).not.toEqual(tree.leaves[1])
      }),
    )
  })
})
