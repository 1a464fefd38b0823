import { request as httpRequest } from 'node:http'
import type { Hex } from '@medrec/protocol'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import WebSocket from 'ws'
import { connectRpc } from '../connectRpc.ts'
import type { Rpc } from '../rpc.ts'
import { createDoor, type Door } from './door.ts'
import { type EmbeddedEngine, startEmbedded } from './embedded.ts'
import { announced, payment, temporaryJournal } from './engine.test-support.ts'

const friend = 'http://localhost:8080'
let engine: EmbeddedEngine
let inner: Door
let outer: Door
let innerUrl: string
let outerUrl: string
let upstream: Rpc

beforeAll(async () => {
  engine = await startEmbedded({
    journalPath: temporaryJournal(),
    minimumBlockMs: 10,
    heartbeatMs: 20,
  })
  inner = createDoor({ upstream: engine.rpc, allowSend: true, origins: [] })
  innerUrl = await inner.listen(0)
  upstream = connectRpc(innerUrl)
  outer = createDoor({ upstream, allowSend: false, origins: [friend] })
  outerUrl = await outer.listen(0)
})

afterAll(async () => {
  await outer.close()
  await upstream.close()
  await inner.close()
  await engine.stop()
})

describe('a door', () => {
  test('reads, subscribes and sends, a door behind a door too', async () => {
    const [near, far] = [connectRpc(innerUrl), connectRpc(outerUrl)]
    const head = await firstOf(far, 'newHeads')
    const raw = await payment({
      key: engine.facts.funderKey,
      chainId: engine.facts.chainId,
      nonce: 0,
    })
    const hash = await near.request<Hex>('eth_sendRawTransaction', [raw])
    const { number } = await announced(far, 1)
    expect(await head.told).toMatchObject({ number })
    expect(await far.request('eth_getTransactionReceipt', [hash])).toMatchObject({ status: '0x1' })
    const beat = await firstOf(far, 'medrec_heartbeat')
    expect(await beat.told).toMatchObject({ number })
    await near.close()
    await far.close()
  })

  test.each([
    ['anvil_setBalance', ['0x00000000000000000000000000000000000000aa', '0x1']],
    ['anvil_impersonateAccount', ['0x00000000000000000000000000000000000000aa']],
    ['evm_mine', []],
    ['evm_revert', ['0x1']],
    ['debug_traceTransaction', ['0x00']],
    ['eth_sendTransaction', [{}]],
    ['eth_accounts', []],
    ['eth_sign', []],
    ['personal_listAccounts', []],
    ['txpool_content', []],
    ['hardhat_reset', []],
    ['eth_newFilter', [{}]],
    ['eth_getLogs', [{}]],
    ['eth_getLogs', [{ fromBlock: 'earliest', toBlock: 'latest' }]],
    ['eth_getLogs', [{ fromBlock: '0x0', toBlock: '0x400' }]],
    ['eth_getLogs', [{ fromBlock: '0x5', toBlock: '0x1' }]],
    ['eth_feeHistory', ['0xffffffff', 'latest', []]],
    ['eth_call', [{}, 'latest', { '0x00000000000000000000000000000000000000aa': {} }]],
    ['eth_call', [{ data: '0x5b600056' }, 'latest']],
    ['eth_call', [{ to: null, data: '0x5b600056' }, 'latest']],
    ['eth_call', [{ to: `0x${'00'.repeat(19)}05`, gas: '0xffffffffff' }, 'latest']],
    ['eth_estimateGas', [{ to: `0x${'00'.repeat(19)}05`, gas: '0xffffffffff' }]],
    ['eth_subscribe', ['newPendingTransactions']],
    ['eth_subscribe', ['logs', {}]],
  ])(
    'refuses %s %j, over WebSocket and over POST, alone and among others',
    async (method, params) => {
      for (const url of [innerUrl, innerUrl.replace('ws:', 'http:')]) {
        const rpc = connectRpc(url)
        await expect(rpc.request(method, params)).rejects.toMatchObject({ code: 'RPC_REFUSED' })
        const [before, refused, after] = await rpc.together(() =>
          Promise.allSettled([
            rpc.request('eth_chainId'),
            rpc.request(method, params),
            rpc.request('eth_chainId'),
          ]),
        )
        const answered = { value: `0x${engine.facts.chainId.toString(16)}` }
        expect([before, after]).toMatchObject([answered, answered])
        expect(refused).toMatchObject({ reason: { code: 'RPC_REFUSED' } })
        await rpc.close()
      }
    },
  )
})

