import type { NodeDatabase } from '../NodeDatabase.ts'

/** A part of a version that no one answer holds; `texts`: its fields' leaves' exact texts. */
export type PartRow = {
  readonly pointer: Uint8Array
  readonly version: number
  readonly number: number
  /** Place of its first row in the whole, and how many it has. */
  readonly first: number
  readonly rows: number
  readonly hash: Uint8Array
  readonly texts: string
}

/** Keeps a part; of a version that is not there yet it is nothing that anybody reads. */
export function insertPart(database: NodeDatabase, row: PartRow): void {
  const { pointer, version, number, first, rows, hash, texts } = row
  database.run(
    'INSERT INTO part VALUES (?, ?, ?, ?, ?, ?, ?)',
    ...[pointer, version, number, first, rows, hash, texts],
  )
}

/** One part of a version. */
export function partOf(
  database: NodeDatabase,
  pointer: Uint8Array,
  { version, number }: { readonly version: number; readonly number: number },
): PartRow | undefined {
  return database.get(
    'SELECT * FROM part WHERE pointer = ? AND version = ? AND number = ?',
    ...[pointer, version, number],
  )
}

/** Hashes of a version's parts, in their order. */
export function partHashes(
  database: NodeDatabase,
  pointer: Uint8Array,
  version: number,
): readonly Uint8Array[] {
  return database
    .all<{ hash: Uint8Array }>(
      'SELECT hash FROM part WHERE pointer = ? AND version = ? ORDER BY number',
      ...[pointer, version],
    )
    .map(({ hash }) => hash)
}

/** Forgets parts of pointers that never came to be: a crash left them. */
export function dropForeignParts(database: NodeDatabase): void {
  database.run('DELETE FROM part WHERE pointer NOT IN (SELECT id FROM pointer)')
}

/** Forgets one part that belongs to no kept version; false when there is none left. */
export function dropOnePart(database: NodeDatabase, pointer: Uint8Array): boolean {
  const { changes } = database.run(
    `DELETE FROM part WHERE rowid = (SELECT p.rowid FROM part AS p WHERE p.pointer = ?1 AND NOT EXISTS
       (SELECT 1 FROM version AS v WHERE v.pointer = ?1 AND v.version = p.version AND v.texts IS NOT NULL) LIMIT 1)`,
    pointer,
  )
  return changes > 0
}
