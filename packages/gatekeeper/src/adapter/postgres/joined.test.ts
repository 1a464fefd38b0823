import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ReadColumns, Reading } from '../messages.ts'
import { columnsOf, ReadError, RowCollector } from '../RowCollector.ts'
import { JoinedColumns } from '../server/JoinedColumns.ts'
import { hasPostgres, startPostgres, type TestServer } from '../servers.test-support.ts'
import type { SqlRead } from '../typedText.ts'
import { joinedStatement } from './joinedStatement.ts'
import { StatementQuery } from './StatementQuery.ts'
import { convertOf } from './values.ts'

/** On CI a missing server is a failure. */
const lacks = !hasPostgres && process.env['CI'] !== 'true'
const limits = { rows: 5_000, bytes: 2_097_152, milliseconds: 2_000 }
const wire = { rows: 5_001, bytes: 100_000_000 }
const usual: Reading = {
  sql: 'SELECT id, owner, note, flag, day, moment, amount, ratio, doc FROM t WHERE owner = $1 -- all',
  ownerColumn: 'owner',
  recordKey: ['note', 'id'],
  fields: [
    { name: 'id', type: 'int' },
    { name: 'note', type: 'text' },
    { name: 'flag', type: 'bool' },
    { name: 'day', type: 'date' },
    { name: 'moment', type: 'instant' },
    { name: 'amount', type: 'decimal' },
    { name: 'ratio', type: 'decimal' },
    { name: 'doc', type: 'json' },
  ],
}
const table = `DROP TABLE IF EXISTS t; CREATE TABLE t (id BIGINT, owner VARCHAR(40), note TEXT, flag BOOLEAN,
  day DATE, moment TIMESTAMPTZ, amount NUMERIC, ratio DOUBLE PRECISION, doc JSONB, code CHAR(5))`

let server: TestServer | undefined
let client: pg.Client
beforeAll(async () => {
  if (lacks) return
  server = await startPostgres()
  client = new pg.Client({
    ...{ host: '127.0.0.1', user: 'owner', database: 'clinic', port: server.port },
    options: '-c TimeZone=UTC -c DateStyle=ISO -c extra_float_digits=1',
  })
  await client.connect()
})
afterAll(async () => {
  if (server) await client.end()
  await server?.close()
})

async function filled(rows: readonly (readonly unknown[])[]): Promise<void> {
  await client.query(table)
  for (const row of rows)
    await client.query('INSERT INTO t VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)', [
      ...row,
      ...Array.from({ length: 9 - row.length }, () => null),
    ])
}

type Both = { readonly fast: ReadColumns | undefined; readonly plain: ReadColumns | string }

async function bothWays(
  owner: string,
  { reading = usual, within = limits, between = '' } = {},
): Promise<Both> {
  const statement = { name: '', text: reading.sql, names: ['owner'] }
  let accepted: Parameters<typeof JoinedColumns.of>[2] = []
  const rows: (readonly SqlRead[])[] = []
  const run = async (text: string, row: (read: readonly SqlRead[]) => void): Promise<void> => {
    const query = new StatementQuery({ ...statement, text }, [owner], wire, {
      described: (columns) => {
        accepted = columns
      },
      row,
    })
    client.query(query)
    await query.done
  }
  await run(reading.sql, (read) => rows.push(read))
  const columns = columnsOf(
    accepted.map(({ name }) => name),
    reading,
  )
  const collector = new RowCollector(columns, owner, within)
  const plain = (): ReadColumns | string => {
    try {
      for (const row of rows) collector.add(row)
      return collector.columns()
    } catch (error) {
      if (error instanceof ReadError) return error.told.problem
      throw error
    }
  }
  const backend = { joined: joinedStatement, convertOf }
  const joined = JoinedColumns.of(backend, { statement, columns, limits: within }, accepted)
  if (!joined) return { fast: undefined, plain: plain() }
  await run(joined.statement.text, (read) => joined.accept(read))
  if (between !== '') await client.query(between)
  let one: readonly SqlRead[] | undefined
  await run(joined.statement.text, (read) => {
    one = read
  })
  return { fast: joined.read(one, owner), plain: plain() }
}

test.skipIf(lacks)('a record of every type comes the same, in the same order', async () => {
  const notes = [
    '\u{1f600}',
    '\uff5e',
    'b',
    'a"',
    'a',
    '',
    'null',
    '\\N',
    ' x ',
    '\u0001\u001e\n',
    't',
    'f',
    'é',
  ]
  await filled([
    ...notes.map((note, i) => [String(2n ** 62n - BigInt(i)), 'P1', note]),
    [
      '-7',
      'P1',
      'full',
      true,
      '0001-01-01',
      '2024-02-29T12:00:00.12Z',
      '-1.50',
      0.1,
      '{"b":[1,2],"a":1e2}',
    ],
    [
      '8',
      'P1',
      'full',
      false,
      '9999-12-31',
      '1850-01-01T00:00:00Z',
      '12345678901234567890.00',
      1e-7,
      '"x"',
    ],
    ['9', 'P1', null, null, null, null, '0', 5, 'null'],
    ['1', 'P2', 'another'],
  ])
  const { fast, plain } = await bothWays('P1')
  expect(fast?.count).toBe(16)
  expect(fast).toEqual(plain)
  expect((await bothWays('P9')).fast).toEqual((await bothWays('P9')).plain)
})

