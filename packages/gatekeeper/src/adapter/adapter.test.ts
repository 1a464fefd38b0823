import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { columnText } from '@medrec/protocol'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Catalogue, CatalogueError, definitionOf } from '../catalogue.ts'
import { clinicCatalogue, writeClinic } from '../clinic.test-support.ts'
import type { Limits } from './messages.ts'
import {
  type Adapter,
  DatabaseBusyError,
  DatabaseStoppedError,
  openAdapter,
  RowsUnusableError,
} from './openAdapter.ts'

let folder: string
let databaseFile: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'medrec-adapter-'))
  databaseFile = join(folder, 'clinic.db')
  writeClinic(databaseFile)
})
afterAll(() => rmSync(folder, { recursive: true }))

async function opened(catalogue: Catalogue = clinicCatalogue, limits?: Limits): Promise<Adapter> {
  const definitions = catalogue.resources.map((resource) => definitionOf(catalogue, resource))
  const adapter = await openAdapter({
    databaseFile,
    catalogue,
    definitions,
    ...(limits ? { limits } : {}),
  })
  onTestFinished(() => adapter.close())
  return adapter
}

function changed(at: number, change: Partial<Catalogue['resources'][number]>): Catalogue {
  const resources = clinicCatalogue.resources.map((resource, i) =>
    i === at ? { ...resource, ...change } : resource,
  )
  return { ...clinicCatalogue, resources }
}

function definition(name: string, catalogue = clinicCatalogue) {
  const found = catalogue.resources.find((resource) => resource.name === name)
  return definitionOf(catalogue, found as Catalogue['resources'][number])
}

describe('rows', () => {
  test('come as typed text, sorted by record key, 64-bit numbers and scales intact', async () => {
    const adapter = await opened()
    expect(await adapter.rows(definition('labs'), 'P1')).toEqual({
      rows: [
        ['9007199254740993', '2024-03-01', '4548-4', '6.10', 'true'],
        ['9007199254740995', '2024-06-01', '4548-4', null, 'false'],
      ],
      keys: [['9007199254740993'], ['9007199254740995']],
    })
  })
  test('come as the texts of their leaves too, checked and sorted the same', async () => {
    const adapter = await opened()
    const labs = definition('labs')
    const { rows } = await adapter.rows(labs, 'P1')
    expect(await adapter.columns(labs, 'P1')).toEqual({
      count: 2,
      columns: labs.fields.map((field, i) =>
        columnText(
          field,
          rows.map((row) => row[i] ?? null),
        ),
      ),
    })
    const catalogue = changed(0, { query: labsOf('patient LIKE :owner') })
    const loose = await opened(catalogue)
    const error = await loose.columns(definition('labs', catalogue), 'p1').catch((thrown) => thrown)
    expect(error).toBeInstanceOf(RowsUnusableError)
    expect(error.problem).toBe('owner')
  })
  test('of nobody are no rows', async () => {
    const adapter = await opened()
    expect(await adapter.rows(definition('labs'), 'P9')).toEqual({ rows: [], keys: [] })
  })
  test.each([
    [
      "another owner's row that the statement finds too",
      { query: labsOf('patient LIKE :owner') },
      'p1',
      'owner',
    ],
    [
      'a value without the form of its type',
      { query: labsOf('patient = :owner', "'soon' AS date") },
      'P1',
      'form',
    ],
    ['a record key that is not unique', { recordKey: ['code'] }, 'P1', 'key'],
  ])('refuses %s', async (_, change, owner, problem) => {
    const catalogue = changed(0, change)
    const adapter = await opened(catalogue)
    const error = await adapter.rows(definition('labs', catalogue), owner).catch((thrown) => thrown)
    expect(error).toBeInstanceOf(RowsUnusableError)
    expect(error.problem).toBe(problem)
  })
  test.each([
    ['rows', { rows: 1, bytes: 10_000, milliseconds: 2_000 }],
    ['bytes', { rows: 10, bytes: 30, milliseconds: 2_000 }],
  ])('refuses more %s than the limit', async (problem, limits) => {
    const adapter = await opened(clinicCatalogue, limits)
    const error = await adapter.rows(definition('labs'), 'P1').catch((thrown) => thrown)
    expect(error.problem).toBe(problem)
  })
})

