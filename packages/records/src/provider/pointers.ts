import type { NodeDatabase } from '../NodeDatabase.ts'

/** A pointer of a relationship: one catalogue resource, with its secrets. */
export type PointerRow = {
  readonly id: Uint8Array
  readonly relationship: Uint8Array
  readonly resource: string
  readonly category: number
  readonly schema: number
  readonly catalogue: number
  /** Digest of the resource's definition, which the pointer keeps for ever. */
  readonly definition: string
  readonly key: Uint8Array
  readonly secret: Uint8Array
  readonly query: string
  readonly querySalt: Uint8Array
  readonly queryHash: Uint8Array
}

/** A version of a pointer. `texts`: the leaves' exact texts, kept for the newest and what it is compared with. */
export type VersionRow = {
  readonly pointer: Uint8Array
  readonly version: number
  readonly previous: Uint8Array
  readonly origin: number
  readonly result: Uint8Array
  readonly time: number
  readonly leaf: Uint8Array
  readonly reason: string | null
  readonly staff: string | null
  readonly rows: number
  readonly texts: string | null
  /** The index leaf that was made with it. */
  readonly indexNumber: number
  /** Number of its update tag; 0 for the first version, which its note announces. */
  readonly updateNumber: number
  /** Counter of the anchor that commits to it first. */
  readonly anchor: number | null
  /** Number of its parts where no one answer holds it, else 0; `texts` is its header alone then. */
  readonly parts: number
  /** Of a version in parts: what any change of its rows changes. */
  readonly mark: Uint8Array | null
}

/** An index leaf of a relationship, opened. */
export type IndexRow = {
  readonly relationship: Uint8Array
  readonly number: number
  readonly size: number
  readonly entries: Uint8Array
  readonly updates: number
  readonly logHead: Uint8Array
  readonly logLength: number
  readonly hidden: Uint8Array
  readonly previous: Uint8Array
  readonly leaf: Uint8Array
  readonly time: number
  readonly anchor: number | null
}

const pointerColumns = `id, relationship, resource, category, schema, catalogue, definition, key,
  secret, query, query_salt AS querySalt, query_hash AS queryHash`
const versionColumns = `pointer, version, previous, origin, result, time, leaf, reason, staff, rows,
  texts, index_number AS indexNumber, update_number AS updateNumber, anchor, parts, mark`
const indexColumns = `relationship, number, size, entries, updates, log_head AS logHead,
  log_length AS logLength, hidden, previous, leaf, time, anchor`

/** Keeps a resource's definition under its digest. */
export function keepDefinition(
  database: NodeDatabase,
  definition: { digest: string; catalogue: number; json: string },
): void {
  database.run(
    'INSERT OR IGNORE INTO definition VALUES (?, ?, ?)',
    definition.digest,
    definition.catalogue,
    definition.json,
  )
}

/** Every definition that a pointer may name. */
export function definitions(
  database: NodeDatabase,
): readonly { readonly digest: string; readonly json: string }[] {
  return database.all('SELECT digest, json FROM definition ORDER BY catalogue, digest')
}

/** Keeps a new pointer. */
export function insertPointer(database: NodeDatabase, row: PointerRow): void {
  database.run(
    'INSERT INTO pointer VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)',
    row.id,
    row.relationship,
    row.resource,
    row.category,
    row.schema,
    row.catalogue,
    row.definition,
    row.key,
    row.secret,
    row.query,
    row.querySalt,
    row.queryHash,
  )
}

/** Every pointer. */
export function allPointers(database: NodeDatabase): readonly PointerRow[] {
  return database.all(`SELECT ${pointerColumns} FROM pointer ORDER BY id`)
}

/** Pointers whose note is not in the outbox yet. */
export function unannouncedPointers(database: NodeDatabase): readonly PointerRow[] {
  return database.all(`SELECT ${pointerColumns} FROM pointer WHERE announced = 0 ORDER BY id`)
}

/** Notes that a pointer's note is in the outbox. */
export function markPointerAnnounced(database: NodeDatabase, id: Uint8Array): void {
  database.run('UPDATE pointer SET announced = 1 WHERE id = ?', id)
}

/** Keeps a new version. */
export function insertVersion(database: NodeDatabase, row: VersionRow): void {
  database.run(
    'INSERT INTO version VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    row.pointer,
    row.version,
    row.previous,
    row.origin,
    row.result,
    row.time,
    row.leaf,
    row.reason,
    row.staff,
    row.rows,
    row.texts,
    row.indexNumber,
    row.updateNumber,
    row.updateNumber === 0 ? 1 : 0,
    row.anchor,
    row.parts,
    row.mark,
  )
}

