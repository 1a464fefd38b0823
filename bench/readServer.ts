import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Gatekeeper, openGatekeeper } from '@medrec/gatekeeper'
import { type Hex, Keys, toHex } from '@medrec/protocol'
import { openNodeDatabase } from '@medrec/records/node'
import { DatabaseSync } from '@photostructure/sqlite'
import { type ReadGround, readGround } from './readGround.ts'
import { readSteps } from './readSteps.ts'

/** Rows that the patients of the benchmark have. */
export const sizes: readonly number[] = [1, 16, 100]
/** Fields of the benchmark's resource (research: results of 20 fields). */
export const fieldCount = 20

/** CPU time in microseconds: of the serving process, and of the one that reads the database. */
export type Cpu = { readonly serving: number; readonly reading: number }

/** What the driving process is told. */
export type Ready = {
  readonly authority: string
  readonly chainId: number
  readonly networkId: Hex
  readonly ledger: Hex
  readonly entropy: Hex
  readonly idTag: Hex
  readonly patients: readonly {
    readonly rows: number
    readonly relationship: Hex
    readonly pointer: Hex
  }[]
}

const columns = Array.from({ length: fieldCount - 1 }, (_, i) => `c${i}`)
const labsQuery = `SELECT id, patient AS owner, ${columns.join(', ')} FROM lab WHERE patient = :owner`
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
  const databaseFile = join(folder, 'bench.db')
  fill(databaseFile)
  const ground = await readGround(folder)
  const database = openNodeDatabase(join(folder, 'node.db'))
  const raw = rawQuery(databaseFile)
  let gatekeeper: Gatekeeper | undefined
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = new Uint8Array(Buffer.concat(chunks))
      if (request.url === '/raw') return void response.end(raw(body))
      void answer(gatekeeper as Gatekeeper, request, body).then((told) =>
        response.writeHead(told.status, told.headers).end(told.body),
      )
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const authority = `127.0.0.1:${(server.address() as AddressInfo).port}`
  gatekeeper = await openGatekeeper({
    participant: ground.institution,
    database,
    catalogue,
    databaseFile,
    authority,
    anchorAccount: Keys.anchorKey(ground.keys.institution),
    clock: () => Date.now() / 1000,
    watchSeconds: 0,
    rate: { perSecond: 1e6, burst: 1e6 },
  })
  const patients = await enrolAll(gatekeeper, ground)
  obey(gatekeeper, folder, async () => {
    server.close()
    server.closeAllConnections()
    await gatekeeper.close()
    database.close()
    await ground.close()
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
  const isAnchored = (): boolean => {
    const { root, anchoredRoot } = gatekeeper.status()
    return root === anchoredRoot
  }
  await new Promise<void>((resolve) => {
    const stop = institution.chain.subscribe(() => {
      if (!isAnchored()) return
      stop()
      resolve()
    })
    if (isAnchored()) resolve()
  })
  return patients
}

/** Does what the driving process asks for. */
function obey(gatekeeper: Gatekeeper, folder: string, close: () => Promise<void>): void {
  const asked: Readonly<Record<string, () => Promise<void>>> = {
    cpu: async () => {
      const { user, system } = process.cpuUsage()
      const { readingProcess } = gatekeeper.status()
      const cpu: Cpu = { serving: user + system, reading: cpuOfProcess(readingProcess) }
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

/** The same query on the same server, without a gatekeeper: rows as JSON. */
function rawQuery(databaseFile: string): (body: Uint8Array) => string {
  const database = new DatabaseSync(databaseFile, { readOnly: true })
  const statement = database.prepare(labsQuery)
  return (body) => {
    // Named here so that it is not collected: that would finalize its statements.
    if (!database.isOpen) throw new Error('the raw database is closed')
    const { owner } = JSON.parse(Buffer.from(body).toString()) as { owner: string }
    return JSON.stringify(statement.all({ owner }))
  }
}

function fill(databaseFile: string): void {
  const database = new DatabaseSync(databaseFile)
  database.exec(`PRAGMA journal_mode = WAL; CREATE TABLE person (id TEXT PRIMARY KEY);
    CREATE TABLE lab (id INTEGER PRIMARY KEY, patient TEXT, ${columns.join(', ')});
    CREATE INDEX lab_patient ON lab (patient)`)
  const insert = database.prepare(
    `INSERT INTO lab (patient, ${columns.join(', ')}) VALUES (?, ${columns.map(() => '?').join(', ')})`,
  )
  for (const rows of sizes) {
    database.prepare('INSERT INTO person VALUES (?)').run(`P${rows}`)
    for (let i = 0; i < rows; i++)
      insert.run(`P${rows}`, ...columns.map((name) => `${name}-${i}-value`))
  }
  database.close()
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
