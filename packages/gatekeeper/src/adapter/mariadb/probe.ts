import { CatalogueError } from '../../catalogue.ts'
import type { Excess } from '../Adapter.ts'
import type { Exclusion } from '../messages.ts'
import { ReadError } from '../RowCollector.ts'
import { SqlError } from '../server/SqlError.ts'
import type { SourceTable } from '../server/sources.ts'
import { wordsOf } from '../wordsOf.ts'
import { excessOfGrants, seesEverything } from './grants.ts'
import type { MariadbPool } from './MariadbPool.ts'
import { type Visible, visibleTables } from './sources.ts'

const quoted = (name: string): string => `\`${name.replaceAll('`', '``')}\``
/** The account may not, or there is no such table: it is told the same. */
const refusals = new Set([
  ...['ER_TABLEACCESS_DENIED_ERROR', 'ER_COLUMNACCESS_DENIED_ERROR', 'ER_DBACCESS_DENIED_ERROR'],
])

/** No table or database can have such a name: too long, empty, or ending in a space. */
const impossible = new Set([
  ...[
    'ER_WRONG_TABLE_NAME',
    'ER_WRONG_DB_NAME',
    'ER_TOO_LONG_IDENT',
    'ER_INVALID_CHARACTER_STRING',
  ],
])

/**
 * Tries to read what must not be readable, and says what else the account may do. Throws CatalogueError when an
 * excluded table can be read, by itself or by a view whose query names it, when a query of the catalogue names it,
 * and when it is not there although the account would see it.
 */
export async function probe(
  pool: MariadbPool,
  exclusions: readonly Exclusion[],
  options: { readonly sources: readonly SourceTable[]; readonly database: string },
): Promise<readonly Excess[]> {
  const { sources, database } = options
  const visible = await visibleTables(pool)
  const grants = (await pool.ask('SHOW GRANTS')).map((row) => String(Object.values(row)[0]))
  for (const exclusion of exclusions) {
    const [schema, name] = placeOf(exclusion.table, database)
    const isIt = (table: SourceTable): boolean =>
      table.name.toLowerCase() === name && (schema === undefined || table.schema === schema)
    if (sources.some(isIt))
      throw refusal('A query of the catalogue reads an excluded table.', exclusion)
    const readable = readableBy(visible, isIt, name)
    if (readable.length > 0 || (await canRead(pool, exclusion, [schema ?? database, name])))
      throw refusal('An excluded table can be read.', exclusion, readable)
    const isMissing = !visible.some(isIt) && seesEverything(grants, schema ?? database)
    if (isMissing && !exclusion.ifPresent)
      throw refusal('An excluded table is not in the database.', exclusion)
  }
  return [...excessOfTables(visible, sources), ...excessOfGrants(grants)]
}

/** `table` in any database that is seen, or `database.table`. */
function placeOf(table: string, database: string): readonly [string | undefined, string] {
  const at = table.indexOf('.')
  if (at === -1) return [undefined, table.toLowerCase()]
  return [table.slice(0, at) || database, table.slice(at + 1).toLowerCase()]
}

/** The table itself where a right to read is seen, and every readable view that names it or a view above it. */
function readableBy(
  visible: readonly Visible[],
  isIt: (table: SourceTable) => boolean,
  name: string,
): readonly string[] {
  const above = new Set([name])
  for (let size = 0; size < above.size; ) {
    size = above.size
    for (const { name: view, view: query } of visible)
      if (query !== null && [...above].some((one) => wordsOf([query]).has(one)))
        above.add(view.toLowerCase())
  }
  return visible
    .filter((table) => table.rights.has('select'))
    .filter((table) => isIt(table) || (table.view !== null && above.has(table.name.toLowerCase())))
    .map(({ id }) => id)
}

async function canRead(
  pool: MariadbPool,
  exclusion: Exclusion,
  [schema, name]: readonly [string, string],
): Promise<boolean> {
  try {
    await pool.ask(`SELECT * FROM ${quoted(schema)}.${quoted(name)} LIMIT 1`)
    return true
  } catch (error) {
    if (error instanceof SqlError && refusals.has(error.state)) return false
    if (error instanceof SqlError && impossible.has(error.state))
      throw refusal('An exclusion names what no table can be called.', exclusion)
    if (error instanceof ReadError && error.told.problem === 'schema') return false // not there
    throw error
  }
}

function excessOfTables(
  visible: readonly Visible[],
  sources: readonly SourceTable[],
): readonly Excess[] {
  const named = new Set(sources.filter(({ isNamed }) => isNamed).map(({ id }) => id))
  return visible.flatMap(({ id, rights, view }): Excess[] => [
    ...(rights.has('select') && !named.has(id) ? [{ kind: 'read', what: id } as const] : []),
    ...(rights.has('insert') || rights.has('update') ? [{ kind: 'write', what: id } as const] : []),
    ...(view === '' ? [{ kind: 'hidden', what: `query of the view ${id}` } as const] : []),
  ])
}

function refusal(
  summary: string,
  { table }: Exclusion,
  through: readonly string[] = [],
): CatalogueError {
  return new CatalogueError(summary, [
    `Table: ${table}`,
    ...through.map((name) => `Through: ${name}`),
  ])
}
