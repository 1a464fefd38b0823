import type { SqlRead } from '../adapter/typedText.ts'
import { type CodeSystem, codeSystemOf, longestCode } from './codes.ts'
import { declaredType, typeOfValues } from './fieldType.ts'
import type { Asker } from './openAsker.ts'
import type { Looks } from './proposeMapping.ts'
import { isPlain, quoted, tableText } from './sqlNames.ts'
import { type Column, placeOf, type Table } from './Table.ts'
import { soundsPrivate } from './words.ts'

/** Rows of a SQLite table that are looked at; servers hold their columns to the declared type themselves. */
const looked = 20_000
/** Rows among which codes are looked for. */
const sampled = 200

/**
 * Types of all columns, as declared and for SQLite as the values are, and the systems that their values are codes of.
 * Of tables that sound as if they must stay no value is read for codes, and of none is one kept.
 */
export async function columnLooks(asker: Asker, tables: readonly Table[]): Promise<Looks> {
  const types = new Map<string, ReturnType<typeof typeOfValues>>()
  const codes = new Map<string, CodeSystem | undefined>()
  for (const table of tables) {
    const rows = await rowsOf(asker, table)
    for (const column of table.columns) {
      const values = rows.map((row) => row[column.name] as SqlRead)
      const place = placeIn(table, column)
      if (asker.engine === 'sqlite') types.set(place, typeOfValues(column.type, values))
      if (!soundsPrivate(table.name)) codes.set(place, codeSystemOf(values.slice(0, sampled)))
    }
  }
  return {
    typeOf: (table, column) =>
      asker.engine === 'sqlite'
        ? types.get(placeIn(table, column))
        : declaredType(asker.engine, column.type),
    codesOf: (table, column) => codes.get(placeIn(table, column)),
  }
}

type Rows = readonly Readonly<Record<string, unknown>>[]

/** Rows to look at. */
async function rowsOf(asker: Asker, table: Table): Promise<Rows> {
  const isFile = asker.engine === 'sqlite'
  const columns = isFile
    ? table.columns
    : table.columns.filter((column) => mayHoldCodes(asker, column))
  if (columns.length === 0 || (!isFile && soundsPrivate(table.name))) return []
  const shown = columns
    .map(({ name }) => (isFile ? quoted(name) : `${startOf(asker, name)} AS ${quoted(name)}`))
    .join(', ')
  const text = `SELECT ${shown} FROM ${tableText(table)} LIMIT ${isFile ? looked : sampled}`
  return isFile ? asker.ask(text) : asker.glance(text)
}

/** A value's first letters: 200 documents of some megabytes are more than a node has room for. */
function startOf({ engine }: Asker, name: string): string {
  return `left(CAST(${quoted(name)} AS ${engine === 'postgres' ? 'text' : 'char'}), ${longestCode})`
}

function mayHoldCodes({ engine }: Asker, { name, type, isReadable }: Column): boolean {
  return isReadable && isPlain(name) && ['text', 'int'].includes(declaredType(engine, type))
}

function placeIn(table: Table, { name }: Column): string {
  return `${placeOf(table)} ${name}`
}
