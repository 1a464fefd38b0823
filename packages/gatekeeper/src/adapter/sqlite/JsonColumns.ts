import { columnText, compareTexts, type FieldType, type Value } from '@medrec/protocol'
import {
  DatabaseSync,
  type DatabaseSyncInstance,
  type StatementSyncInstance,
} from '@photostructure/sqlite'
import type { Limits, ReadColumns, Reading, Setup } from '../messages.ts'
import { type Columns, columnsOf } from '../RowCollector.ts'
import { typedText } from '../typedText.ts'
import { type Needs, restrict } from './authorizer.ts'

/** What our statement needs beside what the catalogue's needs. */
const functions = ['count', 'json_array', 'json_group_array', 'max', 'min', 'typeof']
/** What stands for bytes that are no text, in SQLite's own lists and when texts are decoded. */
const noText = '\ufffd'
/** Reads that go the other way at once after a record that could not be read here: its neighbours are like it. */
const pause = 20

type Prepared = {
  readonly statement: StatementSyncInstance
  readonly columns: Columns
  /** Reads that are still left to the other way. */
  resting: number
}

/**
 * Reads a record as the texts of its leaves, written as JSON by SQLite itself: one call out of JavaScript for each
 * field instead of one for each value, a fifth of the time. Only what is surely the same is read so: where a row, a
 * value or the order is in any way unusual, the answer is undefined, and RowCollector says what holds.
 */
export class JsonColumns {
  readonly #database: DatabaseSyncInstance
  readonly #setup: Setup
  readonly #hasJson: boolean
  readonly #known = new Map<string, Prepared | undefined>()

  /** A connection of its own, on which no text grows beyond what an answer may hold. */
  constructor(databaseFile: string, setup: Setup, needs: Needs) {
    this.#setup = setup
    this.#hasJson = [...needs.functions].some((name) => /^json|^->/i.test(name))
    this.#database = new DatabaseSync(databaseFile, {
      readOnly: true,
      timeout: setup.limits.milliseconds,
      defensive: true,
      limits: { attach: 0, sqlLength: 200_000, length: 2 * setup.limits.bytes + 65_536 },
    })
    restrict(this.#database, { ...needs, functions: new Set([...needs.functions, ...functions]) })
  }

  /** Forgets the statements, whose tables are others now. */
  clear(): void {
    this.#known.clear()
  }

  read(digest: string, owner: string): ReadColumns | undefined {
    const prepared = this.#preparedFor(digest)
    if (!prepared) return undefined
    if (prepared.resting > 0) {
      prepared.resting -= 1
      return undefined
    }
    const read = this.#run(prepared, owner)
    if (!read) prepared.resting = pause
    return read
  }

  #run({ statement, columns }: Prepared, owner: string): ReadColumns | undefined {
    const { rows, bytes } = this.#setup.limits
    let found: readonly unknown[] | undefined
    try {
      found = statement.get({ owner }) as unknown as readonly unknown[] | undefined
    } catch {
      return undefined // it is asked the other way, which tells what is wrong
    }
    const [count, ...told] = found ?? []
    if (typeof count !== 'number' || count > rows) return undefined
    const [owners, lists] = [told.slice(0, 4), told.slice(4).map(String)]
    if (count > 0 && !isOnly(owner, owners)) return undefined
    // Bytes that are no text become this character, each way in its own number.
    if (lists.some((list) => list.includes(noText))) return undefined
    if (lists.reduce((sum, { length }) => sum + length, 0) > bytes) return undefined
    const [keys, ...others] = lists as [string, ...string[]]
    if (!areAscending(JSON.parse(keys), count)) return undefined
    const texts = leavesOf(columns).map((leaf, i) => leafText(leaf, others[i] as string))
    if (texts.includes(undefined)) return undefined
    return { count, columns: texts.slice(0, columns.fields.length) as string[] }
  }

  #preparedFor(digest: string): Prepared | undefined {
    if (!this.#known.has(digest)) this.#known.set(digest, this.#prepare(digest))
    return this.#known.get(digest)
  }

  #prepare(digest: string): Prepared | undefined {
    const reading = this.#setup.readings[digest]
    // What JSON functions give is embedded as JSON, not as the text that it is (SQLite, subtypes).
    if (!reading || this.#hasJson) return undefined
    // A table of that name would be taken for our own part of the statement.
    if (/\bq\b/i.test(reading.sql)) return undefined
    try {
      const names = this.#namesOf(reading)
      const columns = columnsOf(names, reading)
      if (columns.key.some(({ type }) => unordered.has(type))) return undefined
      // What nothing wants would not be worked out, so that what is wrong with it would not be told.
      const places = [columns.owner, ...leavesOf(columns).map(({ at }) => at)]
      if (new Set(places).size < names.length) return undefined
      const sql = statementOf(reading.sql, names.length, columns, this.#setup.limits)
      const statement = this.#database.prepare(sql)
      statement.setReturnArrays(true)
      return { statement, columns, resting: 0 }
    } catch {
      return undefined // a statement that cannot stand within another is asked the other way
    }
  }

  #namesOf({ sql }: Reading): readonly string[] {
    const statement = this.#database.prepare(sql)
    const names = statement.columns().map(({ name }) => name)
    statement.close()
    return names
  }
}

