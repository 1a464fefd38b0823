import { join } from 'node:path'
import { openNodeDatabase } from '@medrec/records/node'
import { vi } from 'vitest'
import { addStaffApi, openStaff, type StaffNode } from '../../../manager/src/server.ts'
import { listenOn, newHttpServer } from '../../../node/src/httpServer.ts'
import { medrec, passphrase, type Ran, type Town } from '../participant/town.test-support.ts'

/** The clinic's staff API in a town, and a clinician at the keyboard. */
export type TownDesk = {
  readonly url: string
  desk(...args: readonly string[]): Promise<Ran>
  /** Somebody of IT, at any command. */
  it(...args: readonly string[]): Promise<Ran>
  close(): Promise<void>
}

/** Starts the staff API on the town's real gatekeeper; finding and registering people is tested elsewhere. */
export async function startDesk(town: Town): Promise<TownDesk> {
  vi.stubEnv('MEDREC_PASSPHRASE', passphrase)
  vi.stubEnv('MEDREC_PASSWORD', 'correct horse')
  const database = openNodeDatabase(join(town.home, 'staff.db'))
  const clock = (): number => Math.floor(Date.now() / 1000)
  const { accounts, sessions } = await openStaff({ database, clock })
  await accounts.put({ login: 'ek', name: 'Dr Ek', role: 'clinician', password: 'correct horse' })
  await accounts.put({ login: 'ina', name: 'Ina', role: 'it', password: 'correct horse' })
  const listen = { host: '127.0.0.1', port: 0 } as const
  const app = newHttpServer({ listen, path: (file) => file, log: () => undefined })
  const { participant, gatekeeper } = town.gate
  const institution = { name: 'Institution', idTag: town.net.hospital.tag, url: town.url }
  const node = { institution, participant, gatekeeper, accounts, sessions, clock, isSecure: false }
  addStaffApi(app, { ...node, cookieName: 'session' } as unknown as StaffNode)
  const url = await listenOn(app, listen)
  return {
    url,
    desk: (...args) =>
      medrec('--home', town.home, '--as', 'ek', '--json', 'institution', ...args, '--url', url),
    it: (...args) => medrec('--home', town.home, '--as', 'ina', '--json', ...args, '--url', url),
    close: async () => {
      vi.unstubAllEnvs()
      await app.close()
      database.close()
    },
  }
}
