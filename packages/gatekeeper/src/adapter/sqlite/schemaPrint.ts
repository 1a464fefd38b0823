import { createHash } from 'node:crypto'
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite'
import type { SchemaPrint } from '../Adapter.ts'
import { wordsOf } from '../wordsOf.ts'
import type { Needs } from './authorizer.ts'

/**
 * Hashes of the views that statements name and of the columns that they read, by table or view; waits as long as told
 * for somebody who writes.
 */
export function schemaPrint(
  databaseFile: string,
  of: {
    readonly needs: Needs
    readonly statements: readonly string[]
    readonly waitMilliseconds: number
  },
): SchemaPrint {
  const { needs, statements, waitMilliseconds: timeout } = of
  const database = new DatabaseSync(databaseFile, { readOnly: true, timeout, defensive: true })
  try {
    return Object.fromEntries(
      [...columnsIn(database, needs), ...viewsIn(database, statements)].map(([name, text]) => [
        name,
        createHash('sha256').update(text).digest('hex'),
      ]),
    )
  } finally {
    database.close()
  }
}

/** Views named by the statements, and those that these stand on. */
function viewsIn(
  database: DatabaseSyncInstance,
  statements: readonly string[],
): readonly (readonly [string, string])[] {
  const all = database
    .prepare("SELECT lower(name) AS name, sql FROM sqlite_master WHERE type = 'view'")
    .all() as unknown as readonly { name: string; sql: string }[]
  const used = new Map<string, string>()
  const follow = (text: string): void => {
    const words = wordsOf([text])
    for (const { name, sql } of all)
      if (words.has(name) && !used.has(name)) {
        used.set(name, sql)
        follow(sql)
      }
  }
  for (const statement of statements) follow(statement)
  return [...used]
}

function columnsIn(
  database: DatabaseSyncInstance,
  needs: Needs,
): readonly (readonly [string, string])[] {
  const byTable = new Map<string, string[]>()
  for (const needed of [...needs.columns].toSorted()) {
    const at = needed.lastIndexOf('.')
    const [table, column] = [needed.slice(0, at), needed.slice(at + 1)]
    const known = database
      .prepare('SELECT cid, type FROM pragma_table_info(?) WHERE lower(name) = ?')
      .get(table, column) as { cid: number; type: string } | undefined
    byTable.set(table, [...(byTable.get(table) ?? []), `${column} ${known?.cid} ${known?.type}`])
  }
  return [...byTable].map(([table, columns]) => [table, columns.join('\n')])
}
