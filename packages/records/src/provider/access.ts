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

/** Entries of a time span, oldest first. */
export function entriesBetween(
  database: NodeDatabase,
  span: { from: number; to: number; limit: number },
): readonly LogRow[] {
  return database.all(
    `SELECT ${columns} FROM log WHERE time >= ? AND time < ? ORDER BY sequence LIMIT ?`,
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
