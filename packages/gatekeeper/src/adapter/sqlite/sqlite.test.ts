import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fromBase64Url } from '@medrec/protocol'
import { DatabaseSync } from '@photostructure/sqlite'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { CatalogueError } from '../../catalogue.ts'
import { clinicCatalogue, writeClinic } from '../../clinic.test-support.ts'
import type { RowsUnusableError } from '../Adapter.ts'
import { expectExcludedFound } from '../excludedBy.test-support.ts'
import { sampleRows } from '../sample.test-support.ts'
import type { Source } from '../source.ts'
import {
  changedCatalogue,
  definition,
  describeAdapter,
  hugeOwner,
  labsOf,
  labView,
  openFor,
  type SqlClinic,
  type SqlEngine,
} from '../suite.test-support.ts'

async function open(): Promise<SqlClinic & { readonly file: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'medrec-adapter-'))
  const file = join(folder, 'clinic.db')
  writeClinic(file)
  const admin = async (sql: string): Promise<void> => {
    const database = new DatabaseSync(file)
    database.exec(sql)
    database.close()
  }
  await admin(`CREATE VIEW lab_view AS ${labView};
    INSERT INTO lab VALUES (8, '${hugeOwner}', '2024-04-01', hex(zeroblob(4500000)), '1', 1);
    CREATE TABLE sample (id INTEGER PRIMARY KEY, owner TEXT, day TEXT, moment TEXT, amount TEXT, ratio REAL,
      flag INTEGER, note TEXT, scan BLOB, doc TEXT)`)
  const database = new DatabaseSync(file)
  const insert = database.prepare("INSERT INTO sample VALUES (?, 'S1', ?, ?, ?, ?, ?, ?, ?, ?)")
  insert.setReadBigInts(true)
  for (const { id, day, moment, amount, ratio, flag, note, scan, doc } of sampleRows)
    insert.run(
      ...[BigInt(id as string), day, moment, amount],
      ...[
        ratio && Number(ratio),
        flag && Number(flag === 'true'),
        note,
        scan && fromBase64Url(scan),
      ],
      doc,
    )
  database.close()
  const source: Source = { engine: 'sqlite', file }
  return {
    ...{ file, source, writeSource: source, admin },
    close: async () => rmSync(folder, { recursive: true }),
  }
}

const sqlite: SqlEngine = {
  open,
  endless: `(WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n) > 0`,
  sampleQuery:
    'SELECT id, owner, day, moment, amount, ratio, flag, note, scan, doc FROM sample WHERE owner = :owner',
  replaceView: (query) => `DROP VIEW lab_view; CREATE VIEW lab_view AS ${query}`,
  tellsVersion: true,
}

describeAdapter(sqlite)

async function someClinic(): Promise<Awaited<ReturnType<typeof open>>> {
  const clinic = await open()
  onTestFinished(() => clinic.close())
  return clinic
}

describe('start-up probe', () => {
  test('tells statements that read an excluded table from others, also behind a view', async () => {
    const { source } = await someClinic()
    await expectExcludedFound(source as Parameters<typeof expectExcludedFound>[0])
  })
  test('refuses a query that reads an excluded table, by itself or through a view', async () => {
    const { source } = await someClinic()
    for (const table of ['psychotherapy_notes', 'all_notes']) {
      const query = labsOf('patient = :owner', `(SELECT text FROM ${table}) AS date`)
      await expect(openFor(source, changedCatalogue(0, { query }))).rejects.toThrow(
        /reads an excluded table[\s\S]*psychotherapy_notes/,
      )
    }
  })
  test('refuses an exclusion that is not there, since a slip of the pen would exclude nothing', async () => {
    const { source } = await someClinic()
    const slip = (ifPresent: boolean) => ({
      ...clinicCatalogue,
      exclusions: [{ table: 'psychoterapy_notes', reason: '', ifPresent }],
    })
    await expect(openFor(source, slip(false))).rejects.toThrow(/not in the database/)
    await openFor(source, slip(true))
  })
  test('refuses a query that attaches', async () => {
    const { source } = await someClinic()
    const catalogue = changedCatalogue(0, { query: "ATTACH 'x.db' AS x" })
    await expect(openFor(source, catalogue)).rejects.toThrow(CatalogueError)
  })
})

describe('the reading process', () => {
  test('is killed when a statement takes too long, and another serves', async () => {
    const { source } = await someClinic()
    const query = labsOf(`patient = :owner AND ${sqlite.endless}`)
    const catalogue = changedCatalogue(0, { query })
    const adapter = await openFor(source, catalogue, {
      rows: 10,
      bytes: 10_000,
      milliseconds: 2_000,
    })
    const before = adapter.processId()
    const slow = adapter.rows(definition('labs', catalogue), 'P1').catch((error) => error.code)
    const next = adapter.rows(definition('visits', catalogue), 'P1')
    expect(await slow).toBe('DATABASE_BUSY')
    expect((await next).rows).toHaveLength(1)
    expect(adapter.processId()).not.toBe(before)
  })
  test('is not killed for an answer that came while the node stood still', async () => {
    const { source } = await someClinic()
    const limits = { rows: 10, bytes: 10_000, milliseconds: 2_000 }
    const adapter = await openFor(source, clinicCatalogue, limits)
    const before = adapter.processId()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const asked = adapter.rows(definition('labs'), 'P1')
    await new Promise(setImmediate) // it is asked
    // The clock is read before what came in, as after a standstill.
    vi.advanceTimersByTime(limits.milliseconds)
    expect((await asked).rows).toHaveLength(2)
    expect(adapter.processId()).toBe(before)
  })
  test('is started again after kill -9, and what was asked is answered', async () => {
    const { source } = await someClinic()
    const adapter = await openFor(source)
    const version = await adapter.dataVersion()
    process.kill(adapter.processId() as number, 'SIGKILL')
    const { rows } = await adapter.rows(definition('labs'), 'P1')
    expect(rows).toHaveLength(2)
    // Its counter of commits begins anew; somebody may have committed while nobody counted.
    expect(await adapter.dataVersion()).not.toBe(version)
  })
  test('that comes after another is held to the schema that the first one found', async () => {
    const { source, admin } = await someClinic()
    const adapter = await openFor(source)
    process.kill(adapter.processId() as number, 'SIGKILL')
    await admin(
      'ALTER TABLE visit RENAME reason TO cause; ALTER TABLE visit ADD COLUMN reason TEXT',
    )
    const error = await adapter.rows(definition('visits'), 'P1').catch((found) => found)
    expect((error as RowsUnusableError).problem).toBe('schema')
  })
})

test('text that holds NUL stays whole, and bytes that are no text are refused', async () => {
  const { source, admin } = await someClinic()
  await admin(`INSERT INTO visit VALUES (5, 'P5', '2024-03-01', 'a' || char(0) || 'b'),
    (6, 'P6', '2024-03-01', x'ff00')`)
  const adapter = await openFor(source)
  const { rows } = await adapter.rows(definition('visits'), 'P5')
  expect(rows).toEqual([['5', '2024-03-01', 'a\u0000b']])
  const error = await adapter.rows(definition('visits'), 'P6').catch((found) => found)
  expect((error as RowsUnusableError).problem).toBe('form')
})
