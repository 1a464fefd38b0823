import {
  claimOf,
  type Hex,
  MalformedError,
  type RequestSignature,
  type SignableRequest,
  type SignatureHeaders,
  toHex,
} from '@medrec/protocol'
import type { Context } from './Context.ts'
import { type Capacity, InFlight } from './InFlight.ts'
import { mayOpen, openEmergency } from './openEmergency.ts'
import { type Rate, RateLimit } from './RateLimit.ts'
import { type AnyRequest, readBody, readEmergency } from './requestBody.ts'
import { type Bound, type HttpResponse, refuse } from './respond.ts'
import { handleRevocation } from './revocations.ts'
import { refuseKnown, serve, transientReason } from './serve.ts'
import { identified, type Standing, standingOf } from './standing.ts'
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

/** Makes the gatekeeper's one entry: cheap checks first (docs/protocol.md 8.1). */
export function handlerOf(
  context: Context,
  options: {
    readonly origins: readonly string[]
    /** Before anything is checked, of one address; and of one identity, once it is known. */
    readonly rate: Rate
    readonly identityRate: Rate
    readonly capacity: Capacity
  },
): (request: HttpRequest) => Promise<HttpResponse> {
  const bounds: Bounds = {
    addresses: new RateLimit(options.rate),
    identities: new RateLimit(options.identityRate),
    inFlight: new InFlight(options.capacity),
  }
  return async (request) => {
    const cors = corsOf(request, options.origins)
    if (request.method === 'OPTIONS') return { status: 204, headers: cors, body: new Uint8Array(0) }
    const response = await bounds.inFlight.run(
      () => answerTo(context, bounds, request),
      () => refuse(context, undefined, 'busy'),
    )
    return { ...response, headers: { ...cors, ...response.headers } }
  }
}

type Bounds = {
  readonly addresses: RateLimit
  readonly identities: RateLimit
  readonly inFlight: InFlight
}

async function answerTo(
  context: Context,
  bounds: Bounds,
  request: HttpRequest,
): Promise<HttpResponse> {
  const start = context.timer.now()
  if (!bounds.addresses.take(request.remoteAddress, start))
    return refuse(context, undefined, 'too-many')
  if (request.body.length > largestBody) return refuse(context, undefined, 'too-large')
  if (request.method !== 'POST') return refuse(context, undefined, 'not-here')
  if (request.path === '/revocations')
    return isCompressed(request)
      ? refuse(context, undefined, 'compressed')
      : handleRevocation(context, request.body)
  if (request.path === '/emergency') return answerEmergency(context, request, { start, bounds })
  const path = readPaths.find((known) => known === request.path)
  if (!path) return refuse(context, undefined, 'not-here')
  const bound = boundOf(context, request, path)
  if (!bound) return refuse(context, undefined, 'malformed')
  if (isCompressed(request)) return refuse(context, bound, 'compressed')
  let body: AnyRequest
  try {
    body = readBody(path, request.body)
  } catch (error) {
    if (error instanceof MalformedError) return refuse(context, bound, 'malformed')
    throw error
  }
  const closed = viewReason(context.chain.status())
  return closed ? refuse(context, bound, closed) : served(context, bound, { body, start, bounds })
}

/** Opens an emergency access for somebody certified for it; everybody else is a stranger (break-glass). */
async function answerEmergency(
  context: Context,
  request: HttpRequest,
  { start, bounds }: { readonly start: number; readonly bounds: Bounds },
): Promise<HttpResponse> {
  const bound = boundOf(context, request, '/emergency')
  if (!bound) return refuse(context, undefined, 'malformed')
  if (isCompressed(request)) return refuse(context, bound, 'compressed')
  try {
    const body = readEmergency(request.body)
    const closed = viewReason(context.chain.status())
    if (closed) return refuse(context, bound, closed)
    const found = identified({ ...verifying(context, bound), body })
    if (found.kind === 'identified' && mayOpen(context, found.idTag)) {
      const tooMany = async (): Promise<HttpResponse> => refuse(context, bound, 'too-many')
      const open = (): Promise<HttpResponse> =>
        openEmergency(context, bound, { body, known: found })
      if (!bounds.identities.take(found.identity, start)) return await tooMany()
      return await bounds.inFlight.runFor(found.identity, open, tooMany)
    }
    const why = found.kind === 'stranger' ? found.why : 'emergency-role'
    const { idTag, identity } = found
    noteStranger(context, undefined, { kind: 'stranger', why, idTag, identity })
    return await refuseStranger(context, bound, start)
  } catch (error) {
    return refuseError(context, bound, error)
  }
}

