import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { utf8 } from '@medrec/protocol'
import { DatabaseSync } from '@photostructure/sqlite'
import fc from 'fast-check'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import type { ReadColumns, Reading, Setup } from '../messages.ts'
import { columnsOf, ReadError, RowCollector } from '../RowCollector.ts'
import type { SqlRead } from '../typedText.ts'
import { needsOf } from './authorizer.ts'
import { JsonColumns } from './JsonColumns.ts'

const limits = { rows: 5_000, bytes: 2_097_152, milliseconds: 2_000 }
const usual: Reading = {
  sql: 'SELECT id, owner, note, flag, day, amount, doc, scan FROM t WHERE owner = :owner -- all',
  ownerColumn: 'owner',
  recordKey: ['id'],
  fields: [
    { name: 'id', type: 'int' },
    { name: 'note', type: 'text' },
    { name: 'flag', type: 'bool' },
    { name: 'day', type: 'date' },
    { name: 'amount', type: 'decimal' },
    { name: 'doc', type: 'json' },
    { name: 'scan', type: 'bytes' },
  ],
}
const table = 'CREATE TABLE t (id, owner, note, flag, day, amount, doc, scan)'

let file: string
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'medrec-columns-'))
  file = join(folder, 'clinic.db')
  onTestFinished(() => rmSync(folder, { recursive: true }))
})

type Cells = readonly (string | bigint | number | Uint8Array | null)[]

function filled(rows: readonly Cells[], before: string = ''): void {
  const database = new DatabaseSync(file)
  database.exec(`${before}; DROP TABLE IF EXISTS t; ${table}`)
  const insert = database.prepare('INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
  // As bytes, since what the driver binds as text ends at a NUL.
  const whole = database.prepare('UPDATE t SET note = CAST(? AS TEXT) WHERE rowid = ?')
  for (const cells of rows) {
    const { lastInsertRowid } = insert.run(...cells)
    const [, , note] = cells
    if (typeof note === 'string' && note.includes('\0') && note.isWellFormed())
      whole.run(utf8(note), lastInsertRowid)
  }
  database.close()
}

/** Both ways of reading the same; whose error it is, if the way that says what holds has one. */
function bothWays(
  owner: string,
  reading: Reading = usual,
  within: Setup['limits'] = limits,
): { readonly fast: ReadColumns | undefined; readonly plain: ReadColumns | string } {
  const setup: Setup = {
    ...{ readings: { d: reading }, searches: {}, exclusions: [], personPaths: {}, labels: [] },
    limits: within,
  }
  const database = new DatabaseSync(file, { readOnly: true })
  const needs = needsOf(database, [reading.sql])
  const statement = database.prepare(reading.sql)
  statement.setReadBigInts(true)
  statement.setReturnArrays(true)
  const names = statement.columns().map(({ name }) => name)
  const collector = new RowCollector(columnsOf(names, reading), owner, within)
  const plain = (): ReadColumns | string => {
    try {
      const rows = statement.iterate({ owner }) as unknown as Iterable<readonly SqlRead[]>
      for (const row of rows) collector.add(row)
      return collector.columns()
    } catch (error) {
      if (error instanceof ReadError) return error.told.problem
      throw error
    }
  }
  const fast = new JsonColumns(file, setup, needs).read('d', owner)
  const both = { fast, plain: plain() }
  database.close()
  return both
}

const row = (id: bigint | string, note: Cells[number], more: Cells = [null, null, null, null]) =>
  [id, 'P1', note, ...more, null].slice(0, 8) as unknown as Cells

test('every character is written as JavaScript writes it', () => {
  const characters = Array.from({ length: 0x1_1000 }, (_, code) => code)
    .filter((code) => code !== 0xfffd && (code < 0xd800 || code > 0xdfff))
    .map((code) => String.fromCodePoint(code))
  const notes = Array.from({ length: 272 }, (_, i) => characters.slice(256 * i, 256 * i + 256))
  filled(notes.map((some, i) => row(BigInt(i), `x${some.join('')}`)))
  const { fast, plain } = bothWays('P1')
  expect(fast?.count).toBe(272)
  expect(fast?.columns[1]).toContain('x\\u0000\\u0001')
  expect(fast).toEqual(plain)
})

test('any texts, numbers and nulls come the same, in the same order', () => {
  const note = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '"q.e"',
      '"quoted"',
      '[1]',
      '{"a":1}',
      'null',
      '1',
      '',
      '\u0000',
      '\ufffe',
      '\\',
    ),
    fc.bigInt({ min: 1n - 2n ** 53n, max: 2n ** 53n - 1n }),
    fc.constant(null),
  )
  const key = fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.nat().map(String))
  const cells = fc.tuple(
    ...[fc.constantFrom(0n, 1n, 'true', 'false', null), fc.constantFrom('2024-02-29', null)],
    ...[fc.constantFrom('-1.50', 7n, null), fc.constantFrom('{"b":2,"a":1}', '5', null)],
  )
  const rows = fc.uniqueArray(fc.tuple(key, note, cells), { selector: ([id]) => String(id) })
  fc.assert(
    fc.property(rows, (some) => {
      filled(some.map(([id, text, more]) => row(id, text, more as Cells)))
      const { fast, plain } = bothWays('P1')
      expect(fast).toBeDefined()
      expect(fast).toEqual(plain)
    }),
    { numRuns: 30 },
  )
})

