import type { Catalogue } from '../catalogue.ts'
import { usualLimits } from './Adapter.ts'
import { MariadbPool } from './mariadb/MariadbPool.ts'
import { sourcesAmong, visibleTables } from './mariadb/sources.ts'
import { PostgresPool } from './postgres/PostgresPool.ts'
import { sourcesOf } from './postgres/sources.ts'
import type { NeededTable } from './roleStatements.ts'
import { neededOf } from './server/sources.ts'
import type { Source } from './source.ts'

/**
 * The tables and columns that a catalogue's statements can name, asked of the database with any account that may
 * look at its schema: what `roleStatements` needs. Throws DatabaseStoppedError.
 */
export async function neededTables(
  source: Source,
  { catalogue, purpose }: { readonly catalogue: Catalogue; readonly purpose: 'read' | 'write' },
): Promise<readonly NeededTable[]> {
  const sql = statementsOf(catalogue, purpose)
  switch (source.engine) {
    case 'postgres': {
      const pool = new PostgresPool(source, usualLimits, { isWriter: false })
      try {
        return neededOf(await sourcesOf(pool, sql), sql)
      } finally {
        await pool.close()
      }
    }
    case 'mariadb': {
      const pool = new MariadbPool(source, usualLimits, { isWriter: false })
      try {
        return neededOf(sourcesAmong(await visibleTables(pool), sql, source.database), sql)
      } finally {
        await pool.close()
      }
    }
    case 'fhir':
      return typesOf(source.base, catalogue, purpose)
    case 'sqlite':
      return []
  }
}

function statementsOf(
  { resources, patients }: Catalogue,
  purpose: 'read' | 'write',
): readonly string[] {
  if (purpose === 'read')
    return [...resources.map(({ query }) => query), ...Object.values(patients.search)]
  return resources.flatMap(({ insert, update, retract }) =>
    [insert, update, retract].flatMap((template) => (template?.sql ? [template.sql] : [])),
  )
}

/** The types of resources that a FHIR server is asked for, or given. */
function typesOf(
  base: string,
  { resources, patients }: Catalogue,
  purpose: 'read' | 'write',
): readonly NeededTable[] {
  const searches =
    purpose === 'read'
      ? [...resources.map(({ query }) => query), patients.search.list]
      : resources.filter(({ insert, update }) => insert ?? update).map(({ query }) => query)
  const types = new Set(searches.map((search) => search.slice(0, search.indexOf('?'))))
  return [...types].map((name) => ({ schema: base, name, isView: false, columns: [] }))
}
