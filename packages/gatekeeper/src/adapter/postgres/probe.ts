import { CatalogueError } from '../../catalogue.ts'
import type { Excess } from '../Adapter.ts'
import type { Exclusion } from '../messages.ts'
import { SqlError } from '../server/SqlError.ts'
import type { SourceTable } from '../server/sources.ts'
import type { PostgresPool } from './PostgresPool.ts'

type Found = { readonly oid: string; readonly schema: string; readonly name: string }

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/**
 * Tries to read what must not be readable, and says what else the account may do. Throws CatalogueError when an
 * excluded table is there and can be read, by itself, by a view or by a table it is a part of; when a query
 * names it; when it is not there.
 */
export async function probe(
  pool: PostgresPool,
  exclusions: readonly Exclusion[],
  sources: readonly SourceTable[],
): Promise<readonly Excess[]> {
  for (const exclusion of exclusions) {
    const found = await tablesNamed(pool, exclusion.table)
    if (found.length === 0 && !exclusion.ifPresent)
      throw refusal('An excluded table is not in the database.', exclusion)
    if (found.some(({ oid }) => sources.some(({ id }) => id === oid)))
      throw refusal('A query of the catalogue reads an excluded table.', exclusion)
    for (const table of found) await requireHidden(pool, exclusion, table)
  }
  return excessOf(pool, sources)
}

/** `table` in every schema, or `schema.table`, in any case. */
async function tablesNamed(pool: PostgresPool, table: string): Promise<readonly Found[]> {
  const at = table.indexOf('.')
  const [schema, name] = at === -1 ? [null, table] : [table.slice(0, at), table.slice(at + 1)]
  const rows = await pool.ask(
    `SELECT c.oid::text AS oid, n.nspname AS schema, c.relname AS name
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f') AND lower(c.relname) = lower($1)
  AND ($2::text IS NULL OR lower(n.nspname) = lower($2))
  AND n.nspname NOT IN ('pg_catalog', 'information_schema')`,
    [name, schema],
  )
  return rows as unknown as readonly Found[]
}

async function requireHidden(
  pool: PostgresPool,
  exclusion: Exclusion,
  table: Found,
): Promise<void> {
  const readable = await pool.ask(
    `WITH RECURSIVE above (oid) AS (
  SELECT $1::oid
  UNION
  SELECT next.oid FROM above a CROSS JOIN LATERAL (
    SELECT r.ev_class AS oid FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
    WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = a.oid
    UNION ALL SELECT inhparent FROM pg_inherits WHERE inhrelid = a.oid
  ) next
)
SELECT c.relname AS name FROM above a JOIN pg_class c ON c.oid = a.oid
WHERE has_any_column_privilege(a.oid, 'SELECT')`,
    [table.oid],
  )
  if (readable.length > 0)
    throw refusal(
      'An excluded table can be read.',
      exclusion,
      readable.map(({ name }) => `Through: ${String(name)}`),
    )
  if (await canRead(pool, table)) throw refusal('An excluded table can be read.', exclusion)
}

async function canRead(pool: PostgresPool, { schema, name }: Found): Promise<boolean> {
  try {
    await pool.ask(`SELECT * FROM ${quoted(schema)}.${quoted(name)} LIMIT 1`)
    return true
  } catch (error) {
    if (error instanceof SqlError && error.state === '42501') return false // insufficient_privilege
    throw error
  }
}

async function excessOf(
  pool: PostgresPool,
  sources: readonly SourceTable[],
): Promise<readonly Excess[]> {
  const needed = sources.filter(({ isNamed }) => isNamed).map(({ id }) => id)
  const rows = await pool.ask(
    `SELECT 'write' AS kind, n.nspname || '.' || c.relname AS what
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND n.nspname NOT LIKE 'pg\\_%'
  AND (has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
    OR has_any_column_privilege(c.oid, 'INSERT, UPDATE'))
UNION ALL SELECT 'read', n.nspname || '.' || c.relname
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND n.nspname NOT LIKE 'pg\\_%' AND has_any_column_privilege(c.oid, 'SELECT') AND c.oid::text <> ALL ($1)
UNION ALL SELECT 'write', 'objects of schema ' || nspname FROM pg_namespace
WHERE has_schema_privilege(oid, 'CREATE') AND nspname NOT LIKE 'pg\\_%'
UNION ALL SELECT 'write', 'temporary tables' WHERE has_database_privilege(current_database(), 'TEMPORARY')
UNION ALL SELECT 'write', 'schemas' WHERE has_database_privilege(current_database(), 'CREATE')
UNION ALL SELECT 'role', 'superuser' FROM pg_roles WHERE rolname = current_user AND rolsuper
UNION ALL SELECT 'role', 'creates roles or databases, replicates or bypasses row security' FROM pg_roles
WHERE rolname = current_user AND (rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls)
UNION ALL SELECT 'role', 'member of ' || rolname FROM pg_roles
WHERE rolname <> current_user AND pg_has_role(current_user, oid, 'MEMBER')
  AND NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
UNION ALL SELECT 'function', n.nspname || '.' || p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE p.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND has_schema_privilege(n.oid, 'USAGE') AND has_function_privilege(p.oid, 'EXECUTE')
ORDER BY 1, 2`,
    [needed],
  )
  return rows as unknown as readonly Excess[]
}

function refusal(
  summary: string,
  { table }: Exclusion,
  more: readonly string[] = [],
): CatalogueError {
  return new CatalogueError(summary, [`Table: ${table}`, ...more])
}
