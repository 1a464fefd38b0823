import { columnText, sha256, toHex, utf8 } from '@medrec/protocol'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Catalogue, CatalogueError, definitionOf } from '../catalogue.ts'
import { clinicCatalogue } from '../clinic.test-support.ts'
import {
  type Adapter,
  DatabaseBusyError,
  DatabaseStoppedError,
  RowsUnusableError,
} from './Adapter.ts'
import { patientLimits } from './limits.test-support.ts'
import type { Limits } from './messages.ts'
import { openAdapter } from './openAdapter.ts'
import { openWriter } from './openWriter.ts'
import { ReadError } from './RowCollector.ts'
import { sampleCatalogue, sampleDigest } from './sample.test-support.ts'
import type { Source } from './source.ts'
import { type Change, WriteRefusedError, type Writer } from './Writer.ts'

/** The clinic of `clinic.test-support.ts` on one engine, with the rows of `sample.test-support.ts`. */
export type SqlClinic = {
  readonly source: Source
  readonly writeSource: Source
  /** Runs statements with every right there is. */
  admin(sql: string): Promise<void>
  /** The server ends and comes back. */
  restart?(): Promise<void>
  close(): Promise<void>
}

export type SqlEngine = {
  open(): Promise<SqlClinic>
  /** A condition that takes for ever, and is not looked at where there are no rows. */
  readonly endless: string
  /** The sample's rows, in this engine's own functions. */
  readonly sampleQuery: string
  /** The statements that give `lab_view` another query. */
  replaceView(query: string): string
  /** Whether the engine can tell that nobody committed. */
  readonly tellsVersion: boolean
}

/** Her one result is larger than any answer. */
export const hugeOwner = 'P8'
/** The query of `lab_view`. */
export const labView = 'SELECT id, patient, date, code, value, final FROM lab'

export function changedCatalogue(
  at: number,
  change: Partial<Catalogue['resources'][number]>,
): Catalogue {
  const resources = clinicCatalogue.resources.map((resource, i) =>
    i === at ? { ...resource, ...change } : resource,
  )
  return { ...clinicCatalogue, resources }
}

export function definition(name: string, catalogue = clinicCatalogue) {
  const found = catalogue.resources.find((resource) => resource.name === name)
  return definitionOf(catalogue, found as Catalogue['resources'][number])
}

export function labsOf(where: string, date = 'date'): string {
  return `SELECT id, patient AS owner, ${date}, code, value, final FROM lab WHERE ${where}`
}

export async function openFor(
  source: Source,
  catalogue: Catalogue = clinicCatalogue,
  limits: Limits = patientLimits,
): Promise<Adapter> {
  const adapter = await openAdapter({ source, ...asked(catalogue), limits })
  onTestFinished(() => adapter.close())
  return adapter
}

const caught = (promise: Promise<unknown>) => promise.catch((error: unknown) => error)

/** The clinic, and an adapter on it for all the tests that only read. */
type At = (() => SqlClinic) & { shared?: Promise<Adapter> }

/** What every SQL engine's adapter does alike. */
export function describeAdapter(engine: SqlEngine): void {
  const opening: { clinic?: SqlClinic } = {}
  const at: At = () => opening.clinic as SqlClinic
  beforeAll(async () => {
    opening.clinic = await engine.open()
  })
  afterAll(async () => {
    await (await at.shared)?.close()
    await opening.clinic?.close()
  })
  describeRows(at, engine)
  describeRefusedRows(at)
  describeLargeRecords(at)
  describeProbe(at)
  describeServer(at, engine)
  describeChanges(at, engine)
  describeWriting(at)
}

async function opened(at: At, catalogue?: Catalogue, limits?: Limits): Promise<Adapter> {
  if (catalogue) return openFor(at().source, catalogue, limits)
  at.shared ??= openAdapter({
    ...{ source: at().source, limits: patientLimits },
    ...asked(clinicCatalogue),
  })
  return at.shared
}

function asked(
  catalogue: Catalogue,
): Pick<Parameters<typeof openAdapter>[0], 'catalogue' | 'definitions'> {
  const definitions = catalogue.resources.map((resource) => definitionOf(catalogue, resource))
  return { catalogue, definitions }
}

