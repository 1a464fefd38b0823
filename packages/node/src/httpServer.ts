import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import fastifyCookie from '@fastify/cookie'
import { isAskedFor } from '@medrec/client/node'
import { MedrecError, type RawAnswer, type RawRequest, sourceOf } from '@medrec/protocol'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { boundConnections } from './boundConnections.ts'
import type { Listen } from './config.ts'
import { factsOf, type Log } from './log.ts'

export type RawHandler = (request: RawRequest) => Promise<RawAnswer>

const largestBody = 1024 * 1024
/** Bytes of all headers of a request together; more is answered with 431. */
const largestHeaders = 16 * 1024
/** Connections at once. */
const mostConnections = 4_096

/** How long somebody may take to say what she wants, in milliseconds; then the connection ends with 408. */
export type Patience = { readonly headersMs: number; readonly requestMs: number }

const usualPatience: Patience = { headersMs: 10_000, requestMs: 30_000 }
const securityHeaders: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  // Institutions' addresses come from the chain, so a patient's app may connect anywhere; nothing else may.
  'content-security-policy':
    "default-src 'self'; connect-src *; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; script-src 'self' 'wasm-unsafe-eval'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
}

/** A server for one node's address; routes are added before `listenOn`. */
export function newHttpServer(options: {
  listen: Listen
  path: (file: string) => string
  log: Log
  patience?: Patience
}): FastifyInstance {
  const { tls, trusted_proxies: trustProxy } = options.listen
  const { headersMs, requestMs } = options.patience ?? usualPatience
  const bounds = {
    maxHeaderSize: largestHeaders,
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    connectionsCheckingInterval: Math.min(1_000, headersMs),
  }
  const app = fastify({
    bodyLimit: largestBody,
    forceCloseConnections: true,
    return503OnClosing: true,
    ...(trustProxy ? { trustProxy } : {}),
    requestTimeout: requestMs,
    ...(tls
      ? {
          https: {
            ...bounds,
            minVersion: 'TLSv1.3' as const,
            handshakeTimeout: headersMs,
            cert: readPem(options.path(tls.cert)),
            key: readPem(options.path(tls.key)),
          },
        }
      : { http: bounds }),
  }) as unknown as FastifyInstance
  boundConnections(app.server, mostConnections)
  app.register(fastifyCookie)
  app.addHook('onSend', async (_, reply) => {
    for (const [name, value] of Object.entries(securityHeaders))
      if (!reply.hasHeader(name)) reply.header(name, value)
  })
  app.addHook('onRequest', async (request, reply) => {
    if (isForUs(options.listen, request.raw)) return
    return sendProblem(reply, 421, {
      code: 'ANOTHER_HOST',
      message: 'This node has another address.',
      whatToDo:
        'Open it under the address that it said at its start. Whoever runs it names further ones in its configuration (listen.url).',
    })
  })
  app.setErrorHandler((error, request, reply) => answerError(options.log, error, request, reply))
  return app
}

/** Whether a request names this node, and not a stranger's name that was made to lead here. */
export function isForUs(listen: Listen, { headers, socket }: IncomingMessage): boolean {
  const port = listen.port === 0 ? (socket.localPort ?? 0) : listen.port
  return isAskedFor(headers.host, { ...listen, port })
}

/** Opens the port on this machine only (both loopback addresses), or, with TLS, where the configuration says. */
export async function listenOn(app: FastifyInstance, listen: Listen): Promise<string> {
  await app.listen({ host: listen.host, port: listen.port })
  const address = app.server.address()
  const port = typeof address === 'object' && address ? address.port : listen.port
  return listen.url ?? `${listen.tls ? 'https' : 'http'}://${listen.host}:${port}`
}

/** What signed requests name as their audience: host and port of the public address. */
export function audienceOf(listen: Listen): string {
  return listen.url === undefined ? `${listen.host}:${listen.port}` : new URL(listen.url).host
}

/** Routes that see the exact bytes of a body, because these are signed. */
export function addRawRoutes(
  app: FastifyInstance,
  routes: readonly (readonly [method: 'GET' | 'POST', path: string])[],
  handler: RawHandler,
): void {
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body))
    for (const [method, url] of routes)
      scope.route({
        method,
        url,
        handler: async (request, reply) => {
          const answer = await handler(toRaw(request))
          return reply.code(answer.status).headers(answer.headers).send(Buffer.from(answer.body))
        },
      })
  })
}

/** Lets the listed web pages ask this node (CORS); cookies are never sent along. */
export function allowOrigins(app: FastifyInstance, origins: readonly string[]): void {
  const allowed = new Set(origins.map((origin) => new URL(origin).origin))
  app.addHook('onRequest', async (request, reply) => {
    const { origin } = request.headers
    if (origin === undefined || !allowed.has(origin)) return
    reply.headers({
      'access-control-allow-origin': origin,
      // A page checks the receipt, so it must be able to read the headers that carry it.
      'access-control-expose-headers': 'content-digest, signature, signature-input, retry-after',
      vary: 'origin',
    })
    if (request.method !== 'OPTIONS') return
    return reply
      .code(204)
      .headers({
        'access-control-allow-methods': 'GET, POST',
        'access-control-allow-headers':
          'content-type, content-digest, signature, signature-input, x-medrec',
        'access-control-max-age': '600',
      })
      .send()
  })
  app.options('/*', async (_, reply) => reply.code(403).send())
}

/** Sends an error in the form that every page of ours understands. */
export function sendProblem(
  reply: FastifyReply,
  status: number,
  problem: { readonly code: string; readonly message: string; readonly whatToDo: string },
): FastifyReply {
  return reply.code(status).send(problem)
}

function answerError(
  log: Log,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const status = (error as { statusCode?: unknown }).statusCode
  if (typeof status === 'number' && status >= 400 && status < 500)
    return sendProblem(reply, status, {
      code: 'BAD_REQUEST',
      message: 'This request is not well formed.',
      whatToDo: 'Reload the page and try again.',
    })
  // The route's pattern, not the address: that may name a person.
  log('error', 'request failed', { route: request.routeOptions.url, ...factsOf(error) })
  return sendProblem(reply, 500, {
    code: error instanceof MedrecError ? error.code : 'UNEXPECTED',
    message: 'Something went wrong on this node; nothing was saved.',
    whatToDo: 'Try again. If it happens again, tell whoever runs this node to look into its log.',
  })
}

function toRaw(request: FastifyRequest): RawRequest {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(request.headers))
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value
  const body = request.body instanceof Uint8Array ? request.body : new Uint8Array()
  return {
    method: request.method,
    path: request.url,
    headers,
    body: new Uint8Array(body),
    remoteAddress: sourceOf(request.ip),
  }
}

function readPem(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (cause) {
    throw new TlsFileError(file, { cause })
  }
}

/** A certificate or key that the configuration names cannot be read. */
export class TlsFileError extends MedrecError {
  readonly code = 'TLS_FILE'
  constructor(file: string, options: { cause?: unknown } = {}) {
    super('A certificate or key cannot be read.', {
      ...options,
      facts: [
        `File: ${file}`,
        'Try-out certificate: openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=medrec -keyout key.pem -out cert.pem',
      ],
    })
  }
}
