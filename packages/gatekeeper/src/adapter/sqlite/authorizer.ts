import { constants, type DatabaseSyncInstance } from '@photostructure/sqlite'

/** What the catalogue's statements need, found by preparing them: "table.column" and functions. */
export type Needs = { readonly columns: Set<string>; readonly functions: Set<string> }

/** What tells that the data or the schema changed. */
const pragmas = new Set(['data_version', 'schema_version'])

/** Prepares statements and notes what they read; anything but reading is refused at once. */
export function needsOf(database: DatabaseSyncInstance, statements: readonly string[]): Needs {
  const needs: Needs = { columns: new Set(), functions: new Set() }
  database.setAuthorizer((action, first, second) => {
    if (action === constants.SQLITE_READ) needs.columns.add(columnName(first, second))
    else if (action === constants.SQLITE_FUNCTION) needs.functions.add(String(second))
    else if (!isReading(action)) return constants.SQLITE_DENY
    return constants.SQLITE_OK
  })
  try {
    for (const sql of statements) database.prepare(sql).close()
  } finally {
    database.setAuthorizer(null)
  }
  return needs
}

/**
 * From now on only the needed columns can be read, and nothing written, whatever is prepared
 * (SQLite, sqlite3_set_authorizer).
 */
export function restrict(database: DatabaseSyncInstance, needs: Needs): void {
  database.setAuthorizer((action, first, second) => {
    const allowed =
      (action === constants.SQLITE_READ && needs.columns.has(columnName(first, second))) ||
      (action === constants.SQLITE_FUNCTION && needs.functions.has(String(second))) ||
      (action === constants.SQLITE_PRAGMA && pragmas.has(String(first))) ||
      isReading(action)
    return allowed ? constants.SQLITE_OK : constants.SQLITE_DENY
  })
}

/** Tables that the statements read. */
export function tablesOf(needs: Needs): ReadonlySet<string> {
  return new Set([...needs.columns].map((column) => column.slice(0, column.lastIndexOf('.'))))
}

/** SELECT itself and common table expressions; each column it reads is asked for apart. */
function isReading(action: number): boolean {
  return action === constants.SQLITE_SELECT || action === constants.SQLITE_RECURSIVE
}

function columnName(table: string | null, column: string | null): string {
  return `${String(table).toLowerCase()}.${String(column).toLowerCase()}`
}
