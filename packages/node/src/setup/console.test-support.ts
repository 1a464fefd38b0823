import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { type Gate, openGate } from '../../../gatekeeper/src/gate.test-support.ts'
import { startNetwork, type TestNetwork } from '../../../library/src/network.test-support.ts'
import { addStaffApi, openStaff, type StaffNode } from '../../../manager/src/server.ts'
import { openNodeDatabase } from '../../../records/src/node.ts'
import type { ConfigOf } from '../config.ts'
import { readConfig } from '../configFile.ts'
import { newHttpServer } from '../httpServer.ts'
import { recordSettings } from './recordSettings.ts'

export type Answered = {
  readonly status: number
  readonly json: Readonly<Record<string, unknown>>
  readonly text: string
}

/** Somebody of IT before the staff API of a node with a real gatekeeper. */
export type Console = {
  readonly net: TestNetwork
  readonly gate: Gate
  readonly password: string
  /** What the node logged. */
  readonly logged: readonly string[]
  /** A file in a folder of the test's own; the node's stand in `node/`. */
  at(file: string): string
  ask(path: string, body?: object): Promise<Answered>
  /** Starts the API with its first configuration, a minute later; returns that configuration. */
  restart(): Promise<string>
  /** What the node would start with. */
  configured(): ConfigOf<'provider'>['provider'] & { path(file: string): string }
  close(): Promise<void>
}

const password = 'correct horse'

/** Starts it; `databases`: what the console may connect besides the gate's own. */
export async function openConsole(
  databases: (at: Console['at']) => readonly string[],
): Promise<Console> {
  const folder = mkdtempSync(join(tmpdir(), 'medrec-console-'))
  const at = (file: string): string => join(folder, file)
  const logged: string[] = []
  const net = await startNetwork()
  const gate = await openGate(net)
  let now = 1_800_000_000
  const clock = (): number => now
  const database = openNodeDatabase(at('staff.db'))
  const { accounts, sessions } = await openStaff({ database, clock })
  await accounts.put({ login: 'ina', name: 'Ina', role: 'it', password })
  const opened = await sessions.open({ login: 'ina', password, address: '' })
  if ('waitSeconds' in opened) throw new Error('not signed in')
  let app: FastifyInstance | undefined
  const toml = at('node/node.toml')
  const configured: Console['configured'] = () => {
    const { config, path } = readConfig(toml)
    if (config.role !== 'provider') throw new Error('not a provider')
    return { ...config.provider, path }
  }
  return {
    ...{ net, gate, password, logged, at, configured },
    restart: async () => {
      await app?.close()
      now += 60
      rmSync(at('node'), { recursive: true, force: true })
      mkdirSync(at('node'))
      const text = configuration(gate.databaseFile, databases(at))
      writeFileSync(toml, text)
      const { path, ...provider } = configured()
      const records = recordSettings(provider, { file: toml, path, environment: {} })
      app = newHttpServer({
        listen: { host: 'localhost', port: 8620 },
        path: (name) => name,
        log: (...line) => void logged.push(JSON.stringify(line)),
      })
      const node = { gatekeeper: gate.gatekeeper, sessions, records, clock }
      addStaffApi(app, { ...node, cookieName: 'session' } as unknown as StaffNode)
      await app.ready()
      return text
    },
    ask: async (path, body) => {
      if (!app) throw new Error('not started')
      const answer = await app.inject({
        method: body ? 'POST' : 'GET',
        url: `/api/database${path}`,
        headers: { 'x-medrec': '1', host: 'localhost:8620' },
        cookies: { session: opened.token },
        ...(body && { payload: body }),
      })
      return { status: answer.statusCode, json: answer.json(), text: answer.body }
    },
    close: async () => {
      await app?.close()
      await gate.close()
      await net.close()
      database.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function configuration(records: string, databases: readonly string[]): string {
  return `role = "provider" # a word that only the former file keeps
name = "Clinic"
[listen]
port = 8620
[network]
file = "network.json"
[keystore]
file = "keystore.json"
[provider]
database = "node.db"
records = ${JSON.stringify(records)}
setup_databases = ${JSON.stringify(databases)}
catalogue = "catalogue.json"
registrar = "http://localhost:8610"
`
}
