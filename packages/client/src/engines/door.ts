import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { isAskedFor } from './askedFor.ts'
import { DoorConnection } from './DoorConnection.ts'
import { type Answering, answerText } from './doorAnswer.ts'

export type DoorOptions = Answering & {
  /**
   * Origins of web pages that may use it, besides its own; programs without an origin always may. Whoever puts a
   * door in a server of theirs checks first that the request names that server (`isAskedFor`).
   */
  readonly origins: readonly string[]
}

/** Read-only JSON-RPC for strangers, over WebSocket and POST (docs/protocol.md 1.1). */
export type Door = {
  /** Takes over an HTTP upgrade, so that a door can stand in an existing server. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Answers a POST. */
  handleRequest(request: IncomingMessage, response: ServerResponse): Promise<void>
  /** Listens by itself; port 0 picks a free one. Returns the WebSocket address. */
  listen(port: number, host?: string): Promise<string>
  /** Ends all connections; the upstream stays open. */
  close(): Promise<void>
}

const largestMessage = 1024 * 1024
const mostConnections = 500
/** The request names another server (RFC 9110 §15.5.20). */
const misdirected = { status: 421, text: '421 Misdirected Request' }

/** Makes a door to an engine; nothing but the named standard methods passes through it. */
export function createDoor(options: DoorOptions): Door {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: largestMessage })
  const connections = new Set<DoorConnection>()
  let server: Server | undefined

  function handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (!isWelcome(request, options.origins)) {
      refuse(socket, '403 Forbidden')
      return
    }
    if (connections.size >= mostConnections) {
      refuse(socket, '503 Service Unavailable')
      return
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      const connection = new DoorConnection(client, options)
      connections.add(connection)
      client.once('close', () => connections.delete(connection))
    })
  }

  async function handleRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const origin = request.headers.origin
    if (!isWelcome(request, options.origins)) return end(response, 403)
    if (origin) {
      response.setHeader('access-control-allow-origin', origin)
      response.setHeader('access-control-allow-headers', 'content-type')
      response.setHeader('vary', 'origin')
    }
    if (request.method === 'OPTIONS') return end(response, 204)
    if (request.method !== 'POST') return end(response, 405)
    const body = await bodyOf(request)
    if (body === undefined) return end(response, 413)
    response.setHeader('content-type', 'application/json')
    response.end(await answerText(body, options))
  }

  return {
    handleUpgrade,
    handleRequest,
    listen: async (port, host = '127.0.0.1') => {
      const isForUs = (request: IncomingMessage): boolean =>
        isAskedFor(request.headers.host, { host, port: request.socket.localPort ?? port })
      server = createServer((request, response) => {
        if (isForUs(request)) handleRequest(request, response).catch(() => response.destroy())
        else end(response, misdirected.status)
      })
      server.on('upgrade', (request, socket, head) => {
        if (isForUs(request)) handleUpgrade(request, socket, head)
        else refuse(socket, misdirected.text)
      })
      return listenOn(server, port, host)
    },
    close: async () => {
      for (const connection of connections) connection.end()
      sockets.close()
      const closing = server
      server = undefined
      if (!closing) return
      closing.closeAllConnections()
      await new Promise<void>((resolve) => closing.close(() => resolve()))
    },
  }
}

async function listenOn(server: Server, port: number, host: string): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const { port: bound } = server.address() as AddressInfo
  return `ws://${host.includes(':') ? `[${host}]` : host}:${bound}`
}

function isWelcome({ headers }: IncomingMessage, origins: readonly string[]): boolean {
  const { origin, host } = headers
  if (origin === undefined || origins.includes(origin)) return true
  return host !== undefined && [`http://${host}`, `https://${host}`].includes(origin)
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

function end(response: ServerResponse, status: number): void {
  response.statusCode = status
  response.end()
}

async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > largestMessage) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
