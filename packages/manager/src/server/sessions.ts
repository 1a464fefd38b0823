import { createHash, randomBytes } from 'node:crypto'
import type { NodeDatabase } from '@medrec/records/node'
import type { Account, Accounts } from './accounts.ts'

export type Sessions = {
  /** Signs in; the token goes into a cookie. `too-many` after repeated failures for this name or address. */
  open(
    login: string,
    password: string,
    address?: string,
  ): Promise<{ token: string; staff: Account } | Refusal>
  /** Who acts with this token now. */
  staffOf(token: string | undefined): Account | undefined
  close(token: string): void
}

export type Refusal = 'wrong' | 'too-many'

/** A working day; then one signs in anew. */
export const sessionSeconds: number = 12 * 3600
/** Failures within the window before a name, or an address with many names, has to wait: each check costs. */
const mostFailures = { name: 10, address: 50 }
const windowSeconds = 300

/** Sessions of staff; only a hash of each token is stored, so a copied database opens none. */
export function openSessions(options: {
  database: NodeDatabase
  accounts: Accounts
  clock: () => number
}): Sessions {
  const { database, accounts, clock } = options
  const failures = new Map<string, number[]>()
  const recent = (who: string): number[] =>
    (failures.get(who) ?? []).filter((time) => clock() - time < windowSeconds)
  return {
    open: async (login, password, address = '') => {
      const [name, from] = [`name ${login}`, `address ${address}`]
      const isTooMany =
        recent(name).length >= mostFailures.name ||
        (address !== '' && recent(from).length >= mostFailures.address)
      if (isTooMany) return 'too-many'
      // Counts before it is checked: guesses that come all at once must not see an old count.
      if (failures.size > 10_000) failures.clear()
      for (const who of [name, from]) failures.set(who, [...recent(who), clock()])
      const staff = await accounts.check(login, password)
      if (!staff) return 'wrong'
      failures.delete(name)
      failures.set(from, recent(from).slice(1))
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
