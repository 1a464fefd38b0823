import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fromBase64Url, fromHex, isStatementOf, random, toHex } from '@medrec/protocol'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import * as Contact from './Contact.ts'
import { httpCarrier, RecordRefusedError, relaysOf } from './carriers.ts'
import { type Opened, startNetwork, type TestNetwork } from './network.test-support.ts'
import { issueToken } from './tokens.ts'
import type { RelayToken } from './wire.ts'

type Post = { readonly token?: RelayToken; readonly records: readonly string[] }

let net: TestNetwork
let hospital: Opened
let server: Server
let url: string
let posts: Post[]
let statuses: number[]

beforeAll(async () => {
  net = await startNetwork()
  hospital = await net.open(net.hospital)
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const end = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(body))
    }
    if (request.method === 'GET') {
      const state = await net.relay.state(request.url?.split('/').at(-1) ?? '')
      end(state.state === 'unknown' ? 404 : 200, state)
      return
    }
    const status = statuses.shift() ?? 202
    const post = JSON.parse(Buffer.concat(chunks).toString()) as Post
    posts.push(post)
    if (status !== 202) end(status, { code: 'NO' })
    else end(202, await net.relay.post(post.records.map(fromBase64Url)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
beforeEach(() => {
  posts = []
  statuses = []
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await net.close()
})

test('an institution signs its own token, which a relay can check', async () => {
  const today = (): number => Math.floor(Date.now() / 86_400_000)
  const first = today()
  const person = await net.open(await net.register())
  const institution = await net.open(net.hospital, { carriers: () => [httpCarrier(url, fetch)] })
  const card = Contact.card(person, 'P')
  await (await Contact.add(institution, { card })).until('mined')
  const token = posts[0]?.token as RelayToken
  expect(token.institution).toBe(net.hospital.tag)
  const value = {
    institution: fromHex(token.institution),
    id: fromHex(token.id),
    day: token.day,
    operations: token.operations,
  }
  const identity = net.hospital.keys.identity.address
  const signature = fromHex(token.signature)
  expect(isStatementOf(identity, signature, hospital.domain, 'RelayToken', value)).toBe(true)
  expect([first, today()]).toContain(token.day)
})

test('a refused token is replaced, a busy relay is tried again, and the message arrives', async () => {
  const person = await net.open(await net.register())
  const institution = await net.open(net.hospital, {
    carriers: () => [httpCarrier(url, fetch)],
    retry: { first: 0.2, longest: 600 }, // longer each time: not once more before its block was seen
  })
  statuses = [403, 503, 500]
  const submission = await Contact.add(institution, { card: Contact.card(person, 'P') })
  expect(await submission.until('mined')).toMatchObject({ state: 'final' })
  expect(posts).toHaveLength(4)
  const ids = posts.map(({ token }) => token?.id)
  expect(ids[1]).not.toBe(ids[0])
  expect(new Set(posts.map(({ records }) => records.join())).size).toBe(1)
})

test('what every relay calls impossible is rejected after a while', async () => {
  const person = await net.open(await net.register())
  const institution = await net.open(net.hospital, {
    carriers: () => [httpCarrier(url, fetch)],
    retry: { first: 0.01, longest: 0.01 },
  })
  statuses = [422, 422, 422, 422, 422]
  const submission = await Contact.add(institution, { card: Contact.card(person, 'P') })
  expect(await submission.until('mined')).toEqual({ state: 'rejected', reason: 'RecordRefused' })
})

test('a relay that takes nothing of ours does not end a message that another one takes', async () => {
  const person = await net.open(await net.register())
  const liar = { ...net.relay, name: 'liar', post: refuse }
  const institution = await net.open(net.hospital, {
    carriers: () => [liar, httpCarrier(url, fetch)],
    retry: { first: 0.01, longest: 0.01 },
  })
  statuses = [503, 503, 503, 503, 503, 503, 503]
  const submission = await Contact.add(institution, { card: Contact.card(person, 'P') })
  expect(await submission.until('mined')).toMatchObject({ state: 'final' })
})

const refuse = async (): Promise<never> => {
  throw new RecordRefusedError({ relay: 'liar', status: 422 })
}

test('a relay whose clock is wrong makes nobody give a message up', async () => {
  const person = await net.open(await net.register())
  const institution = await net.open(net.hospital, {
    carriers: () => [httpCarrier(url, fetch)],
    retry: { first: 0.01, longest: 0.01 },
  })
  statuses = [409, 409, 409, 409, 409, 409]
  const submission = await Contact.add(institution, { card: Contact.card(person, 'P') })
  expect(await submission.until('mined')).toMatchObject({ state: 'final' })
})

test("a relay's states are read; one that it forgot is unknown", async () => {
  const carrier = httpCarrier(url, fetch)
  expect(await carrier.state(toHex(random(32)))).toEqual({ state: 'unknown' })
  await expect(carrier.post([random(1)])).resolves.toMatchObject({ id: expect.any(String) })
  statuses = [401]
  await expect(carrier.post([random(1)])).rejects.toMatchObject({ code: 'TOKEN_REFUSED' })
  statuses = [503]
  await expect(carrier.post([random(1)])).rejects.toMatchObject({ code: 'RELAY_UNAVAILABLE' })
})

test('a token is a signed number of operations on one day', () => {
  const me = hospital.me()
  if (!me) throw new Error('not registered')
  const token = issueToken(hospital, me, { day: 7, operations: 100 })
  expect(token).toMatchObject({ institution: net.hospital.tag, day: 7, operations: 100 })
})

test('an institution with an unusable address has no relay, and the others keep theirs', () => {
  const profiles = ['', 'javascript:alert(1)', `${url}/staff`, 'not an address'].map((one) => ({
    url: one,
  }))
  const view = { institutions: () => profiles } as unknown as Parameters<typeof relaysOf>[0]
  expect(relaysOf(view, fetch).map(({ name }) => name)).toEqual([url])
})
