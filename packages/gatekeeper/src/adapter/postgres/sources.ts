import type { SourceTable } from '../server/sources.ts'
import { wordsOf } from '../wordsOf.ts'
import type { PostgresPool } from './PostgresPool.ts'

/**
 * Tables and views that the statements' words name, and what the views among them stand on, however deep
 * (pg_depend, pg_rewrite). More may be named than is read, never less.
 */
export async function sourcesOf(
  pool: Pick<PostgresPool, 'ask'>,
  statements: readonly string[],
): Promise<readonly SourceTable[]> {
  const rows = await pool.ask(
    `WITH RECURSIVE named AS (
  SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f') AND lower(c.relname) = ANY ($1)
    AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'
    AND (pg_table_is_visible(c.oid) OR lower(n.nspname) = ANY ($1))
), used (oid) AS (
  SELECT oid FROM named
  UNION
  SELECT d.refobjid FROM used u JOIN pg_rewrite r ON r.ev_class = u.oid
    JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
      AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> u.oid
)
SELECT u.oid::text AS id, n.nspname AS schema, c.relname AS name,
  u.oid IN (SELECT oid FROM named) AS "isNamed",
  CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(u.oid) END AS view,
  coalesce((SELECT json_agg(json_build_array(a.attname, format_type(a.atttypid, a.atttypmod), a.attnum) ORDER BY a.attnum)
    FROM pg_attribute a WHERE a.attrelid = u.oid AND a.attnum > 0 AND NOT a.attisdropped), '[]'::json) AS columns
FROM used u JOIN pg_class c ON c.oid = u.oid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
ORDER BY 2, 3`,
    [[...wordsOf(statements)]],
  )
  return rows as unknown as readonly SourceTable[]
}
