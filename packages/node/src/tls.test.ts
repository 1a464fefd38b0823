import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { createRequire } from 'node:module'
import { connect as connectTcp } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import type { Profile } from '@medrec/client'
import type { Hex } from '@medrec/protocol'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Listen } from './config.ts'
import { addRawRoutes, listenOn, newHttpServer, TlsFileError } from './httpServer.ts'
import { PinMismatchError, pinnedFetch, pinOf, pinsAt } from './pinnedFetch.ts'

const hasOpenssl = spawnSync('openssl', ['version']).status === 0
if (!hasOpenssl) console.log('SKIPPED serving over TLS: no openssl')
const isCi = process.env['CI'] === 'true'
/** The command of docs/operations.md. */
const example =
  'req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=medrec -addext subjectAltName=IP:127.0.0.1,DNS:localhost -keyout key.pem -out cert.pem'
const listen: Listen = {
  ...{ port: 0, host: '0.0.0.0', url: 'https://node.example' },
  tls: { cert: 'cert.pem', key: 'key.pem' },
}
let folder: string
let app: FastifyInstance
let port: number

type Asked = { readonly status: number | undefined; readonly body: string }
/** Asks under a name, believing the certificate or not. */
const ask = (
  options: {
    host?: string
    trusting?: boolean
    method?: string
    path?: string
    body?: string
  } = {},
): Promise<Asked> =>
  new Promise((resolve, reject) => {
    const { host = `localhost:${port}`, trusting = true, method = 'GET', path = '/page' } = options
    const ca = trusting ? { ca: readFileSync(join(folder, 'cert.pem')) } : {}
    const where = { host: 'localhost', port, method, path, headers: { host }, ...ca }
    const asked = request({ ...where, servername: 'localhost' }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (part: string) => {
        body += part
      })
      response.once('end', () => resolve({ status: response.statusCode, body }))
    })
    asked.once('error', reject)
    asked.end(options.body)
  })

async function open(): Promise<void> {
  folder = mkdtempSync(join(tmpdir(), 'medrec-tls-'))
  expect(spawnSync('openssl', example.split(' '), { cwd: folder }).status).toBe(0)
  app = newHttpServer({ listen, path: (file) => join(folder, file), log: () => undefined })
  app.get('/page', () => 'a page')
  addRawRoutes(app, [['POST', '/exact']], async ({ body }) => ({
    ...{ status: 200, headers: {} },
    body,
  }))
  await listenOn(app, listen)
  const address = app.server.address()
  port = typeof address === 'object' && address ? address.port : 0
}

async function close(): Promise<void> {
  await app.close()
  rmSync(folder, { recursive: true, force: true })
}

function pinTests(): void {
  test('is believed by its pin alone, whoever signed its certificate', async () => {
    const pin = pinOf(readFileSync(join(folder, 'cert.pem')))
    const told: string[] = []
    const pinned = pinnedFetch((host) => {
      told.push(host)
      return [[`0x${'11'.repeat(32)}`, pin]]
    })
    const url = `https://localhost:${port}`
    const page = await pinned(`${url}/page`)
    expect([page.status, await page.text()]).toEqual([200, 'a page'])
    const exact = await pinned(new URL('/exact', url), { method: 'POST', body: 'ü' })
    expect(await exact.text()).toBe('ü')
    expect(told).toContain(`localhost:${port}`)
  })

  test('is not asked anything by who has another pin, or none', async () => {
    const url = `https://localhost:${port}/exact`
    const other = pinnedFetch(() => [[`0x${'11'.repeat(32)}`]])
    await expect(other(url, { method: 'POST', body: 'secret' })).rejects.toThrow(PinMismatchError)
    const without = pinnedFetch(() => [])
    await expect(without(url)).rejects.toThrow('fetch failed')
  })

  test('is not another institution, which names a key of its own for the same host', async () => {
    const pin = pinOf(readFileSync(join(folder, 'cert.pem')))
    const zeros: Hex = `0x${'00'.repeat(32)}`
    const at = (host: string, own: Hex, next = zeros): Profile =>
      ({ url: `https://${host}`, pin: own, pinNext: next }) as Profile
    const host = `localhost:${port}`
    const asked = (...profiles: Profile[]): Promise<Response> =>
      pinnedFetch((name) => pinsAt({ institutions: () => profiles }, name))(`https://${host}/page`)
    const [owner, elsewhere] = [at(host, `0x${'22'.repeat(32)}`), at('elsewhere.example', pin)]
    expect((await asked(at(host, pin), elsewhere)).status).toBe(200)
    await expect(asked(owner, at(host, pin))).rejects.toMatchObject({
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    })
    await expect(asked(at(host, zeros), at(host, pin))).rejects.toThrow('fetch failed')
    // A key that was published as the next one counts like the present one; any other does not.
    expect((await asked(at(host, `0x${'22'.repeat(32)}`, pin))).status).toBe(200)
    await expect(asked(at(host, zeros, `0x${'22'.repeat(32)}`))).rejects.toThrow(PinMismatchError)
  })
}

