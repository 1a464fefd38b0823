import { join } from 'node:path'
import type { Source } from '@medrec/gatekeeper'
import { DatabaseSync } from '@photostructure/sqlite'
import mysql from 'mysql2/promise'
import pg from 'pg'
import {
  hasMariadb,
  hasPostgres,
  startMariadb,
  startPostgres,
  type TestServer,
} from '../../packages/gatekeeper/src/adapter/servers.test-support.ts'

/** Rows that the patients of the benchmark have. */
export const sizes: readonly number[] = [1, 16, 100, 1_000]
/** Fields of the benchmark's resource. */
export const fieldCount = 20
/** Its columns beside the record's number. */
export const columns: readonly string[] = Array.from({ length: fieldCount - 1 }, (_, i) => `c${i}`)

const shown = `id, patient AS owner, ${columns.join(', ')} FROM lab WHERE patient =`
export const labsQuery = `SELECT ${shown} :owner`

export type BenchEngine = 'sqlite' | 'postgres' | 'mariadb'

/** The engines that are installed here. */
export const benchEngines: readonly BenchEngine[] = [
  'sqlite',
  ...(hasPostgres ? (['postgres'] as const) : []),
  ...(hasMariadb ? (['mariadb'] as const) : []),
]

/** The benchmark's records on one engine. */
export type BenchRecords = {
  readonly source: Source
  /** The same query without a gatekeeper: rows as JSON. */
  raw(owner: string): string | Promise<string>
  /** Of the database server, if there is one. */
  readonly processId: number | undefined
  close(): Promise<void>
}

/** Fills the engine's tables: one patient for each size. */
export async function openBenchRecords(engine: BenchEngine, folder: string): Promise<BenchRecords> {
  switch (engine) {
    case 'sqlite':
      return onSqlite(join(folder, 'bench.db'))
    case 'postgres':
      return onPostgres(await startPostgres())
    case 'mariadb':
      return onMariadb(await startMariadb())
  }
}

const tables = [
  'CREATE TABLE person (id VARCHAR(40) PRIMARY KEY)',
  `CREATE TABLE lab (id INTEGER PRIMARY KEY, patient VARCHAR(40), ${columns.map((name) => `${name} VARCHAR(40)`).join(', ')})`,
  'CREATE INDEX lab_patient ON lab (patient)',
]

/** Every row of every patient, in the order of the table's columns. */
function allRows(): readonly (readonly (string | number)[])[] {
  const patients = sizes.flatMap((rows) => Array.from({ length: rows }, () => `P${rows}`))
  return patients.map((patient, i) => [
    ...[i + 1, patient],
    ...columns.map((name) => `${name}-${i}-value`),
  ])
}

function onSqlite(file: string): BenchRecords {
  const database = new DatabaseSync(file)
  database.exec(`PRAGMA journal_mode = WAL; ${tables.join(';')}; BEGIN`)
  const person = database.prepare('INSERT INTO person VALUES (?)')
  for (const rows of sizes) person.run(`P${rows}`)
  const lab = database.prepare(
    `INSERT INTO lab VALUES (?, ?, ${columns.map(() => '?').join(', ')})`,
  )
  for (const row of allRows()) lab.run(...row)
  database.exec('COMMIT')
  const statement = database.prepare(labsQuery)
  return {
    source: { engine: 'sqlite', file },
    raw: (owner) => {
      // Named here so that it is not collected: that would finalize its statements.
      if (!database.isOpen) throw new Error('the raw database is closed')
      return JSON.stringify(statement.all({ owner }))
    },
    processId: undefined,
    close: async () => database.close(),
  }
}

const account = { host: '127.0.0.1', user: 'owner', database: 'clinic' }
const sourceOf = (engine: 'postgres' | 'mariadb', { port }: TestServer): Source => ({
  ...{ engine, ...account, port, password: undefined, socket: undefined, tls: false },
})

async function onPostgres(server: TestServer): Promise<BenchRecords> {
  const pool = new pg.Pool({ ...account, port: server.port, max: 4 })
  for (const sql of tables) await pool.query(sql)
  for (const rows of sizes) await pool.query('INSERT INTO person VALUES ($1)', [`P${rows}`])
  const places = Array.from({ length: fieldCount + 1 }, (_, i) => `$${i + 1}`).join(', ')
  for (const row of allRows()) await pool.query(`INSERT INTO lab VALUES (${places})`, [...row])
  await pool.query('ANALYZE')
  const text = `SELECT ${shown} $1`
  return {
    source: sourceOf('postgres', server),
    raw: async (owner) =>
      JSON.stringify((await pool.query({ name: 'labs', text, values: [owner] })).rows),
    processId: server.processId(),
    close: async () => {
      await pool.end()
      await server.close()
    },
  }
}

async function onMariadb(server: TestServer): Promise<BenchRecords> {
  const pool = mysql.createPool({ ...account, port: server.port, connectionLimit: 4 })
  for (const sql of tables) await pool.query(sql)
  for (const rows of sizes) await pool.query('INSERT INTO person VALUES (?)', [`P${rows}`])
  await pool.query('INSERT INTO lab VALUES ?', [allRows()])
  const text = `SELECT ${shown} ?`
  return {
    source: sourceOf('mariadb', server),
    raw: async (owner) => JSON.stringify((await pool.execute(text, [owner]))[0]),
    processId: server.processId(),
    close: async () => {
      await pool.end()
      await server.close()
    },
  }
}
