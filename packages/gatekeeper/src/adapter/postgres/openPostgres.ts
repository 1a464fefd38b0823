import { CatalogueError } from '../../catalogue.ts'
import { type Adapter, wholeLimits } from '../Adapter.ts'
import type { Setup } from '../messages.ts'
import { dollars } from '../namedParameters.ts'
import { openServer } from '../server/ServerReader.ts'
import type { ServerSource } from '../source.ts'
import { eachRow } from './eachRow.ts'
import { joinedStatement } from './joinedStatement.ts'
import { PostgresPool } from './PostgresPool.ts'
import { probe } from './probe.ts'
import { StatementQuery } from './StatementQuery.ts'
import { sourcesOf } from './sources.ts'
import { convertOf } from './values.ts'

/** The oldest PostgreSQL that is served. */
const oldest = 150_000

/**
 * Opens a PostgreSQL database for reading. Throws CatalogueError when it does not fit the catalogue, and when
 * an exclusion can be read: then nothing is served at all; DatabaseStoppedError.
 */
export function openPostgres(source: ServerSource, setup: Setup): Promise<Adapter> {
  const pool = new PostgresPool(source, setup.limits, { isWriter: false })
  return openServer(
    {
      positional: dollars,
      joined: joinedStatement,
      convertOf,
      run: (statement, values, limits, sink) =>
        pool.use(async (client) => {
          const query = new StatementQuery(statement, values, limits, sink)
          client.query(query)
          await query.done
        }),
      each: (statement, values, sink) =>
        pool.use(
          (client) => eachRow(client, { ...statement, values }, setup.limits, sink),
          wholeLimits,
        ),
      requireVersion: () => requireVersion(pool),
      sources: (statements) => sourcesOf(pool, statements),
      probe: (exclusions, sources) => probe(pool, exclusions, sources),
      dataVersion: () => snapshot(pool),
      isBadValue: (state) => state.startsWith('22'), // data exceptions
      isUp: () => pool.isUp(),
      close: () => pool.close(),
    },
    setup,
  )
}

async function requireVersion(pool: PostgresPool): Promise<void> {
  const [version] = await pool.ask(`SELECT current_setting('server_version_num')::int AS n`)
  if (Number(version?.['n']) < oldest)
    throw new CatalogueError('The database server is too old.', ['PostgreSQL 15 is the oldest.'])
}

/** Its text changes with every commit that becomes visible (PostgreSQL 15 manual, section 9.27). */
async function snapshot(pool: PostgresPool): Promise<string> {
  const [row] = await pool.ask('SELECT pg_current_snapshot()::text AS snapshot')
  return String(row?.['snapshot'])
}
