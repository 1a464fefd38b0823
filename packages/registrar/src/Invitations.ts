import { type Hex, MedrecError, random, sha256, utf8 } from '@medrec/protocol'
import type { NodeDatabase } from '@medrec/records/node'

/** Somebody who was invited to register, as the desk keeps it. */
export type Invitation = {
  readonly localPatient: string
  readonly idTag: Hex
  /** Unix seconds */
  readonly expires: number
  readonly state: 'open' | 'begun' | 'used'
  /** JSON of the signed registration, once begun. */
  readonly registration: string | null
  /** Private half of the possession challenge, while it waits for its answer. */
  readonly secret: Uint8Array | null
}

/** Keys that a person showed at this desk. */
export type Shown = { readonly identity: Hex; readonly version: number }

const steps = [
  `CREATE TABLE desk_invitation (
     code BLOB PRIMARY KEY, local_patient TEXT NOT NULL, id_tag TEXT NOT NULL, expires INTEGER NOT NULL,
     state TEXT NOT NULL CHECK (state IN ('open', 'begun', 'used')), registration TEXT, secret BLOB) STRICT,
     WITHOUT ROWID;
   CREATE TABLE desk_shown (
     id_tag TEXT PRIMARY KEY, local_patient TEXT NOT NULL, identity TEXT NOT NULL, version INTEGER NOT NULL,
     time INTEGER NOT NULL) STRICT, WITHOUT ROWID`,
]

/** Letters that nobody takes for another; 32 of them, 5 bits each. */
const alphabet = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ'
const codeLength = 12

/** Invitations and shown keys in an institution's database. Codes stand there as hashes only. */
export class Invitations {
  readonly #database: NodeDatabase

  constructor(database: NodeDatabase) {
    database.migrate('desk', steps)
    this.#database = database
  }

  /** Keeps an invitation and returns its code: 60 random bits. Earlier ones for the same person end. */
  add(options: { localPatient: string; idTag: Hex; expires: number }): string {
    const { localPatient, idTag, expires } = options
    const letters = [...random(codeLength)].map((byte) => alphabet[byte & 31] as string)
    const code = (letters.join('').match(/.{4}/g) as string[]).join('-')
    this.#database.transaction(() => {
      this.#database.run(
        `DELETE FROM desk_invitation WHERE local_patient = ? AND state <> 'used'`,
        localPatient,
      )
      this.#database.run(
        `INSERT INTO desk_invitation (code, local_patient, id_tag, expires, state)
         VALUES (?, ?, ?, ?, 'open')`,
        ...[hashOf(code), localPatient, idTag, expires],
      )
    })
    return code
  }

  /** An invitation that may be used now. Throws InvitationError. */
  usable(code: string, now: number): Invitation {
    const found = this.#database.get<Invitation>(
      `SELECT local_patient AS localPatient, id_tag AS idTag, expires, state, registration, secret
       FROM desk_invitation WHERE code = ?`,
      hashOf(code),
    )
    if (!found) throw new InvitationError('unknown')
    if (found.state === 'used') throw new InvitationError('used')
    if (found.expires < now) throw new InvitationError('expired')
    return found
  }

  /** Keeps the registration that waits for the answer to a challenge. */
  begin(code: string, registration: string, secret: Uint8Array): void {
    this.#database.run(
      `UPDATE desk_invitation SET state = 'begun', registration = ?, secret = ? WHERE code = ?`,
      ...[registration, secret, hashOf(code)],
    )
  }

  /** Ends an invitation: its code is worth nothing any more. */
  use(code: string): void {
    this.#database.run(
      `UPDATE desk_invitation SET state = 'used', registration = NULL, secret = NULL WHERE code = ?`,
      hashOf(code),
    )
  }

  /** Notes the keys that a person showed at this desk. */
  show(options: { idTag: Hex; localPatient: string; shown: Shown; now: number }): void {
    const { idTag, localPatient, shown, now } = options
    this.#database.run(
      `INSERT INTO desk_shown (id_tag, local_patient, identity, version, time) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (id_tag) DO UPDATE SET local_patient = excluded.local_patient,
         identity = excluded.identity, version = excluded.version, time = excluded.time`,
      ...[idTag, localPatient, shown.identity, shown.version, Math.floor(now)],
    )
  }

  /** The keys that a person showed at this desk last. */
  shown(idTag: Hex): Shown | undefined {
    return this.#database.get<Shown>(
      'SELECT identity, version FROM desk_shown WHERE id_tag = ?',
      idTag,
    )
  }
}

function hashOf(code: string): Uint8Array {
  const letters = code.toUpperCase().replace(/[^0-9A-Z]/g, '')
  return sha256(utf8(`medrec/v1/invitation|${letters}`))
}

/** The code of an invitation does not count: unknown, used or expired. */
export class InvitationError extends MedrecError {
  readonly code = 'INVITATION_WRONG'
  readonly reason: 'unknown' | 'used' | 'expired'
  constructor(reason: 'unknown' | 'used' | 'expired') {
    super('This invitation does not count.', { facts: [`It is ${reason}.`] })
    this.reason = reason
  }
}
