import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { sha256, toHex, utf8 } from '@medrec/protocol'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Adapter } from '../adapter/Adapter.ts'
import { patientLimits } from '../adapter/limits.test-support.ts'
import { neededTables } from '../adapter/neededTables.ts'
import { openAdapter } from '../adapter/openAdapter.ts'
import { roleStatements } from '../adapter/roleStatements.ts'
import {
  hasMariadb,
  hasPostgres,
  startMariadb,
  startPostgres,
} from '../adapter/servers.test-support.ts'
import { parseSource, type Source } from '../adapter/source.ts'
import { type Catalogue, CatalogueError, definitionOf, parseCatalogue } from '../catalogue.ts'
import { resolveCatalogue, shippedMappings } from './resolveCatalogue.ts'
import { loadTables, omopType, publicSet, readTables } from './tables.test-support.ts'

const isCi = process.env['CI'] === 'true'

function catalogueOf(mapping: string, engine: Source['engine'], more: object = {}): Catalogue {
  return parseCatalogue(resolveCatalogue({ institution: 'x', name: 'X', mapping, ...more }, engine))
}

async function opened(source: Source, catalogue: Catalogue): Promise<Adapter> {
  const definitions = catalogue.resources.map((resource) => definitionOf(catalogue, resource))
  const adapter = await openAdapter({ source, catalogue, definitions, limits: patientLimits })
  onTestFinished(() => adapter.close())
  return adapter
}

/** Reads everything of everybody: number of rows and a hash of the leaves, by resource. */
async function readAll(
  source: Source,
  catalogue: Catalogue,
): Promise<Readonly<Record<string, { readonly rows: number; readonly hash: string }>>> {
  const adapter = await opened(source, catalogue)
  const people = (await adapter.people('list')).map(({ id }) => id as string).toSorted()
  const found: Record<string, { rows: number; hash: string }> = {}
  for (const resource of catalogue.resources) {
    const texts: unknown[] = []
    let rows = 0
    for (const id of people) {
      const { count, columns } = await adapter.columns(definitionOf(catalogue, resource), id)
      rows += count
      texts.push(columns)
    }
    found[resource.name] = { rows, hash: toHex(sha256(utf8(JSON.stringify(texts)))).slice(0, 18) }
  }
  return found
}

/** The account that our own statements make for a mapping; it may do nothing more. */
async function withRole(
  owner: Source & { readonly engine: 'postgres' | 'mariadb' },
  catalogue: Catalogue,
  run: (sql: string) => Promise<unknown>,
): Promise<Source> {
  const tables = await neededTables(owner, { catalogue, purpose: 'read' })
  const { engine, database } = owner
  const role = {
    engine,
    database,
    user: 'reader',
    password: 'p',
    tables,
    milliseconds: patientLimits.milliseconds,
  }
  for (const statement of roleStatements({ ...role, purpose: 'read' })) await run(statement)
  return { ...owner, user: 'reader', password: 'p' }
}

type Open = (catalogue: Catalogue, load: Load) => Promise<Source>
type Load = (
  engine: 'sqlite' | 'postgres' | 'mariadb',
  place: { file: string } | { port: number },
) => Promise<void>