test('keys of several columns are sorted by the bytes of UTF-8, where UTF-16 has another order', () => {
  filled([
    ...['\u{1f600}', '\uff5e', 'b', 'a"', 'a', 'a\u0000'].map((note) => row(1n, note)),
    row(10n, 'a'),
    row(9n, null),
  ])
  const reading = { ...usual, recordKey: ['note', 'id'] }
  const { fast, plain } = bothWays('P1', reading)
  expect(fast?.count).toBe(8)
  expect(fast).toEqual(plain)
})

test('where a statement makes JSON, which SQLite would not write as a text, it is read the other way', () => {
  filled([row(1n, 'x'), row(2n, '"y"')])
  for (const made of ['json_quote(note)', 'note', "json_array(note) ->> '$[0]'"]) {
    const sql = usual.sql.replace(' note', ` ${made} AS note`)
    const { fast, plain } = bothWays('P1', { ...usual, sql })
    expect(typeof plain).toBe('object')
    expect(fast).toEqual(made === 'note' ? plain : undefined)
  }
})

test('a record key that is no field is looked at like one', () => {
  const reading = { ...usual, fields: usual.fields.slice(1) }
  filled([row(10n, 'x'), row(9n, 'y'), row('a', 'z')])
  const { fast, plain } = bothWays('P1', reading)
  expect(fast?.count).toBe(3)
  expect(fast).toEqual(plain)
  filled([row(0.5 as never, 'x')])
  expect(bothWays('P1', reading)).toMatchObject({ fast: undefined, plain: { count: 1 } })
})

test('a database in UTF-16 comes the same; bytes that are no text are left to the other way', () => {
  filled([row(1n, 'Größe "😀"\u0001')], "PRAGMA encoding = 'UTF-16be'")
  const wide = bothWays('P1')
  expect(wide.fast).toBeDefined()
  expect(wide.fast).toEqual(wide.plain)
  const database = new DatabaseSync(file)
  database.exec("UPDATE t SET note = CAST(x'd83d00' AS TEXT)")
  database.close()
  expect(bothWays('P1')).toMatchObject({ fast: undefined, plain: { count: 1 } })
  rmSync(file)
  for (const bytes of ['c3', 'eda0bd22f0', 'e282']) {
    filled([row(1n, 'x')])
    const again = new DatabaseSync(file)
    again.exec(`UPDATE t SET note = CAST(x'${bytes}' AS TEXT)`)
    again.close()
    expect(bothWays('P1')).toMatchObject({ fast: undefined, plain: { count: 1 } })
  }
})

