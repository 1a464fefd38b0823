import {
  DatabaseSync,
  type DatabaseSyncInstance,
  type StatementSyncInstance,
} from '@photostructure/sqlite'
import type { SchemaPrint } from '../Adapter.ts'
import type { Ask, Exclusion, ReadProblem, Setup, Told } from '../messages.ts'
import { type Columns, columnsOf, ReadError, RowCollector } from '../RowCollector.ts'
import { changedIn } from '../schemaChange.ts'
import type { SqlRead } from '../typedText.ts'
import { type Needs, needsOf, restrict, tablesOf } from './authorizer.ts'
import { Cursors } from './Cursors.ts'
import { JsonColumns } from './JsonColumns.ts'
import { schemaPrint } from './schemaPrint.ts'

/** A prepared statement with the places of the columns it needs. */
type Prepared = { readonly statement: StatementSyncInstance; readonly columns: Columns }

/**
 * The one process that reads the institution's database: read-only, allowed the catalogue's columns
 * only, and killed by the gatekeeper when a statement takes too long (SQLite for Node cannot be interrupted).
 */
type Reader = {
  readonly databaseFile: string
  readonly setup: Setup
  readonly database: DatabaseSyncInstance
  readonly needs: Needs
  readonly sql: readonly string[]
  readonly schema: SchemaPrint
  readonly schemaVersion: StatementSyncInstance
  readonly statements: Map<string, Prepared>
  readonly jsonColumns: JsonColumns
  /** SQLite's own counter when the schema was last found as it was accepted. */
  seenVersion: unknown
}

/** Which process counts: SQLite's counter of commits begins anew with each connection. */
const startedAt = `${process.pid} ${performance.timeOrigin}`

type Start = {
  readonly setup: Setup
  readonly databaseFile: string
  readonly accepted: SchemaPrint | undefined
}

let reader: Reader | undefined
const cursors = new Cursors()
process.on('disconnect', () => process.exit(0))
process.on('message', (message: Start | Ask) => {
  if ('setup' in message) tell(start(message))
  else if (reader) tell(answer(reader, message))
})

function tell(told: Told): void {
  process.send?.(told)
}

function start({ databaseFile, setup, accepted }: Start): Told {
  try {
    const database = new DatabaseSync(databaseFile, {
      readOnly: true,
      timeout: setup.limits.milliseconds,
      defensive: true,
      limits: { attach: 0, sqlLength: 100_000 },
    })
    const sql = [
      ...Object.values(setup.readings).map((reading) => reading.sql),
      ...Object.values(setup.searches),
    ]
    const needs = needsOf(database, sql)
    const problem = excluded(database, setup, needs)
    if (problem) return problem
    const found = schemaPrint(databaseFile, {
      needs,
      statements: sql,
      waitMilliseconds: setup.limits.milliseconds,
    })
    restrict(database, needs)
    const readable = setup.exclusions.filter((exclusion) => canRead(database, exclusion))
    if (readable.length > 0)
      return { refused: 'An excluded table can be read.', facts: readable.map(named) }
    const schemaVersion = database.prepare('PRAGMA schema_version')
    const schema = accepted ?? found
    const seenVersion = accepted ? undefined : versionOf(schemaVersion)
    const statements = new Map<string, Prepared>()
    const jsonColumns = new JsonColumns(databaseFile, setup, needs)
    reader = {
      ...{ databaseFile, setup, database, needs, sql, schema },
      ...{ schemaVersion, statements, jsonColumns, seenVersion },
    }
    for (const digest of Object.keys(setup.readings)) statementOf(reader, digest)
    return { started: true, schema }
  } catch (error) {
    const facts = error instanceof ReadError ? [`Column: ${error.told.field}`] : [reasonOf(error)]
    return { refused: 'The database does not fit the catalogue.', facts }
  }
}