describe('a door, by its settings,', () => {
  test('passes no transaction on where sending is not offered', async () => {
    const rpc = connectRpc(outerUrl)
    const refused = { rpcCode: -32601 }
    const send = () => rpc.request('eth_sendRawTransaction', ['0x01'])
    await expect(send()).rejects.toMatchObject(refused)
    const both = rpc.together(() => Promise.allSettled([rpc.request('eth_chainId'), send()]))
    expect(await both).toMatchObject([{ status: 'fulfilled' }, { reason: refused }])
    await rpc.close()
  })

  test('runs no code that is in nobody’s contract, unless it may be sent there anyway', async () => {
    const code = [{ data: '0x6001600055' }]
    const outer = connectRpc(outerUrl)
    await expect(outer.request('eth_estimateGas', code)).rejects.toMatchObject({ rpcCode: -32602 })
    await outer.close()
    const inner = connectRpc(innerUrl)
    expect(await inner.request('eth_estimateGas', code)).toMatch(/^0x/)
    await inner.close()
  })

  test.each([
    ['eth_getBlockByNumber', ['pending', true]],
    ['eth_getBlockByNumber', ['Pending', true]],
    ['eth_call', [{ to: `0x${'00'.repeat(19)}05` }, { blockNumber: 'pending' }]],
  ])('tells by %s %j nothing of what waits', async (method, params) => {
    const rpc = connectRpc(outerUrl)
    await expect(rpc.request(method, params)).rejects.toMatchObject({ rpcCode: -32602 })
    await rpc.close()
  })

  test('answers logs of a bounded range', async () => {
    const rpc = connectRpc(innerUrl)
    expect(await rpc.request('eth_getLogs', [{ fromBlock: '0x0', toBlock: '0x1' }])).toEqual([])
    await rpc.close()
  })

  test('is open to named origins and to programs, closed to other web pages', async () => {
    expect(await opens(outerUrl, friend)).toBe(true)
    expect(await opens(outerUrl, undefined)).toBe(true)
    expect(await opens(outerUrl, 'http://evil.example')).toBe(false)
    const { host } = new URL(outerUrl)
    expect(await opens(outerUrl, `http://${host}`)).toBe(true) // its own pages
    expect(await opens(outerUrl, `http://evil.example`, 'evil.example')).toBe(false)
    expect(await opens(innerUrl, friend)).toBe(false)
    const post = (origin: string) =>
      fetch(outerUrl.replace('ws:', 'http:'), {
        method: 'POST',
        headers: { origin },
        body: '{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}',
      })
    expect((await post('http://evil.example')).status).toBe(403)
    const welcome = await post(friend)
    expect(welcome.headers.get('access-control-allow-origin')).toBe(friend)
    expect(await welcome.json()).toMatchObject({ result: `0x${engine.facts.chainId.toString(16)}` })
  })
})

describe('a door behind another one, which bounds each connection,', () => {
  test('tells more readers of a block than one connection may have subscriptions', async () => {
    const readers = Array.from({ length: 12 }, () => connectRpc(outerUrl))
    const heads = await Promise.all(readers.map((reader) => firstOf(reader, 'newHeads')))
    const beats = await Promise.all(readers.map((reader) => firstOf(reader, 'medrec_heartbeat')))
    const { funderKey: key, chainId } = engine.facts
    const count = await engine.rpc.request<Hex>('eth_getTransactionCount', [
      privateKeyToAccount(key).address,
      'latest',
    ])
    const raw = await payment({ key, chainId, nonce: Number(count) })
    const hash = await engine.rpc.request<Hex>('eth_sendRawTransaction', [raw])
    const told = await Promise.all(heads.map((head) => head.told))
    const receipt = await engine.rpc.request('eth_getTransactionReceipt', [hash])
    const { blockNumber: number } = receipt as { blockNumber: Hex }
    expect(told).toMatchObject(readers.map(() => ({ number })))
    await Promise.all(beats.map((beat) => beat.told))
    await Promise.all(readers.map((reader) => reader.close()))
  })

  test('answers readers who together ask for more than one connection may at a time', async () => {
    const shared = connectRpc(innerUrl, { mostInFlight: 64 })
    const door = createDoor({ upstream: shared, allowSend: false, origins: [] })
    const url = await door.listen(0)
    const readers = Array.from({ length: 4 }, () => connectRpc(url))
    const sixty = Array.from({ length: 60 }, (_, i) => i)
    const answers = await Promise.all(
      readers.flatMap((reader) => [
        ...sixty.slice(0, 30).map(() => reader.request('eth_chainId')),
        ...reader.together(() => sixty.slice(30).map(() => reader.request('eth_chainId'))),
      ]),
    )
    expect(answers).toEqual(Array(240).fill(`0x${engine.facts.chainId.toString(16)}`))
    await Promise.all(readers.map((reader) => reader.close()))
    await door.close()
    await shared.close()
  })
})