function renewalTests(): void {
  test('whose key was changed without a word on the chain is sent nothing, until the chain has it', async () => {
    const published = pinOf(readFileSync(join(folder, 'cert.pem')))
    const renewed = mkdtempSync(join(tmpdir(), 'medrec-tls-'))
    expect(spawnSync('openssl', example.split(' '), { cwd: renewed }).status).toBe(0)
    const path = (file: string): string => join(renewed, file)
    const restarted = newHttpServer({ listen, path, log: () => undefined })
    const bodies: unknown[] = []
    addRawRoutes(restarted, [['POST', '/exact']], async ({ body }) => {
      bodies.push(Buffer.from(body).toString())
      return { status: 200, headers: {}, body }
    })
    await listenOn(restarted, listen)
    const address = restarted.server.address()
    const host = `localhost:${typeof address === 'object' && address ? address.port : 0}`
    let pin = published
    const zeros: Hex = `0x${'00'.repeat(32)}`
    const profile = (): Profile => ({ url: `https://${host}`, pin, pinNext: zeros }) as Profile
    const pinned = pinnedFetch((name) => pinsAt({ institutions: () => [profile()] }, name))
    const send = (body: string): Promise<Response> =>
      pinned(`https://${host}/exact`, { method: 'POST', body })
    await expect(send('too early')).rejects.toThrow(PinMismatchError)
    pin = pinOf(readFileSync(join(renewed, 'cert.pem')))
    expect((await send('now')).status).toBe(200)
    expect(bodies).toEqual(['now'])
    await restarted.close()
    rmSync(renewed, { recursive: true })
  })

  test('is not kept waiting for long by who connects and begins no handshake', async () => {
    const impatient = newHttpServer({
      ...{ listen, path: (file) => join(folder, file), log: () => undefined },
      patience: { headersMs: 200, requestMs: 1_000 },
    })
    await listenOn(impatient, listen)
    const address = impatient.server.address()
    const silent = connectTcp(
      typeof address === 'object' && address ? address.port : 0,
      'localhost',
    )
    await once(silent, 'close')
    await impatient.close()
  })
}

/** With CI=true a skip is a failure: the program has to be there. */
describe.skipIf(!hasOpenssl && !isCi)('a node with a certificate (needs openssl)', () => {
  beforeAll(open)
  afterAll(close)

  test('serves pages and exact bytes over https, under its names and numbers', async () => {
    for (const host of [`localhost:${port}`, 'node.example', `127.0.0.1:${port}`])
      expect(await ask({ host })).toEqual({ status: 200, body: 'a page' })
    expect(await ask({ method: 'POST', path: '/exact', body: 'ü' })).toEqual({
      status: 200,
      body: 'ü',
    })
    expect((await ask({ host: 'rebound.example' })).status).toBe(421)
  })

  test('is not believed by who was not told of its certificate', async () => {
    await expect(ask({ trusting: false })).rejects.toMatchObject({
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    })
  })

  test('speaks TLS 1.3 and nothing older', async () => {
    const ca = readFileSync(join(folder, 'cert.pem'))
    const shake = (maxVersion: 'TLSv1.2' | 'TLSv1.3'): Promise<string | null> =>
      new Promise((resolve, reject) => {
        const where = { host: 'localhost', port, servername: 'localhost', ca, maxVersion }
        const socket = connect(where, () => {
          resolve(socket.getProtocol())
          socket.end()
        })
        socket.once('error', reject)
      })
    expect(await shake('TLSv1.3')).toBe('TLSv1.3')
    await expect(shake('TLSv1.2')).rejects.toMatchObject({ code: /PROTOCOL_VERSION/ })
  })

  pinTests()
  renewalTests()

  test('answers nothing in clear', async () => {
    await expect(fetch(`http://localhost:${port}/page`)).rejects.toThrow('fetch failed')
  })

  test('opens WebSockets over the same certificate', async () => {
    const require = createRequire(new URL('../../client/package.json', import.meta.url))
    const { WebSocket, WebSocketServer } = require('ws') as typeof import('ws')
    const sockets = new WebSocketServer({ noServer: true })
    app.server.on('upgrade', (asked, socket, head) =>
      sockets.handleUpgrade(asked, socket, head, (client) => client.send('hello')),
    )
    const ca = readFileSync(join(folder, 'cert.pem'))
    const client = new WebSocket(`wss://localhost:${port}/chain`, { ca })
    const said = await new Promise((resolve, reject) => {
      client.once('message', (data) => resolve(String(data)))
      client.once('error', reject)
    })
    client.terminate()
    sockets.close()
    expect(said).toBe('hello')
  })
})

test('a certificate that is not there is named, with a remedy', () => {
  const path = (file: string): string => join('/nowhere', file)
  expect(() => newHttpServer({ listen, path, log: () => undefined })).toThrow(TlsFileError)
})
