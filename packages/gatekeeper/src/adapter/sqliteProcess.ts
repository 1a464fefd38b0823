import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite'
import { type Needs, needsOf, restrict, tablesOf } from './authorizer.ts'
import type { Ask, ReadProblem, Setup, Told } from './messages.ts'
import { type Prepared, prepared, ReadError, readColumns, readRows } from './readRows.ts'

/**
 * The one process that reads the institution's database: read-only, allowed the catalogue's columns
 * only, and killed by the gatekeeper when a statement takes too long (SQLite for Node cannot be interrupted).
 */
type Reader = {
  readonly setup: Setup
  readonly database: DatabaseSyncInstance
  readonly needs: Needs
  readonly statements: Map<string, Prepared>
}

let reader: Reader | undefined
process.on('disconnect', () => process.exit(0))
process.on('message', (message: { setup: Setup } | Ask) => {
  if ('setup' in message) tell(start(message.setup))
  else if (reader) tell(answer(reader, message))
})

function tell(told: Told): void {
  process.send?.(told)
}

function start(setup: Setup): Told {
  try {
    const database = new DatabaseSync(setup.databaseFile, {
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
    restrict(database, needs)
    const readable = setup.exclusions.filter((table) => canRead(database, table))
    if (readable.length > 0)
      return { refused: 'An excluded table can be read.', facts: readable.map(named) }
    reader = { setup, database, needs, statements: new Map() }
    for (const digest of Object.keys(setup.readings)) statementOf(reader, digest)
    return { started: true }
  } catch (error) {
    const facts = error instanceof ReadError ? [`Column: ${error.told.field}`] : [reasonOf(error)]
    return { refused: 'The database does not fit the catalogue.', facts }
  }
}

function excluded(database: DatabaseSyncInstance, setup: Setup, needs: Needs): Told | undefined {
  const tables = tablesOf(needs)
  const needed = setup.exclusions.filter((table) => tables.has(table.toLowerCase()))
  if (needed.length > 0)
    return {
      refused: 'A query of the catalogue reads an excluded table.',
      facts: needed.map(named),
    }
  const missing = setup.exclusions.filter((table) => !canRead(database, table))
  return missing.length > 0
    ? { refused: 'An excluded table is not in the database.', facts: missing.map(named) }
    : undefined
}

function canRead(database: DatabaseSyncInstance, table: string): boolean {
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
  switch (ask.kind) {
    case 'rows':
      return readRows(statementOf(to, ask.digest), ask.owner, to.setup.limits)
    case 'columns':
      return readColumns(statementOf(to, ask.digest), ask.owner, to.setup.limits)
    case 'people': {
      const sql = to.setup.searches[ask.search]
      if (sql === undefined) throw new ReadError({ problem: 'unknown' })
      const statement = to.database.prepare(sql)
      statement.setReadBigInts(true)
      const rows = ask.value === null ? statement.all() : statement.all({ value: ask.value })
      return rows.slice(0, to.setup.limits.rows).map(texts)
    }
    case 'dataVersion':
      return Object.values(to.database.prepare('PRAGMA data_version').get() ?? {})[0]
  }
}

function statementOf(to: Reader, digest: string): Prepared {
  const known = to.statements.get(digest)
  if (known) return known
  const reading = to.setup.readings[digest]
  if (!reading) throw new ReadError({ problem: 'unknown' })
  const fresh = prepared(to.database.prepare(reading.sql), reading)
  to.statements.set(digest, fresh)
  return fresh
}

function texts(row: Record<string, unknown>): Record<string, string | null> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, value === null ? null : String(value)]),
  )
}

function named(table: string): string {
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
