/** Blocks that can be undone. */
export const undoDepth = 64

/** What the fold keeps, by table and key. */
export type Reader = {
  get<T>(table: string, key: string): T | undefined
  values<T>(table: string): Iterable<T>
}

type Change = { readonly table: string; readonly key: string; readonly before: unknown }

/** Tables that remember, for the last blocks, what each change replaced. */
export class Tables implements Reader {
  readonly #tables = new Map<string, Map<string, unknown>>()
  readonly #changes: Change[][] = []

  get<T>(table: string, key: string): T | undefined {
    return this.#tables.get(table)?.get(key) as T | undefined
  }

  values<T>(table: string): Iterable<T> {
    return (this.#tables.get(table)?.values() ?? []) as Iterable<T>
  }

  /** How many blocks can be undone now. */
  get depth(): number {
    return this.#changes.length
  }

  /** Begins a block; what follows can be undone together. */
  begin(): void {
    this.#changes.push([])
    if (this.#changes.length > undoDepth) this.#changes.shift()
  }

  /** `undefined` deletes. */
  set(table: string, key: string, value: unknown): void {
    const rows = this.#rowsOf(table)
    this.#changes.at(-1)?.push({ table, key, before: rows.get(key) })
    put(rows, key, value)
  }

  /** Takes the newest block back. */
  undo(): void {
    for (const { table, key, before } of (this.#changes.pop() ?? []).reverse()) {
      put(this.#rowsOf(table), key, before)
    }
  }

  clear(): void {
    this.#tables.clear()
    this.#changes.length = 0
  }

  /** The tables as they were some blocks ago, at most `undoDepth`; valid until the next change. */
  before(blocks: number): Reader {
    if (blocks === 0) return this
    const past = new Map<string, Map<string, unknown>>()
    for (const change of this.#changes.slice(-blocks).reverse().flatMap(newestFirst)) {
      const rows = past.get(change.table) ?? new Map<string, unknown>()
      past.set(change.table, rows.set(change.key, change.before))
    }
    return {
      get: <T>(table: string, key: string) =>
        (past.get(table)?.has(key) ? past.get(table)?.get(key) : this.get(table, key)) as
          | T
          | undefined,
      values: <T>(table: string) => this.#valuesBefore<T>(table, past.get(table)),
    }
  }

  *#valuesBefore<T>(table: string, past: ReadonlyMap<string, unknown> | undefined): Iterable<T> {
    for (const [key, value] of this.#tables.get(table) ?? []) if (!past?.has(key)) yield value as T
    for (const value of past?.values() ?? []) if (value !== undefined) yield value as T
  }

  #rowsOf(table: string): Map<string, unknown> {
    const rows = this.#tables.get(table) ?? new Map<string, unknown>()
    this.#tables.set(table, rows)
    return rows
  }
}

function put(rows: Map<string, unknown>, key: string, value: unknown): void {
  if (value === undefined) rows.delete(key)
  else rows.set(key, value)
}

function newestFirst(changes: readonly Change[]): Change[] {
  return changes.toReversed()
}
