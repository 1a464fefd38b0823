import type { NodeDatabase } from '../NodeDatabase.ts'

/** An entry of the access log; `relationship` is null for what nobody has standing to read. */
export type LogRow = {
  readonly sequence: number
  readonly relationship: Uint8Array | null
  /** Within the relationship, from 0. */
  readonly number: number | null
  readonly time: number
  readonly text: string
  readonly head: Uint8Array
}

const columns = 'sequence, relationship, number, time, text, head'

/** Keeps a request's nonce; false when it was used before. */
export function useNonce(
  database: NodeDatabase,
  nonce: { key: Uint8Array; nonce: string; expires: number },
): boolean {
  return (
    database.run(
      'INSERT OR IGNORE INTO nonce VALUES (?, ?, ?)',
      nonce.key,
      nonce.nonce,
      nonce.expires,
    ).changes === 1
  )
}

/** Whether a nonce was used before. */
export function isUsed(database: NodeDatabase, key: Uint8Array, nonce: string): boolean {
  return (
    database.get('SELECT 1 AS used FROM nonce WHERE key = ? AND nonce = ?', key, nonce) !==
    undefined
  )
}

/** A clock that jumped ahead by a day and is put right must not let requests be repeated, in seconds. */
const nonceKept = 2 * 86_400

/** Forgets nonces of requests that are too old to be repeated, whatever the clock did meanwhile. */
export function dropNonces(database: NodeDatabase, now: number): void {
  database.run('DELETE FROM nonce WHERE expires < ?', now - nonceKept)
}

/** Appends an entry. */
export function append(database: NodeDatabase, row: Omit<LogRow, 'sequence'>): void {
  database.run(
    'INSERT INTO log (relationship, number, time, text, head) VALUES (?, ?, ?, ?, ?)',
    row.relationship,
    row.number,
    row.time,
    row.text,
    row.head,
  )
}

/** Last entry of every relationship. */
export function heads(database: NodeDatabase): readonly {
  readonly relationship: Uint8Array
  readonly number: number
  readonly head: Uint8Array
}[] {
  return database.all(
    `SELECT relationship, max(number) AS number, head FROM log
     WHERE relationship IS NOT NULL GROUP BY relationship`,
  )
}

/** Heads of all entries in order; the leaves of the log's tree. */
export function allHeads(database: NodeDatabase): readonly { readonly head: Uint8Array }[] {
  return database.all('SELECT head FROM log ORDER BY sequence')
}

/** Heads of entries after the first `after` ones, in order. */
export function headsAfter(
  database: NodeDatabase,
  after: number,
  limit: number,
): readonly { readonly head: Uint8Array }[] {
  return database.all(
    'SELECT head FROM log WHERE sequence > ? ORDER BY sequence LIMIT ?',
    after,
    limit,
  )
}

/** How many entries stand before the first one of a time (unix seconds) or later, and until the last one before it. */
export function placesOf(
  database: NodeDatabase,
  time: number,
): { readonly before: number; readonly until: number } {
  const row = database.get<{ first: number | null; last: number | null }>(
    `SELECT min(sequence) FILTER (WHERE time >= ?1) AS first,
       max(sequence) FILTER (WHERE time < ?1) AS last FROM log`,
    time,
  )
  const until = row?.last ?? 0
  return { before: row?.first ? row.first - 1 : until, until }
}

/** The earliest time among the entries after the first `after` ones; null when there are none. */
export function earliestAfter(database: NodeDatabase, after: number): number | null {
  const row = database.get<{ time: number | null }>(
    'SELECT min(time) AS time FROM log WHERE sequence > ?',
    after,
  )
  return row?.time ?? null
}

/** Entries of a relationship from number `from`. */
export function entriesOf(
  database: NodeDatabase,
  relationship: Uint8Array,
  from: number,
  limit: number,
): readonly LogRow[] {
  return database.all(
    `SELECT ${columns} FROM log WHERE relationship = ? AND number >= ? ORDER BY number LIMIT ?`,
    relationship,
    from,
    limit,
  )
}

/** The entry with a number. */
export function entryNumbered(database: NodeDatabase, sequence: number): LogRow | undefined {
  return database.get(`SELECT ${columns} FROM log WHERE sequence = ?`, sequence)
}

/** The newest entries of a time span, of one relationship or all, oldest first. */
export function entriesBetween(
  database: NodeDatabase,
  span: { from: number; to: number; limit: number; relationship?: Uint8Array | undefined },
): readonly LogRow[] {
  const { from, to, limit, relationship = null } = span
  return database
    .all<LogRow>(
      `SELECT ${columns} FROM log WHERE time >= ? AND time < ? AND (?3 IS NULL OR relationship = ?3)
       ORDER BY sequence DESC LIMIT ?`,
      from,
      to,
      relationship,
      limit,
    )
    .toReversed()
}

/** Entries of a time span that come after one with a number, oldest first. */
export function entriesAfter(
  database: NodeDatabase,
  span: { from: number; to: number; after: number; limit: number },
): readonly LogRow[] {
  return database.all(
    `SELECT ${columns} FROM log WHERE sequence > ? AND time >= ? AND time < ? ORDER BY sequence LIMIT ?`,
    span.after,
    span.from,
    span.to,
    span.limit,
  )
}

/** What ends something, seen before the chain told: kind `grant`, `relationship` (status) or `epoch`. */
export type RevocationRow = {
  readonly kind: 'grant' | 'relationship' | 'epoch'
  readonly key: Uint8Array
  /** Status of the relationship or the new epoch; 0 for a grant */
  readonly number: number
}

/** Keeps a revocation; an epoch only grows. */
export function keepRevocation(
  database: NodeDatabase,
  row: RevocationRow & { record: Uint8Array; seenAt: number },
): void {
  database.run(
    `INSERT INTO revocation VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (kind, key) DO UPDATE SET number = max(number, excluded.number)`,
    row.kind,
    row.key,
    row.number,
    row.record,
    row.seenAt,
  )
}

/** Every revocation seen. */
export function revocations(database: NodeDatabase): readonly RevocationRow[] {
  return database.all('SELECT kind, key, number FROM revocation')
}

/** Every revocation seen until a moment (unix seconds). */
export function revocationsUntil(database: NodeDatabase, time: number): readonly RevocationRow[] {
  return database.all('SELECT kind, key, number FROM revocation WHERE seen_at <= ?', time)
}

/** The subject's word on a version: verdict 0 seen, 1 wrong, 2 said before there was such a version. */
export type AcknowledgementRow = {
  readonly pointer: Uint8Array
  readonly version: number
  readonly verdict: number
  readonly reason: string | null
  readonly time: number
  /** How many words on this version were heard; this is the last of them. */
  readonly words: number
}

/** Keeps the last word on a version; false unless it was said after those that are known. */
export function keepAcknowledgement(database: NodeDatabase, row: AcknowledgementRow): boolean {
  return (
    database.run(
      `INSERT INTO acknowledgement (pointer, version, verdict, reason, time, words) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (pointer, version) DO UPDATE SET
         verdict = excluded.verdict, reason = excluded.reason, time = excluded.time, words = excluded.words
       WHERE excluded.words > words`,
      row.pointer,
      row.version,
      row.verdict,
      row.reason,
      row.time,
      row.words,
    ).changes === 1
  )
}

/** The last word on every version. */
export function acknowledgements(database: NodeDatabase): readonly AcknowledgementRow[] {
  return database.all('SELECT pointer, version, verdict, reason, time, words FROM acknowledgement')
}
