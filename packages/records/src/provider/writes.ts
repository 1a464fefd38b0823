import type { NodeDatabase } from '../NodeDatabase.ts'

/** A write to the institution's database, kept before it is done, so that it is done once. */
export type WriteRow = {
  readonly id: string
  /** Of what is written: the same id with another content is refused. */
  readonly digest: Uint8Array
  readonly pointer: Uint8Array
  /** The record's own id in the institution's database. */
  readonly record: string
  readonly reason: string | null
  readonly staff: string
  readonly startedAt: number
  readonly finished: boolean
}

type Stored = Omit<WriteRow, 'finished'> & { readonly finished: number }

const columns = 'id, digest, pointer, record, reason, staff, started_at AS startedAt, finished'

/** Keeps what is about to be written. */
export function start(database: NodeDatabase, row: Omit<WriteRow, 'finished'>): void {
  database.run(
    'INSERT INTO write_request VALUES (?, ?, ?, ?, ?, ?, ?, 0)',
    row.id,
    row.digest,
    row.pointer,
    row.record,
    row.reason,
    row.staff,
    row.startedAt,
  )
}

/** A write by its request id. */
export function find(database: NodeDatabase, id: string): WriteRow | undefined {
  const row = database.get<Stored>(`SELECT ${columns} FROM write_request WHERE id = ?`, id)
  return row && { ...row, finished: row.finished === 1 }
}

/** Writes of a pointer that a crash may have left between the two databases. */
export function unfinished(database: NodeDatabase, pointer: Uint8Array): readonly WriteRow[] {
  return database
    .all<Stored>(
      `SELECT ${columns} FROM write_request WHERE pointer = ? AND finished = 0 ORDER BY started_at`,
      pointer,
    )
    .map((row) => ({ ...row, finished: false }))
}

/** All writes that a crash may have left between the two databases. */
export function interrupted(database: NodeDatabase): readonly { readonly id: string }[] {
  return database.all('SELECT id FROM write_request WHERE finished = 0')
}

/** Notes that an interrupted write left no trace in the data: it explains no later change. */
export function lapse(database: NodeDatabase, id: string): void {
  database.run('UPDATE write_request SET finished = 2 WHERE id = ? AND finished = 0', id)
}

/** Takes a write up again that had left no trace. */
export function takeUp(database: NodeDatabase, id: string): void {
  database.run('UPDATE write_request SET finished = 0 WHERE id = ? AND finished = 2', id)
}

/** Notes the id that the institution's database gave the record. */
export function name(database: NodeDatabase, id: string, record: string): void {
  database.run('UPDATE write_request SET record = ? WHERE id = ?', record, id)
}

/** Notes that a write is in the institution's database and in a version of the pointer. */
export function finish(database: NodeDatabase, id: string): void {
  database.run('UPDATE write_request SET finished = 1 WHERE id = ?', id)
}

/** Forgets a write that the institution's database refused. */
export function abandon(database: NodeDatabase, id: string): void {
  database.run('DELETE FROM write_request WHERE id = ? AND finished <> 1', id)
}
