import { Oprf } from '@medrec/protocol'
import type { NodeDatabase } from '@medrec/records/node'

const steps = [
  `CREATE TABLE registrar_key (id INTEGER PRIMARY KEY CHECK (id = 1), bytes BLOB NOT NULL) STRICT;
   CREATE TABLE registrar_lookup (
     number INTEGER PRIMARY KEY, time INTEGER NOT NULL, day INTEGER NOT NULL, institution TEXT NOT NULL,
     staff TEXT NOT NULL, outcome TEXT NOT NULL) STRICT;
   CREATE INDEX registrar_lookup_day ON registrar_lookup (day, institution, staff);
   CREATE TABLE registrar_nonce (nonce TEXT PRIMARY KEY, until INTEGER NOT NULL) STRICT, WITHOUT ROWID`,
]

/** One look-up as the registrar keeps it: who asked, never for whom. */
export type LoggedLookup = {
  readonly time: number
  readonly institution: string
  readonly staff: string
  readonly outcome: 'answered' | 'quota'
}

/** The registrar's key, look-ups and nonces, in its database. */
export class LookupLog {
  readonly #database: NodeDatabase

  constructor(database: NodeDatabase) {
    database.migrate('registrar', steps)
    this.#database = database
  }

  /** The OPRF key: made once, then always the same; all idTags of the network hang on it. */
  key(): Uint8Array {
    return this.#database.transaction(() => {
      this.#database.run(
        'INSERT INTO registrar_key (id, bytes) VALUES (1, ?) ON CONFLICT (id) DO NOTHING',
        Oprf.newOprfKey(),
      )
      const { bytes } = this.#database.get<{ bytes: Uint8Array }>(
        'SELECT bytes FROM registrar_key WHERE id = 1',
      ) as { bytes: Uint8Array }
      return new Uint8Array(bytes)
    })
  }

  /** Whether this nonce comes for the first time; remembered until its request is too old anyway. */
  isNew(nonce: string, until: number, now: number): boolean {
    return this.#database.transaction(() => {
      this.#database.run('DELETE FROM registrar_nonce WHERE until < ?', Math.floor(now))
      const { changes } = this.#database.run(
        'INSERT INTO registrar_nonce (nonce, until) VALUES (?, ?) ON CONFLICT (nonce) DO NOTHING',
        ...[nonce, until],
      )
      return changes === 1
    })
  }

  /** Counts a look-up against both quotas and logs it; false when either is used up. */
  take(options: {
    institution: string
    staff: string
    now: number
    quota: { institution: number; staff: number }
  }): boolean {
    const { institution, staff, now, quota } = options
    const day = Math.floor(now / 86_400)
    return this.#database.transaction(() => {
      const counts = this.#database.get<{ institution: number; staff: number }>(
        `SELECT count(*) AS institution, coalesce(sum(staff = ?), 0) AS staff FROM registrar_lookup
         WHERE day = ? AND institution = ? AND outcome = 'answered'`,
        ...[staff, day, institution],
      ) as { institution: number; staff: number }
      const fits = counts.institution < quota.institution && counts.staff < quota.staff
      this.#database.run(
        `INSERT INTO registrar_lookup (time, day, institution, staff, outcome) VALUES (?, ?, ?, ?, ?)`,
        ...[Math.floor(now), day, institution, staff, fits ? 'answered' : 'quota'],
      )
      return fits
    })
  }

  /** The newest look-ups, newest first. */
  newest(limit: number): readonly LoggedLookup[] {
    return this.#database.all<LoggedLookup>(
      `SELECT time, institution, staff, outcome FROM registrar_lookup ORDER BY number DESC LIMIT ?`,
      limit,
    )
  }
}
