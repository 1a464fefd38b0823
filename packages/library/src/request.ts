import type { Entry, Profile } from '@medrec/client'
import {
  fromBase64,
  fromBase64Url,
  fromHex,
  fromUtf8,
  hpkeOpen,
  isResponseOf,
  Keys,
  newReplyKey,
  type SignableRequest,
  type SignatureHeaders,
  signRequest,
  signStatement,
  toBase64Url,
  toHex,
  utf8,
  webPlace,
} from '@medrec/protocol'
import type { Identity } from './Participant.ts'
import type { RequestStatement } from './wire.ts'

/** What came back of a signed request. */
export type Reply =
  | { readonly kind: 'answer'; readonly body: unknown; readonly receipt: Receipt }
  | {
      readonly kind: 'refusal'
      readonly code: string
      readonly words: string
      readonly status: number
      /** The institution signed that it refused. */
      readonly signed: boolean
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
  path: '/query' | '/index' | '/log' | '/revocations' | '/token'
  body(common: { statement: RequestStatement; reply: string }): unknown
}): Promise<Reply> {
  const { identity, profile, path } = options
  const place = webPlace(profile.url)
  if (!place) return placeless
  const authority = place.host
  const now = identity.clock()
  const reply = newReplyKey()
  const account = Keys.requestKey(identity.keys, authority, now)
  const statement = statementFor(identity, options.me, authority, now)
  const common = { statement, reply: toBase64Url(reply.publicKey) }
  const body = utf8(JSON.stringify(options.body(common)))
  const request: SignableRequest = { authority, method: 'POST', path, contentType, body }
  const headers = signRequest(request, account, { chainId: identity.network.chainId, now })
  let response: Response
  let received: Uint8Array
  try {
    response = await identity.fetch(new URL(path, place), {
      method: 'POST',
      headers: { 'content-type': contentType, ...headers },
      body: Uint8Array.from(body),
    })
    received = new Uint8Array(await response.arrayBuffer())
  } catch {
    return unreachable
  }
  const signed = signatureOf(response, received, { request, headers, profile, identity })
  const bytes = fromBase64(headers.signature.slice('eth=:'.length, -1))
  const opened = open(received, { privateKey: reply.privateKey, aad: bytes })
  if (!response.ok) return refusalOf(opened, response.status, signed !== undefined)
  if (!signed)
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
  const notBefore = Math.floor(now / secondsPerDay) * secondsPerDay
  const facts = { audience, notBefore, expires: notBefore + secondsPerDay }
  const signature = signStatement(identity.keys.identity, identity.domain, 'RequestKey', {
    ...facts,
    idTag: fromHex(me.idTag),
    key: address,
  })
  return { idTag: me.idTag, key: toHex(address), ...facts, signature: toHex(signature) }
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

/** JSON of a body, unsealed if it was sealed to us; undefined when it is neither. */
function open(body: Uint8Array, key: { privateKey: Uint8Array; aad: Uint8Array }): unknown {
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

function refusalOf(body: unknown, status: number, signed: boolean): Reply {
  const facts = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>
  const code = typeof facts['code'] === 'string' ? facts['code'] : `HTTP_${status}`
  const words = typeof facts['message'] === 'string' ? facts['message'] : 'The institution refused.'
  return { kind: 'refusal', code, words, status, signed }
}

function refusal(code: string, words: string, status: number): Reply {
  return { kind: 'refusal', code, words, status, signed: false }
}
