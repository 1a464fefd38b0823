import { RowsUnusableError, wholeLimits } from '../adapter/Adapter.ts'
import { ReadError } from '../adapter/RowCollector.ts'
import type { Core } from '../Core.ts'
import type { Definition } from '../catalogue.ts'
import { RowMark } from './RowMark.ts'
import type { RowSpool } from './RowSpool.ts'

/** Which rows: what is asked of the database, of whom, and the secret of the pointer to them. */
export type RecordAt = {
  readonly definition: Definition
  readonly owner: string
  readonly secret: Uint8Array
}

/**
 * Goes through all rows of a record, some at a time, and tells their mark; keeps them in a spool where there is one.
 * Throws RowsUnusableError, DatabaseBusyError, DatabaseStoppedError.
 */
export async function gatherRows(
  core: Pick<Core, 'adapter'>,
  { definition, owner, secret }: RecordAt,
  spool?: RowSpool,
): Promise<Uint8Array> {
  const mark = new RowMark(secret)
  let [count, size] = [0, 0]
  const take = async ({ rows, keys }: Parameters<Taker>[0]): Promise<void> => {
    const texts = rows.map((row, i) => ({ key: JSON.stringify(keys[i]), row: JSON.stringify(row) }))
    for (const { key, row } of texts) {
      mark.add(key, row)
      size += row.length
    }
    count += rows.length
    if (count > wholeLimits.rows) throw new ReadError({ problem: 'rows' })
    if (size > wholeLimits.bytes) throw new ReadError({ problem: 'bytes' })
    spool?.add(texts)
    await nextTurn()
  }
  try {
    await core.adapter.each(definition, owner, take)
  } catch (error) {
    throw error instanceof ReadError ? new RowsUnusableError(error.told) : error
  }
  return mark.value()
}

type Taker = Parameters<Core['adapter']['each']>[2]

/** Lets other requests be answered before work goes on. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
