import { DatabaseSync } from '@photostructure/sqlite'
import { usualLimits } from './Adapter.ts'
import { MariadbPool } from './mariadb/MariadbPool.ts'
import { sourcesAmong, visibleTables } from './mariadb/sources.ts'
import { PostgresPool } from './postgres/PostgresPool.ts'
import { sourcesOf } from './postgres/sources.ts'
import type { SourceTable } from './server/sources.ts'
import type { Source } from './source.ts'
import { needsOf, tablesOf } from './sqlite/authorizer.ts'

/** Of each statement those of the tables that it reads, by itself or behind views. Throws DatabaseStoppedError. */
export async function excludedBy(
  source: Exclude<Source, { readonly engine: 'fhir' }>,
  tables: readonly string[],
  statements: readonly string[],
): Promise<readonly (readonly string[])[]> {
  switch (source.engine) {
    case 'sqlite': {
      const database = new DatabaseSync(source.file, {
        ...{ readOnly: true, defensive: true },
        timeout: usualLimits.milliseconds,
      })
      try {
        return statements.map((sql) => {
          const read = tablesOf(needsOf(database, [sql]))
          return tables.filter((table) => read.has(table.toLowerCase()))
        })
      } finally {
        database.close()
      }
    }
    case 'postgres': {
      const pool = new PostgresPool(source, usualLimits, { isWriter: false })
      try {
        const read = await Promise.all(statements.map((sql) => sourcesOf(pool, [sql])))
        return read.map((sources) => among(tables, sources))
      } finally {
        await pool.close()
      }
    }
    case 'mariadb': {
      const pool = new MariadbPool(source, usualLimits, { isWriter: false })
      try {
        const visible = await visibleTables(pool)
        const { database } = source
        return statements.map((sql) => among(tables, sourcesAmong(visible, [sql], database)))
      } finally {
        await pool.close()
      }
    }
  }
}

/** Those that are among the sources, by name or by schema and name, in any case. */
function among(tables: readonly string[], sources: readonly SourceTable[]): readonly string[] {
  return tables.filter((table) =>
    sources.some(({ schema, name }) =>
      [name, `${schema}.${name}`].some((one) => one.toLowerCase() === table.toLowerCase()),
    ),
  )
}
