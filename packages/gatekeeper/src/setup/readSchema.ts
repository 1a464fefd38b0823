import { columnLooks } from './columnLooks.ts'
import { type Asker, openAsker, type SqlSource } from './openAsker.ts'
import { type Proposal, proposeMapping, type TypeOf } from './proposeMapping.ts'
import { readTables } from './readTables.ts'
import type { Table } from './Table.ts'

/** A database's tables with what is proposed for them. */
export type Schema = {
  readonly tables: readonly Table[]
  readonly typeOf: TypeOf
  readonly proposal: Proposal
}

/** Reads a database's tables and what they seem to be. Throws RecordsUnreachableError. */
export function readSchema(source: SqlSource): Promise<Schema> {
  return asking(source, async (asker) => {
    const tables = await readTables(asker)
    const looks = await columnLooks(asker, tables)
    return { tables, typeOf: looks.typeOf, proposal: proposeMapping(tables, looks) }
  })
}

/** Asks a database, and leaves it. */
export async function asking<T>(source: SqlSource, work: (asker: Asker) => Promise<T>): Promise<T> {
  const asker = await openAsker(source)
  try {
    return await work(asker)
  } finally {
    await asker.close()
  }
}
