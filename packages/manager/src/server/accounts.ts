import { randomBytes } from 'node:crypto'
import type { NodeDatabase } from '@medrec/records/node'
import { argon2id, argon2Verify } from 'hash-wasm'

/** A person who works at the institution and may sign in. */
export type Account = { readonly id: string; readonly name: string; readonly role: StaffRole }

export type StaffRole = 'clinician' | 'clerk' | 'it' | 'auditor' | 'researcher'

/** Log-ins; capital letters in their names do not matter. */
export type Accounts = {
  /** Adds a person, or gives a known log-in a new name, role and password; then its sessions end. */
  put(entry: { login: string; name: string; role: StaffRole; password: string }): Promise<Account>
  /** Who signs in with this name and password; a wrong name takes as long as a wrong password. */
  check(login: string, password: string): Promise<Account | undefined>
  find(id: string): Account | undefined
  loginOf(id: string): string | undefined
  has(login: string): boolean
  /** Takes a log-in away with all its sessions; false when there is none. */
  remove(login: string): boolean
  list(): readonly Account[]
}

/** argon2id as OWASP advises for log-ins: 19 MiB, two passes, one lane (RFC 9106). */
const cost = { memorySize: 19_456, iterations: 2, parallelism: 1, hashLength: 32 }

const steps = [
  `CREATE TABLE staff (
     id TEXT PRIMARY KEY,
     login TEXT NOT NULL UNIQUE,
     name TEXT NOT NULL,
     role TEXT NOT NULL,
     password TEXT NOT NULL
   ) STRICT;
   CREATE TABLE staff_session (
     token TEXT PRIMARY KEY,
     staff TEXT NOT NULL REFERENCES staff (id),
     expires INTEGER NOT NULL
   ) STRICT`,
  `CREATE TABLE staff_device (
     token TEXT NOT NULL,
     staff TEXT NOT NULL REFERENCES staff (id),
     expires INTEGER NOT NULL,
     PRIMARY KEY (token, staff)
   ) STRICT`,
  // Capital letters used to matter; who differs in them alone from another keeps a name of her own.
  `UPDATE staff SET login = lower(login) || CASE
     WHEN EXISTS (SELECT 1 FROM staff AS other WHERE other.id <> staff.id AND lower(other.login) = lower(staff.login))
     THEN '-' || id ELSE '' END
   WHERE login <> lower(login)`,
]

type Row = Account & { readonly password: string }

/** The log-ins of an institution's staff, in its node's database. */
export async function openAccounts(database: NodeDatabase): Promise<Accounts> {
  database.migrate('staff', steps)
  const decoy = await hashOf(randomBytes(16).toString('hex'))
  const byLogin = (login: string): Row | undefined =>
    database.get<Row>(
      'SELECT id, name, role, password FROM staff WHERE login = ?',
      login.toLowerCase(),
    )
  const signOut = (id: string): void => {
    database.run('DELETE FROM staff_session WHERE staff = ?', id)
    database.run('DELETE FROM staff_device WHERE staff = ?', id)
  }
  return {
    put: async ({ login, name, role, password }) => {
      const hash = await hashOf(password)
      const id = byLogin(login)?.id ?? randomBytes(8).toString('hex')
      database.transaction(() => {
        signOut(id)
        database.run(
          `INSERT INTO staff (id, login, name, role, password) VALUES (?, ?, ?, ?, ?)
           ON CONFLICT (id) DO UPDATE SET name = excluded.name, role = excluded.role, password = excluded.password`,
          ...[id, login.toLowerCase(), name, role, hash],
        )
      })
      return { id, name, role }
    },
    remove: (login) => {
      const id = byLogin(login)?.id
      if (id === undefined) return false
      database.transaction(() => {
        signOut(id)
        database.run('DELETE FROM staff WHERE id = ?', id)
      })
      return true
    },
    check: async (login, password) => {
      const row = byLogin(login)
      const fits = await argon2Verify({ password, hash: row?.password ?? decoy })
      return row && fits ? { id: row.id, name: row.name, role: row.role } : undefined
    },
    find: (id) => database.get<Account>('SELECT id, name, role FROM staff WHERE id = ?', id),
    loginOf: (id) =>
      database.get<{ login: string }>('SELECT login FROM staff WHERE id = ?', id)?.login,
    has: (login) => byLogin(login) !== undefined,
    list: () => database.all<Account>('SELECT id, name, role FROM staff ORDER BY name'),
  }
}

function hashOf(password: string): Promise<string> {
  return argon2id({ ...cost, password, salt: randomBytes(16), outputType: 'encoded' })
}
