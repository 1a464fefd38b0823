import type { Hex } from '@medrec/protocol'
import type { NodeDatabase } from '@medrec/records/node'

/** What became of one record. */
export type RecordState = {
  readonly state: 'queued' | 'sent' | 'mined' | 'rejected'
  readonly transaction?: Hex
  readonly index?: number
  readonly reason?: string
}

/** A record that waits for its batch. */
export type QueuedRecord = {
  readonly row: number
  readonly bytes: Uint8Array
  readonly deadline: number | null
}

/** A signed transaction on its way; it is on disk before it is sent. */
export type Batch = {
  readonly number: number
  readonly nonce: number
  readonly raw: Hex
  readonly hash: Hex
  /** Block that it was seen in. */
  readonly block: number | null
}

const steps = [
  `CREATE TABLE relay_batch (
     number INTEGER PRIMARY KEY, nonce INTEGER NOT NULL, raw TEXT NOT NULL, hash TEXT NOT NULL,
     state TEXT NOT NULL CHECK (state IN ('sent', 'mined', 'final')), block INTEGER) STRICT;
   CREATE INDEX relay_batch_open ON relay_batch (number) WHERE state <> 'final';
   CREATE TABLE relay_record (
     number INTEGER PRIMARY KEY, post TEXT NOT NULL, position INTEGER NOT NULL, bytes BLOB NOT NULL,
     deadline INTEGER, received INTEGER NOT NULL, batch INTEGER REFERENCES relay_batch (number),
     place INTEGER, state TEXT NOT NULL CHECK (state IN ('queued', 'sent', 'mined', 'rejected')), reason TEXT,
     UNIQUE (post, position)) STRICT;
   CREATE INDEX relay_record_queue ON relay_record (number) WHERE state = 'queued';
   CREATE INDEX relay_record_batch ON relay_record (batch) WHERE batch IS NOT NULL;
   CREATE TABLE relay_spent (
     id TEXT NOT NULL, day INTEGER NOT NULL, operations INTEGER NOT NULL, PRIMARY KEY (id, day)) STRICT`,
]

/** Records, batches and what was spent of tokens, in a relay's database. Each function is one transaction. */
export class RecordQueue {
  readonly #database: NodeDatabase

  constructor(database: NodeDatabase) {
    database.migrate('relay', steps)
    this.#database = database
  }