/** Versions of a pointer, oldest first. */
export function versionsOf(database: NodeDatabase, pointer: Uint8Array): readonly VersionRow[] {
  return database.all(
    `SELECT ${versionColumns} FROM version WHERE pointer = ? ORDER BY version`,
    pointer,
  )
}

/** One version of a pointer. */
export function versionOf(
  database: NodeDatabase,
  pointer: Uint8Array,
  version: number,
): VersionRow | undefined {
  return database.get(
    `SELECT ${versionColumns} FROM version WHERE pointer = ? AND version = ?`,
    pointer,
    version,
  )
}

/** The newest version of every pointer, as of an anchor or of now; without the texts. */
export function newestVersions(
  database: NodeDatabase,
  anchor?: number,
): readonly Omit<VersionRow, 'texts'>[] {
  return database.all(
    `SELECT ${versionColumns.replace('texts', 'NULL AS texts')} FROM version AS v
     WHERE version = (SELECT max(version) FROM version AS w
       WHERE w.pointer = v.pointer AND (?1 IS NULL OR w.anchor <= ?1))`,
    anchor ?? null,
  )
}

/** The newest version of an origin, of every pointer that has one. */
export function newestOfOrigin(
  database: NodeDatabase,
  origin: number,
): readonly { readonly pointer: Uint8Array; readonly version: number }[] {
  return database.all(
    'SELECT pointer, max(version) AS version FROM version WHERE origin = ? GROUP BY pointer',
    origin,
  )
}

/** Versions whose update tag is not in the outbox yet, oldest first. */
export function unannouncedVersions(
  database: NodeDatabase,
): readonly { readonly pointer: Uint8Array; readonly version: number; readonly update: number }[] {
  return database.all(
    'SELECT pointer, version, update_number AS "update" FROM version WHERE announced = 0 ORDER BY time, update_number',
  )
}

/** Notes that a version's update tag is in the outbox. */
export function markVersionAnnounced(
  database: NodeDatabase,
  pointer: Uint8Array,
  version: number,
): void {
  database.run(
    'UPDATE version SET announced = 1 WHERE pointer = ? AND version = ?',
    pointer,
    version,
  )
}

/** Forgets the texts of versions below `version`. */
export function dropTexts(database: NodeDatabase, pointer: Uint8Array, version: number): void {
  database.run(
    'UPDATE version SET texts = NULL WHERE pointer = ? AND version < ? AND texts IS NOT NULL',
    pointer,
    version,
  )
}

/** Keeps a new index leaf. */
export function insertIndex(database: NodeDatabase, row: IndexRow): void {
  database.run(
    'INSERT INTO index_leaf VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    row.relationship,
    row.number,
    row.size,
    row.entries,
    row.updates,
    row.logHead,
    row.logLength,
    row.hidden,
    row.previous,
    row.leaf,
    row.time,
    row.anchor,
  )
}

/** The newest index leaf of every relationship, as of an anchor or of now. */
export function newestIndexes(database: NodeDatabase, anchor?: number): readonly IndexRow[] {
  return database.all(
    `SELECT ${indexColumns} FROM index_leaf AS i
     WHERE number = (SELECT max(number) FROM index_leaf AS j
       WHERE j.relationship = i.relationship AND (?1 IS NULL OR j.anchor <= ?1))`,
    anchor ?? null,
  )
}

/** One index leaf. */
export function indexOf(
  database: NodeDatabase,
  relationship: Uint8Array,
  number: number,
): IndexRow | undefined {
  return database.get(
    `SELECT ${indexColumns} FROM index_leaf WHERE relationship = ? AND number = ?`,
    relationship,
    number,
  )
}

/** Index leaves after the one with the hash `since`, oldest first; undefined when that one is unknown. */
export function indexesSince(
  database: NodeDatabase,
  relationship: Uint8Array,
  since: Uint8Array,
): readonly IndexRow[] | undefined {
  const known = database.get<{ number: number }>(
    'SELECT number FROM index_leaf WHERE relationship = ? AND leaf = ?',
    relationship,
    since,
  )
  return (
    known &&
    database.all(
      `SELECT ${indexColumns} FROM index_leaf WHERE relationship = ? AND number > ? ORDER BY number`,
      relationship,
      known.number,
    )
  )
}
