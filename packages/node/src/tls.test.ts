import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Listen } from './config.ts'
import { addRawRoutes, listenOn, newHttpServer, TlsFileError } from './httpServer.ts'

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