  /** Keeps records and charges the token; on disk when it returns. False when the token has too little left. */
  add(options: {
    post: string
    records: readonly { bytes: Uint8Array; deadline: number | undefined }[]
    now: number
    charge: { id: Hex; day: number; allowance: number; operations: number } | undefined
  }): boolean {
    const { post, records, now, charge } = options
    return this.#database.transaction(() => {
      if (charge && !this.#spend(charge)) return false
      for (const [position, { bytes, deadline }] of records.entries())
        this.#database.run(
          `INSERT INTO relay_record (post, position, bytes, deadline, received, state)
           VALUES (?, ?, ?, ?, ?, 'queued')`,
          ...[post, position, bytes, deadline ?? null, now],
        )
      return true
    })
  }

  #spend(charge: { id: Hex; day: number; allowance: number; operations: number }): boolean {
    const { id, day, allowance, operations } = charge
    const known = this.#database.get<{ operations: number }>(
      'SELECT operations FROM relay_spent WHERE id = ? AND day = ?',
      ...[id, day],
    )
    const spent = (known?.operations ?? 0) + operations
    if (spent > allowance) return false
    this.#database.run(
      `INSERT INTO relay_spent (id, day, operations) VALUES (?, ?, ?)
       ON CONFLICT (id, day) DO UPDATE SET operations = excluded.operations`,
      ...[id, day, spent],
    )
    return true
  }

  /** How many records wait. */
  waiting(): number {
    return (
      this.#database.get<{ n: number }>(
        `SELECT count(*) AS n FROM relay_record WHERE state = 'queued'`,
      ) as { n: number }
    ).n
  }

  /** The oldest records that wait. */
  oldest(limit: number): readonly QueuedRecord[] {
    return this.#database.all<QueuedRecord>(
      `SELECT number AS row, bytes, deadline FROM relay_record WHERE state = 'queued'
       ORDER BY number LIMIT ?`,
      limit,
    )
  }

  /** Gives up records that nobody needs to pay for. */
  reject(rows: readonly number[], reason: string): void {
    this.#database.transaction(() => {
      for (const row of rows)
        this.#database.run(
          `UPDATE relay_record SET state = 'rejected', reason = ? WHERE number = ?`,
          ...[reason, row],
        )
    })
  }

  /** Keeps a signed batch and which record stands where in it. */
  seal(
    batch: { nonce: number; raw: Hex; hash: Hex },
    places: readonly { row: number; place: number }[],
  ): void {
    this.#database.transaction(() => {
      const { number } = this.#database.get<{ number: number }>(
        `INSERT INTO relay_batch (nonce, raw, hash, state) VALUES (?, ?, ?, 'sent') RETURNING number`,
        ...[batch.nonce, batch.raw, batch.hash],
      ) as { number: number }
      for (const { row, place } of places)
        this.#database.run(
          `UPDATE relay_record SET state = 'sent', batch = ?, place = ? WHERE number = ?`,
          ...[number, place, row],
        )
    })
  }

  /** Batches that are not final, oldest first. */
  open(): readonly (Batch & { readonly state: 'sent' | 'mined' })[] {
    return this.#database.all(
      `SELECT number, nonce, raw, hash, block, state FROM relay_batch WHERE state <> 'final' ORDER BY number`,
    )
  }

  /** Notes the block of a batch and which of its records the ledger refused. */
  mined(batch: number, block: number, rejected: ReadonlyMap<number, string>): void {
    this.#database.transaction(() => {
      this.#database.run(
        `UPDATE relay_batch SET state = 'mined', block = ? WHERE number = ?`,
        ...[block, batch],
      )
      this.#database.run(
        `UPDATE relay_record SET state = 'mined', reason = NULL WHERE batch = ?`,
        batch,
      )
      for (const [place, reason] of rejected)
        this.#database.run(
          `UPDATE relay_record SET state = 'rejected', reason = ? WHERE batch = ? AND place = ?`,
          ...[reason, batch, place],
        )
    })
  }

  /** Notes that no reorganisation reaches a batch any more. */
  final(batch: number): void {
    this.#database.run(`UPDATE relay_batch SET state = 'final' WHERE number = ?`, batch)
  }

  /** A batch that left the chain again is on its way once more. */
  undone(batch: number): void {
    this.#database.transaction(() => {
      this.#database.run(
        `UPDATE relay_batch SET state = 'sent', block = NULL WHERE number = ?`,
        batch,
      )
      this.#database.run(
        `UPDATE relay_record SET state = 'sent', reason = NULL WHERE batch = ?`,
        batch,
      )
    })
  }

  /** Gives up a transaction that can never be mined; its records wait for another one. */
  requeue(batch: number): void {
    this.#database.transaction(() => {
      this.#database.run(
        `UPDATE relay_record SET state = 'queued', batch = NULL, place = NULL, reason = NULL
         WHERE batch = ?`,
        batch,
      )
      this.#database.run('DELETE FROM relay_batch WHERE number = ?', batch)
    })
  }

  /** What became of the records of one post, in order; empty when there is no such post. */
  states(post: string): readonly RecordState[] {
    const rows = this.#database.all<{
      state: RecordState['state']
      hash: Hex | null
      place: number | null
      reason: string | null
    }>(
      `SELECT r.state, b.hash, r.place, r.reason FROM relay_record r
       LEFT JOIN relay_batch b ON b.number = r.batch WHERE r.post = ? ORDER BY r.position`,
      post,
    )
    return rows.map(({ state, hash, place, reason }) => ({
      state,
      ...(hash !== null && { transaction: hash }),
      ...(place !== null && { index: place }),
      ...(reason !== null && { reason }),
    }))
  }

  /** Forgets what is over: final records received before `moment`, and tokens of days before `day`. */
  forget(moment: number, day: number): void {
    this.#database.transaction(() => {
      this.#database.run(
        `DELETE FROM relay_record WHERE received < ? AND (state = 'rejected' OR batch IN
           (SELECT number FROM relay_batch WHERE state = 'final'))`,
        moment,
      )
      this.#database.run(
        `DELETE FROM relay_batch WHERE state = 'final'
         AND number NOT IN (SELECT batch FROM relay_record WHERE batch IS NOT NULL)`,
      )
      this.#database.run('DELETE FROM relay_spent WHERE day < ?', day)
    })
  }
}