describe('start-up probe', () => {
  test('refuses a query that reads an excluded table', async () => {
    const leak = changed(0, {
      query: labsOf('patient = :owner', '(SELECT text FROM psychotherapy_notes) AS date'),
    })
    await expect(opened(leak)).rejects.toThrow(/reads an excluded table[\s\S]*psychotherapy_notes/)
  })
  test('refuses a query that reads it through a view', async () => {
    const leak = changed(0, {
      query: labsOf('patient = :owner', '(SELECT text FROM all_notes) AS date'),
    })
    await expect(opened(leak)).rejects.toThrow(CatalogueError)
  })
  test('refuses an exclusion that is not there, since a slip of the pen would exclude nothing', async () => {
    const slip = { ...clinicCatalogue, exclusions: [{ table: 'psychoterapy_notes', reason: '' }] }
    await expect(opened(slip)).rejects.toThrow(/not in the database/)
  })
  test.each([
    ['writes', 'DELETE FROM lab'],
    ['attaches', "ATTACH 'x.db' AS x"],
    ['names a column that is not there', 'SELECT nothing FROM lab'],
  ])('refuses a query that %s', async (_, query) => {
    await expect(opened(changed(0, { query }))).rejects.toThrow(CatalogueError)
  })
  test('refuses a result without its owner column', async () => {
    await expect(opened(changed(0, { ownerColumn: 'whose' }))).rejects.toThrow(/Column: whose/)
  })
})

describe('the reading process', () => {
  const limits = { rows: 10, bytes: 10_000, milliseconds: 300 }
  const endless = changed(0, {
    query:
      labsOf(`patient = :owner AND (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
      SELECT count(*) FROM n) > 0`),
  })
  test('is killed when a statement takes too long, and serves again', async () => {
    const adapter = await opened(endless, limits)
    const before = adapter.processId()
    const slow = adapter.rows(definition('labs', endless), 'P1')
    const next = adapter.rows(definition('visits', endless), 'P1')
    await expect(slow).rejects.toThrow(DatabaseBusyError)
    expect((await next).rows).toHaveLength(1)
    expect(adapter.processId()).not.toBe(before)
  })
  test('is started again after kill -9, and what was asked is answered', async () => {
    const adapter = await opened()
    process.kill(adapter.processId() as number, 'SIGKILL')
    const { rows } = await adapter.rows(definition('labs'), 'P1')
    expect(rows).toHaveLength(2)
  })
  test('once closed it answers nothing', async () => {
    const adapter = await opened()
    adapter.close()
    await expect(adapter.rows(definition('labs'), 'P1')).rejects.toThrow(DatabaseStoppedError)
  })
})

test('people are found by name, id and national id', async () => {
  const adapter = await opened()
  const found = {
    id: 'P1',
    given: 'Ada',
    family: 'Berg',
    birth_date: '1980-01-02',
    gender: 'female',
    national_id: '123',
  }
  expect(await adapter.people('byName', 'berg')).toEqual([found])
  expect(await adapter.people('byId', 'P1')).toEqual([found])
  expect(await adapter.people('byNationalId', '123')).toEqual([found])
  expect(await adapter.people('list')).toHaveLength(2)
})

test('the data version changes when another connection commits, and not else', async () => {
  const adapter = await opened()
  const before = await adapter.dataVersion()
  expect(await adapter.dataVersion()).toBe(before)
  const other = new DatabaseSync(databaseFile)
  other.exec('UPDATE visit SET reason = 1 WHERE id = 1')
  other.close()
  expect(await adapter.dataVersion()).not.toBe(before)
})

function labsOf(where: string, date = 'date'): string {
  return `SELECT id, patient AS owner, ${date}, code, value, final FROM lab WHERE ${where}`
}
