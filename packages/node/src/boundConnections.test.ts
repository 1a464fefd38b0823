import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { request as ask, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { afterEach, expect, test } from 'vitest'
import { addRawRoutes, listenOn, newHttpServer } from './httpServer.ts'

/** Connections that a node takes, those who come on top of them, and both ends of each. */
const [most, more] = [4_096, 300]
const wanted = 2 * (most + more) + 500
/** Node raises its own limit to the hard one at its start. */
const limit = spawnSync('/bin/sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).stdout.trim()
const lacks = limit !== 'unlimited' && Number(limit) < wanted
if (lacks) console.log(`SKIPPED thousands of connections: ulimit -Hn is ${limit}, ${wanted} needed`)
const isCi = process.env['CI'] === 'true'

let app: FastifyInstance | undefined
let port = 0
let host = ''
let release: () => void = () => undefined
const open: Socket[] = []

afterEach(async () => {
  for (const socket of open.splice(0)) socket.destroy()
  await app?.close()
})

async function serve(): Promise<Server> {
  const listen = { port: 0, host: 'localhost' }
  // Nobody's time runs out here: what makes room is that others come.
  const patience = { headersMs: 600_000, requestMs: 600_000 }
  app = newHttpServer({ listen, path: (file) => file, log: () => undefined, patience })
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  app.get('/page', () => 'a page')
  app.get('/long', async () => {
    await held
    return 'at last'
  })
  app.get('/large', () => 'x'.repeat(20_000_000))
  addRawRoutes(app, [['POST', '/exact']], async ({ body }) => ({
    ...{ status: 200, headers: {} },
    body,
  }))
  await listenOn(app, listen)
  ;({ port } = app.server.address() as AddressInfo)
  host = `localhost:${port}`
  return app.server
}

/** Connections that the system keeps for a server which has not taken them yet: 511 (Node), with some room. */
const atOnce = 256

/** So many connections of one kind, taken by the server, each of which says this much and no more. */
async function crowd(server: Server, count: number, said: string): Promise<void> {
  for (let left = count; left > 0; left -= atOnce) {
    const few = Math.min(left, atOnce)
    const taken = new Promise<void>((resolve) => {
      let seen = 0
      const see = (): void => {
        if (++seen < few) return
        server.off('connection', see)
        resolve()
      }
      server.on('connection', see)
    })
    for (let i = 0; i < few; i++) {
      const socket = connect(port, '127.0.0.1', () => socket.write(said))
      socket.on('error', () => undefined)
      open.push(socket)
    }
    await taken
  }
}

type Answer = { readonly status: number | undefined; readonly body: string }
function get(path: string, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST'
    const headers = { host, ...(body !== undefined && { 'content-type': 'application/json' }) }
    const asked = ask(
      { host: '127.0.0.1', port, method, path, headers, agent: false },
      (response) => {
        let heard = ''
        response.on('data', (part) => {
          heard += part
        })
        response.once('end', () => resolve({ status: response.statusCode, body: heard }))
      },
    )
    asked.once('error', reject)
    asked.end(body)
  })
}

/** With CI=true a skip is a failure: so many descriptors have to be allowed. */
test.skipIf(lacks && !isCi)(
  'thousands who say nothing, or too slowly, or fetch no answer, keep nobody out',
  async () => {
    const server = await serve()
    const begun = get('/long')
    await once(server, 'request')
    await crowd(server, 1, `GET /large HTTP/1.1\r\nhost: ${host}\r\n\r\n`)
    const [, unfetched] = (await once(server, 'request')) as [unknown, ServerResponse]
    const isGivenUp = once(unfetched, 'close')
    const request = `POST /exact HTTP/1.1\r\nhost: ${host}\r\n`
    await crowd(server, most / 2, '')
    await crowd(server, most / 4, `${request}x-slow: `)
    await crowd(server, most / 4, `${request}content-length: 9\r\n\r\nabc`)
    // From here on each new one has the place of another.
    expect(await get('/page')).toEqual({ status: 200, body: 'a page' })
    await isGivenUp
    await crowd(server, more, '')
    expect(await get('/exact', '{"by":"me"}')).toEqual({ status: 200, body: '{"by":"me"}' })
    release()
    expect(await begun).toEqual({ status: 200, body: 'at last' })
  },
)
