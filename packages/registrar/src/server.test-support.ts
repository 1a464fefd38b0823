import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  Keys,
  type RawAnswer,
  type RawRequest,
  signRequest,
  signStatement,
  toHex,
  utf8,
} from '@medrec/protocol'
import type { Person, TestNetwork } from './network.test-support.ts'

type Handler = (request: RawRequest) => Promise<RawAnswer>

/** A loopback HTTP server; its handler may be set after its address is known. */
export async function listen(): Promise<{
  url: string
  authority: string
  serve(handler: Handler): void
  close(): Promise<void>
}> {
  let handler: Handler | undefined
  const server = createServer(async (incoming, outgoing) => {
    const answer = await (handler as Handler)({
      method: incoming.method ?? '',
      path: incoming.url ?? '',
      headers: incoming.headers as Record<string, string>,
      body: await bodyOf(incoming),
      remoteAddress: incoming.socket.remoteAddress ?? '',
    })
    outgoing.writeHead(answer.status, answer.headers)
    outgoing.end(answer.body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const authority = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: `http://${authority}`,
    authority,
    serve: (next) => {
      handler = next
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

async function bodyOf(incoming: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  return new Uint8Array(Buffer.concat(chunks))
}

/** A request signed by a registrant's request key, with her identity's statement in its body. */
export async function askSigned(options: {
  test: TestNetwork
  person: Person
  url: string
  authority: string
  path: string
  body?: Record<string, unknown>
  statement?: Record<string, unknown>
  now?: number
  signer?: Keys.Keys
}): Promise<Response> {
  const { test, person, authority, path } = options
  const now = Math.floor(Date.now() / 1000)
  const account = Keys.requestKey(person.keys, authority, now)
  const facts = {
    audience: authority,
    notBefore: now - 60,
    expires: now + 3_600,
    ...options.statement,
  }
  const value = { idTag: person.party.idTag, key: account.address, ...facts }
  const identity = (options.signer ?? person.keys).identity
  const signature = signStatement(identity, test.domain, 'RequestKey', value)
  const statement = {
    ...facts,
    idTag: toHex(person.party.idTag),
    key: toHex(account.address),
    signature: toHex(signature),
  }
  const body = utf8(JSON.stringify({ statement, ...options.body }))
  const contentType = 'application/json'
  const headers = signRequest({ authority, method: 'POST', path, contentType, body }, account, {
    chainId: test.network.chainId,
    now: options.now ?? now,
  })
  return fetch(new URL(path, options.url), {
    method: 'POST',
    headers: { 'content-type': contentType, ...headers },
    body: Uint8Array.from(body),
  })
}
