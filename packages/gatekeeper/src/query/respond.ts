import {
  hpkeSeal,
  MalformedError,
  type SignableRequest,
  type SignatureHeaders,
  signResponse,
  utf8,
} from '@medrec/protocol'
import type { Context } from './Context.ts'
import { outcomeOf, type Reason, refusals } from './refusals.ts'

/** An HTTP answer, for any server to send. */
export type HttpResponse = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** The request that an answer is bound to. */
export type Bound = { readonly request: SignableRequest; readonly headers: SignatureHeaders }

const json = 'application/json'
const info = utf8('medrec/v1/answer')

/** Seconds after which asking again may help, where that is known (RFC 9110 section 10.2.3). */
const retryAfter: Readonly<Partial<Record<Reason, number>>> = {
  busy: 1,
  'too-many': 5,
  'view-old': 5,
  'view-disputed': 5,
  'database-unavailable': 5,
  'log-unavailable': 5,
}

/** What a refusal says in its headers beside its body. */
function headersOf(reason: Reason): Readonly<Record<string, string>> {
  if (reason === 'compressed') return { 'accept-encoding': 'identity' } // RFC 9110 section 15.5.16
  const later = retryAfter[reason]
  return later === undefined ? {} : { 'retry-after': String(later) }
}

/** A refusal, signed like an answer: proof that this institution refused. */
export function refuse(context: Context, bound: Bound | undefined, reason: Reason): HttpResponse {
  return signed(context, bound, {
    status: refusals[reason].status,
    headers: headersOf(reason),
    body: utf8(outcomeOf(reason)),
  })
}

/** An answer that only the reply key opens (RFC 9180), bound to the request's signature and signed. */
export function answer(
  context: Context,
  bound: Bound,
  options: { readonly text: string; readonly reply: Uint8Array; readonly signature: Uint8Array },
): HttpResponse {
  const sealed = hpkeSeal({
    publicKey: options.reply,
    info,
    aad: options.signature,
    plain: utf8(options.text),
  })
  if (!sealed) throw new MalformedError('this reply key allows no secret')
  const [enc, ciphertext] = [base64Url(sealed.enc), base64Url(sealed.ciphertext)]
  const body = Buffer.from(`{"enc":"${enc}","ciphertext":"${ciphertext}"}`, 'latin1') // JSON, all ASCII
  return signed(context, bound, { status: 200, headers: {}, body })
}

/** A plain answer, signed when the request was. */
export function signed(
  context: Context,
  bound: Bound | undefined,
  response: HttpResponse,
): HttpResponse {
  const headers = { ...response.headers, 'content-type': json, 'cache-control': 'no-store' }
  if (!bound) return { ...response, headers }
  const signature = signResponse(
    {
      status: response.status,
      contentType: json,
      body: response.body,
      request: bound.request,
      requestHeaders: bound.headers,
    },
    context.anchorAccount,
    { chainId: context.network.chainId, now: context.clock() },
  )
  return { ...response, headers: { ...headers, ...signature } }
}

/** By Buffer, since answers are large: ten times faster than the portable one. */
function base64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64url')
}
