import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { boundedBody } from './boundedBody.ts'

/** A bound for the tests, and what unpacks to a hundred times as much. */
const most = 1_000_000
const bomb = gzipSync(Buffer.alloc(100 * most))

let server: Server
let url: string
let gone: Promise<unknown>

beforeAll(async () => {
  server = createServer((request, response) => {
    gone = once(response, 'close')
    const [kind, size] = (request.url ?? '').slice(1).split('/')
    if (kind === 'packed') response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb)
    else if (kind === 'exactly') response.end(Buffer.alloc(Number(size), 7))
    else {
      const more = (): void => {
        while (response.write(Buffer.alloc(65_536)));
      }
      response.on('drain', more)
      more()
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

test('an answer up to the bound is read as it is', async () => {
  const read = await boundedBody(await fetch(`${url}/exactly/${most}`), most)
  expect(Buffer.from(read).equals(Buffer.alloc(most, 7))).toBe(true)
  expect(await boundedBody(new Response(null), most)).toEqual(new Uint8Array(0))
})

test.each([`exactly/${most + 1}`, 'packed', 'endless'])(
  'one that is larger, also once unpacked, is given up: %s',
  async (what) => {
    const response = await fetch(`${url}/${what}`)
    await expect(boundedBody(response, most)).rejects.toMatchObject({ code: 'ANSWER_TOO_LARGE' })
    await gone
  },
)
