import type { SqlRead } from '../adapter/typedText.ts'
import { declaredType, typeOfValues } from './fieldType.ts'
import type { Asker } from './openAsker.ts'
import type { TypeOf } from './proposeMapping.ts'
import { quoted, tableText } from './sqlNames.ts'
import { placeOf, type Table } from './Table.ts'

/** Rows of a SQLite table that are looked at; servers hold their columns to the declared type themselves. */
const looked = 20_000

/** Types of all columns: as declared, and for SQLite as the values are. No value is kept. */
export async function columnTypes(asker: Asker, tables: readonly Table[]): Promise<TypeOf> {
  if (asker.engine !== 'sqlite') return (_, column) => declaredType(asker.engine, column.type)
  const types = new Map<string, ReturnType<typeof typeOfValues>>()
  for (const table of tables) {
    if (table.columns.length === 0) continue
    const names = table.columns.map(({ name }) => quoted(name)).join(', ')
    const rows = await asker.ask(`SELECT ${names} FROM ${tableText(table)} LIMIT ${looked}`)
    for (const { name, type } of table.columns)
      types.set(
        `${placeOf(table)} ${name}`,
        typeOfValues(
          type,
          rows.map((row) => row[name] as SqlRead),
        ),
      )
  }
  return (table, { name }) => types.get(`${placeOf(table)} ${name}`)
}
