import { createHash, randomBytes } from 'node:crypto'
import type { NodeDatabase } from '@medrec/records/node'
import type { Account, Accounts } from './accounts.ts'

export type Sessions = {
  /** Signs in; the token goes into a cookie. `too-many` after repeated failures for this name. */
  open(login: string, password: string): Promise<{ token: string; staff: Account } | Refusal>
  /** Who acts with this token now. */
  staffOf(token: string | undefined): Account | undefined
  close(token: string): void
}

export type Refusal = 'wrong' | 'too-many'

/** A working day; then one signs in anew. */
export const sessionSeconds: number = 12 * 3600
/** Failures for one name within the window before it has to wait */
const mostFailures = 10
const windowSeconds = 300

/** Sessions of staff; only a hash of each token is stored, so a copied database opens none. */
export function openSessions(options: {
  database: NodeDatabase
  accounts: Accounts
  clock: () => number
}): Sessions {
  const { database, accounts, clock } = options
  const failures = new Map<string, number[]>()
  const recent = (login: string): number[] =>
    (failures.get(login) ?? []).filter((time) => clock() - time < windowSeconds)
  return {
    open: async (login, password) => {
      const failed = recent(login)
      if (failed.length >= mostFailures) return 'too-many'
      const staff = await accounts.check(login, password)
      if (!staff) {
        if (failures.size > 10_000) failures.clear()
        failures.set(login, [...failed, clock()])
        return 'wrong'
      }
      failures.delete(login)
      const token = randomBytes(32).toString('base64url')
      database.run('DELETE FROM staff_session WHERE expires <= ?', clock())
      database.run(
        'INSERT INTO staff_session (token, staff, expires) VALUES (?, ?, ?)',
        ...[digest(token), staff.id, clock() + sessionSeconds],
      )
      return { token, staff }
    },
    staffOf: (token) => {
      if (!token) return undefined
      const row = database.get<{ staff: string }>(
        'SELECT staff FROM staff_session WHERE token = ? AND expires > ?',
        ...[digest(token), clock()],
      )
      return row && accounts.find(row.staff)
    },
    close: (token) => {
      database.run('DELETE FROM staff_session WHERE token = ?', digest(token))
    },
  }
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
