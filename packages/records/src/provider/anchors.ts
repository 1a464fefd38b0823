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
  readonly mined: boolean
}

/** Keeps an anchor before it is posted, and notes on all that waits that this one commits to it first. */
export function post(database: NodeDatabase, anchor: Omit<AnchorRow, 'mined'>): void {
  database.transaction(() => {
    database.run(
      'INSERT INTO anchor VALUES (?, ?, ?, ?, ?, ?, ?, 0)',
      anchor.counter,
      anchor.previousRoot,
      anchor.root,
      anchor.logRoot,
      anchor.query,
      anchor.epoch,
      anchor.postedAt,
    )
    database.run('UPDATE version SET anchor = ? WHERE anchor IS NULL', anchor.counter)
    database.run('UPDATE index_leaf SET anchor = ? WHERE anchor IS NULL', anchor.counter)
  })
}

/** Notes that an anchor stands on the chain. */
export function markMined(database: NodeDatabase, counter: number): void {
  database.run('UPDATE anchor SET mined = 1 WHERE counter = ?', counter)
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
         posted_at AS postedAt, mined FROM anchor ORDER BY counter DESC LIMIT ?`,
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
