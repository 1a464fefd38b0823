import type { ChildProcess } from 'node:child_process'
import { Agent } from 'node:http'
import { utf8 } from '@medrec/protocol'
import { median, pairedRow, percentile, type Round, type Row, row } from '../Row.ts'
import { cpuOf, post, signedRequests, startReadServer, told } from './driver.ts'
import { type BenchEngine, benchEngines } from './records.ts'
import type { Ready } from './server.ts'
import type { Step } from './steps.ts'

/** Rounds of the raw query and the read in turn, and requests in each. */
const rounds = 9
const requests = 80
/** Requests that only warm up: a gatekeeper runs for days, and V8 compiles during the first thousands of reads. */
const warmUp = { first: 2_400, later: 160 }
/** Requests under way at once, for the raw query too; the log's writes to disk are shared among them. */
const atOnce = 8

/**
 * CPU of a read through the gatekeeper (signature, decision, proof, receipt, encryption, log; its reading
 * process included) beside the raw query on the same server (docs/benchmarks.md), then step by step.
 */
export async function run(): Promise<Row[]> {
  const rows: Row[] = []
  for (const engine of benchEngines) rows.push(...(await runOn(engine)))
  return rows
}

async function runOn(engine: BenchEngine): Promise<Row[]> {
  const { server, ready } = await startReadServer(engine)
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce })
  const rows: Row[] = []
  const raw = new Map<number, number>()
  try {
    for (const patient of ready.patients) {
      const { read, reading, latencies } = await measured(server, { ready, patient, agent })
      const name = `${patient.rows} rows on ${engine}`
      raw.set(patient.rows, median(read.map(({ peer }) => peer)))
      rows.push(pairedRow(`read of ${name}`, 'us CPU', 'raw query', read))
      rows.push(pairedRow(`of it reading, ${name}`, 'us CPU', 'raw query', reading))
      const late = percentile(latencies, 0.99)
      rows.push(row(`p99 of ${name}, ${atOnce} at once`, late, 'ms', 'target', 50))
    }
    if (engine !== 'sqlite') return rows
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
  { ready, patient, agent }: { ready: Ready; patient: Ready['patients'][number]; agent: Agent },
): Promise<{ read: readonly Round[]; reading: readonly Round[]; latencies: readonly number[] }> {
  const owner = utf8(JSON.stringify({ owner: `P${patient.rows}` }))
  const signed = signedRequests(ready, patient)
  const latencies: number[] = []
  const askRaw = async (): Promise<void> =>
    void (await post(agent, ready.authority, '/raw', {}, owner))
  const askRead = async (): Promise<void> => {
    const next = signed.next().value
    const start = performance.now()
    const status = await post(agent, ready.authority, '/query', next.headers, next.body)
    latencies.push(performance.now() - start)
    if (status !== 200) throw new Error(`a read was refused with ${status}`)
  }
  const isFirst = patient === ready.patients[0]
  const before = isFirst ? warmUp.first : warmUp.later
  await sendAll(before, askRaw)
  await sendAll(before, askRead)
  latencies.length = 0
  const [read, reading]: [Round[], Round[]] = [[], []]
  for (let i = 0; i < rounds; i++) {
    const start = await cpuOf(server)
    await sendAll(requests, askRaw)
    const between = await cpuOf(server)
    await sendAll(requests, askRead)
    const after = await cpuOf(server)
    // The database server's work counts on both sides.
    const peer = (between.serving - start.serving + between.reading - start.reading) / requests
    const [serving, inReading] = [
      (after.serving - between.serving) / requests,
      (after.reading - between.reading) / requests,
    ]
    read.push({ value: serving + inReading, peer })
    reading.push({ value: inReading, peer })
  }
  return { read, reading, latencies }
}

async function sendAll(count: number, send: () => Promise<void>): Promise<void> {
  for (let i = 0; i < count; i += atOnce)
    await Promise.all(Array.from({ length: atOnce }, () => send()))
}
