import { deserialize, serialize } from 'node:v8'
import { boundsOf, decodeKey, encodeKey } from './keys.ts'
import type { Range, Store } from './Store.ts'
import type { SqlValue, Tables } from './Tables.ts'

/** The one table of the generic store. */
export const storeSteps: readonly string[] = [
  `CREATE TABLE records (
     "table" TEXT NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL,
     PRIMARY KEY ("table", key)
   ) STRICT, WITHOUT ROWID`,
]

const inRange = '"table" = ? AND key >= ? AND key < ?'

/** The generic store in an open database; values are kept in V8's structured clone format. */
export function storeIn(tables: Tables, close: () => void): Store {
  return {
    async get<T>(table: string, key: Parameters<Store['get']>[1]) {
      const row = tables.get<{ value: Uint8Array }>(
        'SELECT value FROM records WHERE "table" = ? AND key = ?',
        table,
        encodeKey(key),
      )
      return row && (deserialize(row.value) as T)
    },
    async list<T>(table: string, range: Range = {}) {
      const direction = range.reverse === true ? 'DESC' : 'ASC'
      const rows = tables.all<{ key: Uint8Array; value: Uint8Array }>(
        `SELECT key, value FROM records WHERE ${inRange} ORDER BY key ${direction} LIMIT ?`,
        ...bound(table, range),
        range.limit ?? -1,
      )
      return rows.map(({ key, value }) => ({ key: decodeKey(key), value: deserialize(value) as T }))
    },
    async count(table, range = {}) {
      const row = tables.get<{ found: number }>(
        `SELECT count(*) AS found FROM records WHERE ${inRange}`,
        ...bound(table, range),
      ) as { found: number }
      return Math.min(row.found, range.limit ?? row.found)
    },
    async write(writes) {
      const prepared = writes.map(({ table, key, value }) => ({
        table,
        key: encodeKey(key),
        value: value === undefined ? undefined : serialize(value),
      }))
      tables.transaction(() => {
        for (const { table, key, value } of prepared) {
          if (value === undefined)
            tables.run('DELETE FROM records WHERE "table" = ? AND key = ?', table, key)
          else tables.run('INSERT OR REPLACE INTO records VALUES (?, ?, ?)', table, key, value)
        }
      })
    },
    async clear() {
      tables.run('DELETE FROM records')
      tables.get('PRAGMA wal_checkpoint(TRUNCATE)') // or the former pages stay in the log
    },
    close: async () => close(),
  }
}

function bound(
  table: string,
  range: Range,
): readonly [string, Uint8Array, Uint8Array] & readonly SqlValue[] {
  const { from, to } = boundsOf(range)
  return [table, from, to]
}
