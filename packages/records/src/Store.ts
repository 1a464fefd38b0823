/** A key of a table: text, or several texts and numbers that sort one after the other. */
export type Key = string | readonly (string | number)[]

/** A value that structured clone keeps: plain data, Uint8Array, bigint, no functions. */
export type Stored = unknown

/** Keys from `from` (inclusive) to `to` (exclusive); a prefix of a composite key selects all below it. */
export type Range = {
  readonly prefix?: Key
  readonly from?: Key
  readonly to?: Key
  readonly reverse?: boolean
  readonly limit?: number
}

/** One write of a batch; `value: undefined` deletes. */
export type Write = { readonly table: string; readonly key: Key; readonly value: Stored }

/**
 * A node's own store: named tables of ordered keys. SQLite in Node, IndexedDB in the browser, memory in tests
 * of single functions; one shared suite runs against all (paper III-C: the patient's database may be a mere cache).
 */
export type Store = {
  get<T>(table: string, key: Key): Promise<T | undefined>
  /** Entries in key order. */
  list<T>(
    table: string,
    range?: Range,
  ): Promise<readonly { readonly key: Key; readonly value: T }[]>
  count(table: string, range?: Range): Promise<number>
  /** All writes, or none; on disk when it resolves. */
  write(writes: readonly Write[]): Promise<void>
  /** Forgets everything: "wipe my device". */
  clear(): Promise<void>
  close(): Promise<void>
}