const one = (note: string | null): readonly unknown[] => ['1', 'P1', note]
test.skipIf(lacks).each<[string, readonly (readonly unknown[])[], unknown]>([
  ['a text that holds what stands between two', [one('a\u001fb')], { count: 1 }],
  ['a row that the server shall not put together', [one('x'.repeat(65_536))], { count: 1 }],
  ['a record key twice', [one('x'), one('x')], 'key'],
  ['many rows', Array.from({ length: 1_001 }, (_, i) => [String(i), 'P1']), { count: 1_001 }],
  ['a moment that no instant can be', [[...one('x'), null, null, 'infinity']], 'form'],
])('%s is left to the way that says what holds', async (_, rows, expected) => {
  await filled(rows)
  const { fast, plain } = await bothWays('P1')
  expect(fast).toBeUndefined()
  if (typeof expected === 'string') expect(plain).toBe(expected)
  else expect(plain).toMatchObject(expected as object)
})

const simple: Reading = {
  sql: 'SELECT id, owner, note FROM t WHERE owner = $1',
  ownerColumn: 'owner',
  recordKey: ['id'],
  fields: [
    { name: 'id', type: 'int' },
    { name: 'note', type: 'text' },
  ],
}

test.skipIf(lacks)('no text makes up a row in the place of one that is too large', async () => {
  const forged = 'a\u001f\u001fP1\u001f9\u001fforged'
  await filled([one('x'.repeat(70_000)), ['2', 'P1', forged]])
  const { fast, plain } = await bothWays('P1', { reading: simple })
  expect(fast).toBeUndefined()
  expect(plain).toMatchObject({ count: 2 })
})

test.skipIf(lacks)('a composite of nulls beside a null is not taken for one', async () => {
  await client.query(`DROP TABLE IF EXISTS t; DROP TYPE IF EXISTS pair; CREATE TYPE pair AS (a INT, b INT);
    CREATE TABLE t (id INT, owner TEXT, note PAIR, flag BOOLEAN);
    INSERT INTO t VALUES (1, 'P1', ROW(NULL, NULL)), (2, 'P1', NULL)`)
  const sql = 'SELECT id, owner, note, flag FROM t WHERE owner = $1'
  const fields = [...simple.fields, { name: 'flag', type: 'bool' as const }]
  const { fast, plain } = await bothWays('P1', { reading: { ...simple, sql, fields } })
  expect(fast?.columns[1]).toBe('["note","text",["(,)",null]]')
  expect(fast).toEqual(plain)
})

test.skipIf(lacks)('functions of others that fit better are not called', async () => {
  await filled([one('x')])
  const arguments_ = 'text, text, varchar, bigint, text'
  await client.query(`CREATE FUNCTION num_nulls(varchar, bigint, text) RETURNS int LANGUAGE sql AS 'SELECT 0';
    CREATE FUNCTION concat_ws(${arguments_}) RETURNS text LANGUAGE sql
    AS $$ SELECT concat(E'\\x1f', $3, E'\\x1f7\\x1fforged') $$`)
  const { fast, plain } = await bothWays('P1', { reading: simple })
  await client.query(`DROP FUNCTION num_nulls(varchar, bigint, text), concat_ws(${arguments_})`)
  expect(fast?.columns[1]).toBe('["note","text",["x"]]')
  expect(fast).toEqual(plain)
})

test
  .skipIf(lacks)
  .each([
    'SELECT * FROM t WHERE owner = $1',
    'SELECT id, owner, note, id / 2 AS unread FROM t WHERE owner = $1',
  ])('%s, where something could go unseen, is read row by row', async (sql) => {
  await filled([one('x')])
  const { fast, plain } = await bothWays('P1', { reading: { ...simple, sql } })
  expect(fast).toBeUndefined()
  expect(plain).toMatchObject({ count: 1 })
})

test.skipIf(lacks)("so are rows of others, rows too many, and a column's other type", async () => {
  await filled([one('x'), ['2', 'p1', 'y']])
  const sql = usual.sql.replace('owner =', 'lower(owner) = lower($1) OR owner =')
  expect(await bothWays('P1', { reading: { ...usual, sql } })).toEqual({
    fast: undefined,
    plain: 'owner',
  })
  await filled([one('x'), ['2', 'P1', 'y']])
  const few = { within: { ...limits, rows: 1 } }
  expect(await bothWays('P1', few)).toEqual({ fast: undefined, plain: 'rows' })
  const small = { within: { ...limits, bytes: 3 } }
  expect(await bothWays('P1', small)).toEqual({ fast: undefined, plain: 'bytes' })
  const between = 'ALTER TABLE t ALTER note TYPE VARCHAR(9)'
  expect(await bothWays('P1', { between })).toMatchObject({ fast: undefined, plain: { count: 2 } })
})

test.skipIf(lacks)(
  'padded text, bytes and types of the database’s own come as the server sends them',
  async () => {
    await client.query(`${table}; DROP DOMAIN IF EXISTS word; CREATE DOMAIN word AS TEXT;
    ALTER TABLE t ADD place INET, ADD said WORD, ADD scan BYTEA;
    INSERT INTO t (id, owner, code, place, said, scan) VALUES (1, 'P1', 'a', '10.0.0.1', 'b', '\\x00ff')`)
    const fields = [
      { name: 'id', type: 'int' as const },
      ...['code', 'place', 'said'].map((name) => ({ name, type: 'text' as const })),
      { name: 'scan', type: 'bytes' as const },
    ]
    const sql = 'SELECT id, owner, code, place, said, scan FROM t WHERE owner = $1'
    const reading = { ...usual, sql, fields, recordKey: ['id'] }
    const { fast, plain } = await bothWays('P1', { reading })
    expect(fast?.columns.slice(1, 3)).toEqual([
      '["code","text",["a    "]]',
      '["place","text",["10.0.0.1"]]',
    ])
    expect(fast).toEqual(plain)
  },
)
