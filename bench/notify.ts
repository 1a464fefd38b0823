import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Chain, followChain, type Sender } from '@medrec/client'
import { createDoor, type EmbeddedEngine, startEmbedded } from '@medrec/client/node'
import { encodeNotes, type Hex, random, toHex } from '@medrec/protocol'
import { openMemoryStore } from '@medrec/records'
import { foundOn } from './founded.ts'
import { median, type Row, row } from './Row.ts'

/** Notes and echoes that count, after as many that only warm up: a node runs for days. */
const [notes, echoes] = [200, 200]

/** From a relay's posting to the patient's node knowing, beside a bare WebSocket echo. */
export async function run(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'medrec-bench-'))
  const engine = await startEmbedded({
    journalPath: join(folder, 'notify.sqlite'),
    minimumBlockMs: 0,
  })
  const door = createDoor({ upstream: engine.rpc, allowSend: true, origins: [] })
  const url = await door.listen(0)
  const { network, relay } = await foundOn(engine)
  const chain = await followChain({ doors: [url], network, store: openMemoryStore() })
  try {
    await chain.synced()
    const { afterBlock, afterPosting } = await measure(engine, chain, relay)
    const echo = await echoTime()
    return [
      row('block announced to patient notified', median(afterBlock), 'ms', 'WebSocket echo', echo),
      row('relay posts to patient notified', median(afterPosting), 'ms', 'WebSocket echo', echo),
    ]
  } finally {
    await chain.stop()
    await door.close()
    await engine.stop()
    rmSync(folder, { recursive: true })
  }
}

async function measure(
  engine: EmbeddedEngine,
  chain: Chain,
  relay: Sender,
): Promise<{ afterBlock: readonly number[]; afterPosting: readonly number[] }> {
  const afterBlock: number[] = []
  const afterPosting: number[] = []
  let announcedAt = 0
  const stop = await engine.rpc.subscribe(['newHeads'], () => {
    announcedAt = performance.now()
  })
  for (let i = -notes; i < notes; i++) {
    const tag = random(16)
    const notified = whenNoted(chain, toHex(tag))
    const data = toHex(encodeNotes([{ tag, sealed: random(384) }]))
    const postedAt = performance.now()
    await relay.submit({ to: chain.network.ledger, data, gas: 500_000n })
    const notifiedAt = await notified
    if (i < 0) continue
    afterBlock.push(notifiedAt - announcedAt)
    afterPosting.push(notifiedAt - postedAt)
  }
  stop()
  return { afterBlock, afterPosting }
}

function whenNoted(chain: Chain, tag: Hex): Promise<number> {
  return new Promise((resolve) => {
    const stop = chain.subscribe((_, view) => {
      if (view.notes(tag).length === 0) return
      stop()
      resolve(performance.now())
    })
  })
}

/** Median round trip of 400 bytes over a WebSocket that sends back what it gets. */
export async function echoTime(): Promise<number> {
  // ws is the client package's dependency; the bench must not bring another copy.
  const require = createRequire(new URL('../packages/client/package.json', import.meta.url))
  const { WebSocket, WebSocketServer } = require('ws') as typeof import('ws')
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  server.on('connection', (socket) => socket.on('message', (data) => socket.send(data)))
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
  await once(client, 'open')
  const times: number[] = []
  for (let i = -echoes; i < echoes; i++) {
    const start = performance.now()
    client.send(random(400))
    await once(client, 'message')
    if (i >= 0) times.push(performance.now() - start)
  }
  client.terminate()
  server.close()
  return median(times)
}
