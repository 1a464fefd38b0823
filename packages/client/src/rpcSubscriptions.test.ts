import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import WebSocket, { WebSocketServer } from 'ws'
import { connectRpc } from './connectRpc.ts'
import { createDoor, type Door } from './engines/door.ts'
import { type EmbeddedEngine, startEmbedded } from './engines/embedded.ts'
import { temporaryJournal } from './engines/engine.test-support.ts'

let engine: EmbeddedEngine
let door: Door
let url: string

beforeAll(async () => {
  engine = await startEmbedded({ journalPath: temporaryJournal(), heartbeatMs: 20 })
  door = createDoor({ upstream: engine.rpc, allowSend: false, origins: [] })
  url = await door.listen(0)
})

afterAll(async () => {
  await door.close()
  await engine.stop()
})

type Refusing = {
  readonly url: string
  /** Kind of subscription that is refused from now on. */
  refused: string | undefined
  /** Resolves with so many refusals. */
  whenRefused(times: number): Promise<void>
  cut(): void
  close(): void
}

/** A line to the door on which one kind of subscription is refused. */
async function startRefusing(): Promise<Refusing> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  let times = 0
  const waiting = new Set<() => void>()
  const line: Refusing = {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    refused: undefined,
    whenRefused: (wanted) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (times >= wanted) resolve()
        }
        waiting.add(look)
        look()
      }),
    cut: () => {
      for (const client of server.clients) client.terminate()
    },
    close: () => server.close(),
  }
  server.on('connection', async (near) => {
    near.pause()
    const far = new WebSocket(url)
    await once(far, 'open')
    near.on('message', (data) => {
      const { id, method, params } = JSON.parse(String(data))
      if (method !== 'eth_subscribe' || params[0] !== line.refused) return far.send(String(data))
      near.send(JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32005, message: 'no room' } }))
      times += 1
      for (const look of waiting) look()
    })
    far.on('message', (data) => near.send(String(data)))
    near.once('close', () => far.terminate())
    near.resume()
  })
  return line
}

test('a subscription that is refused after a loss takes nothing else along, and is heard again once it is taken', async () => {
  const line = await startRefusing()
  const rpc = connectRpc(line.url)
  const states: string[] = []
  rpc.onState((state) => states.push(state))
  let beat = (): void => undefined
  const beats = (): Promise<void> =>
    new Promise((resolve) => {
      beat = resolve
    })
  await rpc.subscribe(['medrec_heartbeat'], () => beat())
  await rpc.subscribe(['newHeads'], () => undefined)
  await beats()
  line.refused = 'medrec_heartbeat'
  line.cut()
  await line.whenRefused(3)
  expect(states).toEqual(['closed', 'open', 'closed', 'open'])
  expect(await rpc.request('eth_blockNumber')).toBe('0x0')
  await expect(rpc.subscribe(['medrec_heartbeat'], () => undefined)).rejects.toMatchObject({
    code: 'RPC_REFUSED',
  })
  line.refused = undefined
  await beats()
  const stop = await rpc.subscribe(['medrec_heartbeat'], () => undefined)
  stop()
  await beats()
  expect(states).toHaveLength(4)
  await rpc.close()
  line.close()
})
