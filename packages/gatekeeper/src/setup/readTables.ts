import type { Asker } from './openAsker.ts'
import type { Column, Table } from './Table.ts'

/** A column with its table, as each engine is asked for it. */
type Found = {
  readonly schema: string | null
  readonly table: string
  readonly view: unknown
  readonly name: string
  readonly type: string
  readonly nullable: unknown
  readonly key: unknown
  readonly target: string | null
  readonly targetColumn: string | null
  readonly readable: unknown
}

/** Tables and views of a database with their columns, as far as this account sees them, in the order of their names. */
export async function readTables(asker: Asker): Promise<readonly Table[]> {
  const { engine } = asker
  const found = engine === 'sqlite' ? await columnsInFile(asker) : await asker.ask(servers[engine])
  const rows = found as unknown as readonly Found[]
  const tables = new Map<string, { table: Omit<Table, 'columns'>; columns: Column[] }>()
  for (const row of rows) {
    const id = `${row.schema}.${row.table}`
    const known = tables.get(id) ?? { table: tableOf(row), columns: [] }
    known.columns.push(columnOf(row))
    tables.set(id, known)
  }
  return [...tables.values()].map(({ table, columns }) => ({ ...table, columns }))
}

type Rows = Awaited<ReturnType<Asker['ask']>>

/** Table by table: a view of something that is gone has no columns, and is none of those that can be shared. */
async function columnsInFile(asker: Asker): Promise<Rows> {
  const found: Rows[number][] = []
  for (const { name, type } of await asker.ask(sqliteNames)) {
    const columns = asker.ask(sqliteColumns, [String(name)])
    found.push(...(type === 'view' ? await columns.catch(() => []) : await columns))
  }
  return found
}

function tableOf({ schema, table, view }: Found): Omit<Table, 'columns'> {
  return { schema: schema ?? undefined, name: table, isView: isYes(view) }
}

function columnOf(row: Found): Column {
  return {
    name: row.name,
    type: row.type,
    isNullable: isYes(row.nullable),
    keyPlace: row.key === null ? undefined : Number(row.key),
    refersTo: row.target ?? undefined,
    refersToColumn: row.targetColumn ?? undefined,
    isReadable: isYes(row.readable),
  }
}

/** Yes as the engines say it. */
function isYes(value: unknown): boolean {
  return ['1', 'true', 't'].includes(String(value))
}

const sqliteNames = `SELECT name, type FROM sqlite_master
WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name`

const sqliteColumns = `SELECT NULL AS "schema", m.name AS "table", m.type = 'view' AS "view", c.name AS "name", c.type AS "type",
  c."notnull" = 0 AND c.pk = 0 AS "nullable", nullif(c.pk, 0) AS "key",
  (SELECT f."table" FROM pragma_foreign_key_list(m.name) f WHERE lower(f."from") = lower(c.name)) AS "target",
  (SELECT f."to" FROM pragma_foreign_key_list(m.name) f WHERE lower(f."from") = lower(c.name)) AS "targetColumn",
  1 AS "readable"
FROM sqlite_master m JOIN pragma_table_info(m.name) c
WHERE m.name = ? AND m.type IN ('table', 'view') ORDER BY c.cid`

const postgres = `SELECT CASE WHEN pg_table_is_visible(c.oid) THEN NULL ELSE n.nspname END AS schema, c.relname AS "table",
  c.relkind IN ('v', 'm') AS view, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
  NOT a.attnotnull AS nullable,
  (SELECT array_position(k.conkey, a.attnum) FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'p') AS key,
  (SELECT min(CASE WHEN pg_table_is_visible(t.oid) THEN t.relname::text ELSE concat(s.nspname, '.', t.relname) END)
    FROM pg_constraint k JOIN pg_class t ON t.oid = k.confrelid JOIN pg_namespace s ON s.oid = t.relnamespace
    WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.conkey = ARRAY[a.attnum]) AS target,
  (SELECT min(t.attname) FROM pg_constraint k JOIN pg_attribute t ON t.attrelid = k.confrelid AND t.attnum = k.confkey[1]
    WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.conkey = ARRAY[a.attnum]) AS "targetColumn",
  has_column_privilege(c.oid, a.attnum, 'SELECT') AS readable
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'
ORDER BY n.nspname, c.relname, a.attnum`

const mariadb = `SELECT CASE WHEN c.table_schema = database() THEN NULL ELSE c.table_schema END AS "schema",
  c.table_name AS "table",
  (SELECT count(*) FROM information_schema.views v
    WHERE v.table_schema = c.table_schema AND v.table_name = c.table_name) AS "view",
  c.column_name AS "name", c.column_type AS "type", c.is_nullable = 'YES' AS "nullable",
  (SELECT min(k.ordinal_position) FROM information_schema.key_column_usage k
    WHERE k.table_schema = c.table_schema AND k.table_name = c.table_name AND k.column_name = c.column_name
      AND k.constraint_name = 'PRIMARY') AS "key",
  (SELECT min(CASE WHEN k.referenced_table_schema = database() THEN k.referenced_table_name
      ELSE concat(k.referenced_table_schema, '.', k.referenced_table_name) END) FROM information_schema.key_column_usage k
    WHERE k.table_schema = c.table_schema AND k.table_name = c.table_name AND k.column_name = c.column_name
      AND k.referenced_table_name IS NOT NULL) AS "target",
  (SELECT min(k.referenced_column_name) FROM information_schema.key_column_usage k
    WHERE k.table_schema = c.table_schema AND k.table_name = c.table_name AND k.column_name = c.column_name
      AND k.referenced_table_name IS NOT NULL) AS "targetColumn",
  find_in_set('select', c.privileges) > 0 AS "readable"
FROM information_schema.columns c
WHERE c.table_schema NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')
ORDER BY c.table_schema, c.table_name, c.ordinal_position`

const servers = { postgres, mariadb }
