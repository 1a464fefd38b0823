import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Gatekeeper, openGatekeeper } from '@medrec/gatekeeper'
import { type Hex, Keys, toHex } from '@medrec/protocol'
import { openNodeDatabase } from '@medrec/records/node'
import { untilAnchored } from '../untilAnchored.ts'
import { type ReadGround, readGround } from './ground.ts'
import {
  type BenchEngine,
  type BenchRecords,
  columns,
  labsQuery,
  openBenchRecords,
  sizes,
} from './records.ts'
import { readSteps } from './steps.ts'

/** CPU time in microseconds, of the serving process and of the one that reads the database (a database server with its processes); and memory. */
export type Cpu = {
  readonly serving: number
  readonly reading: number
  /** Resident bytes of the serving process, and what its heap holds */
  readonly resident: number
  readonly heap: number
}

/** What the driving process is told. */
export type Ready = {
  readonly authority: string
  readonly chainId: number
  readonly networkId: Hex
  readonly ledger: Hex
  readonly entropy: Hex
  readonly idTag: Hex
  /** Of the key that signs receipts */
  readonly anchor: Hex
  readonly patients: readonly {
    readonly rows: number
    readonly relationship: Hex
    readonly pointer: Hex
  }[]
}

const catalogue = {
  institution: 'bench',
  name: 'Bench',
  version: 1,
  patients: {
    search: {
      byNationalId: 'SELECT id FROM person WHERE id = :value',
      byId: 'SELECT id FROM person WHERE id = :value',
      byName: 'SELECT id FROM person WHERE id = :value',
      list: 'SELECT id FROM person',
    },
  },
  resources: [
    {
      name: 'labs',
      category: 5,
      schema: 'bench/labs',
      label: 'Labs',
      query: labsQuery,
      ownerColumn: 'owner',
      recordKey: ['id'],
      fields: ['id', ...columns].map((name, bit) => ({
        bit,
        name,
        type: bit === 0 ? 'int' : 'text',
        label: name,
      })),
    },
  ],
  exclusions: [],
}

if (process.send) await serve()

async function serve(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'medrec-bench-'))
  const records = await openBenchRecords((process.argv[2] ?? 'sqlite') as BenchEngine, folder)
  const ground = await readGround(folder)
  const database = openNodeDatabase(join(folder, 'node.db'))
  let gatekeeper: Gatekeeper | undefined
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = new Uint8Array(Buffer.concat(chunks))
      if (request.url === '/raw') return void answerRaw(records, body, response)
      void answer(gatekeeper as Gatekeeper, request, body).then((told) =>
        response.writeHead(told.status, told.headers).end(told.body),
      )
    })
  })
  server.keepAliveTimeout = 0 // a connection that waits is not hung up on while it is asked again
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const authority = `127.0.0.1:${(server.address() as AddressInfo).port}`
  gatekeeper = await openGatekeeper({
    participant: ground.institution,
    database,
    catalogue,
    source: records.source,
    authority,
    anchorAccount: Keys.anchorKey(ground.keys.institution),
    clock: () => Date.now() / 1000,
    watchSeconds: 0,
    rate: { perSecond: 1e6, burst: 1e6 },
    capacity: { all: 4_096, perIdentity: 4_096 },
  })
  const patients = await enrolAll(gatekeeper, ground)
  obey(gatekeeper, { folder, records }, async () => {
    server.close()
    server.closeAllConnections()
    await gatekeeper.close()
    database.close()
    await ground.close()
    await records.close()
    rmSync(folder, { recursive: true })
  })
  const { chainId, networkId, ledger } = ground.network
  const entropy = toHex(ground.keys.person.entropy)
  const ready: Ready = {
    authority,
    chainId,
    networkId,
    ledger,
    entropy,
    idTag: ground.person,
    anchor: toHex(Keys.anchorKey(ground.keys.institution).address),
    patients,
  }
  process.send?.({ ready })
}

/** One relationship per size; resolves once all of it is anchored. */
async function enrolAll(
  gatekeeper: Gatekeeper,
  { institution, person }: ReadGround,
): Promise<Ready['patients']> {
  const patients: Ready['patients'][number][] = []
  for (const rows of sizes) {
    const localPatient = `P${rows}`
    const sent = await gatekeeper.enrol({ localPatient, subjectTag: person, shownAtDesk: true })
    await sent.until('mined')
    const pointer = gatekeeper.patient(localPatient)[0]?.pointer as Hex
    patients.push({ rows, relationship: sent.relationship, pointer })
  }
  await untilAnchored(gatekeeper, institution)
  return patients
}

/** Does what the driving process asks for. */
function obey(
  gatekeeper: Gatekeeper,
  { folder, records }: { folder: string; records: BenchRecords },
  close: () => Promise<void>,
): void {
  const asked: Readonly<Record<string, () => Promise<void>>> = {
    cpu: async () => {
      const { user, system } = process.cpuUsage()
      const { readingProcess } = gatekeeper.status()
      const { rss: resident, heapUsed: heap } = process.memoryUsage()
      const reading = cpuOfTree(readingProcess ?? records.processId)
      const cpu: Cpu = { serving: user + system, reading, resident, heap }
      process.send?.({ cpu })
    },
    steps: async () => void process.send?.({ steps: await readSteps(gatekeeper, folder) }),
    stop: async () => {
      await close()
      process.disconnect()
    },
  }
  process.on('message', (message: string) => void asked[message]?.())
}

async function answerRaw(
  records: BenchRecords,
  body: Uint8Array,
  response: ServerResponse,
): Promise<void> {
  const { owner } = JSON.parse(Buffer.from(body).toString()) as { owner: string }
  response.end(await records.raw(owner))
}

function answer(
  gatekeeper: Gatekeeper,
  request: IncomingMessage,
  body: Uint8Array,
): ReturnType<Gatekeeper['handle']> {
  return gatekeeper.handle({
    method: request.method ?? '',
    path: request.url ?? '',
    headers: request.headers as Record<string, string>,
    body,
    remoteAddress: request.socket.remoteAddress ?? '',
  })
}

/** CPU time of another process in microseconds, by its threads (Linux, proc(5): schedstat is in nanoseconds). */
function cpuOfProcess(pid: number | undefined): number {
  if (pid === undefined) return 0
  const threads = readdirSync(`/proc/${pid}/task`)
  const onCpu = threads.map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0]),
  )
  return onCpu.reduce((sum, time) => sum + time, 0) / 1_000
}

/** The same of a process and those that it started. */
function cpuOfTree(pid: number | undefined): number {
  if (pid === undefined) return 0
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim().split(' ')
  return children
    .filter((child) => child !== '')
    .reduce((sum, child) => sum + cpuOfTree(Number(child)), cpuOfProcess(pid))
}
