import { fromUtf8, utf8 } from './bytes.ts'
import { MalformedError } from './errors.ts'
import { type SignableRequest, type SignatureHeaders, signResponse } from './httpSignature.ts'
import type * as Keys from './Keys.ts'
import { anchorKey } from './Keys.ts'
import type { Network } from './network.ts'

/** An HTTP request as a node's server hands it over: exact bytes, lower-case header names. */
export type RawRequest = {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Uint8Array
  /** Who asks, as limits by address count (`sourceOf`) */
  readonly remoteAddress: string
}

/** What goes back. */
export type RawAnswer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** What the signature of a request covers, at the server with this authority. */
export function signableOf(request: RawRequest, authority: string): SignableRequest {
  return {
    authority,
    method: 'POST',
    path: request.path,
    contentType: request.headers['content-type'] ?? '',
    body: request.body,
  }
}

/** The headers that carry a request's signature. */
export function signatureHeadersOf({ headers }: RawRequest): SignatureHeaders {
  return {
    'content-digest': headers['content-digest'] ?? '',
    'signature-input': headers['signature-input'] ?? '',
    signature: headers['signature'] ?? '',
  }
}

/** Reads a body. Throws MalformedError unless it is a JSON object. */
export function jsonOf(body: Uint8Array): object {
  let parsed: unknown
  try {
    parsed = JSON.parse(fromUtf8(body))
  } catch {
    throw new MalformedError('JSON expected') // without the cause: it quotes the body
  }
  if (typeof parsed !== 'object' || parsed === null)
    throw new MalformedError('a JSON object expected')
  return parsed
}

/** An answer of JSON. */
export function jsonAnswer(status: number, value: unknown): RawAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: utf8(JSON.stringify(value)),
  }
}

/** The answer with the node's receipt (docs/protocol.md section 8). */
export function receipted(
  answer: RawAnswer,
  request: RawRequest,
  options: { keys: Keys.Keys; network: Network; audience: string; now: number },
): RawAnswer {
  const { keys, network, audience, now } = options
  const response = {
    status: answer.status,
    contentType: 'application/json',
    body: answer.body,
    request: signableOf(request, audience),
    requestHeaders: signatureHeadersOf(request),
  }
  const { chainId } = network
  const headers = signResponse(response, anchorKey(keys), { chainId, now })
  return { ...answer, headers: { ...answer.headers, ...headers } }
}