function describeRows(at: At, engine: SqlEngine): void {
  describe('rows', () => {
    test('come as typed text, sorted by record key, 64-bit numbers and scales intact', async () => {
      const adapter = await opened(at)
      expect(await adapter.rows(definition('labs'), 'P1')).toEqual({
        rows: [
          ['9007199254740993', '2024-03-01', '4548-4', '6.10', 'true'],
          ['9007199254740995', '2024-06-01', '4548-4', null, 'false'],
        ],
        keys: [['9007199254740993'], ['9007199254740995']],
      })
    })
    test('come as the texts of their leaves too, checked and sorted the same', async () => {
      const adapter = await opened(at)
      const labs = definition('labs')
      const { rows } = await adapter.rows(labs, 'P1')
      const columns = labs.fields.map((field, i) =>
        columnText(
          field,
          rows.map((row) => row[i] ?? null),
        ),
      )
      expect(await adapter.columns(labs, 'P1')).toEqual({ count: 2, columns })
    })
    test('of every type give the hash that they give on every engine', async () => {
      const catalogue = sampleCatalogue(engine.sampleQuery)
      const adapter = await opened(at, catalogue)
      const { columns } = await adapter.columns(definition('sample', catalogue), 'S1')
      expect(toHex(sha256(utf8(JSON.stringify(columns))))).toBe(sampleDigest)
    })
    test('of nobody are no rows', async () => {
      const adapter = await opened(at)
      expect(await adapter.rows(definition('labs'), 'P9')).toEqual({ rows: [], keys: [] })
    })
    test('never run what an owner says', async () => {
      const adapter = await opened(at)
      for (const owner of ["P1' OR '1'='1", 'P1"', '%', "'; DROP TABLE lab; --", 'P1\\', ':owner'])
        expect((await adapter.rows(definition('labs'), owner)).rows).toEqual([])
      expect((await adapter.rows(definition('labs'), 'P1')).rows).toHaveLength(2)
    })
  })
}

function describeRefusedRows(at: At): void {
  describe('unusable rows', () => {
    test.each([
      [
        "another owner's row that the statement finds too",
        { query: labsOf('lower(patient) = lower(:owner)') },
        'owner',
      ],
      [
        'a value without the form of its type',
        { query: labsOf('patient = :owner', "'soon' AS date") },
        'form',
      ],
      ['a record key that is not unique', { recordKey: ['code'] }, 'key'],
    ])('refuses %s', async (_, change, problem) => {
      const catalogue = changedCatalogue(0, change)
      const adapter = await opened(at, catalogue)
      for (const read of ['rows', 'columns'] as const) {
        const error = await caught(adapter[read](definition('labs', catalogue), 'P1'))
        expect(error).toBeInstanceOf(RowsUnusableError)
        expect((error as RowsUnusableError).problem).toBe(problem)
      }
    })
    test.each([
      ['rows', 'P1', { rows: 1, bytes: 10_000, milliseconds: 120_000 }],
      ['bytes', 'P1', { rows: 10, bytes: 30, milliseconds: 120_000 }],
      ['bytes', hugeOwner, { rows: 10, bytes: 1_000, milliseconds: 120_000 }],
    ])('refuses more %s than the limit (%s)', async (problem, owner, limits) => {
      const adapter = await opened(at, clinicCatalogue, limits)
      const error = await caught(adapter.rows(definition('labs'), owner))
      expect((error as RowsUnusableError).problem).toBe(problem)
      expect((await adapter.rows(definition('visits'), 'P1')).rows).toHaveLength(1)
    })
  })
}

