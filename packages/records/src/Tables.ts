/** A value that SQLite keeps. */
export type SqlValue = string | number | bigint | Uint8Array | null

/** The tables of an open database, for statements; what the generic store needs of it. */
export type Tables = {
  run(sql: string, ...values: readonly SqlValue[]): { readonly changes: number }
  get<T>(sql: string, ...values: readonly SqlValue[]): T | undefined
  all<T>(sql: string, ...values: readonly SqlValue[]): readonly T[]
  /** Runs `work` in one transaction; nested calls join the outer one. An exception undoes all of it. */
  transaction<T>(work: () => T): T
}
