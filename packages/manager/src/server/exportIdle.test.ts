import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import fastify, { type FastifyInstance } from 'fastify'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openExportPlaces } from './exportPlaces.ts'
import { problemOf } from './problems.ts'

const periodMs = 60_000
const places = 2

let app: FastifyInstance
let lines: () => Iterable<string> | AsyncIterable<string>
let begun: ServerResponse[]
let readers: Socket[]
let asked: (response: ServerResponse) => void

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  ;[begun, readers, asked] = [[], [], () => undefined]
  const open = openExportPlaces()
  app = fastify({ forceCloseConnections: true }) as unknown as FastifyInstance
  app.setErrorHandler((error, _, reply) => reply.send(problemOf(error)?.code))
  app.get('/export', (_, reply) => {
    open.take({ id: 'ada' }, reply)
    begun.push(reply.raw)
    asked(reply.raw)
    return reply.send(Readable.from(lines()))
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
})

afterEach(async () => {
  vi.useRealTimers()
  for (const reader of readers) reader.destroy()
  await app.close()
})

/** Asks for an export, and takes what comes only if told to. */
async function exported(takes: boolean): Promise<ServerResponse> {
  const answering = new Promise<ServerResponse>((resolve) => {
    asked = resolve
  })
  const reader = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  readers.push(reader)
  reader.on('error', () => undefined)
  reader.write('GET /export HTTP/1.1\r\nhost: node\r\n\r\n')
  if (takes) reader.resume()
  return answering
}

/** Lets periods pass until the answer is over. */
async function untilClosed(response: ServerResponse): Promise<void> {
  while (!response.closed) {
    vi.advanceTimersByTime(periodMs)
    await new Promise(setImmediate)
  }
}

const line = 'x'.repeat(65_536)

function* endless(): Generator<string> {
  for (;;) yield line
}

test.each([
  ['in the middle', endless],
  ['after the last line', () => [line.repeat(1_024)]],
])(
  'an export whose reader stops reading %s is ended, and its place is free',
  async (_, content) => {
    lines = content
    for (let i = 0; i < places; i++) await exported(false)
    expect((await app.inject('/export')).body).toBe('EXPORTS_BUSY')
    for (const response of begun) await untilClosed(response)
    lines = () => ['all']
    expect((await app.inject('/export')).body).toBe('all')
    expect(vi.getTimerCount()).toBe(0)
  },
)

test('a reader who takes something in each period has as long as she needs', async () => {
  lines = endless
  const response = await exported(true)
  for (let period = 0; period < 20; period++) {
    await once(response, 'drain')
    vi.advanceTimersByTime(periodMs)
    expect(response.destroyed).toBe(false)
  }
})

test('how long the node itself is at a line is not held against the reader', async () => {
  let go = (): void => undefined
  const ready = new Promise<void>((resolve) => {
    go = resolve
  })
  lines = async function* () {
    yield 'first '
    await ready
    yield 'last'
  }
  const answer = app.inject('/export')
  await new Promise<void>((resolve) => {
    asked = () => resolve()
  })
  vi.advanceTimersByTime(periodMs * 100)
  go()
  expect((await answer).body).toBe('first last')
})
