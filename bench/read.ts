import { type ChildProcess, fork } from 'node:child_process'
import { Agent, request as httpRequest } from 'node:http'
import { fileURLToPath } from 'node:url'
import {
  fromHex,
  Keys,
  newReplyKey,
  signRequest,
  signStatement,
  toBase64Url,
  toHex,
  utf8,
} from '@medrec/protocol'
import { median, pairedRow, type Round, type Row, row } from './Row.ts'
import { type Cpu, fieldCount, type Ready } from './readServer.ts'
import type { Step } from './readSteps.ts'

/** Rounds of the raw query and the read in turn, and requests in each; as many again only warm up. */
const rounds = 9
const requests = 80
const warmUp = 160
/** Requests under way at once, for the raw query too; the log's writes to disk are shared among them. */
const atOnce = 8

/**
 * CPU of a read through the gatekeeper (signature, decision, proof, receipt, encryption, log; its reading
 * process included) beside the raw query on the same server (DESIGN 11), then step by step.
 */
export async function run(): Promise<Row[]> {
  const server = fork(fileURLToPath(new URL('./readServer.ts', import.meta.url)), [], {})
  const ready = (await told<{ ready: Ready }>(server, 'ready')).ready
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce })
  const rows: Row[] = []
  const raw = new Map<number, number>()
  try {
    for (const patient of ready.patients) {
      const { read, reading, latencies } = await measured(server, { ready, patient, agent })
      const name = `${patient.rows} rows`
      raw.set(patient.rows, median(read.map(({ peer }) => peer)))
      rows.push(pairedRow(`read of ${name}`, 'us CPU', 'raw query', read))
      rows.push(pairedRow(`of it the reading process, ${name}`, 'us CPU', 'raw query', reading))
      const late = percentile(latencies, 0.99)
      rows.push(row(`p99 of ${name}, ${atOnce} at once`, late, 'ms', 'target', 50))
    }
    server.send('steps')
    const { steps } = await told<{ steps: readonly Step[] }>(server, 'steps')
    for (const { rows: count, step, cpu } of steps)
      rows.push(row(`${step}, ${count} rows`, cpu, 'us CPU', 'raw query', raw.get(count) ?? 0))
    return rows
  } finally {
    agent.destroy()
    server.send('stop')
    await new Promise((resolve) => server.once('exit', resolve))
  }
}

/** Raw queries and reads of one patient's rows in turn. */
async function measured(
  server: ChildProcess,
  { ready, patient, agent }: { ready: Ready; patient: Patient; agent: Agent },
): Promise<{ read: readonly Round[]; reading: readonly Round[]; latencies: readonly number[] }> {
  const owner = utf8(JSON.stringify({ owner: `P${patient.rows}` }))
  const signed = signedRequests(ready, patient)
  const latencies: number[] = []
  const askRaw = async (): Promise<void> =>
    void (await post(agent, ready.authority, '/raw', {}, owner))
  const askRead = async (): Promise<void> => {
    const next = signed.next().value
    if (!next) throw new Error('no request left')
    const start = performance.now()
    const status = await post(agent, ready.authority, '/query', next.headers, next.body)
    latencies.push(performance.now() - start)
    if (status !== 200) throw new Error(`a read was refused with ${status}`)
  }
  await sendAll(warmUp, askRaw)
  await sendAll(warmUp, askRead)
  latencies.length = 0
  const [read, reading]: [Round[], Round[]] = [[], []]
  for (let i = 0; i < rounds; i++) {
    const before = await cpuOf(server)
    await sendAll(requests, askRaw)
    const between = await cpuOf(server)
    await sendAll(requests, askRead)
    const after = await cpuOf(server)
    const peer = (between.serving - before.serving) / requests
    const [serving, inReading] = [
      (after.serving - between.serving) / requests,
      (after.reading - between.reading) / requests,
    ]
    read.push({ value: serving + inReading, peer })
    reading.push({ value: inReading, peer })
  }
  return { read, reading, latencies }
}

type Patient = Ready['patients'][number]

/** Signs requests ahead of the measurement, as many as it takes. */
function* signedRequests(
  ready: Ready,
  patient: Patient,
): Generator<{ body: Uint8Array; headers: Record<string, string> }> {
  const keys = Keys.fromEntropy(fromHex(ready.entropy), fromHex(ready.networkId))
  const now = Math.floor(Date.now() / 1000)
  const account = Keys.requestKey(keys, ready.authority, now)
  const domain = { chainId: ready.chainId, verifyingContract: ready.ledger, salt: ready.networkId }
  const facts = { audience: ready.authority, notBefore: now - 60, expires: now + 3_600 }
  const signature = toHex(
    signStatement(keys.identity, domain, 'RequestKey', {
      ...facts,
      idTag: fromHex(ready.idTag),
      key: account.address,
    }),
  )
  const statement = { idTag: ready.idTag, key: toHex(account.address), ...facts, signature }
  const elements = Array.from({ length: fieldCount - 1 }, (_, i) => `c${i}`)
  const query = `${patient.pointer.slice(2)}?_elements=id,${elements.join()}`
  const { relationship } = patient
  for (;;) {
    const reply = toBase64Url(newReplyKey().publicKey)
    const body = utf8(JSON.stringify({ relationship, query, purpose: 0, statement, reply }))
    const request = {
      authority: ready.authority,
      method: 'POST' as const,
      path: '/query',
      contentType: 'application/json',
      body,
    }
    const life = { chainId: ready.chainId, now: Math.floor(Date.now() / 1000) }
    yield {
      body,
      headers: { 'content-type': 'application/json', ...signRequest(request, account, life) },
    }
  }
}

async function sendAll(count: number, send: () => Promise<void>): Promise<void> {
  for (let i = 0; i < count; i += atOnce)
    await Promise.all(Array.from({ length: atOnce }, () => send()))
}

async function cpuOf(server: ChildProcess): Promise<Cpu> {
  server.send('cpu')
  return (await told<{ cpu: Cpu }>(server, 'cpu')).cpu
}

/** The next message that has a member. */
function told<T>(server: ChildProcess, member: keyof T & string): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      server.off('message', hear)
      server.off('exit', fail)
    }
    const hear = (message: unknown): void => {
      if (typeof message !== 'object' || message === null || !(member in message)) return
      stop()
      resolve(message as T)
    }
    const fail = (code: number | null): void => {
      stop()
      reject(new Error(`the server of the benchmark ended with ${code}`))
    }
    server.on('message', hear)
    server.on('exit', fail)
  })
}

function post(
  agent: Agent,
  authority: string,
  path: string,
  headers: Record<string, string>,
  body: Uint8Array,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      `http://${authority}${path}`,
      { method: 'POST', agent, headers: { ...headers, 'content-length': body.length } },
      (response) => {
        response.resume()
        response.on('end', () => resolve(response.statusCode ?? 0))
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })
}

function percentile(values: readonly number[], part: number): number {
  const ordered = values.toSorted((a, b) => a - b)
  return ordered[Math.floor(ordered.length * part)] ?? 0
}
