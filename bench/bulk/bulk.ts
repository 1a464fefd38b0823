import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Parts } from '@medrec/library'
import { numberIn } from '../numberIn.ts'
import { progress } from '../progress.ts'
import { type Row, row } from '../Row.ts'
import { told } from '../read/driver.ts'
import type { ReaderOrders, ReadPart } from './reader.ts'
import type { BulkPeak, BulkReady } from './server.ts'

/** Rows of one record, some 200 bytes each, unless told (`--rows N`). */
const usualSizes = [100_000, 1_000_000]

/**
 * A record in parts, verified part by part, beside the raw query read row by row on the same server; what memory the
 * gatekeeper and the reader take at most; and the same again with both killed in the middle (docs/benchmarks.md).
 */
export async function run(): Promise<Row[]> {
  const rows: Row[] = []
  const size = numberIn(process.argv, '--rows', 0)
  for (const count of size > 0 ? [size] : usualSizes) rows.push(...(await runOf(count)))
  return rows
}

async function runOf(size: number): Promise<Row[]> {
  progress(`bulk: making ${size} rows`)
  const server = forked('./server.ts', String(size))
  try {
    const { ready, peak: made } = await told<{ ready: BulkReady } & BulkPeak>(server, 'ready')
    progress(`bulk: version made in ${ready.madeIn.toFixed(1)} s, ${made.toFixed(0)} MB`)
    const raw = await rawRead(ready.url)
    progress(`bulk: raw query in ${raw.seconds.toFixed(1)} s`)
    const read = await partsRead(server, ready, false)
    const served = await peakOf(server)
    const killed = await partsRead(server, ready, true)
    const name = `${size} rows`
    const { seconds } = raw
    return [
      row(`version of ${name} made`, ready.madeIn, 's', 'raw query', seconds),
      row(`first of ${read.parts} parts of ${name}`, read.first, 's', 'raw query', seconds),
      row(`all parts of ${name}, verified`, read.seconds, 's', 'raw query', seconds),
      row(`sent for ${name}`, read.megabytes, 'MB', 'raw query', raw.megabytes),
      row(`gatekeeper's memory, ${name} made`, made, 'MB', 'sent', read.megabytes),
      row(`gatekeeper's memory, ${name} served`, served, 'MB', 'sent', read.megabytes),
      row(`reader's memory, ${name}`, read.peak, 'MB', 'sent', read.megabytes),
      row(`all parts of ${name}, both killed`, killed.seconds, 's', 'raw query', seconds),
      row('next part after the reader was killed', killed.gaps[0] ?? 0, 's', 'all', read.seconds),
      row('after the gatekeeper was killed', killed.gaps[1] ?? 0, 's', 'all', read.seconds),
      row('parts read again after both', killed.twice, 'parts', 'all', read.parts),
    ]
  } finally {
    server.send('stop')
    await new Promise((resolve) => server.once('exit', resolve))
  }
}

function forked(script: string, order: string): ChildProcess {
  return fork(fileURLToPath(new URL(script, import.meta.url)), [order], {})
}

async function peakOf(server: ChildProcess): Promise<number> {
  server.send('peak')
  return (await told<BulkPeak>(server, 'peak')).peak
}

async function rawRead(url: string): Promise<{ seconds: number; megabytes: number }> {
  const start = performance.now()
  const { body } = await fetch(new URL('/raw', url))
  let bytes = 0
  for await (const chunk of body ?? []) bytes += chunk.length
  return { seconds: (performance.now() - start) / 1_000, megabytes: bytes / 1e6 }
}

type AllRead = {
  readonly first: number
  readonly seconds: number
  readonly parts: number
  readonly megabytes: number
  readonly peak: number
  /** Seconds without a part after each kill, and parts that had to be read again */
  readonly gaps: readonly number[]
  readonly twice: number
}

/** Reads all parts; with `kills` the reader is killed after a third of them and the gatekeeper after two. */
async function partsRead(server: ChildProcess, ready: BulkReady, kills: boolean): Promise<AllRead> {
  const { network, entropy, relationship, pointer } = ready
  let reader = await startReader({ network, entropy, relationship, pointer })
  const start = performance.now()
  const since = (from: number): number => (performance.now() - from) / 1_000
  const gaps: number[] = []
  let [count, first, bytes, peak] = [0, 0, 0, 0]
  let killedAt: number | undefined
  for (;;) {
    const part = await reader.next()
    const { progress: so } = part
    count += 1
    bytes += part.bytes
    peak = Math.max(peak, part.peak)
    if (count === 1) {
      first = since(start)
      progress(`bulk: first part after ${first.toFixed(1)} s`)
    }
    if (killedAt !== undefined) gaps.push(since(killedAt))
    killedAt = undefined
    if (Parts.isComplete(so)) {
      const { parts } = so
      const seconds = since(start)
      return { first, seconds, parts, megabytes: bytes / 1e6, peak, gaps, twice: count - parts }
    }
    if (!kills) continue
    if (gaps.length === 0 && so.partsRead >= so.parts / 3) {
      killedAt = performance.now()
      await reader.kill()
      reader = await startReader({ network, entropy, relationship, pointer, after: so })
    } else if (gaps.length === 1 && so.partsRead >= (2 * so.parts) / 3) {
      killedAt = performance.now()
      server.send('kill')
    }
  }
}

type Reader = { next(): Promise<ReadPart>; kill(): Promise<void> }

/** What it tells is kept until it is asked for. */
async function startReader(orders: ReaderOrders): Promise<Reader> {
  const reader = forked('./reader.ts', JSON.stringify(orders))
  const parts: ReadPart[] = []
  let wake = (): void => undefined
  reader.on('message', (message: ReadPart | object) => {
    if ('progress' in message) parts.push(message)
    wake()
  })
  reader.on('exit', () => wake())
  await told(reader, 'reading')
  return {
    async next() {
      while (parts.length === 0) {
        if (reader.exitCode !== null) throw new Error('the reader ended before all parts came')
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      return parts.shift() as ReadPart
    },
    async kill() {
      const gone = new Promise((resolve) => reader.once('exit', resolve))
      reader.kill('SIGKILL')
      await gone
    },
  }
}
