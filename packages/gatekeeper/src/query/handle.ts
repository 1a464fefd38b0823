import {
  type Hex,
  MalformedError,
  type SignableRequest,
  type SignatureHeaders,
  toHex,
} from '@medrec/protocol'
import type { Context } from './Context.ts'
import { type Rate, RateLimit } from './RateLimit.ts'
import { type AnyRequest, readBody } from './requestBody.ts'
import { type Bound, type HttpResponse, refuse } from './respond.ts'
import { handleRevocation } from './revocations.ts'
import { serve, transientReason } from './serve.ts'
import { type Standing, standingOf } from './standing.ts'
import { viewReason } from './viewReason.ts'

/** An HTTP request, as any server hands it in; header names in lower case. */
export type HttpRequest = {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Uint8Array
  readonly remoteAddress: string
}

/** Largest body, in bytes (docs/protocol.md section 8). */
const largestBody = 65_536
/**
 * Refusals to strangers leave so many milliseconds after the request came, or at a multiple of it when the work took
 * longer: a busy node tells no more than an idle one.
 */
const strangersLeaveEvery = 50
const readPaths = ['/query', '/index', '/log'] as const

/** Makes the gatekeeper's one entry: cheap checks first (DESIGN 6, Order). */
export function handlerOf(
  context: Context,
  { origins, rate }: { readonly origins: readonly string[]; readonly rate: Rate },
): (request: HttpRequest) => Promise<HttpResponse> {
  const limit = new RateLimit(rate)
  return async (request) => {
    const cors = corsOf(request, origins)
    if (request.method === 'OPTIONS') return { status: 204, headers: cors, body: new Uint8Array(0) }
    const response = await answerTo(context, limit, request)
    return { ...response, headers: { ...cors, ...response.headers } }
  }
}

async function answerTo(
  context: Context,
  limit: RateLimit,
  request: HttpRequest,
): Promise<HttpResponse> {
  const start = context.timer.now()
  if (!limit.take(request.remoteAddress, start)) return refuse(context, undefined, 'too-many')
  if (request.body.length > largestBody) return refuse(context, undefined, 'too-large')
  if (request.method !== 'POST') return refuse(context, undefined, 'not-here')
  if (request.path === '/revocations') return handleRevocation(context, request.body)
  const path = readPaths.find((known) => known === request.path)
  if (!path) return refuse(context, undefined, 'not-here')
  const bound = boundOf(context, request, path)
  if (!bound) return refuse(context, undefined, 'malformed')
  let body: AnyRequest
  try {
    body = readBody(path, request.body)
  } catch (error) {
    if (error instanceof MalformedError) return refuse(context, bound, 'malformed')
    throw error
  }
  const closed = viewReason(context.chain.status(), context.clock())
  return closed ? refuse(context, bound, closed) : served(context, bound, { body, start })
}

async function served(
  context: Context,
  bound: Bound,
  { body, start }: { readonly body: AnyRequest; readonly start: number },
): Promise<HttpResponse> {
  try {
    const standing = whoAsks(context, bound, body)
    if (standing.kind !== 'stranger') return await serve(context, bound, { body, standing })
    noteStranger(context, body, standing)
    const response = refuse(context, bound, 'refused')
    const taken = Math.max(1, context.timer.now() - start)
    const turns = Math.ceil(taken / strangersLeaveEvery)
    await context.timer.until(start + turns * strangersLeaveEvery)
    return response
  } catch (error) {
    if (error instanceof MalformedError) return refuse(context, bound, 'malformed')
    const reason = transientReason(error)
    if (reason) return refuse(context, bound, reason)
    throw error
  }
}

function whoAsks(context: Context, bound: Bound, body: AnyRequest): Standing {
  const view = context.chain.view()
  const before = context.chain.viewBefore(context.network.confirmations)
  return standingOf({
    ...bound,
    body,
    chainId: context.network.chainId,
    domain: context.domain,
    identities: (idTag: Hex) => [view.entry(idTag)?.identity, before.entry(idTag)?.identity],
    row: context.map.relationship(body.relationship),
    verified: context.verified,
  })
}

/** Not waited for: how long the disk takes would tell a stranger which relationships we know. */
function noteStranger(
  context: Context,
  body: AnyRequest,
  { why, idTag, identity }: Extract<Standing, { kind: 'stranger' }>,
): void {
  // Only a registered identity's attempt is told to the patient; others could fill her log with noise.
  const row = identity === undefined ? undefined : context.map.relationship(body.relationship)
  const entry = {
    time: context.clock(),
    kind: 'refused' as const,
    who: { ...(idTag && { idTag }), ...(identity && { identity }) },
    code: why,
    block: context.chain.view().head.number,
  }
  context.refusals.add(row?.id, entry).catch(() => {
    context.emit({ type: 'alarm', code: 'log-unavailable', relationship: '0x', pointer: '0x' })
  })
  context.emit({ type: 'refused', relationship: row && toHex(row.id), code: why })
}

function boundOf(
  context: Context,
  { headers, body }: HttpRequest,
  path: string,
): Bound | undefined {
  const contentType = headers['content-type']
  const digest = headers['content-digest']
  const input = headers['signature-input']
  const { signature } = headers
  if (contentType !== 'application/json' || !digest || !input || !signature) return undefined
  const request: SignableRequest = {
    authority: context.authority,
    method: 'POST',
    path,
    contentType,
    body,
  }
  const signatureHeaders: SignatureHeaders = {
    'content-digest': digest,
    'signature-input': input,
    signature,
  }
  return { request, headers: signatureHeaders }
}

/** Pages of other origins may ask only when the institution lists them (WHATWG Fetch, CORS protocol). */
function corsOf({ headers }: HttpRequest, origins: readonly string[]): Record<string, string> {
  const { origin } = headers
  if (origin === undefined || !origins.includes(origin)) return { vary: 'origin' }
  return {
    vary: 'origin',
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'POST',
    'access-control-allow-headers': 'content-type, content-digest, signature-input, signature',
    'access-control-expose-headers': 'content-digest, signature-input, signature, retry-after',
    'access-control-max-age': '600',
  }
}
