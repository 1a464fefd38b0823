import { request as ask } from 'node:http'
import { connect } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { afterEach, expect, test } from 'vitest'
import { addRawRoutes, listenOn, newHttpServer, type Patience } from './httpServer.ts'

let app: FastifyInstance | undefined

afterEach(async () => {
  await app?.close()
  app = undefined
})

type Answer = { readonly status: number | undefined; readonly body: string }

/** A server that says from where it was asked, on a free port. */
async function serve(
  more: { trusted_proxies?: string[]; url?: string } = {},
  patience?: Patience,
): Promise<number> {
  const listen = { port: 0, host: 'localhost', ...more }
  const log = (): void => undefined
  app = newHttpServer({ listen, path: (file) => file, log, ...(patience && { patience }) })
  app.get('/people', () => 'the words of everybody')
  addRawRoutes(app, [['POST', '/from']], async ({ remoteAddress }) => ({
    status: 200,
    headers: {},
    body: Buffer.from(remoteAddress),
  }))
  await listenOn(app, listen)
  const address = app.server.address()
  if (typeof address !== 'object' || address === null) throw new Error('not listening')
  return address.port
}

/** Asks with headers that `fetch` would not send. */
function get(
  port: number,
  headers: Readonly<Record<string, string>>,
  [method, path] = ['GET', '/people'],
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = ask({ host: '127.0.0.1', port, method, path, headers }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (part: string) => {
        body += part
      })
      response.once('end', () => resolve({ status: response.statusCode, body }))
    })
    asked.once('error', reject)
    asked.end()
  })
}

test('a node answers under its own names', async () => {
  const port = await serve({ url: 'https://node.example' })
  for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`, 'node.example'])
    expect(await get(port, { host })).toEqual({ status: 200, body: 'the words of everybody' })
})

test.each(['rebound.example', 'rebound.example:PORT', 'localhost:1', 'localhost'])(
  'a page of a name that was made to lead here reads nothing: %s',
  async (name) => {
    const port = await serve()
    const host = name.replace('PORT', String(port))
    const { status, body } = await get(port, { host })
    expect(status).toBe(421)
    expect(JSON.parse(body)).toEqual({
      code: 'ANOTHER_HOST',
      message: 'This node has another address.',
      whatToDo: expect.stringContaining('listen.url'),
    })
    const nothing = await get(port, { host }, ['GET', '/nothing'])
    expect(nothing.status).toBe(421)
  },
)

async function from(port: number, forwarded: string): Promise<string> {
  const headers = { host: `localhost:${port}`, 'x-forwarded-for': forwarded }
  return (await get(port, headers, ['POST', '/from'])).body
}

test('X-Forwarded-For is nobody’s word unless a proxy is named', async () => {
  expect(await from(await serve(), '192.0.2.7')).toBe('127.0.0.1')
})

test('a named proxy’s word counts, and only the last hop that is none', async () => {
  const port = await serve({ trusted_proxies: ['127.0.0.0/8', '10.0.0.1'] })
  expect(await from(port, '192.0.2.7')).toBe('192.0.2.7')
  expect(await from(port, '198.51.100.1, 192.0.2.7')).toBe('192.0.2.7')
  expect(await from(port, '198.51.100.1, 192.0.2.7, 10.0.0.1')).toBe('192.0.2.7')
  expect(await from(port, '2001:db8:1:2::9')).toBe('2001:db8:1:2::/64')
})

test('another proxy than the named one has no say', async () => {
  expect(await from(await serve({ trusted_proxies: ['10.0.0.1'] }), '192.0.2.7')).toBe('127.0.0.1')
})

test('a proxy’s other headers change nothing: the address that it forwards is not believed', async () => {
  const port = await serve({ trusted_proxies: ['127.0.0.1'] })
  const headers = { host: 'rebound.example', 'x-forwarded-host': `localhost:${port}` }
  expect((await get(port, headers)).status).toBe(421)
})

/** Writes bytes to the server and hears all it says until it hangs up. */
function hear(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    let heard = ''
    socket.setEncoding('utf8')
    socket.on('data', (part: string) => {
      heard += part
    })
    socket.once('close', () => resolve(heard))
    socket.once('error', reject)
  })
}

test('who sends a request drop by drop is hung up on', async () => {
  const patience = { headersMs: 200, requestMs: 300 }
  const port = await serve({}, patience)
  const host = `host: localhost:${port}\r\n`
  expect(await hear(port, `POST /from HTTP/1.1\r\n${host}x-slow: `)).toContain('408')
  const slowBody = `POST /from HTTP/1.1\r\n${host}content-length: 9\r\n\r\nabc`
  expect(await hear(port, slowBody)).toContain('408')
})

test('headers of more than 16 KiB are refused, and the connection ends', async () => {
  const port = await serve()
  const long = 'x'.repeat(20_000)
  const request = `POST /from HTTP/1.1\r\nhost: localhost:${port}\r\nx-long: ${long}\r\n\r\n`
  expect(await hear(port, request)).toContain('431')
})
