import type { NodeDatabase } from '../NodeDatabase.ts'

/** An emergency access (break-glass); `relationship` is null when the person named has none here. */
export type EmergencyRow = {
  readonly id: Uint8Array
  readonly relationship: Uint8Array | null
  readonly idTag: Uint8Array
  readonly identity: Uint8Array
  readonly name: string
  readonly reason: string
  readonly openedAt: number
  readonly expiresAt: number
  /** 1 once the patient's note is on its way: nothing is read before. */
  readonly noted: number
  readonly reviewedAt: number | null
  readonly reviewer: string | null
  readonly outcome: string | null
  readonly remark: string | null
}

const columns = `id, relationship, id_tag AS idTag, identity, name, reason, opened_at AS openedAt,
  expires_at AS expiresAt, noted, reviewed_at AS reviewedAt, reviewer, outcome, remark`

/** Keeps an access that is being opened, unless its identity opened `most` since `since`: false then. */
export function open(
  database: NodeDatabase,
  row: Pick<
    EmergencyRow,
    'id' | 'relationship' | 'idTag' | 'identity' | 'name' | 'reason' | 'openedAt' | 'expiresAt'
  >,
  limit: { readonly since: number; readonly most: number },
): boolean {
  return database.transaction(() => {
    const { count } = database.get<{ count: number }>(
      'SELECT count(*) AS count FROM emergency WHERE id_tag = ? AND opened_at > ?',
      row.idTag,
      limit.since,
    ) ?? { count: 0 }
    if (count >= limit.most) return false
    database.run(
      `INSERT INTO emergency (id, relationship, id_tag, identity, name, reason, opened_at, expires_at, noted)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)`,
      row.id,
      row.relationship,
      row.idTag,
      row.identity,
      row.name,
      row.reason,
      row.openedAt,
      row.expiresAt,
    )
    return true
  })
}

/** The patient's note of it is on its way. */
export function markNoted(database: NodeDatabase, id: Uint8Array): void {
  database.run('UPDATE emergency SET noted = 1 WHERE id = ?', id)
}

/** One access. */
export function find(database: NodeDatabase, id: Uint8Array): EmergencyRow | undefined {
  return database.get(`SELECT ${columns} FROM emergency WHERE id = ?`, id)
}

/** Every access, those without a review first, then the newest. */
export function list(database: NodeDatabase, limit: number): readonly EmergencyRow[] {
  return database.all(
    `SELECT ${columns} FROM emergency
     ORDER BY reviewed_at IS NOT NULL, opened_at DESC, id LIMIT ?`,
    limit,
  )
}

/** Keeps a review; false when there was one, or there is no such access. */
export function review(
  database: NodeDatabase,
  id: Uint8Array,
  said: {
    readonly reviewedAt: number
    readonly reviewer: string
    readonly outcome: string
    readonly remark: string
  },
): boolean {
  return (
    database.run(
      `UPDATE emergency SET reviewed_at = ?, reviewer = ?, outcome = ?, remark = ?
       WHERE id = ? AND reviewed_at IS NULL`,
      said.reviewedAt,
      said.reviewer,
      said.outcome,
      said.remark,
      id,
    ).changes === 1
  )
}

/** What a subject says may be read in an emergency (bit c = category c), and when she said it (unix seconds). */
export type WordRow = {
  readonly relationship: Uint8Array
  readonly categories: number
  readonly time: number
}

/** Keeps her word; an older one than is kept changes nothing. */
export function keepWord(database: NodeDatabase, row: WordRow): void {
  database.run(
    `INSERT INTO emergency_word VALUES (?, ?, ?)
     ON CONFLICT (relationship) DO UPDATE SET categories = excluded.categories, time = excluded.time
     WHERE excluded.time > time`,
    row.relationship,
    row.categories,
    row.time,
  )
}

/** Every word. */
export function words(database: NodeDatabase): readonly WordRow[] {
  return database.all('SELECT relationship, categories, time FROM emergency_word')
}
