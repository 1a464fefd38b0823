import { type Accounts, openAccounts } from '@medrec/manager/server'
import { type NodeDatabase, openNodeDatabase } from '@medrec/records/node'
import { readConfig } from '../configFile.ts'
import { NotInstitutionError, StaffEntryError } from './errors.ts'

/** Somebody who may sign in at an institution. */
export type StaffMember = { readonly login: string; readonly name: string; readonly role: string }

const staffRoles = ['clinician', 'clerk', 'it', 'auditor'] as const
type StaffRole = (typeof staffRoles)[number]

/** Shortest password (NIST SP 800-63B asks for at least 8, and for no rules about their characters). */
const shortestPassword = 10
const longestPassword = 200

/** Adds a log-in, or gives a known one a new name, role and password; returns whether it was known. */
export async function putStaff(
  configFile: string,
  entry: { login: string; name: string; role: string; password: string },
): Promise<{ wasKnown: boolean }> {
  const { login, name, password } = entry
  const role = checkEntry(entry)
  return withStaff(configFile, async (_, accounts) => {
    const wasKnown = accounts.has(login)
    await accounts.put({ login, name: name.trim(), role, password })
    return { wasKnown }
  })
}

/** Everybody who may sign in. */
export function listStaff(configFile: string): Promise<readonly StaffMember[]> {
  return withStaff(configFile, async (database) =>
    database.all<StaffMember>('SELECT login, name, role FROM staff ORDER BY login'),
  )
}

/** Takes a log-in away and ends its sessions at once; what the person did stays in the log. */
export function removeStaff(configFile: string, login: string): Promise<void> {
  return withStaff(configFile, async (_, accounts) => {
    if (!accounts.remove(login))
      throw new StaffEntryError('There is no such log-in. "medrec staff list" shows all.')
  })
}

function checkEntry(entry: {
  login: string
  name: string
  role: string
  password: string
}): StaffRole {
  const role = staffRoles.find((known) => known === entry.role)
  if (!role) throw new StaffEntryError(`--role: one of ${staffRoles.join(', ')}.`)
  if (!/^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/.test(entry.login))
    throw new StaffEntryError('--login: up to 64 letters, digits, ".", "_", "@" and "-".')
  const name = entry.name.trim()
  if (name === '' || name.length > 80) throw new StaffEntryError('--name: 1 to 80 characters.')
  if (entry.password.length < shortestPassword || entry.password.length > longestPassword)
    throw new StaffEntryError(
      `The password has ${shortestPassword} to ${longestPassword} characters.`,
    )
  return role
}

async function withStaff<T>(
  configFile: string,
  work: (database: NodeDatabase, accounts: Accounts) => Promise<T>,
): Promise<T> {
  const { config, path } = readConfig(configFile)
  if (config.role !== 'provider')
    throw new NotInstitutionError(configFile, `its role is "${config.role}"`)
  const database = openNodeDatabase(path(config.provider.database))
  try {
    return await work(database, await openAccounts(database))
  } finally {
    database.close()
  }
}
