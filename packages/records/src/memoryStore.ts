import { compare, type Hex, toHex } from '@medrec/protocol'
import { boundsOf, decodeKey, encodeKey } from './keys.ts'
import type { Range, Store, Stored } from './Store.ts'

type Item = { readonly key: Uint8Array; readonly value: Stored }

/** A store that forgets when the process ends; values are copied in and out as the others do. */
export function openMemoryStore(): Store {
  const tables = new Map<string, Map<Hex, Item>>()
  const select = (table: string, range?: Range): readonly Item[] => {
    const { from, to } = boundsOf(range)
    const found = [...(tables.get(table)?.values() ?? [])]
      .filter(({ key }) => compare(key, from) >= 0 && compare(key, to) < 0)
      .sort((a, b) => compare(a.key, b.key))
    if (range?.reverse === true) found.reverse()
    return range?.limit === undefined ? found : found.slice(0, range.limit)
  }
  return {
    get: async <T>(table: string, key: Parameters<Store['get']>[1]) =>
      structuredClone(tables.get(table)?.get(toHex(encodeKey(key)))?.value) as T | undefined,
    list: async <T>(table: string, range?: Range) =>
      select(table, range).map(({ key, value }) => ({
        key: decodeKey(key),
        value: structuredClone(value) as T,
      })),
    count: async (table, range) => select(table, range).length,
    async write(writes) {
      const prepared = writes.map(({ table, key, value }) => ({
        table,
        key: encodeKey(key),
        value: structuredClone(value),
      }))
      for (const { table, key, value } of prepared) {
        const items = tables.get(table) ?? new Map<Hex, Item>()
        tables.set(table, items)
        if (value === undefined) items.delete(toHex(key))
        else items.set(toHex(key), { key, value })
      }
    },
    clear: async () => tables.clear(),
    close: async () => undefined,
  }
}