function describeLargeRecords(at: At): void {
  describe('a large record', () => {
    const ids = Array.from({ length: 3_000 }, (_, i) => String(7_000_000 + i))
    beforeAll(async () => {
      const values = ids.map((id) => `(${id}, 'P6', '2024-01-01', 'c', 1, 1)`)
      await at().admin(`INSERT INTO lab VALUES ${values.join(', ')}`)
    })
    test('comes some rows at a time, none of them before the last were taken, all of one moment', async () => {
      const adapter = await opened(at)
      const found: string[] = []
      const batches: number[] = []
      let isTaking = false
      await adapter.each(definition('labs'), 'P6', async ({ rows, keys }) => {
        expect(isTaking).toBe(false)
        isTaking = true
        if (batches.length === 0) await at().admin("DELETE FROM lab WHERE patient = 'P6'")
        batches.push(rows.length)
        found.push(...keys.map(([id]) => String(id)))
        await new Promise((resolve) => setImmediate(resolve))
        isTaking = false
      })
      expect(found.toSorted()).toEqual(ids)
      expect(batches.length).toBeGreaterThan(2)
    })
    test('that is small or nobody’s comes the same', async () => {
      const adapter = await opened(at)
      const found: unknown[] = []
      const take = async (batch: unknown): Promise<void> => void found.push(batch)
      await adapter.each(definition('labs'), 'P9', take)
      expect(found).toEqual([])
      await adapter.each(definition('labs'), 'P1', take)
      expect(found).toEqual([await adapter.rows(definition('labs'), 'P1')])
    })
    test('ends where whoever takes it says no, and the database answers others after it', async () => {
      const adapter = await opened(at)
      const no = new ReadError({ problem: 'rows' })
      const error = await caught(adapter.each(definition('labs'), 'P1', () => Promise.reject(no)))
      expect(error instanceof RowsUnusableError ? error.problem : error).toEqual(
        error instanceof RowsUnusableError ? 'rows' : no,
      )
      expect((await adapter.rows(definition('labs'), 'P1')).rows).toHaveLength(2)
    })
    test.each([
      ['a row that is larger than any answer', hugeOwner, {}, 'bytes'],
      ["somebody else's row", 'P1', { query: labsOf('lower(patient) = lower(:owner)') }, 'owner'],
    ])('with %s is refused', async (_, owner, change, problem) => {
      const catalogue = changedCatalogue(0, change)
      const adapter = await opened(at, catalogue)
      const labs = definition('labs', catalogue)
      const error = await caught(adapter.each(labs, owner, async () => undefined))
      expect((error as RowsUnusableError).problem).toBe(problem)
    })
  })
}

function describeProbe(at: At): void {
  describe('start-up probe', () => {
    test.each([
      ['an excluded table', 'psychotherapy_notes'],
      ['it through a view', 'all_notes'],
    ])('refuses a query that reads %s', async (_, table) => {
      const query = labsOf('patient = :owner', `(SELECT max(text) FROM ${table}) AS date`)
      await expect(opened(at, changedCatalogue(0, { query }))).rejects.toThrow(CatalogueError)
    })
    test.each([
      ['writes', 'DELETE FROM lab'],
      ['names a column that is not there', 'SELECT nothing FROM lab'],
      ['is two statements', 'SELECT 1 AS id; SELECT 2 AS id'],
    ])('refuses a query that %s', async (_, query) => {
      await expect(opened(at, changedCatalogue(0, { query }))).rejects.toThrow(CatalogueError)
    })
    test('refuses a result without its owner column', async () => {
      await expect(opened(at, changedCatalogue(0, { ownerColumn: 'whose' }))).rejects.toThrow(
        /whose/,
      )
    })
  })
}

function describeServer(at: At, engine: SqlEngine): void {
  test('a statement that takes too long is stopped, and others are answered', async () => {
    const query = labsOf(`patient = :owner AND ${engine.endless}`)
    const catalogue = changedCatalogue(0, { query })
    const adapter = await opened(at, catalogue, { rows: 10, bytes: 10_000, milliseconds: 2_000 })
    const slow = adapter.rows(definition('labs', catalogue), 'P1')
    const next = adapter.rows(definition('visits', catalogue), 'P1')
    await expect(slow).rejects.toThrow(DatabaseBusyError)
    expect((await next).rows).toHaveLength(1)
  })

  test('once closed it answers nothing', async () => {
    const adapter = await openFor(at().source)
    await adapter.close()
    await expect(adapter.rows(definition('labs'), 'P1')).rejects.toThrow(DatabaseStoppedError)
  })

  test('people are found by name, id and national id', async () => {
    const adapter = await opened(at)
    const found = {
      ...{ id: 'P1', given: 'Ada', family: 'Berg' },
      ...{ birth_date: '1980-01-02', gender: 'female', national_id: '123' },
    }
    expect(await adapter.people('byName', 'Berg')).toEqual([found])
    expect(await adapter.people('byId', 'P1')).toEqual([found])
    expect(await adapter.people('byNationalId', '123')).toEqual([found])
    expect(await adapter.people('list')).toHaveLength(2)
  })

  test('a server that ended and came back is read again', async () => {
    if (!at().restart) return
    const adapter = await opened(at)
    await Promise.all(Array.from({ length: 8 }, () => adapter.rows(definition('labs'), 'P1')))
    await at().restart?.()
    expect((await adapter.rows(definition('labs'), 'P1')).rows).toHaveLength(2)
    expect(adapter.isUp()).toBe(true)
  })
}

