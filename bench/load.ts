import type { ChildProcess } from 'node:child_process'
import { Agent } from 'node:http'
import { numberIn } from './numberIn.ts'
import { median, percentile, type Row, row } from './Row.ts'
import { checkAnswer } from './read/check.ts'
import { type Answer, cpuOf, post, signedRequests, startReadServer } from './read/driver.ts'
import type { Cpu } from './read/server.ts'

/** Signed requests a second (`--rate N`), and how long they are held (`--seconds N`; ten minutes are 600). */
const usual = { rate: 500, seconds: 60 }
const warmUpSeconds = 10
const rowsEach = 100
/** One answer in so many is opened and verified: the rest is the work of other machines. */
const checkedEvery = 100
/** Reply keys that are made beforehand: a reader's machine makes its own. */
const replyKeys = 1_000

/**
 * 500 signed reads of 100 rows a second, sent by the clock whether or not earlier ones were answered: latency counts
 * from when a request was due, so that a stall is not hidden. Client and server share the machine's cores; the client
 * signs every request when it is due, and verifies one answer in a hundred.
 */
export async function run(): Promise<Row[]> {
  const [seconds, rate] = [
    numberIn(process.argv, '--seconds', usual.seconds),
    numberIn(process.argv, '--rate', usual.rate),
  ]
  const { server, ready } = await startReadServer('sqlite')
  const agent = new Agent({ keepAlive: true, maxSockets: 256 })
  const patient = ready.patients.find(({ rows }) => rows === rowsEach)
  if (!patient) throw new Error('no patient of this size')
  const signed = signedRequests(ready, patient, replyKeys)
  let [asked, checked] = [0, 0]
  const ask = (): Promise<number> => {
    const next = signed.next().value
    const { headers, body } = next
    const check = (answer: Answer): void => {
      if (answer.status !== 200) return // it counts as refused
      checkAnswer(ready, next, answer, rowsEach)
      checked += 1
    }
    const hear = asked++ % checkedEvery === 0 ? check : undefined
    return post(agent, ready.authority, '/query', headers, body, hear)
  }
  try {
    await hold(ask, { rate, seconds: warmUpSeconds }, async () => undefined)
    checked = 0
    const samples: Cpu[] = [await cpuOf(server)]
    const own = process.cpuUsage()
    const held = await hold(ask, { rate, seconds }, () => sample(server, samples))
    samples.push(await cpuOf(server))
    const { user, system } = process.cpuUsage(own)
    return rowsOf({ ...held, samples, seconds, rate, checked, client: user + system })
  } finally {
    agent.destroy()
    server.send('stop')
    await new Promise((resolve) => server.once('exit', resolve))
  }
}

type Held = {
  readonly latencies: readonly number[]
  readonly answered: number
  readonly sent: number
  /** Milliseconds until the last answer */
  readonly took: number
}

/** Sends by the clock; `each` runs once a second. */
async function hold(
  ask: () => Promise<number>,
  { rate, seconds }: { readonly rate: number; readonly seconds: number },
  each: () => Promise<void>,
): Promise<Held> {
  const latencies: number[] = []
  const open: Promise<void>[] = []
  const start = performance.now()
  const sent = seconds * rate
  let answered = 0
  for (let i = 0; i < sent; i++) {
    const due = start + (i * 1_000) / rate
    const early = due - performance.now()
    if (early > 1) await new Promise((resolve) => setTimeout(resolve, early))
    if (i % rate === 0) open.push(each())
    const done = ask().then((status) => {
      latencies.push(performance.now() - due)
      if (status === 200) answered += 1
    })
    open.push(done)
    if (open.length > rate) await Promise.all(open.splice(0, open.length - rate))
  }
  await Promise.all(open)
  return { latencies, answered, sent, took: performance.now() - start }
}

async function sample(server: ChildProcess, samples: Cpu[]): Promise<void> {
  samples.push(await cpuOf(server))
}

function rowsOf({
  latencies,
  answered,
  sent,
  took,
  samples,
  seconds,
  rate,
  checked,
  client,
}: Held & {
  readonly samples: readonly Cpu[]
  readonly seconds: number
  readonly rate: number
  readonly checked: number
  /** CPU of our own process, in microseconds */
  readonly client: number
}): Row[] {
  const quarter = Math.max(1, Math.floor(samples.length / 4))
  const residentOf = (some: readonly Cpu[]): number =>
    median(some.map(({ resident }) => resident)) / 1e6
  const [first, last] = [samples[0], samples.at(-1)]
  const inReading = first && last ? last.reading - first.reading : 0
  const cpu = first && last ? last.serving - first.serving + inReading : 0
  return [
    row(`answered, ${rate} a second for ${seconds} s`, answered, 'reads', 'sent', sent),
    row('opened and verified', checked, 'answers', 'sent', sent),
    row('p50', percentile(latencies, 0.5), 'ms', 'target', 50),
    row('p99', percentile(latencies, 0.99), 'ms', 'target', 50),
    row(
      'memory in the last quarter',
      residentOf(samples.slice(-quarter)),
      'MB',
      'second quarter',
      residentOf(samples.slice(quarter, 2 * quarter)),
    ),
    // Until the last answer, which a queue delays beyond the time in which requests were sent.
    row('CPU of the gatekeeper', cpu / (took * 1e3), 'cores', 'the machine', 2),
    row('CPU of the client', client / (took * 1e3), 'cores', 'the machine', 2),
    row('CPU of one read', cpu / sent, 'us', 'its reading process', inReading / sent),
  ]
}
