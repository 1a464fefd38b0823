import type { SourceTable } from '../server/sources.ts'
import { wordsOf } from '../wordsOf.ts'
import type { MariadbPool } from './MariadbPool.ts'

/** What the account sees of a table: `rights` of any column, as the server lists them. */
export type Visible = SourceTable & { readonly rights: ReadonlySet<string> }

const systemSchemas = "('information_schema', 'mysql', 'performance_schema', 'sys')"

/** Every table and view that the account has any right to. A view's query is '' when it may not be shown. */
export async function visibleTables(pool: Pick<MariadbPool, 'ask'>): Promise<readonly Visible[]> {
  const columns = (await pool.ask(
    `SELECT table_schema AS s, table_name AS t, column_name AS c, column_type AS y, ordinal_position AS p,
  privileges AS r FROM information_schema.columns WHERE table_schema NOT IN ${systemSchemas}
ORDER BY table_schema, table_name, ordinal_position`,
  )) as readonly { s: string; t: string; c: string; y: string; p: string; r: string }[]
  const views = (await pool.ask(
    `SELECT table_schema AS s, table_name AS t, view_definition AS v FROM information_schema.views
WHERE table_schema NOT IN ${systemSchemas}`,
  )) as readonly { s: string; t: string; v: string | null }[]
  const queries = new Map(views.map(({ s, t, v }) => [`${s}.${t}`, v ?? '']))
  const found = new Map<string, Visible>()
  for (const { s, t, c, y, p, r } of columns) {
    const id = `${s}.${t}`
    const known = found.get(id)
    found.set(id, {
      ...{ id, schema: s, name: t, isNamed: false, view: queries.get(id) ?? null },
      columns: [...(known?.columns ?? []), [c, y, Number(p)]],
      rights: new Set([...(known?.rights ?? []), ...r.split(',')]),
    })
  }
  return [...found.values()]
}

/** Tables and views that the statements' words name, and those that the views among them name in turn. */
export function sourcesAmong(
  tables: readonly Visible[],
  statements: readonly string[],
  database: string,
): readonly Visible[] {
  const used = new Map<string, Visible>()
  const follow = (texts: readonly string[], isNamed: boolean): void => {
    const words = wordsOf(texts)
    for (const table of tables) {
      const isOurs = table.schema === database || words.has(table.schema.toLowerCase())
      if (!isOurs || !words.has(table.name.toLowerCase()) || used.has(table.id)) continue
      used.set(table.id, { ...table, isNamed })
      if (table.view !== null) follow([table.view], false)
    }
  }
  follow(statements, true)
  return [...used.values()]
}