async function served(
  context: Context,
  bound: Bound,
  { body, start, bounds }: { readonly body: AnyRequest; readonly start: number; bounds: Bounds },
): Promise<HttpResponse> {
  try {
    const standing = await whoAsks(context, bound, body)
    if (standing.kind !== 'stranger')
      return await servedKnown(context, bound, { body, standing, start, bounds })
    noteStranger(context, body.relationship, standing)
    return await refuseStranger(context, bound, start)
  } catch (error) {
    return refuseError(context, bound, error)
  }
}

async function refuseStranger(
  context: Context,
  bound: Bound,
  start: number,
): Promise<HttpResponse> {
  const response = refuse(context, bound, 'refused')
  const taken = Math.max(1, context.timer.now() - start)
  const turns = Math.ceil(taken / strangersLeaveEvery)
  await context.timer.until(start + turns * strangersLeaveEvery)
  return response
}

function refuseError(context: Context, bound: Bound, error: unknown): HttpResponse {
  if (error instanceof MalformedError) return refuse(context, bound, 'malformed')
  const reason = transientReason(error)
  if (reason) return refuse(context, bound, reason)
  throw error
}

/** One identity does not take all places, and not all the time, from however many addresses it asks. */
async function servedKnown(
  context: Context,
  bound: Bound,
  asked: {
    readonly body: AnyRequest
    readonly standing: Exclude<Standing, { kind: 'stranger' }>
    readonly start: number
    readonly bounds: Bounds
  },
): Promise<HttpResponse> {
  const { body, standing, start, bounds } = asked
  const { identity } = standing
  const tooMany = (): Promise<HttpResponse> =>
    refuseKnown(context, bound, { body, standing }, 'too-many')
  if (!bounds.identities.take(identity, start)) return tooMany()
  return bounds.inFlight.runFor(identity, () => serve(context, bound, { body, standing }), tooMany)
}

/** Who asks; where no key fits the signature, an account named by a valid statement may be a contract. */
async function whoAsks(context: Context, bound: Bound, body: AnyRequest): Promise<Standing> {
  const standing = standingIn(context, bound, body)
  if (standing.kind !== 'stranger' || standing.why !== 'signature') return standing
  const claim = claimOf(bound.request, bound.headers, context.network.chainId)
  const claimed = claim && standingIn(context, bound, body, claim.claimed)
  if (!claimed || claimed.kind === 'stranger') return standing
  const { signer: account, bytes: signature } = claim.claimed
  const isConfirmed = await context.confirms({ account, digest: claim.digest, signature })
  return isConfirmed ? claimed : standing
}

function standingIn(
  context: Context,
  bound: Bound,
  body: AnyRequest,
  claimed?: RequestSignature,
): Standing {
  return standingOf({
    ...verifying(context, bound),
    body,
    row: context.map.relationship(body.relationship),
    emergencyOf: (id) => context.emergencies.find(id),
    claimed,
  })
}

/** What signatures of a request are verified with. */
function verifying(context: Context, bound: Bound): Omit<Parameters<typeof identified>[0], 'body'> {
  const view = context.chain.view()
  const before = context.chain.viewBefore(context.network.confirmations)
  return {
    ...bound,
    chainId: context.network.chainId,
    domain: context.domain,
    identities: (idTag: Hex) => [view.entry(idTag)?.identity, before.entry(idTag)?.identity],
    verified: context.verified,
  }
}

/** Not waited for: how long the disk takes would tell a stranger which relationships we know. */
function noteStranger(
  context: Context,
  relationship: Hex | undefined,
  { why, idTag, identity }: Extract<Standing, { kind: 'stranger' }>,
): void {
  // Only a registered identity's attempt is told to the patient; others could fill her log with noise.
  const row =
    identity === undefined || relationship === undefined
      ? undefined
      : context.map.relationship(relationship)
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

/** Whether a body is said to be coded (RFC 9110 section 8.4): nothing is ever unpacked, however little it looks. */
function isCompressed({ headers }: HttpRequest): boolean {
  return (headers['content-encoding'] ?? 'identity').trim().toLowerCase() !== 'identity'
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
