import { request as httpRequest } from 'node:http'
import type { Hex } from '@medrec/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import WebSocket from 'ws'
import { connectRpc, type Rpc } from '../rpc.ts'
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
    const heads: unknown[] = []
    await far.subscribe(['newHeads'], (head) => heads.push(head))
    const raw = await payment({
      key: engine.facts.funderKey,
      chainId: engine.facts.chainId,
      nonce: 0,
    })
    const hash = await near.request<Hex>('eth_sendRawTransaction', [raw])
    const { number } = await announced(far, 1)
    expect(heads).toMatchObject([{ number }])
    expect(await far.request('eth_getTransactionReceipt', [hash])).toMatchObject({ status: '0x1' })
    const beat = new Promise((resolve, reject) => {
      far.subscribe(['medrec_heartbeat'], resolve).catch(reject)
    })
    expect(await beat).toMatchObject({ number })
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
  ])('refuses %s %j, over WebSocket and over POST', async (method, params) => {
    const rpc = connectRpc(innerUrl)
    await expect(rpc.request(method, params)).rejects.toMatchObject({ code: 'RPC_REFUSED' })
    await rpc.close()
    const http = connectRpc(innerUrl.replace('ws:', 'http:'))
    await expect(http.request(method, params)).rejects.toMatchObject({ code: 'RPC_REFUSED' })
  })
})

describe('a door, by its settings,', () => {
  test('passes no transaction on where sending is not offered', async () => {
    const rpc = connectRpc(outerUrl)
    await expect(rpc.request('eth_sendRawTransaction', ['0x01'])).rejects.toMatchObject({
      rpcCode: -32601,
    })
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

  test('answers logs of a bounded range', async () => {
    const rpc = connectRpc(innerUrl)
    expect(await rpc.request('eth_getLogs', [{ fromBlock: '0x0', toBlock: '0x1' }])).toEqual([])
    await rpc.close()
  })

  test('is open to named origins and to programs, closed to other web pages', async () => {
    expect(await opens(outerUrl, friend)).toBe(true)
    expect(await opens(outerUrl, undefined)).toBe(true)
    expect(await opens(outerUrl, 'http://evil.example')).toBe(false)
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
    for (let i = 0; i < 8; i++) await rpc.subscribe(['newHeads'], () => undefined)
    await expect(rpc.subscribe(['newHeads'], () => undefined)).rejects.toMatchObject({
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