function describeChanges(at: At, engine: SqlEngine): void {
  test('the data version changes when another connection commits, and not else', async () => {
    const adapter = await opened(at)
    const before = await adapter.dataVersion()
    if (!engine.tellsVersion) return expect(before).toBe(undefined)
    expect(await adapter.dataVersion()).toBe(before)
    await at().admin("UPDATE visit SET reason = 'check-up!' WHERE id = 1")
    expect(await adapter.dataVersion()).not.toBe(before)
  })

  test('a source view that changed is noticed, named and not read; put back, it is', async () => {
    const query = labsOf('patient = :owner').replace('FROM lab', 'FROM lab_view')
    const catalogue = changedCatalogue(0, { query })
    const adapter = await opened(at, catalogue)
    const labs = definition('labs', catalogue)
    expect((await adapter.rows(labs, 'P1')).rows).toHaveLength(2)
    const view = (source: string): Promise<void> => at().admin(engine.replaceView(source))
    await view(`${labView} WHERE code <> 'hidden'`)
    await caught(adapter.dataVersion())
    const error = (await caught(adapter.rows(labs, 'P1'))) as RowsUnusableError
    expect(error.problem).toBe('schema')
    expect(error.message).toMatch(/lab_view/)
    await view(labView)
    await adapter.dataVersion()
    expect((await adapter.rows(labs, 'P1')).rows).toHaveLength(2)
  })
}

function describeWriting(at: At): void {
  describe('writing', () => {
    const { resources } = clinicCatalogue
    const [labs] = resources as readonly [Catalogue['resources'][number]]
    const insert: Change = {
      ...{ kind: 'insert', resource: labs, owner: 'P7', key: '4611686018427387905' },
      template: labs.insert as Change['template'],
      values: { date: '2024-05-06', code: "2160-0'; --", value: '0.90' },
    }
    const writer = async () => {
      const found = (await openWriter({ ...at(), resources, limits: patientLimits })) as Writer
      onTestFinished(() => found.close())
      return found
    }
    test('adds a record once, corrects it, and only for its owner', async () => {
      const { write } = await writer()
      const { key } = insert
      expect(await write(insert)).toEqual({ outcome: 'written', key })
      expect(await write(insert)).toEqual({ outcome: 'exists', key })
      const update: Change = {
        ...{ kind: 'update', resource: labs, owner: 'P7', key, values: { value: '1.00' } },
        template: labs.update as Change['template'],
      }
      expect(await write(update)).toEqual({ outcome: 'written', key })
      expect(await write({ ...update, owner: 'P1' })).toEqual({ outcome: 'none', key })
      const adapter = await opened(at)
      expect((await adapter.rows(definition('labs'), 'P7')).rows).toEqual([
        [key, '2024-05-06', "2160-0'; --", '1.00', 'true'],
      ])
    })
    test('refuses what the database refuses, without its words', async () => {
      const { write } = await writer()
      const sql = "INSERT INTO lab (id, patient, code) VALUES (:id, :owner, 'secret' || lab_trap())"
      const template = { sql, parameters: [] }
      const error = await caught(write({ ...insert, template, values: {} }))
      expect(error).toBeInstanceOf(WriteRefusedError)
      expect((error as Error).message).not.toMatch(/secret|lab_trap/)
    })
    test('a template that does not run is told at the start', async () => {
      const bad = { ...labs, update: { sql: 'UPDATE nothing SET a = :id', parameters: [] } }
      await expect(openWriter({ ...at(), resources: [bad] })).rejects.toThrow(CatalogueError)
      const evil = { ...labs, update: { sql: 'DELETE FROM lab', parameters: [] } }
      await expect(openWriter({ ...at(), resources: [evil] })).rejects.toThrow(CatalogueError)
    })
  })
}
