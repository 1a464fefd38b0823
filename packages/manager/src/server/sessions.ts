import { createHash, randomBytes } from 'node:crypto'
import type { NodeDatabase } from '@medrec/records/node'
import type { Account, Accounts } from './accounts.ts'
import { openGuesses } from './guesses.ts'

/** What somebody brings who wants to sign in. */
export type SignIn = {
  readonly login: string
  readonly password: string
  /** Network address that the request came from */
  readonly address: string
  /** The browser's token of an earlier session, if it has one */
  readonly device?: string | undefined
}

/** A session: its token and the browser's own go into cookies. */
export type SignedIn = { readonly token: string; readonly device: string; readonly staff: Account }

/** Why nobody was signed in; `waitSeconds` above 0: the password was not even looked at. */
export type Refusal = { readonly waitSeconds: number }

export type Sessions = {
  open(attempt: SignIn): Promise<SignedIn | Refusal>
  /** Whether somebody who is signed in knows the password again; wrong ones are counted for this session. */
  confirm(token: string, password: string): Promise<true | Refusal>
  /** Who acts with this token now. */
  staffOf(token: string | undefined): Account | undefined
  close(token: string): void
  /** Tells when `close` ends this session. */
  onClose(token: string, listener: () => void): () => void
}

/** A working day; then one signs in anew. */
export const sessionSeconds: number = 12 * 3600
/** How long a browser is remembered after somebody signed in with it. */
export const deviceSeconds: number = 180 * 86_400

/** Sessions of staff; only a hash of each token is stored, so a copied database opens none. */
export function openSessions(options: {
  database: NodeDatabase
  accounts: Accounts
  clock: () => number
}): Sessions {
  const { database, accounts, clock } = options
  const guesses = openGuesses(clock)
  const devices = devicesIn(database, clock)
  const listeners = new Map<string, Set<() => void>>()
  const staffOf = (token: string | undefined): Account | undefined => {
    if (!token) return undefined
    const row = database.get<{ staff: string }>(
      'SELECT staff FROM staff_session WHERE token = ? AND expires > ?',
      ...[digest(token), clock()],
    )
    return row && accounts.find(row.staff)
  }
  return {
    staffOf,
    confirm: async (token, password) => {
      const id = staffOf(token)?.id
      const login = id && accounts.loginOf(id)
      if (!login) return { waitSeconds: 0 }
      const attempt = { login, address: '', device: digest(token) }
      const waitSeconds = guesses.begin(attempt)
      if (waitSeconds > 0) return { waitSeconds }
      const known = await accounts.check(login, password)
      if (known?.id !== id) return { waitSeconds: 0 }
      guesses.right(attempt)
      return true
    },
    open: async ({ login, password, address, device }) => {
      const known = devices.isKnown(device, login) ? device : undefined
      const attempt = { login, address, device: known && digest(known) }
      const waitSeconds = guesses.begin(attempt)
      if (waitSeconds > 0) return { waitSeconds }
      const staff = await accounts.check(login, password)
      if (!staff) return { waitSeconds: 0 }
      guesses.right(attempt)
      const token = randomBytes(32).toString('base64url')
      database.run('DELETE FROM staff_session WHERE expires <= ?', clock())
      database.run(
        'INSERT INTO staff_session (token, staff, expires) VALUES (?, ?, ?)',
        ...[digest(token), staff.id, clock() + sessionSeconds],
      )
      return { token, device: devices.remember(device, staff.id), staff }
    },
    close: (token) => {
      database.run('DELETE FROM staff_session WHERE token = ?', digest(token))
      for (const listener of [...(listeners.get(token) ?? [])]) listener()
    },
    onClose: (token, listener) => {
      const others = listeners.get(token) ?? new Set()
      listeners.set(token, others.add(listener))
      return () => {
        others.delete(listener)
        if (others.size === 0) listeners.delete(token)
      }
    },
  }
}

type Devices = {
  /** Whether this name has signed in with this browser before. */
  isKnown(device: string | undefined, login: string): boolean
  /** Remembers the browser for one more person; a token that is none of ours is replaced. */
  remember(device: string | undefined, staff: string): string
}

function devicesIn(database: NodeDatabase, clock: () => number): Devices {
  const isOurs = (device: string): boolean =>
    database.get('SELECT 1 FROM staff_device WHERE token = ?', digest(device)) !== undefined
  return {
    isKnown: (device, login) =>
      device !== undefined &&
      database.get(
        `SELECT 1 FROM staff_device JOIN staff ON staff.id = staff_device.staff
         WHERE token = ? AND login = ? AND expires > ?`,
        ...[digest(device), login, clock()],
      ) !== undefined,
    remember: (device, staff) => {
      database.run('DELETE FROM staff_device WHERE expires <= ?', clock())
      const kept =
        device !== undefined && isOurs(device) ? device : randomBytes(32).toString('base64url')
      database.run(
        `INSERT INTO staff_device (token, staff, expires) VALUES (?, ?, ?)
         ON CONFLICT (token, staff) DO UPDATE SET expires = excluded.expires`,
        ...[digest(kept), staff, clock() + deviceSeconds],
      )
      return kept
    },
  }
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
