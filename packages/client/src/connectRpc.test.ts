import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Hex } from '@medrec/protocol'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import WebSocket, { WebSocketServer } from 'ws'
import { connectRpc } from './connectRpc.ts'
import { createDoor, type Door } from './engines/door.ts'
import { type EmbeddedEngine, startEmbedded } from './engines/embedded.ts'
import { temporaryJournal } from './engines/engine.test-support.ts'
import type { Rpc } from './rpc.ts'

let engine: EmbeddedEngine
let door: Door
let url: string
const open: (() => unknown)[] = []

beforeAll(async () => {
  engine = await startEmbedded({ journalPath: temporaryJournal() })
  door = createDoor({ upstream: engine.rpc, allowSend: false, origins: [] })
  url = await door.listen(0)
})

afterAll(async () => {
  for (const close of open.toReversed()) await close()
  await door.close()
  await engine.stop()
})

type Line = { readonly url: string; readonly asked: unknown[]; readonly answered: unknown[] }

/** A line to the door, over either transport, on which we listen to what is said. */
async function tapped(transport: 'WebSocket' | 'POST'): Promise<Line> {
  const [asked, answered]: [unknown[], unknown[]] = [[], []]
  const hear = (into: unknown[], text: string): string => {
    into.push(JSON.parse(text))
    return text
  }
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    const answer = await fetch(url.replace('ws:', 'http:'), {
      method: 'POST',
      body: hear(asked, body),
    })
    response.end(hear(answered, await answer.text()))
  })
  new WebSocketServer({ server }).on('connection', async (near) => {
    near.pause()
    const far = new WebSocket(url)
    await once(far, 'open')
    near.on('message', (data) => far.send(hear(asked, String(data))))
    far.on('message', (data) => near.send(hear(answered, String(data))))
    near.once('close', () => far.terminate())
    near.resume()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  open.push(
    () => server.close(),
    () => server.closeAllConnections(),
  )
  const { port } = server.address() as AddressInfo
  return { url: `${transport === 'POST' ? 'http' : 'ws'}://127.0.0.1:${port}`, asked, answered }
}

function connected(to: string): Rpc {
  const rpc = connectRpc(to)
  open.push(() => rpc.close())
  return rpc
}

const chainId = (): Hex => `0x${engine.facts.chainId.toString(16)}`

describe.each(['WebSocket', 'POST'] as const)('over %s', (transport) => {
  test('what is asked together goes out in one message, and one message answers it', async () => {
    const line = await tapped(transport)
    const rpc = connected(line.url)
    await rpc.request('eth_chainId')
    const answers = await rpc.together(() =>
      Promise.all([
        rpc.request('eth_chainId'),
        rpc.together(() => rpc.request('eth_blockNumber')),
        rpc.request('eth_getBlockByNumber', ['0x0', false]),
      ]),
    )
    expect(answers).toMatchObject([chainId(), '0x0', { hash: engine.facts.genesisHash }])
    expect(line.asked).toHaveLength(2)
    expect(line.asked[1]).toMatchObject([
      { method: 'eth_chainId' },
      { method: 'eth_blockNumber' },
      { method: 'eth_getBlockByNumber' },
    ])
    expect(line.answered).toHaveLength(2)
  })

  test('a refused one of several takes the others along no more than alone', async () => {
    const rpc = connected((await tapped(transport)).url)
    const [good, bad] = await rpc.together(() =>
      Promise.allSettled([rpc.request('eth_chainId'), rpc.request('anvil_setBalance', [])]),
    )
    expect(good).toEqual({ status: 'fulfilled', value: chainId() })
    expect(bad).toMatchObject({ reason: { code: 'RPC_REFUSED', rpcCode: -32601 } })
  })

  test('more than a door takes in one message go out in several', async () => {
    const line = await tapped(transport)
    const rpc = connected(line.url)
    await rpc.request('eth_chainId')
    const answers = await rpc.together(() =>
      Promise.all(Array.from({ length: 60 }, () => rpc.request('eth_chainId'))),
    )
    expect(new Set(answers)).toEqual(new Set([chainId()]))
    // Two messages over two connections (POST) come in any order.
    const sizes = line.asked.slice(1).map((message) => (message as readonly unknown[]).length)
    expect(sizes.toSorted((a, b) => b - a)).toEqual([50, 10])
  })

  test('an engine that takes no requests together refuses each of them', async () => {
    const line = await refusingLists()
    const rpc = connected(transport === 'POST' ? line.replace('ws:', 'http:') : line)
    expect(await rpc.request('eth_chainId')).toBe(chainId())
    const answers = await rpc.together(() =>
      Promise.allSettled([rpc.request('eth_chainId'), rpc.request('eth_blockNumber')]),
    )
    const refused = { reason: { code: 'RPC_REFUSED', reason: 'no lists' } }
    expect(answers).toMatchObject([refused, refused])
    expect(await rpc.request('eth_chainId')).toBe(chainId())
  })
})

test('over WebSocket, what is asked before the connection stands is sent once it does', async () => {
  const rpc = connected(url)
  const answers = await rpc.together(() =>
    Promise.all([rpc.request('eth_chainId'), rpc.request('eth_blockNumber')]),
  )
  expect(answers).toEqual([chainId(), '0x0'])
})

test('an engine’s answers are acknowledged while others are awaited, and not else', async () => {
  const heard: string[] = []
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  open.push(() => server.close())
  await once(server, 'listening')
  server.on('connection', (near) => {
    const far = new WebSocket(url)
    const isOpen = once(far, 'open')
    near.on('pong', () => heard.push('pong'))
    near.on('message', async (data) => {
      heard.push((JSON.parse(String(data)) as { method: string }).method)
      await isOpen
      far.send(String(data))
    })
    far.on('message', (data) => near.send(String(data)))
    near.once('close', () => far.terminate())
  })
  const rpc = connectRpc(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, {
    acknowledgesAtOnce: true,
  })
  open.push(() => rpc.close())
  await Promise.all([rpc.request('eth_chainId'), rpc.request('eth_blockNumber')])
  await rpc.request('net_version')
  await rpc.request('eth_chainId')
  expect(heard).toEqual(['eth_chainId', 'eth_blockNumber', 'pong', 'net_version', 'eth_chainId'])
})

/** An engine that answers single requests only, and what else comes with an error about none of them. */
async function refusingLists(): Promise<string> {
  const error = { code: -32600, message: 'no lists' }
  const answer = async (text: string): Promise<string> => {
    if (Array.isArray(JSON.parse(text))) return JSON.stringify({ jsonrpc: '2.0', id: null, error })
    const answered = await fetch(url.replace('ws:', 'http:'), { method: 'POST', body: text })
    return answered.text()
  }
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    response.end(await answer(body))
  })
  new WebSocketServer({ server }).on('connection', (socket) => {
    socket.on('message', async (data) => socket.send(await answer(String(data))))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  open.push(
    () => server.close(),
    () => server.closeAllConnections(),
  )
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('a program that stood still reads what came meanwhile before it gives an answer up', async () => {
  const rpc = connectRpc(url)
  await rpc.request('eth_chainId')
  const states: string[] = []
  rpc.onState((state) => states.push(state))
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    const asked = rpc.request('eth_chainId')
    vi.advanceTimersByTime(10_000)
    expect(await asked).toMatch(/^0x/)
    const late = rpc.request('eth_chainId')
    vi.advanceTimersByTime(10_500)
    await expect(late).rejects.toMatchObject({ code: 'RPC_UNAVAILABLE' })
  } finally {
    vi.useRealTimers()
  }
  expect(states).toEqual(['open', 'closed'])
  await rpc.close()
})
