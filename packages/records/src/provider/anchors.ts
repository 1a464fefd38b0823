import type { NodeDatabase } from '../NodeDatabase.ts'

/** An anchor that we posted. */
export type AnchorRow = {
  readonly counter: number
  readonly previousRoot: Uint8Array
  readonly root: Uint8Array
  readonly logRoot: Uint8Array
  readonly query: Uint8Array
  readonly epoch: number
  readonly postedAt: number
  /** Entries of the access log that it commits to; null for anchors of versions that did not note it. */
  readonly logSize: number | null
  readonly mined: boolean
}

/** An anchor on the chain that commits to a known part of the access log. */
export type LogAnchorRow = {
  readonly counter: number
  readonly logRoot: Uint8Array
  readonly logSize: number
  readonly block: number
  /** Unix seconds */
  readonly blockTime: number
}

/** Keeps an anchor before it is posted, and notes on all that waits that this one commits to it first. */
export function post(database: NodeDatabase, anchor: Omit<AnchorRow, 'mined'>): void {
  database.transaction(() => {
    database.run(
      `INSERT INTO anchor
         (counter, previous_root, root, log_root, query, epoch, posted_at, log_size, mined)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)`,
      anchor.counter,
      anchor.previousRoot,
      anchor.root,
      anchor.logRoot,
      anchor.query,
      anchor.epoch,
      anchor.postedAt,
      anchor.logSize,
    )
    database.run('UPDATE version SET anchor = ? WHERE anchor IS NULL', anchor.counter)
    database.run('UPDATE index_leaf SET anchor = ? WHERE anchor IS NULL', anchor.counter)
  })
}

/** Notes that an anchor stands on the chain, and in which block (its time in unix seconds). */
export function markMined(
  database: NodeDatabase,
  counter: number,
  block: { readonly number: number; readonly time: number } | undefined,
): void {
  database.run(
    'UPDATE anchor SET mined = 1, block = ?, block_time = ? WHERE counter = ?',
    block?.number ?? null,
    block?.time ?? null,
    counter,
  )
}

const logAnchor = `SELECT counter, log_root AS logRoot, log_size AS logSize, block, block_time AS blockTime
  FROM anchor  WHERE block IS NOT NULL AND log_size IS NOT NULL`

/** Anchors of blocks until a time (unix seconds) that commit to at most so many entries of the log, newest first. */
export function logAnchorsUntil(
  database: NodeDatabase,
  at: { time: number; size: number; limit: number },
): readonly LogAnchorRow[] {
  return database.all(
    `${logAnchor} AND block_time <= ? AND log_size <= ? ORDER BY counter DESC LIMIT ?`,
    at.time,
    at.size,
    at.limit,
  )
}

/** Anchors of blocks from a time on that commit to at least so many entries of the log, oldest first. */
export function logAnchorsFrom(
  database: NodeDatabase,
  at: { time: number; size: number; limit: number },
): readonly LogAnchorRow[] {
  return database.all(
    `${logAnchor} AND block_time >= ? AND log_size >= ? ORDER BY counter LIMIT ?`,
    at.time,
    at.size,
    at.limit,
  )
}

/** Anchors in a block that commit to exactly so many entries of the log, newest first. */
export function logAnchorsIn(
  database: NodeDatabase,
  at: { block: number; size: number },
): readonly LogAnchorRow[] {
  return database.all(
    `${logAnchor} AND block = ? AND log_size = ? ORDER BY counter DESC`,
    at.block,
    at.size,
  )
}

/** Undoes `post` for an anchor that will never be mined. */
export function withdraw(database: NodeDatabase, counter: number): void {
  database.transaction(() => {
    database.run('DELETE FROM anchor WHERE counter = ?', counter)
    database.run('UPDATE version SET anchor = NULL WHERE anchor = ?', counter)
    database.run('UPDATE index_leaf SET anchor = NULL WHERE anchor = ?', counter)
  })
}

/** The newest anchors, newest first. */
export function newest(database: NodeDatabase, limit: number): readonly AnchorRow[] {
  return database
    .all<Omit<AnchorRow, 'mined'> & { mined: number }>(
      `SELECT counter, previous_root AS previousRoot, root, log_root AS logRoot, query, epoch,
         posted_at AS postedAt, log_size AS logSize, mined FROM anchor ORDER BY counter DESC LIMIT ?`,
      limit,
    )
    .map((row) => ({ ...row, mined: row.mined === 1 }))
}

/** Whether something waits for an anchor. */
export function isWaiting(database: NodeDatabase): boolean {
  const row = database.get<{ waiting: number }>(
    `SELECT EXISTS (SELECT 1 FROM version WHERE anchor IS NULL)
       OR EXISTS (SELECT 1 FROM index_leaf WHERE anchor IS NULL) AS waiting`,
  )
  return row?.waiting === 1
}
