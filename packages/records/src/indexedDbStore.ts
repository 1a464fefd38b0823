import { compare } from '@medrec/protocol'
import { type DBSchema, type IDBPDatabase, openDB } from 'idb'
import { boundsOf, decodeKey, encodeKey } from './keys.ts'
import type { Range, Store, Stored } from './Store.ts'

type Schema = DBSchema & {
  records: { key: [table: string, key: Uint8Array]; value: { readonly value: Stored } }
}

/** Version of the object stores; the tables inside are the callers'. */
const version = 1

/** A browser's store: one IndexedDB database with one object store, keyed by table and encoded key. */
export async function openIndexedDbStore(name: string): Promise<Store> {
  const database = await openDB<Schema>(name, version, {
    upgrade: (opened) => void opened.createObjectStore('records'),
    blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
  })
  return {
    get: async <T>(table: string, key: Parameters<Store['get']>[1]) =>
      (await database.get('records', [table, encodeKey(key)]))?.value as T | undefined,
    list: async <T>(table: string, range?: Range) =>
      (await select(database, table, range)).map(({ key, value }) => ({
        key: decodeKey(key),
        value: value as T,
      })),
    async count(table, range) {
      const bounds = keyRange(table, range)
      const all = bounds ? await database.count('records', bounds) : 0
      return Math.min(all, range?.limit ?? all)
    },
    async write(writes) {
      const prepared = writes.map(({ table, key, value }) => ({
        key: [table, encodeKey(key)] as [string, Uint8Array],
        value,
      }))
      const transaction = database.transaction('records', 'readwrite', { durability: 'strict' })
      const { store } = transaction
      const pending: Promise<unknown>[] = [transaction.done]
      try {
        for (const { key, value } of prepared)
          pending.push(value === undefined ? store.delete(key) : store.put({ value }, key))
      } catch (error) {
        transaction.abort() // a value that cannot be kept is noticed at once
        await Promise.allSettled(pending)
        throw error
      }
      await Promise.all(pending)
    },
    clear: () => database.clear('records'),
    close: async () => database.close(),
  }
}

async function select(
  database: IDBPDatabase<Schema>,
  table: string,
  range: Range = {},
): Promise<readonly { key: Uint8Array; value: Stored }[]> {
  const bounds = keyRange(table, range)
  if (!bounds) return []
  const { store } = database.transaction('records', 'readonly')
  if (range.reverse !== true) {
    const [keys, values] = await Promise.all([
      store.getAllKeys(bounds, range.limit),
      store.getAll(bounds, range.limit),
    ])
    return keys.map(([, key], i) => ({
      key: bytesOf(key),
      value: (values[i] as { value: Stored }).value,
    }))
  }
  const found: { key: Uint8Array; value: Stored }[] = []
  let cursor = await store.openCursor(bounds, 'prev')
  while (cursor && found.length < (range.limit ?? Number.POSITIVE_INFINITY)) {
    found.push({ key: bytesOf(cursor.key[1]), value: cursor.value.value })
    cursor = await cursor.continue()
  }
  return found
}

/** Undefined when nothing can lie in the range, which IndexedDB takes for an error. */
function keyRange(table: string, range?: Range): IDBKeyRange | undefined {
  const { from, to } = boundsOf(range)
  if (compare(from, to) >= 0) return undefined
  const lower = from.length === 0 ? [table] : [table, from]
  return IDBKeyRange.bound(lower, [table, to], false, true)
}

/** IndexedDB gives binary keys back as ArrayBuffer. */
function bytesOf(key: Uint8Array | ArrayBuffer): Uint8Array {
  return new Uint8Array(key)
}
