import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type NodeDatabase, openNodeDatabase } from '@medrec/records/node'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Accounts, openAccounts } from './accounts.ts'
import { openStreamPlaces, streamEvents } from './eventStream.ts'
import { openSessions, type Sessions, sessionSeconds } from './sessions.ts'

let folder: string
let database: NodeDatabase
let accounts: Accounts
let sessions: Sessions
let server: Server
let now = 1_800_000_000
/** Those who listen to what happens. */
const listeners = new Set<(event: unknown) => void>()
const happens = (event: unknown): void => {
  for (const tell of [...listeners]) tell(event)
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'medrec-events-'))
  database = openNodeDatabase(join(folder, 'node.db'))
  accounts = await openAccounts(database)
  sessions = openSessions({ database, accounts, clock: () => now })
  const places = openStreamPlaces()
  server = createServer((request, raw) =>
    streamEvents(raw, {
      sessions,
      token: request.headers['x-token'] as string,
      places,
      sources: [
        (tell) => {
          listeners.add(tell)
          return () => listeners.delete(tell)
        },
      ],
    }),
  )
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
})

afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  database.close()
  rmSync(folder, { recursive: true, force: true })
})

type Stream = {
  readonly token: string
  /** The next line, whatever it is; undefined at the end */
  line(): Promise<string | undefined>
  /** The next event: a line that keeps a quiet stream open may come before it at any time. */
  next(): Promise<string | undefined>
}

const quiet = ':\n\n'

async function signIn(login: string): Promise<string> {
  await accounts.put({ login, name: login, role: 'it', password: 'secret one' })
  const opened = await sessions.open({ login, password: 'secret one', address: '' })
  if ('waitSeconds' in opened) throw new Error('not signed in')
  return opened.token
}

/** Signs in, unless somebody did, and begins to listen. */
async function listen(login: string, signedIn?: string): Promise<Stream> {
  const token = signedIn ?? (await signIn(login))
  const { port } = server.address() as AddressInfo
  const headers = { 'x-token': token }
  const response = await fetch(`http://localhost:${port}/`, { headers })
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  let heard = ''
  const line = async (): Promise<string | undefined> => {
    while (!heard.includes('\n\n')) {
      const { value } = await reader.read()
      if (!value) return undefined
      heard += Buffer.from(value).toString()
    }
    const end = heard.indexOf('\n\n') + 2
    const first = heard.slice(0, end)
    heard = heard.slice(end)
    return first
  }
  const next = async (): Promise<string | undefined> => {
    for (;;) {
      const found = await line()
      if (found !== quiet) return found
    }
  }
  expect(await next()).toBe('data: {"type":"open"}\n\n')
  return { token, line, next }
}

test('what happens is told as it happens', async () => {
  const { next } = await listen('ana')
  happens({ type: 'chain' })
  expect(await next()).toBe('data: {"type":"chain"}\n\n')
})

test('signing out ends the stream at once, and nobody else’s', async () => {
  const [ana, bob] = [await listen('ana'), await listen('bob')]
  sessions.close(ana.token)
  expect(await ana.next()).toBeUndefined()
  expect(listeners.size).toBe(1)
  happens({ type: 'chain' })
  expect(await bob.next()).toBe('data: {"type":"chain"}\n\n')
})

test.each<[string, () => unknown]>([
  ['that was removed', () => accounts.remove('ana')],
  [
    'with a new password',
    () => accounts.put({ login: 'ana', name: 'Ana', role: 'it', password: 'secret two' }),
  ],
  ['whose day is over', () => (now += sessionSeconds)],
])('a log-in %s hears nothing of what happens next', async (_, change) => {
  const { next } = await listen('ana')
  await change()
  happens({ type: 'chain' })
  expect(await next()).toBeUndefined()
  expect(listeners.size).toBe(0)
})

test('nor does it stay connected when nothing happens', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  try {
    const { line } = await listen('ana')
    vi.advanceTimersByTime(5_000)
    expect(await line()).toBe(quiet)
    accounts.remove('ana')
    vi.advanceTimersByTime(5_000)
    expect(await line()).toBeUndefined()
  } finally {
    vi.useRealTimers()
  }
})

test('of one member of staff sixteen streams stay, the newest; those of others are theirs', async () => {
  const other = await listen('ben')
  const first = await listen('ana')
  const second = await listen('ana', first.token)
  for (let i = 0; i < 15; i++) await listen('ana', first.token)
  expect(await first.next()).toBeUndefined()
  expect(listeners.size).toBe(17)
  happens({ type: 'chain' })
  for (const { next } of [second, other]) expect(await next()).toBe('data: {"type":"chain"}\n\n')
})

test('a stream that nobody reads is ended before what waits for its reader fills the memory', async () => {
  const token = await signIn('ana')
  const { port } = server.address() as AddressInfo
  const reader = connect(port, 'localhost').on('error', () => undefined)
  reader.write(`GET / HTTP/1.1\r\nhost: node\r\nx-token: ${token}\r\n\r\n`)
  await once(reader, 'readable') // and nothing is taken
  while (listeners.size > 0) {
    happens({ type: 'x'.repeat(65_536) })
    await new Promise(setImmediate)
  }
  reader.destroy()
})
