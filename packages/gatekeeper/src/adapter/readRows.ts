import { columnTexts, compareTexts, type Field, type FieldType, type Value } from '@medrec/protocol'
import type { StatementSyncInstance } from '@photostructure/sqlite'
import type { Limits, ReadColumns, Reading, ReadProblem, ReadRows } from './messages.ts'
import { type SqlRead, typedText } from './typedText.ts'

type Columns = {
  readonly owner: number
  readonly key: readonly { readonly at: number; readonly type: FieldType }[]
  readonly fields: readonly (Omit<Field, 'bit'> & { readonly at: number })[]
}

/** A prepared statement with the places of the columns it needs. */
export type Prepared = { readonly statement: StatementSyncInstance; readonly columns: Columns }

/** Finds the columns of a reading in a statement's result. Throws ReadError naming one that is missing. */
export function prepared(statement: StatementSyncInstance, reading: Reading): Prepared {
  statement.setReadBigInts(true)
  statement.setReturnArrays(true)
  const names = statement.columns().map(({ name }) => name)
  const place = (name: string): number => {
    const at = names.indexOf(name)
    if (at === -1) throw new ReadError({ problem: 'statement', field: name })
    return at
  }
  const typeOf = (name: string): FieldType =>
    reading.fields.find((field) => field.name === name)?.type ?? 'text'
  return {
    statement,
    columns: {
      owner: place(reading.ownerColumn),
      key: reading.recordKey.map((name) => ({ at: place(name), type: typeOf(name) })),
      fields: reading.fields.map(({ name, type }) => ({ at: place(name), type, name })),
    },
  }
}

/**
 * Runs a statement for one owner: every row's owner is compared byte for byte, since a collation may find
 * more; values become typed text; rows are sorted by record key. Throws ReadError.
 */
export function readRows(prepared: Prepared, owner: string, limits: Limits): ReadRows {
  const found = foundRows(prepared, owner, limits)
  return { rows: found.map(({ row }) => row), keys: found.map(({ key }) => key) }
}

/** The same rows as the texts of their fields' leaves. */
export function readColumns(prepared: Prepared, owner: string, limits: Limits): ReadColumns {
  const rows = foundRows(prepared, owner, limits).map(({ row }) => row)
  return { count: rows.length, columns: columnTexts(prepared.columns.fields, rows) }
}

type Found = {
  readonly row: readonly Value[]
  readonly key: readonly Value[]
  readonly order: string
}

function foundRows(
  { statement, columns }: Prepared,
  owner: string,
  limits: Limits,
): readonly Found[] {
  const found: Found[] = []
  let bytes = 0
  for (const read of statement.iterate({ owner }) as Iterable<readonly SqlRead[]>) {
    if (found.length === limits.rows) throw new ReadError({ problem: 'rows' })
    if (String(read[columns.owner]) !== owner) throw new ReadError({ problem: 'owner' })
    const row = columns.fields.map(({ at, type, name }) => text(read[at], type, name))
    const key = columns.key.map(({ at, type }) => text(read[at], type, 'record key'))
    for (const value of row) bytes += value?.length ?? 0
    if (bytes > limits.bytes) throw new ReadError({ problem: 'bytes' })
    found.push({ row, key, order: JSON.stringify(key) })
  }
  found.sort((a, b) => compareTexts(a.order, b.order))
  if (found.some(({ order }, i) => found[i - 1]?.order === order))
    throw new ReadError({ problem: 'key' })
  return found
}

function text(value: SqlRead | undefined, type: FieldType, field: string): Value {
  const typed = typedText(type, value ?? null)
  if (typed === undefined) throw new ReadError({ problem: 'form', field })
  return typed
}

/** A statement gave rows that may not be used; crosses to the gatekeeper as a ReadProblem. */
export class ReadError extends Error {
  readonly told: ReadProblem
  constructor(told: ReadProblem) {
    super(`Rows cannot be used: ${told.problem}.`)
    this.told = told
  }
}