/** Types of which the database holds other texts than typed text, so that it would sort them in another order. */
const unordered: ReadonlySet<FieldType> = new Set(['bool', 'bytes', 'json'])

/** The fields, then what else stands in the record key and is looked at like them. */
function leavesOf({ fields, key }: Columns): Columns['fields'] {
  const others = key.filter(({ at }) => fields.every((field) => field.at !== at))
  return [...fields, ...others.map((column) => ({ ...column, name: '' }))]
}

/**
 * One row: how many rows there are, the first and the last of their owners and of the kinds of these, the texts of the
 * keys, then a list of values for each leaf, in the order of the keys. A number of 64 bits becomes text by `|| ''`; of
 * all others the list tells whether they are numbers. Bytes, which alone come after empty bytes (SQLite, "Datatypes",
 * section 4.1), are told as no text: `|| ''` would make text of them, and JSON functions what they stand for in JSONB.
 */
function statementOf(sql: string, width: number, columns: Columns, { rows }: Limits): string {
  const { owner, key } = columns
  const places = Array.from({ length: width }, (_, i) => `c${i}`).join(', ')
  const owners = ['min(o)', 'max(o)', 'min(kind)', 'max(kind)']
  const leaves = leavesOf(columns)
  const values = leaves.map(({ at, type }, i) => {
    const value = type === 'int' ? `c${at} || ''` : `c${at}`
    return `CASE WHEN c${at} >= x'' THEN '${noText}' ELSE ${value} END AS v${i}`
  })
  const lists = ['k', ...leaves.map((_, i) => `v${i}`)].map((name) => `json_group_array(${name})`)
  const keys = `json_array(${key.map(({ at }) => `c${at} || ''`).join(', ')}) || '' AS k`
  const owned = [`c${owner} || '' AS o`, `typeof(c${owner}) AS kind`]
  return `WITH q (${places}) AS (
${sql}
) SELECT ${['count(*)', ...owners, ...lists].join(', ')} FROM (
  SELECT ${[...owned, keys, ...values].join(', ')} FROM (SELECT * FROM q LIMIT ${rows + 1}) ORDER BY k)`
}

/** Whether all rows are one owner's, who is compared here: what the driver binds ends at a NUL. */
function isOnly(
  owner: string,
  [least, greatest, firstKind, lastKind]: readonly unknown[],
): boolean {
  const isText = firstKind === 'text' || firstKind === 'integer'
  return isText && firstKind === lastKind && least === owner && greatest === owner
}

/** Whether there are so many keys, each after the one before it by the bytes of its UTF-8. */
function areAscending(keys: readonly string[], count: number): boolean {
  return (
    keys.length === count &&
    keys.every((key, i) => i === 0 || compareTexts(keys[i - 1] as string, key) < 0)
  )
}

/** A leaf's exact text; undefined where a value has not the form of its type, or a number other digits. */
function leafText(
  { name, type }: { readonly name: string; readonly type: FieldType },
  list: string,
): string | undefined {
  const start = (): string => columnText({ name, type }, []).slice(0, -3)
  // What looks like a number may stand within a text; where nothing does, there is none.
  if (type === 'text' && !likeNumber.test(list)) return `${start()}${list}]`
  const values = JSON.parse(list) as readonly unknown[]
  const isPlain = values.every((value) => typeof value === 'string' || value === null)
  if (isPlain && type === 'text') return `${start()}${list}]`
  if (!isPlain && fraction.test(list.replace(strings, ''))) return undefined
  const typed: (Value | undefined)[] = values.map((value) => {
    if (typeof value === 'string' || value === null) return typedText(type, value)
    return Number.isSafeInteger(value) ? typedText(type, String(value)) : undefined
  })
  return typed.includes(undefined) ? undefined : columnText({ name, type }, typed as Value[])
}

const likeNumber = /[[,][-\d]/
/** How SQLite writes a number that is not whole, or is not kept as one. */
const fraction = /[.e]/
const strings = /"(?:[^"\\]|\\.)*"/g
