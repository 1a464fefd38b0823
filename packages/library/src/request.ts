import type { Entry, Profile } from '@medrec/client'
import {
  fromBase64Url,
  fromHex,
  fromUtf8,
  hpkeOpen,
  isResponseOf,
  Keys,
  newReplyKey,
  requestSignatureOf,
  type SignableRequest,
  type SignatureHeaders,
  signRequest,
  signRequestP256,
  signStatement,
  toBase64Url,
  toHex,
  utf8,
  webPlace,
} from '@medrec/protocol'
import { AnswerTooLargeError, boundedBody } from './boundedBody.ts'
import type { Identity } from './Identity.ts'
import type { RequestStatement } from './wire.ts'

/** What came back of a signed request. */
export type Reply =
  | {
      readonly kind: 'answer'
      readonly body: unknown
      readonly receipt: Receipt
      readonly exchange: Exchange
    }
  | {
      readonly kind: 'refusal'
      readonly code: string
      readonly words: string
      readonly status: number
      /** The institution signed that it refused. */
      readonly signed: boolean
      /** Seconds after which asking again may help, when it says so (RFC 9110 §10.2.3); nobody signs for it. */
      readonly retryAfter?: number
      /** What proves the refusal, when it is signed. */
      readonly exchange?: Exchange
    }

/** A signed request and its signed answer, byte by byte, with the one-time key that opens the answer. */
export type Exchange = {
  readonly authority: string
  readonly path: string
  readonly request: { readonly headers: SignatureHeaders; readonly body: Uint8Array }
  readonly response: {
    readonly status: number
    readonly contentType: string
    readonly headers: SignatureHeaders
    readonly body: Uint8Array
  }
  readonly replyKey: Uint8Array
}

/** The institution's signature over request and answer: neither can deny it later. */
export type Receipt = {
  readonly authority: string
  readonly path: string
  readonly request: SignatureHeaders
  readonly response: SignatureHeaders
  readonly status: number
}

const contentType = 'application/json'
const answerInfo = utf8('medrec/v1/answer')
const secondsPerDay = 86_400

/** Sends a signed request to an institution's node and opens what comes back (docs/protocol.md 8). */
export async function ask(options: {
  identity: Identity
  me: Entry
  profile: Profile
  path: '/query' | '/index' | '/log' | '/revocations' | '/token' | '/emergency'
  body(common: { statement: RequestStatement; reply: string }): unknown
  /** Ends the request, as if the institution could not be reached. */
  signal?: AbortSignal | undefined
}): Promise<Reply> {
  const { identity, profile, path } = options
  const place = webPlace(profile.url)
  if (!place) return placeless
  const authority = place.host
  const now = identity.clock()
  const reply = newReplyKey()
  const signer = await requestSigner(identity, authority, now)
  const statement = statementBy(signer, identity, { me: options.me, audience: authority, now })
  const common = { statement, reply: toBase64Url(reply.publicKey) }
  const body = utf8(JSON.stringify(options.body(common)))
  const request: SignableRequest = { authority, method: 'POST', path, contentType, body }
  const headers = await signer.sign(request, { chainId: identity.network.chainId, now })
  let response: Response
  let received: Uint8Array
  try {
    response = await identity.fetch(new URL(path, place), {
      method: 'POST',
      headers: { 'content-type': contentType, ...headers },
      body: Uint8Array.from(body),
      ...(options.signal && { signal: options.signal }),
    })
    received = await boundedBody(response)
  } catch (error) {
    return error instanceof AnswerTooLargeError
      ? refusal(error.code, error.message, 0)
      : unreachable
  }
  const signed = signatureOf(response, received, { request, headers, profile, identity })
  const opened = openReply(received, {
    privateKey: reply.privateKey,
    aad: requestSignatureOf(headers) ?? new Uint8Array(0),
  })
  const exchange: Exchange | undefined = signed && {
    ...{ authority, path, request: { headers, body }, replyKey: reply.privateKey },
    response: { status: response.status, contentType, headers: signed, body: received },
  }
  if (!response.ok) return refusalOf(opened, response, exchange)
  if (!signed || !exchange)
    return refusal(
      'RECEIPT_INVALID',
      'The answer is not signed by the institution.',
      response.status,
    )
  if (opened === undefined)
    return refusal('ANSWER_MALFORMED', 'The answer could not be opened.', response.status)
  return {
    kind: 'answer',
    body: opened,
    receipt: { authority, path, request: headers, response: signed, status: response.status },
    exchange,
  }
}

/** The identity's statement for today's request key of an audience. */
export function statementFor(
  identity: Identity,
  me: Entry,
  audience: string,
  now: number,
): RequestStatement {
  const { address } = Keys.requestKey(identity.keys, audience, now)
  return statementBy({ address }, identity, { me, audience, now })
}

