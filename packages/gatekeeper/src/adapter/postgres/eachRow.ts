import type pg from 'pg'
import type { Limits } from '../messages.ts'
import type { Batches, Sink } from '../server/Backend.ts'
import { StatementQuery } from './StatementQuery.ts'

/** Rows fetched at first, and at most; a large row is fetched with few others. */
const [firstFetch, largestFetch] = [16, 512]
/** Characters on the wire that a fetch should bring. */
const wantedBytes = 524_288

/**
 * Hands on the rows of a statement by a cursor in a read-only transaction: all are of one moment, and the server
 * keeps what was not fetched (PostgreSQL 15 manual, DECLARE). A fetch that takes too long ends it, as any statement.
 */
export async function eachRow(
  client: pg.PoolClient,
  { text, values }: { readonly text: string; readonly values: readonly (string | null)[] },
  limits: Limits,
  sink: Sink & Batches,
): Promise<void> {
  const bytes = 3 * limits.bytes + 4 * wantedBytes
  const run = async (sql: string, bound: typeof values, into: Sink): Promise<void> => {
    const statement = { name: '', text: sql, names: [] }
    const query = new StatementQuery(statement, bound, { rows: largestFetch, bytes }, into)
    client.query(query)
    await query.done
  }
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    await run(`DECLARE medrec_rows NO SCROLL CURSOR FOR ${text}`, values, nothing)
    for (let wanted = firstFetch; ; ) {
      let found = 0
      let size = 0
      await run(`FETCH ${wanted} FROM medrec_rows`, [], {
        described: sink.described,
        row: (read) => {
          found += 1
          for (const value of read) size += typeof value === 'string' ? value.length : 8
          sink.row(read)
        },
      })
      if (sink.isFull()) await sink.drain()
      if (found < wanted) break
      wanted = Math.max(1, Math.min(largestFetch, Math.floor((wanted * wantedBytes) / (size + 1))))
    }
    await sink.drain()
    await client.query('COMMIT')
  } catch (error) {
    // The connection may be gone; then the server rolls back by itself.
    await client.query('ROLLBACK').catch(() => undefined)
    throw error
  }
}

const nothing: Sink = { described: () => undefined, row: () => undefined }