describe('a door that is asked for by another name', () => {
  test('answers neither POST nor WebSocket', async () => {
    const { port } = new URL(innerUrl)
    const host = `rebound.example:${port}`
    expect(await statusOf(innerUrl, host)).toBe(421)
    expect(await statusOf(innerUrl, `localhost:${port}`)).toBe(200)
    expect(await opens(innerUrl, undefined, host)).toBe(false)
    expect(await opens(innerUrl, undefined, `localhost:${port}`)).toBe(true)
  })
})

describe('a door bounds', () => {
  test('subscriptions', async () => {
    const rpc = connectRpc(innerUrl)
    for (let i = 0; i < 8; i++) await rpc.request('eth_subscribe', ['newHeads'])
    await expect(rpc.request('eth_subscribe', ['newHeads'])).rejects.toMatchObject({
      rpcCode: -32005,
    })
    await rpc.close()
  })

  test('requests in flight', async () => {
    const rpc = connectRpc(innerUrl)
    const answers = await Promise.allSettled(
      Array.from({ length: 200 }, () => rpc.request('eth_blockNumber')),
    )
    const refused = answers.filter(({ status }) => status === 'rejected')
    expect(refused.length).toBeGreaterThan(0)
    expect(answers.length - refused.length).toBeGreaterThanOrEqual(64)
    await rpc.close()
  })

  test('requests in flight that came together', async () => {
    const rpc = connectRpc(innerUrl)
    await rpc.request('eth_blockNumber')
    const answers = await rpc.together(() =>
      Promise.allSettled(Array.from({ length: 200 }, () => rpc.request('eth_blockNumber'))),
    )
    const refused = answers.filter(({ status }) => status === 'rejected')
    expect(refused.length).toBeGreaterThan(0)
    expect(refused).toMatchObject(refused.map(() => ({ reason: { rpcCode: -32005 } })))
    await rpc.close()
  })

  test('the requests of one message', async () => {
    const one = { jsonrpc: '2.0', id: 1, method: 'eth_chainId' }
    const ask = async (count: number): Promise<unknown> => {
      const body = JSON.stringify(Array(count).fill(one))
      const answer = await fetch(innerUrl.replace('ws:', 'http:'), { method: 'POST', body })
      return answer.json()
    }
    expect(await ask(50)).toHaveLength(50)
    expect(await ask(51)).toMatchObject({ id: null, error: { code: -32600 } })
  })

  test('the size of a message', async () => {
    const socket = new WebSocket(innerUrl)
    const closed = new Promise<number>((resolve) => socket.once('close', resolve))
    socket.once('open', () => socket.send(' '.repeat(1024 * 1024 + 1)))
    expect(await closed).toBe(1009)
    const response = await fetch(innerUrl.replace('ws:', 'http:'), {
      method: 'POST',
      body: ' '.repeat(1024 * 1024 + 1),
    })
    expect(response.status).toBe(413)
  })

  test.each([
    '',
    '[]',
    'null',
    '{"id":1}',
    '{"id":1,"method":5}',
    '[[]]',
    '{"id":{},"method":"x"}',
  ])('its patience with %j', async (text) => {
    const socket = new WebSocket(innerUrl)
    const answer = new Promise<string>((resolve) =>
      socket.once('message', (d) => resolve(String(d))),
    )
    socket.once('open', () => socket.send(text))
    expect(JSON.parse(await answer)).toMatchObject({ id: null, error: { code: -32600 } })
    socket.terminate()
  })
})

function opens(url: string, origin: string | undefined, host?: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, {
      ...(origin === undefined ? {} : { origin }),
      ...(host === undefined ? {} : { headers: { host } }),
    })
    socket.once('open', () => {
      socket.terminate()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

/** Status of a POST under a name that the address does not have; `fetch` would not send it. */
function statusOf(url: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asked = httpRequest(
      url.replace('ws:', 'http:'),
      { method: 'POST', headers: { host } },
      (response) => {
        response.resume()
        resolve(response.statusCode)
      },
    )
    asked.once('error', reject)
    asked.end('{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}')
  })
}

/** Subscribes; `told` is the first thing that is told then. */
async function firstOf(rpc: Rpc, stream: string): Promise<{ readonly told: Promise<unknown> }> {
  let tell: (what: unknown) => void = () => undefined
  const told = new Promise((resolve) => {
    tell = resolve
  })
  await rpc.subscribe([stream], tell)
  return { told }
}
