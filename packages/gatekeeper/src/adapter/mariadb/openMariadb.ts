import { CatalogueError } from '../../catalogue.ts'
import { type Adapter, wholeLimits } from '../Adapter.ts'
import type { Setup } from '../messages.ts'
import { questionMarks } from '../namedParameters.ts'
import { openServer } from '../server/ServerReader.ts'
import type { ServerSource } from '../source.ts'
import { eachRow } from './eachRow.ts'
import { MariadbPool } from './MariadbPool.ts'
import { probe } from './probe.ts'
import { runStatement } from './runStatement.ts'
import { sourcesAmong, visibleTables } from './sources.ts'

/** The oldest versions that are served: major, minor. */
const oldest = { MariaDB: [10, 11], MySQL: [8, 0] } as const

/**
 * Opens a MariaDB or MySQL database for reading. Throws CatalogueError when it does not fit the catalogue, and when
 * an exclusion can be read: then nothing is served at all; DatabaseStoppedError.
 */
export function openMariadb(source: ServerSource, setup: Setup): Promise<Adapter> {
  const { database } = source
  const pool = new MariadbPool(source, setup.limits, { isWriter: false })
  return openServer(
    {
      positional: questionMarks,
      joined: () => undefined, // GROUP_CONCAT cuts what is too long, with a warning only
      convertOf: () => undefined,
      run: ({ text }, values, limits, sink) =>
        pool.use((connection) => runStatement(connection, { text, values }, limits, sink)),
      each: ({ text }, values, sink) =>
        pool.use(
          (connection) => eachRow(connection, { text, values }, setup.limits, sink),
          wholeLimits,
        ),
      requireVersion: () => requireVersion(pool),
      sources: async (statements) => sourcesAmong(await visibleTables(pool), statements, database),
      probe: (exclusions, sources) => probe(pool, exclusions, { sources, database }),
      // No counter that an account without rights may read tells of commits and of nothing else.
      dataVersion: async () => undefined,
      isBadValue: (state) => state === 'ER_TRUNCATED_WRONG_VALUE',
      isUp: () => pool.isUp(),
      close: () => pool.close(),
    },
    setup,
  )
}

async function requireVersion(pool: MariadbPool): Promise<void> {
  const [row] = await pool.ask('SELECT version() AS version')
  const version = String(row?.['version'])
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10))
  const [wantedMajor, wantedMinor] = oldest[version.includes('MariaDB') ? 'MariaDB' : 'MySQL']
  if (major < wantedMajor || (major === wantedMajor && minor < wantedMinor))
    throw new CatalogueError('The database server is too old.', [
      'MariaDB 10.11 and MySQL 8.0 are the oldest.',
    ])
}
