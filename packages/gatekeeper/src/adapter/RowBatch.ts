import type { Limits, ReadRows } from './messages.ts'
import { type Columns, RowCollector } from './RowCollector.ts'
import type { SqlRead } from './typedText.ts'

/** What is read at a time of a record that no one answer holds: rows, and characters beyond which none is added. */
const batchRows = 1_000
const batchSize = 262_144

/** Takes rows of one owner, checked like all rows, until there are enough of them to hand on. */
export class RowBatch {
  readonly #columns: Columns
  readonly #owner: string
  readonly #limits: Limits
  #collector: RowCollector
  #rows = 0
  #size = 0

  /** @param limits of one answer: a single row that exceeds them is refused */
  constructor(columns: Columns, owner: string, limits: Limits) {
    this.#columns = columns
    this.#owner = owner
    // What a driver has read already may come on top.
    const [rows, bytes] = [8 * batchRows, 8 * batchSize + limits.bytes]
    this.#limits = { ...limits, rows, bytes }
    this.#collector = new RowCollector(columns, owner, this.#limits)
  }

  /** Throws ReadError. */
  add(read: readonly SqlRead[]): void {
    this.#collector.add(read)
    this.#rows += 1
    for (const value of read) this.#size += sizeOf(value)
  }

  get isEmpty(): boolean {
    return this.#rows === 0
  }
  get isFull(): boolean {
    return this.#rows >= batchRows || this.#size >= batchSize
  }

  /** The rows so far, of which none is kept. Throws ReadError. */
  take(): ReadRows {
    const rows = this.#collector.rows()
    this.#collector = new RowCollector(this.#columns, this.#owner, this.#limits)
    this.#rows = 0
    this.#size = 0
    return rows
  }
}

function sizeOf(value: SqlRead): number {
  if (typeof value === 'string') return value.length
  return value instanceof Uint8Array ? Math.ceil(value.length * 1.4) : 8
}
