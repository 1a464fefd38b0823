import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { DatabaseSync } from '@photostructure/sqlite'
import mysql from 'mysql2/promise'
import pg from 'pg'
import type { Engine } from '../adapter/source.ts'

const data = resolve(process.env['MEDREC_TEST_DATA'] ?? '../shared/data')

/** A folder of public sample data, and whether it is there. */
export function publicSet(name: string): { readonly path: string; readonly isThere: boolean } {
  const path = join(data, name)
  return { path, isThere: existsSync(path) }
}

export type Table = {
  readonly name: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly (string | null)[])[]
}

/** Every CSV file of a folder as a table; what is empty is null. */
export function readTables(folder: string): readonly Table[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.csv.gz'))
    .map((file) => {
      const text = gunzipSync(readFileSync(join(folder, file))).toString('utf8')
      const [columns = [], ...rows] = readCsv(text)
      return {
        name: file.replace('.csv.gz', '').toLowerCase(),
        columns: columns.map((column) => column.toLowerCase()),
        rows: rows
          .filter((row) => row.length === columns.length)
          .map((row) => row.map((cell) => (cell === '' ? null : cell))),
      }
    })
}

/** Rows of cells (RFC 4180). */
function readCsv(text: string): readonly (readonly string[])[] {
  const rows: string[][] = [[]]
  const cell = /(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r?\n|$)/y
  while (cell.lastIndex < text.length) {
    const match = cell.exec(text)
    if (!match) break
    rows.at(-1)?.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '')
    if (match[3] !== ',') rows.push([])
  }
  return rows
}

/** Columns that real installations have an index on. */
const owners = new Set(['person_id', 'patient', 'patientunitstayid'])
const keysOf = (columns: readonly string[]): readonly string[] =>
  columns.filter((column, i) => owners.has(column) || (i === 0 && column.endsWith('id')))
/** Columns of OMOP whose ids are words. */
const codes = new Set([
  ...['unique_device_id', 'production_id', 'domain_id', 'vocabulary_id', 'concept_class_id'],
  ...['relationship_id', 'reverse_relationship_id', 'subsumes_relationship_id', 'metadata_id'],
])

/** The type that OMOP's own definitions give a column of this name (OHDSI CommonDataModel 5.4). */
export function omopType(column: string): string {
  if (/_datetime$/.test(column)) return 'timestamp'
  if (/_date$/.test(column)) return 'date'
  if (/^(value_as_number|range_low|range_high|quantity|latitude|longitude)$/.test(column))
    return 'numeric'
  if (/(_id|^year_of_birth|^month_of_birth|^day_of_birth|_year|refills|days_supply)$/.test(column))
    return codes.has(column) ? 'text' : 'integer'
  return 'text'
}

/** Makes the tables and fills them, each column of the type that `typeOf` says. */
export async function loadTables(
  engine: Extract<Engine, 'sqlite' | 'postgres' | 'mariadb'>,
  place: { readonly file: string } | { readonly port: number },
  tables: readonly Table[],
  typeOf: (column: string) => string,
): Promise<void> {
  if ('file' in place) loadSqlite(place.file, tables)
  else if (engine === 'postgres') await loadPostgres(place.port, tables, typeOf)
  else await loadMariadb(place.port, tables, typeOf)
}

function loadSqlite(file: string, tables: readonly Table[]): void {
  const database = new DatabaseSync(file)
  database.exec('PRAGMA journal_mode = WAL; BEGIN')
  for (const { name, columns, rows } of tables) {
    database.exec(`CREATE TABLE ${name} (${columns.map((column) => `"${column}"`).join(', ')})`)
    for (const key of keysOf(columns))
      database.exec(`CREATE INDEX ${name}_${key} ON ${name} (${key})`)
    const insert = database.prepare(`INSERT INTO ${name} VALUES (${columns.map(() => '?')})`)
    for (const row of rows) insert.run(...row)
  }
  database.exec('COMMIT')
  database.close()
}

async function loadPostgres(
  port: number,
  tables: readonly Table[],
  typeOf: (column: string) => string,
): Promise<void> {
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'owner', database: 'clinic' })
  await client.connect()
  for (const { name, columns, rows } of tables) {
    const typed = columns.map((column) => `"${column}" ${typeOf(column)}`)
    await client.query(`CREATE TABLE ${name} (${typed.join(', ')})`)
    for (const key of keysOf(columns)) await client.query(`CREATE INDEX ON ${name} (${key})`)
    const cells = rows.map((row) =>
      Object.fromEntries(columns.map((column, i) => [column, row[i]])),
    )
    await client.query(
      `INSERT INTO ${name} SELECT * FROM json_populate_recordset(NULL::${name}, $1)`,
      [JSON.stringify(cells)],
    )
  }
  await client.end()
}

async function loadMariadb(
  port: number,
  tables: readonly Table[],
  typeOf: (column: string) => string,
): Promise<void> {
  const types: Readonly<Record<string, string>> = {
    timestamp: 'datetime',
    numeric: 'decimal(38, 6)',
  }
  const connection = await mysql.createConnection({
    ...{ host: '127.0.0.1', port, user: 'owner', database: 'clinic' },
  })
  for (const { name, columns, rows } of tables) {
    const typed = columns.map(
      (column) => `\`${column}\` ${types[typeOf(column)] ?? typeOf(column)}`,
    )
    await connection.query(
      `CREATE TABLE ${name} (${typed.join(', ')}) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
    )
    for (const key of keysOf(columns).filter((column) => typeOf(column) === 'integer'))
      await connection.query(`CREATE INDEX ${key} ON ${name} (${key})`)
    for (let from = 0; from < rows.length; from += 2_000)
      await connection.query(`INSERT INTO ${name} VALUES ?`, [rows.slice(from, from + 2_000)])
  }
  await connection.end()
}