function excluded(database: DatabaseSyncInstance, setup: Setup, needs: Needs): Told | undefined {
  const tables = tablesOf(needs)
  const needed = setup.exclusions.filter(({ table }) => tables.has(table.toLowerCase()))
  if (needed.length > 0)
    return {
      refused: 'A query of the catalogue reads an excluded table.',
      facts: needed.map(named),
    }
  const missing = setup.exclusions.filter(
    (exclusion) => !exclusion.ifPresent && !canRead(database, exclusion),
  )
  return missing.length > 0
    ? { refused: 'An excluded table is not in the database.', facts: missing.map(named) }
    : undefined
}

function canRead(database: DatabaseSyncInstance, { table }: Exclusion): boolean {
  try {
    database.prepare(`SELECT * FROM "${table.replaceAll('"', '""')}" LIMIT 1`).all()
    return true
  } catch {
    return false // refused, or not there: the caller asks before and after the restriction
  }
}

function answer(to: Reader, ask: Ask): Told {
  try {
    return { id: ask.id, result: resultOf(to, ask) }
  } catch (error) {
    const problem: ReadProblem =
      error instanceof ReadError ? error.told : { problem: 'statement', field: codeOf(error) }
    return { id: ask.id, problem }
  }
}

function resultOf(to: Reader, ask: Ask): unknown {
  requireSchema(to)
  switch (ask.kind) {
    case 'rows':
      return collected(to, ask).rows()
    case 'columns':
      return to.jsonColumns.read(ask.digest, ask.owner) ?? collected(to, ask).columns()
    case 'begin':
      return cursors.begin(to, ask)
    case 'next':
      return cursors.next(ask.cursor)
    case 'end':
      return cursors.end(ask.cursor)
    case 'people': {
      const sql = to.setup.searches[ask.search]
      if (sql === undefined) throw new ReadError({ problem: 'unknown' })
      const statement = to.database.prepare(sql)
      statement.setReadBigInts(true)
      const rows = ask.value === null ? statement.all() : statement.all({ value: ask.value })
      return rows.slice(0, to.setup.limits.rows).map(texts)
    }
    case 'dataVersion':
      return `${startedAt} ${Object.values(to.database.prepare('PRAGMA data_version').get() ?? {})[0]}`
  }
}

/** Throws ReadError once a view or column that the catalogue stands on is not what it was at the start. */
function requireSchema(to: Reader): void {
  const version = versionOf(to.schemaVersion)
  if (version === to.seenVersion) return
  const { needs, sql: statements } = to
  const waitMilliseconds = to.setup.limits.milliseconds
  const now = schemaPrint(to.databaseFile, { needs, statements, waitMilliseconds })
  const field = changedIn(to.schema, now)
  if (field !== undefined) throw new ReadError({ problem: 'schema', field })
  to.statements.clear()
  to.jsonColumns.clear()
  to.seenVersion = version
}

function versionOf(schemaVersion: StatementSyncInstance): unknown {
  return Object.values(schemaVersion.get() ?? {})[0]
}

function collected(to: Reader, ask: { readonly digest: string; readonly owner: string }) {
  const { statement, columns } = statementOf(to, ask.digest)
  const collector = new RowCollector(columns, ask.owner, to.setup.limits)
  const { owner } = ask
  for (const read of statement.iterate({ owner }) as Iterable<readonly SqlRead[]>)
    collector.add(read)
  return collector
}

function statementOf(to: Reader, digest: string): Prepared {
  const known = to.statements.get(digest)
  if (known) return known
  const reading = to.setup.readings[digest]
  if (!reading) throw new ReadError({ problem: 'unknown' })
  const statement = to.database.prepare(reading.sql)
  statement.setReadBigInts(true)
  statement.setReturnArrays(true)
  const names = statement.columns().map(({ name }) => name)
  const fresh = { statement, columns: columnsOf(names, reading) }
  to.statements.set(digest, fresh)
  return fresh
}

function texts(row: Record<string, unknown>): Record<string, string | null> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, value === null ? null : String(value)]),
  )
}

function named({ table }: Exclusion): string {
  return `Table: ${table}`
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : 'unknown'
}

/** SQLite's words about a statement or a file; they name tables and columns, never values, at this point. */
function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown'
}
