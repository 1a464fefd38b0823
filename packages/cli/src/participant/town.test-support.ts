import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeKeystore } from '@medrec/node'
import { fromBase64Url } from '@medrec/protocol'
import { vi } from 'vitest'
import { type Gate, openGate } from '../../../gatekeeper/src/gate.test-support.ts'
import type { GatekeeperOptions } from '../../../gatekeeper/src/openGatekeeper.ts'
import { startNetwork, type TestNetwork } from '../../../library/src/network.test-support.ts'
import type { Someone } from '../../../library/src/someone.test-support.ts'
import { exitCodeOf, printError } from '../output.ts'
import { newProgram } from '../program.ts'

/** The passphrase of everybody in a town. */
export const passphrase = 'correct horse'

/** A network with a clinic's gatekeeper and relay behind real HTTP, and a home for people. */
export type Town = {
  readonly net: TestNetwork
  readonly gate: Gate
  readonly home: string
  readonly url: string
  /** Registers somebody and keeps the keys in the home. */
  person(name: string): Promise<Someone>
  /** Has the clinic propose to keep the records of its patient P1. */
  enrol(who: Someone): Promise<string>
  /** Runs a command as somebody of the home, with --json. */
  as(name: string, ...args: readonly string[]): Promise<Ran>
  /** Two people of the home meet: each keeps the other's card. */
  acquaint(one: string, other: string): Promise<void>
  close(): Promise<void>
}

/** What a command did. */
export type Ran = {
  readonly code: number
  readonly out: string
  readonly err: string
  /** What it said with --json */
  readonly json: Readonly<Record<string, unknown>>
}

/** Starts anvil, contracts, gatekeeper and relay. */
export async function startTown(more: Partial<GatekeeperOptions> = {}): Promise<Town> {
  const net = await startNetwork()
  let handle: (request: IncomingMessage, response: ServerResponse) => void = (_, response) =>
    void response.writeHead(503).end()
  const server = createServer((request, response) => handle(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const authority = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const gate = await openGate(net, { authority, ...more })
  const url = `http://${authority}`
  for (const institution of [net.hospital, net.clinic]) await net.setUrl(institution, url)
  handle = (request, response) => void answer({ net, gate }, request, response)
  const home = mkdtempSync(join(tmpdir(), 'medrec-town-'))
  writeFileSync(join(home, 'network.json'), JSON.stringify(net.network))
  const as: Town['as'] = (name, ...args) => medrec('--home', home, '--as', name, '--json', ...args)
  const keepCard = async (of: string, by: string): Promise<void> => {
    const file = join(home, `${of}.card`)
    writeFileSync(file, (await medrec('--home', home, '--as', of, 'contact', 'card')).out)
    const kept = await as(by, 'contact', 'add', file)
    if (kept.code !== 0) throw new Error(kept.err)
  }
  return {
    net,
    gate,
    home,
    url,
    as,
    acquaint: async (one, other) => {
      await keepCard(one, other)
      await keepCard(other, one)
    },
    person: async (name) => {
      const who = await net.register()
      const folder = join(home, 'people', name)
      mkdirSync(folder, { recursive: true })
      const file = join(folder, 'keystore.json')
      writeKeystore({ file, entropy: who.keys.entropy, passphrase, cost: 2 ** 12 })
      return who
    },
    enrol: async ({ tag }) => {
      const { participant, gatekeeper } = gate
      await new Promise<void>((resolve) => {
        const look = (): void => {
          if (participant.peer(tag)) resolve()
        }
        participant.subscribe(look)
        look()
      })
      const enrolled = await gatekeeper.enrol({ localPatient: 'P1', subjectTag: tag })
      await enrolled.until('mined')
      await gate.idle()
      return enrolled.relationship
    },
    close: async () => {
      closeServer(server)
      await gate.close()
      await net.close()
      rmSync(home, { recursive: true, force: true })
    },
  }
}

/** A patient who accepted the clinic's proposal, and somebody who read the one field of her labs that she shared. */
export type Sharing = {
  readonly ada: Someone
  readonly bo: Someone
  readonly relationship: string
  readonly grant: string
}

/** Has `ada` share her labs' values with `bo` for a second opinion, and `bo` read them. */
export async function sharedLabs(town: Town): Promise<Sharing> {
  const ada = await town.person('ada')
  const bo = await town.person('bo')
  const relationship = await town.enrol(ada)
  await town.as('ada', 'relationship', 'accept', relationship)
  await town.acquaint('ada', 'bo')
  const until = ['--purpose', 'second-opinion', '--until', '30d']
  const share = await town.as('ada', 'share', 'create', 'bo', 'labs:value', ...until)
  const grant = String(share.json['grant'])
  await town.as('bo', 'query', grant, 'labs')
  return { ada, bo, relationship, grant }
}

function closeServer(server: Server): void {
  server.close()
  server.closeAllConnections()
}

async function answer(
  { net, gate }: Pick<Town, 'net' | 'gate'>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const body = new Uint8Array(Buffer.concat(chunks))
  const path = request.url ?? '/'
  const json = (status: number, value: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
  }
  if (path === '/relay') {
    const { records } = JSON.parse(Buffer.from(body).toString()) as { records: readonly string[] }
    return json(202, await net.relay.post(records.map((record) => fromBase64Url(record))))
  }
  if (path.startsWith('/relay/')) return json(200, await net.relay.state(path.slice(7)))
  if (path === '/token') return json(404, { code: 'NONE', message: 'No tokens here.' })
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
  )
  const method = request.method ?? 'GET'
  const remoteAddress = request.socket.remoteAddress ?? ''
  const {
    status,
    headers: given,
    body: sent,
  } = await gate.gatekeeper.handle({
    ...{ method, path, headers, body, remoteAddress },
  })
  response.writeHead(status, given).end(sent)
}

/** Runs a command in this process, as `main` does, and hears what it says. */
export async function medrec(...args: readonly string[]): Promise<Ran> {
  const said = { out: '', err: '' }
  const out = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said.out += String(text)
    return true
  })
  const err = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said.err += String(text)
    return true
  })
  process.exitCode = undefined
  let code = 0
  try {
    const program = newProgram().configureOutput({
      writeErr: (text) => void process.stderr.write(text),
      writeOut: (text) => void process.stdout.write(text),
    })
    await program.parseAsync(['node', 'medrec', ...args])
    code = Number(process.exitCode ?? 0)
  } catch (error) {
    const isUsage = (error as { code?: string }).code?.startsWith('commander.') ?? false
    if (!isUsage) printError(error, args.includes('--json'))
    code = isUsage ? 2 : exitCodeOf(error)
  } finally {
    process.exitCode = undefined
    out.mockRestore()
    err.mockRestore()
  }
  const line = said.out.trim().split('\n').at(-1) ?? ''
  const json = line.startsWith('{') ? (JSON.parse(line) as Record<string, unknown>) : {}
  return { code, ...said, json }
}
