import { fileURLToPath } from 'node:url'

export { type Account, type Accounts, openAccounts, type StaffRole } from './server/accounts.ts'
export { openSessions, type Sessions } from './server/sessions.ts'

/** Folder of the built web app. */
export const webRoot: string = fileURLToPath(new URL('../dist/web/', import.meta.url))
