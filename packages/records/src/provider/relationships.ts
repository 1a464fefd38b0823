import type { NodeDatabase } from '../NodeDatabase.ts'

/** A relationship that this institution proposed, with the terms only it and the subject know. */
export type RelationshipRow = {
  readonly id: Uint8Array
  readonly localPatient: string
  readonly subjectTag: Uint8Array
  readonly stewardVersion: number
  readonly subjectVersion: number
  readonly nonce: Uint8Array
  readonly salt: Uint8Array
  readonly policy: number
  readonly consent: Uint8Array
  readonly stewardController: Uint8Array
  readonly subjectController: Uint8Array
  /** Where its index stands in the pointer map. */
  readonly indexKey: Uint8Array
  readonly restored: boolean
  /** Whether the proposal was handed to the outbox. */
  readonly proposed: boolean
  readonly createdAt: number
}

type Stored = Omit<RelationshipRow, 'restored' | 'proposed'> & {
  readonly restored: number
  readonly proposed: number
}

const columns = `id, local_patient AS localPatient, subject_tag AS subjectTag,
  steward_version AS stewardVersion, subject_version AS subjectVersion, nonce, salt, policy, consent,
  steward_controller AS stewardController, subject_controller AS subjectController,
  index_key AS indexKey, restored, proposed, created_at AS createdAt`

/** Keeps a new relationship. */
export function insert(database: NodeDatabase, row: RelationshipRow): void {
  database.run(
    'INSERT INTO relationship VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    row.id,
    row.localPatient,
    row.subjectTag,
    row.stewardVersion,
    row.subjectVersion,
    row.nonce,
    row.salt,
    row.policy,
    row.consent,
    row.stewardController,
    row.subjectController,
    row.indexKey,
    Number(row.restored),
    Number(row.proposed),
    row.createdAt,
  )
}

/** Every relationship, oldest first. */
export function all(database: NodeDatabase): readonly RelationshipRow[] {
  return database
    .all<Stored>(`SELECT ${columns} FROM relationship ORDER BY created_at, id`)
    .map((row) => ({ ...row, restored: row.restored === 1, proposed: row.proposed === 1 }))
}

/** Notes that the proposal is in the outbox. */
export function markProposed(database: NodeDatabase, id: Uint8Array): void {
  database.run('UPDATE relationship SET proposed = 1 WHERE id = ?', id)
}