/** What signs the requests to one audience on one day. */
type RequestSigner = {
  readonly address: Uint8Array
  /** Public key, base64url, of a P-256 key */
  readonly p256?: string
  readonly sign: (
    request: SignableRequest,
    options: { chainId: number; now: number },
  ) => SignatureHeaders | Promise<SignatureHeaders>
}

/** The device's own P-256 key where it has one, else the key that everybody with these words derives. */
async function requestSigner(
  identity: Identity,
  audience: string,
  now: number,
): Promise<RequestSigner> {
  if (!identity.deviceKey) {
    const account = Keys.requestKey(identity.keys, audience, now)
    return {
      address: account.address,
      sign: (request, options) => signRequest(request, account, options),
    }
  }
  const own = await identity.deviceKey(audience, Math.floor(now / secondsPerDay))
  return {
    address: own.address,
    p256: toBase64Url(own.publicKey),
    sign: (request, options) => signRequestP256(request, own, options),
  }
}

function statementBy(
  { address, p256 }: Pick<RequestSigner, 'address' | 'p256'>,
  identity: Identity,
  { me, audience, now }: { readonly me: Entry; readonly audience: string; readonly now: number },
): RequestStatement {
  const notBefore = Math.floor(now / secondsPerDay) * secondsPerDay
  const facts = { audience, notBefore, expires: notBefore + secondsPerDay }
  const signature = signStatement(identity.keys.identity, identity.domain, 'RequestKey', {
    ...facts,
    idTag: fromHex(me.idTag),
    key: address,
  })
  const named = { idTag: me.idTag, key: toHex(address), ...(p256 && { p256 }) }
  return { ...named, ...facts, signature: toHex(signature) }
}

function signatureOf(
  response: Response,
  body: Uint8Array,
  to: {
    request: SignableRequest
    headers: SignatureHeaders
    profile: Profile
    identity: Identity
  },
): SignatureHeaders | undefined {
  const header = (name: string): string => response.headers.get(name) ?? ''
  const headers: SignatureHeaders = {
    'content-digest': header('content-digest'),
    'signature-input': header('signature-input'),
    signature: header('signature'),
  }
  const signable = {
    status: response.status,
    contentType: header('content-type'),
    body,
    request: to.request,
    requestHeaders: to.headers,
  }
  const anchorKey = fromHex(to.profile.anchorKey, 20)
  const { chainId } = to.identity.network
  return isResponseOf(anchorKey, signable, headers, chainId) ? headers : undefined
}

/** What an exchange's answer says, opened with its one-time key; undefined when it is not of a known form. */
export function openExchange({ request, response, replyKey }: Exchange): unknown {
  const aad = requestSignatureOf(request.headers)
  return aad && openReply(response.body, { privateKey: replyKey, aad })
}

/** JSON of a reply, unsealed if it was sealed to us; undefined when it is neither. */
function openReply(body: Uint8Array, key: { privateKey: Uint8Array; aad: Uint8Array }): unknown {
  try {
    const outer = JSON.parse(fromUtf8(body)) as { enc?: unknown; ciphertext?: unknown } | null
    if (typeof outer?.enc !== 'string' || typeof outer.ciphertext !== 'string') return outer
    const sealed = { enc: fromBase64Url(outer.enc), ciphertext: fromBase64Url(outer.ciphertext) }
    const plain = hpkeOpen({ ...key, info: answerInfo, sealed })
    return plain && JSON.parse(fromUtf8(plain))
  } catch {
    return undefined // not an answer in any form we know; the caller says so
  }
}

/** The address comes from the chain, where an institution may write anything. */
const placeless: Reply = refusal(
  'PROFILE_URL_WRONG',
  'The address that the institution published cannot be used. Tell the institution; nothing was sent.',
  0,
)

const unreachable: Reply = {
  kind: 'refusal',
  code: 'UNREACHABLE',
  words: 'The institution cannot be reached right now.',
  status: 0,
  signed: false,
}

function refusalOf(
  body: unknown,
  { status, headers }: Response,
  exchange: Exchange | undefined,
): Reply {
  const facts = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>
  const code = typeof facts['code'] === 'string' ? facts['code'] : `HTTP_${status}`
  const words = typeof facts['message'] === 'string' ? facts['message'] : 'The institution refused.'
  const signed = exchange !== undefined
  const later = headers.get('retry-after') ?? ''
  return {
    ...{ kind: 'refusal', code, words, status, signed },
    ...(exchange && { exchange }),
    ...(/^\d{1,3}$/.test(later) && { retryAfter: Number(later) }),
  }
}

function refusal(code: string, words: string, status: number): Reply {
  return { kind: 'refusal', code, words, status, signed: false }
}