test.each<[string, readonly Cells[], unknown]>([
  ['a number with digits of its own', [row(1n, 0.1)], { count: 1 }],
  ['a whole number that is kept as another', [row(1n, 7.0)], { count: 1 }],
  ['one beyond 2^53 among texts', [row(1n, 2n ** 60n), row(2n, 'x')], { count: 2 }],
  ['a scan', [['1', 'P1', 'x', null, null, null, null, Uint8Array.of(1)]], { count: 1 }],
  ['bytes where text is expected', [row(1n, Uint8Array.of(97))], 'form'],
  ['a date that is none', [row(1n, 'x', [null, 'soon', null, null])], 'form'],
  ['a record key twice', [row(1n, 'x'), row('1', 'y')], 'key'],
  ['a row that is too large', [row(1n, 'x'.repeat(2_100_000))], 'bytes'],
  ['a row larger than any answer', [row(1n, 'x'.repeat(9_000_000))], 'bytes'],
])('%s is left to the way that says what holds', (_, rows, expected) => {
  filled(rows)
  const { fast, plain } = bothWays('P1')
  expect(fast).toBeUndefined()
  if (typeof expected === 'string') expect(plain).toBe(expected)
  else expect(plain).toMatchObject(expected as object)
})

test.each([
  ['"hello"', 'note', 'form'],
  ['{"a":true}', 'note', 'form'],
  ['null', 'scan', { count: 1 }],
  ['1', 'flag', 'form'],
  ['12', 'id', 'form'],
])('so are bytes that JSON functions or || would read as %s in %s', (json, column, expected) => {
  filled([row(1n, 'x')])
  const database = new DatabaseSync(file)
  const bytes = column === 'id' ? `CAST('${json}' AS BLOB)` : `jsonb('${json}')`
  database.exec(`UPDATE t SET ${column} = ${bytes}`)
  database.close()
  const { fast, plain } = bothWays('P1')
  expect(fast).toBeUndefined()
  if (typeof expected === 'string') expect(plain).toBe(expected)
  else expect(plain).toMatchObject(expected)
})

test('so is a table of the name that our own statement uses', () => {
  filled([row(1n, 'x')], 'CREATE TABLE q AS SELECT 2 AS c0, NULL AS c1')
  const sql = `${usual.sql.replace(' -- all', '')} UNION SELECT c0, 'P1', c1, c1, c1, c1, c1, c1 FROM q`
  expect(bothWays('P1', { ...usual, sql })).toMatchObject({ fast: undefined, plain: { count: 2 } })
})

test("so is somebody else's row that the statement finds too, and one row too many", () => {
  filled([row(1n, 'x'), [2n, 'p1', 'y', null, null, null, null, null]])
  const sql = usual.sql.replace('owner =', 'lower(owner) = lower(:owner) OR owner =')
  expect(bothWays('P1', { ...usual, sql })).toEqual({ fast: undefined, plain: 'owner' })
  filled([row(1n, 'x'), row(2n, 'x')])
  expect(bothWays('P1', usual, { ...limits, rows: 1 })).toEqual({ fast: undefined, plain: 'rows' })
  expect(bothWays('P1', usual, { ...limits, rows: 2 }).fast?.count).toBe(2)
  expect(bothWays('P1\0')).toEqual({ fast: undefined, plain: 'owner' })
  expect(bothWays('P9').fast).toEqual(bothWays('P9').plain)
})

test('what is committed after one read is in the next', () => {
  filled([row(1n, 'x')])
  const setup: Setup = {
    ...{ readings: { d: usual }, searches: {}, exclusions: [], personPaths: {}, labels: [] },
    limits,
  }
  const database = new DatabaseSync(file)
  const fast = new JsonColumns(file, setup, needsOf(database, [usual.sql]))
  expect(fast.read('d', 'P1')?.count).toBe(1)
  database.exec("INSERT INTO t (id, owner) VALUES (2, 'P1')")
  expect(fast.read('d', 'P1')?.count).toBe(2)
  database.close()
})
