import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Keys } from '@medrec/protocol'
import { type NodeDatabase, openNodeDatabase } from '@medrec/records/node'
import type { Opened, Someone, TestNetwork } from '../../library/src/network.test-support.ts'
import { ask, type Reply } from '../../library/src/request.ts'
import { clinicCatalogue, writeClinic } from './clinic.test-support.ts'
import { type Gatekeeper, type GatekeeperOptions, openGatekeeper } from './openGatekeeper.ts'
import type { HttpResponse } from './query/respond.ts'

/** A gatekeeper of the test network's hospital, behind a real HTTP server. */
export type Gate = {
  readonly gatekeeper: Gatekeeper
  readonly participant: Opened
  readonly database: NodeDatabase
  readonly databaseFile: string
  readonly url: string
  readonly authority: string
  close(): Promise<void>
}

/** Opens a clinic's database, a gatekeeper on it and a server in front; publishes its address. */
export async function openGate(
  net: TestNetwork,
  more: Partial<GatekeeperOptions> = {},
): Promise<Gate> {
  const folder = mkdtempSync(join(tmpdir(), 'medrec-gate-'))
  const databaseFile = join(folder, 'clinic.db')
  writeClinic(databaseFile)
  const database = openNodeDatabase(join(folder, 'node.db'))
  const participant = await net.open(net.hospital)
  let gatekeeper: Gatekeeper | undefined
  const { server, authority } = await listen((request) =>
    (gatekeeper as Gatekeeper).handle(request),
  )
  gatekeeper = await openGatekeeper({
    participant,
    database,
    catalogue: clinicCatalogue,
    databaseFile,
    authority,
    anchorAccount: Keys.anchorKey(net.hospital.keys),
    clock: () => Date.now() / 1000,
    watchSeconds: 0,
    timer: { now: () => performance.now(), until: async () => undefined },
    ...more,
  })
  const url = `http://${authority}`
  await net.setUrl(net.hospital, url)
  return {
    gatekeeper,
    participant,
    database,
    databaseFile,
    url,
    authority,
    close: async () => {
      server.close()
      server.closeAllConnections()
      await gatekeeper.close()
      database.close()
      rmSync(folder, { recursive: true })
    },
  }
}

type Handle = Gatekeeper['handle']

async function listen(handle: Handle): Promise<{ server: Server; authority: string }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      )
      const answered = handle({
        method: request.method ?? 'GET',
        path: request.url ?? '/',
        headers,
        body: new Uint8Array(Buffer.concat(chunks)),
        remoteAddress: request.socket.remoteAddress ?? '',
      })
      const send = ({ status, headers: given, body }: HttpResponse): void =>
        void response.writeHead(status, given).end(body)
      answered.then(send, () => response.writeHead(500).end())
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, authority: `127.0.0.1:${(server.address() as AddressInfo).port}` }
}

/** Asks a gate as the library does; `content` is the body beside statement and reply key. */
export async function askGate(
  gate: Gate,
  who: Opened,
  path: '/query' | '/index' | '/log',
  content: Record<string, unknown>,
): Promise<Reply> {
  const profile = who.chain.view().profile(gate.participant.me()?.idTag ?? '0x')
  const me = who.me()
  if (!profile || !me) throw new Error('not registered or no profile')
  return ask({
    identity: who,
    me,
    profile: { ...profile, url: gate.url },
    path,
    body: (common) => ({ ...content, ...common }),
  })
}

export type { Someone }
