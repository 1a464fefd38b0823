import { columnText, compareTexts, type FieldType, type Value } from '@medrec/protocol'
import type { Limits, ReadColumns } from '../messages.ts'
import type { Columns } from '../RowCollector.ts'
import { type SqlRead, typedText } from '../typedText.ts'
import type { Backend, JoinedStatement, ResultColumn, Statement } from './Backend.ts'

/** Reads that go the other way at once after a record that could not be read here: its neighbours are like it. */
const pause = 20

/**
 * Reads a record as one text that the database server put together: one call out of JavaScript instead of one for each
 * value. Only what is surely the same is read so: where a row, a value or a type is in any way unusual, the answer is
 * undefined, and RowCollector says what holds.
 */
export class JoinedColumns {
  readonly statement: Statement
  readonly #columns: Columns
  readonly #limits: Limits
  readonly #joined: JoinedStatement
  readonly #convert: readonly ReturnType<Backend['convertOf']>[]
  /** Places of the wanted columns in the statement's own result. */
  readonly #places: readonly number[]
  /** Their types when the statement was accepted. */
  #types: SqlRead | undefined
  #resting = 0

  private constructor(
    backend: Pick<Backend, 'convertOf'>,
    joined: JoinedStatement,
    of: { readonly statement: Statement; readonly columns: Columns; readonly limits: Limits },
    wanted: readonly (ResultColumn & { readonly at: number })[],
  ) {
    this.#columns = of.columns
    this.#limits = of.limits
    this.#joined = joined
    this.#convert = wanted.map(({ type }) => backend.convertOf(type))
    this.#places = wanted.map(({ at }) => at)
    const { name, names } = of.statement
    this.statement = { name: `joined_${name}`, text: joined.text, names }
  }

  /** Undefined where the engine or the statement does not allow it. */
  static of(
    backend: Pick<Backend, 'convertOf' | 'joined'>,
    of: { readonly statement: Statement; readonly columns: Columns; readonly limits: Limits },
    accepted: readonly ResultColumn[],
  ): JoinedColumns | undefined {
    const { owner, key, fields } = of.columns
    const places = new Set([owner, ...key.map(({ at }) => at), ...fields.map(({ at }) => at)])
    const wanted = [...places].map((at) => ({ ...(accepted[at] as ResultColumn), at }))
    const isOnce = wanted.every(
      (column) => accepted.filter(({ name }) => name === column.name).length === 1,
    )
    const names = wanted.map(({ name }) => name)
    // What nothing wants would not be worked out, so that what is wrong with it would not be told.
    const joined =
      isOnce && wanted.length === accepted.length
        ? backend.joined(of.statement.text, names)
        : undefined
    return joined && new JoinedColumns(backend, joined, of, wanted)
  }

  /** Takes the types as they are in a row of the statement, run for nobody when the adapter is opened. */
  accept(row: readonly SqlRead[] | undefined): void {
    this.#types = row?.[0]
  }

  /** Whether the next record is to be tried; if not, it is left to the other way. */
  mayTry(): boolean {
    if (this.#resting === 0) return true
    this.#resting -= 1
    return false
  }

  /** Leaves what comes next to the other way. */
  rest(): void {
    this.#resting = pause
  }

  /** The leaves' texts of the one row that the statement gave. */
  read(row: readonly SqlRead[] | undefined, owner: string): ReadColumns | undefined {
    const read = row && this.#read(row, owner)
    if (!read) this.rest()
    return read
  }

  #read([types, counted, list]: readonly SqlRead[], owner: string): ReadColumns | undefined {
    const count = Number(counted)
    const { rows, bytes } = this.#limits
    if (types !== this.#types || count > Math.min(rows, this.#joined.rows)) return undefined
    const values = this.#split(count, list)
    if (!values) return undefined
    if (values.get(this.#columns.owner)?.some((value) => String(value) !== owner)) return undefined
    const typed = this.#columns.fields.map(({ at, type }) => typedTexts(type, values.get(at)))
    if (typed.some((column) => !column || column.includes(undefined))) return undefined
    const columns = typed as (readonly Value[])[]
    let size = 0
    for (const column of columns) for (const value of column) size += value?.length ?? 0
    const order = this.#order(values, count)
    if (!order || size > bytes) return undefined
    const texts = this.#columns.fields.map((field, i) =>
      columnText(
        field,
        order.map((at) => columns[i]?.[at] as Value),
      ),
    )
    return { count, columns: texts }
  }

  /** Each column's values; undefined where one holds what stands between them, or a row was too large to be told. */
  #split(count: number, list: SqlRead | undefined): Map<number, SqlRead[]> | undefined {
    const { between, isNull } = this.#joined
    const texts = count === 0 ? [] : String(list).split(between)
    const width = this.#places.length + 1
    if (texts.length !== count * width) return undefined
    const nulls = Array.from({ length: count }, (_, row) => texts[row * width] as string)
    const nullRows = nulls.flatMap((places, row) => (places === '' ? [] : [row]))
    const values = new Map<number, SqlRead[]>()
    for (const [column, at] of this.#places.entries()) {
      const found = everyNth(texts, column + 1, width)
      for (const row of nullRows) if (nulls[row]?.[column] === isNull) found[row] = null
      const convert = this.#convert[column]
      values.set(at, convert ? found.map((text) => (text === null ? null : convert(text))) : found)
    }
    return values
  }

  /** Rows in the order of their keys, as RowCollector has it; undefined where a key has no form or stands twice. */
  #order(
    values: ReadonlyMap<number, readonly SqlRead[]>,
    count: number,
  ): readonly number[] | undefined {
    const parts = this.#columns.key.map(({ at, type }) => typedTexts(type, values.get(at)))
    if (parts.some((part) => !part || part.includes(undefined))) return undefined
    const keys = Array.from({ length: count }, (_, row) =>
      JSON.stringify(parts.map((part) => part?.[row])),
    )
    const order = keys.map((_, row) => row)
    order.sort((a, b) => compareTexts(keys[a] as string, keys[b] as string))
    const isTwice = order.some((row, i) => i > 0 && keys[order[i - 1] as number] === keys[row])
    return isTwice ? undefined : order
  }
}

function everyNth(texts: readonly string[], from: number, step: number): (string | null)[] {
  const found: (string | null)[] = []
  for (let i = from; i < texts.length; i += step) found.push(texts[i] as string)
  return found
}

/** Undefined among them where a value has not the form of its type. */
function typedTexts(
  type: FieldType,
  values: readonly SqlRead[] | undefined,
): readonly (Value | undefined)[] | undefined {
  return values?.map((value) =>
    // What the driver decoded from UTF-8 is well formed.
    type === 'text' && typeof value === 'string' ? value : typedText(type, value),
  )
}
