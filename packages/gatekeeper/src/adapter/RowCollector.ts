import { columnTexts, compareTexts, type Field, type FieldType, type Value } from '@medrec/protocol'
import type { Limits, ReadColumns, Reading, ReadProblem, ReadRows } from './messages.ts'
import { type SqlRead, typedText } from './typedText.ts'

/** Places of the columns that a reading needs, in a statement's result. */
export type Columns = {
  readonly owner: number
  readonly key: readonly { readonly at: number; readonly type: FieldType }[]
  readonly fields: readonly (Omit<Field, 'bit'> & { readonly at: number })[]
}

/** Finds the columns of a reading among a result's names. Throws ReadError naming one that is missing. */
export function columnsOf(names: readonly string[], reading: Reading): Columns {
  const place = (name: string): number => {
    const at = names.indexOf(name)
    if (at === -1) throw new ReadError({ problem: 'schema', field: name })
    return at
  }
  const typeOf = (name: string): FieldType =>
    reading.fields.find((field) => field.name === name)?.type ?? 'text'
  return {
    owner: place(reading.ownerColumn),
    key: reading.recordKey.map((name) => ({ at: place(name), type: typeOf(name) })),
    fields: reading.fields.map(({ name, type }) => ({ at: place(name), type, name })),
  }
}

type Found = {
  readonly row: readonly Value[]
  readonly key: readonly Value[]
  readonly order: string
}

/**
 * Takes one owner's rows as they come: every row's owner is compared byte for byte, since a collation may find
 * more; values become typed text; rows are sorted by record key. `add` and the ends throw ReadError.
 */
export class RowCollector {
  readonly #columns: Columns
  readonly #owner: string
  readonly #limits: Limits
  readonly #found: Found[] = []
  #bytes = 0
  /** Whether no key holds what UTF-16 orders in another way than UTF-8. */
  #isPlain: boolean = true

  constructor(columns: Columns, owner: string, limits: Limits) {
    this.#columns = columns
    this.#owner = owner
    this.#limits = limits
  }

  add(read: readonly SqlRead[]): void {
    const { owner, fields, key: keyColumns } = this.#columns
    if (this.#found.length === this.#limits.rows) throw new ReadError({ problem: 'rows' })
    if (String(read[owner]) !== this.#owner) throw new ReadError({ problem: 'owner' })
    const row: Value[] = []
    for (const { at, type, name } of fields) {
      const value = text(read[at], type, name)
      this.#bytes += value?.length ?? 0
      row.push(value)
    }
    const key = keyColumns.map(({ at, type }) => text(read[at], type, 'record key'))
    if (this.#bytes > this.#limits.bytes) throw new ReadError({ problem: 'bytes' })
    const order = JSON.stringify(key)
    this.#isPlain &&= !beyondPlain.test(order)
    this.#found.push({ row, key, order })
  }

  rows(): ReadRows {
    const found = this.#sorted()
    return { rows: found.map(({ row }) => row), keys: found.map(({ key }) => key) }
  }

  /** The same rows as the texts of their fields' leaves. */
  columns(): ReadColumns {
    const rows = this.#sorted().map(({ row }) => row)
    return { count: rows.length, columns: columnTexts(this.#columns.fields, rows) }
  }

  #sorted(): readonly Found[] {
    const found = this.#found.sort((a, b) =>
      this.#isPlain ? byUnits(a.order, b.order) : compareTexts(a.order, b.order),
    )
    if (found.some(({ order }, i) => found[i - 1]?.order === order))
      throw new ReadError({ problem: 'key' })
    return found
  }
}

/** From here on UTF-16 has surrogates and what it puts above them. */
const beyondPlain = /[\ud800-\uffff]/

function byUnits(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
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