const onSqlite: Open = async (_, load) => {
  const folder = mkdtempSync(join(tmpdir(), 'medrec-mapping-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'records.db')
  await load('sqlite', { file })
  return { engine: 'sqlite', file }
}

const onPostgres: Open = async (catalogue, load) => {
  const server = await startPostgres()
  onTestFinished(() => server.close())
  await load('postgres', { port: server.port })
  const client = new pg.Client({
    host: '127.0.0.1',
    port: server.port,
    user: 'owner',
    database: 'clinic',
  })
  await client.connect()
  const owner = parseSource(`postgres://owner@127.0.0.1:${server.port}/clinic`)
  const source = await withRole(owner as never, catalogue, (sql) => client.query(sql))
  await client.end()
  return source
}

const onMariadb: Open = async (catalogue, load) => {
  const server = await startMariadb()
  onTestFinished(() => server.close())
  await load('mariadb', { port: server.port })
  const connection = await mysql.createConnection({
    ...{ host: '127.0.0.1', port: server.port, user: 'owner', database: 'clinic' },
  })
  const owner = parseSource(`mariadb://owner@127.0.0.1:${server.port}/clinic`)
  const source = await withRole(owner as never, catalogue, (sql) => connection.query(sql))
  await connection.end()
  return source
}

const engines: readonly (readonly ['sqlite' | 'postgres' | 'mariadb', Open, boolean])[] = [
  ['sqlite', onSqlite, true],
  ['postgres', onPostgres, hasPostgres],
  ['mariadb', onMariadb, hasMariadb],
]

/** Rows in the published files, by resource; every one of them belongs to somebody. */
const sets = [
  {
    ...{ mapping: 'synthea-csv', folder: 'sql-synthea-csv-27', typeOf: () => 'text' },
    rows: {
      ...{ demographics: 27, conditions: 438, allergies: 40, medications: 663, results: 251 },
      ...{ vitals: 228, observations: 511, immunizations: 29, procedures: 249, encounters: 604 },
    },
  },
  {
    ...{ mapping: 'omop-5.4', folder: 'sql-omop54-synthea27nj', typeOf: omopType },
    rows: {
      ...{ demographics: 28, conditions: 470, medications: 883, procedures: 1649, devices: 1 },
      ...{ results: 10_040, observations: 8_099, encounters: 1_791 },
    },
  },
  {
    mapping: 'eicu-demo',
    folder: 'sql-eicu-demo',
    typeOf: (column: string) =>
      /(stayid|offset|^\w+id)$/.test(column) && column !== 'uniquepid' ? 'integer' : 'text',
    rows: {
      ...{ encounters: 174, admission_diagnoses: 522, conditions: 1_518, medications: 4_964 },
      ...{ results: 29_961, procedures: 2_359, examinations: 5_236 },
    },
  },
] as const

describe.each(sets)('the mapping $mapping', ({ mapping, folder, typeOf, rows }) => {
  const { path, isThere } = publicSet(folder)
  describe.each(engines)('on %s', (engine, open, hasEngine) => {
    const lacks = !(isThere && hasEngine) && !isCi
    test.skipIf(lacks)(
      `reads every row of the published tables (MEDREC_TEST_DATA: ${folder})`,
      async () => {
        const tables = readTables(path)
        const catalogue = catalogueOf(mapping, engine)
        const source = await open(catalogue, (on, place) => loadTables(on, place, tables, typeOf))
        const adapter = await opened(source, catalogue)
        expect(adapter.excess).toEqual([])
        const found = await readAll(source, catalogue)
        expect(
          Object.fromEntries(Object.entries(found).map(([name, { rows: n }]) => [name, n])),
        ).toEqual(rows)
      },
    )
  })
})

const openmrsSet = publicSet('sql-openmrs')
test.skipIf(!(openmrsSet.isThere && hasMariadb) && !isCi)(
  'the mapping openmrs reads a reference application (MEDREC_TEST_DATA: sql-openmrs)',
  async () => {
    const catalogue = catalogueOf('openmrs', 'mariadb')
    const source = await onMariadb(catalogue, async (_, place) => {
      const { port } = place as { port: number }
      const dump = gunzipSync(
        readFileSync(join(openmrsSet.path, 'openmrs_refapp_mysqldump.sql.gz')),
      )
      const connection = await mysql.createConnection({
        ...{ host: '127.0.0.1', port, user: 'owner', database: 'clinic', multipleStatements: true },
      })
      await connection.query(dump.toString('utf8'))
      await connection.end()
    })
    const adapter = await opened(source, catalogue)
    expect(adapter.excess).toEqual([])
    const found = await readAll(source, catalogue)
    expect(Object.entries(found).map(([name, { rows }]) => [name, rows])).toMatchInlineSnapshot(`
      [
        [
          "demographics",
          2,
        ],
        [
          "conditions",
          0,
        ],
        [
          "diagnoses",
          0,
        ],
        [
          "allergies",
          0,
        ],
        [
          "medications",
          0,
        ],
        [
          "results",
          172,
        ],
        [
          "encounters",
          28,
        ],
        [
          "visits",
          12,
        ],
      ]
    `)
  },
)

test('each mapping is named, and only on its engines', () => {
  for (const { name, engines: its } of shippedMappings)
    for (const engine of ['sqlite', 'postgres', 'mariadb', 'fhir'] as const)
      if (its.includes(engine))
        expect(catalogueOf(name, engine).resources.length).toBeGreaterThan(3)
      else expect(() => catalogueOf(name, engine)).toThrow(CatalogueError)
})

test('an institution takes a part of a mapping and adds exclusions of its own', () => {
  const catalogue = catalogueOf('omop-5.4', 'postgres', {
    ...{ resources: ['results'], version: 3 },
    exclusions: [{ table: 'addiction', reason: '42 CFR part 2' }],
  })
  expect(catalogue.resources.map(({ name }) => name)).toEqual(['results'])
  expect(catalogue.version).toBe(259)
  expect(catalogue.exclusions.map(({ table }) => table)).toEqual(['note', 'note_nlp', 'addiction'])
})

test.each([
  ['an unknown mapping', { mapping: 'omop-9' }],
  ['a name that objects have already', { mapping: 'constructor' }],
  ['an unknown resource', { mapping: 'omop-5.4', resources: ['notes'] }],
  ['an unknown member', { mapping: 'omop-5.4', queries: [] }],
])('%s is refused', (_, more) => {
  expect(() => resolveCatalogue({ institution: 'x', name: 'X', ...more }, 'postgres')).toThrow(
    CatalogueError,
  )
})

test('any other catalogue is left as it is', () => {
  const catalogue = { institution: 'x' }
  expect(resolveCatalogue(catalogue, 'sqlite')).toBe(catalogue)
})
