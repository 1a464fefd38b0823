import { Keys, MalformedError, type Network, signResponse, utf8 } from '@medrec/protocol'
import { type RawAnswer, type RawRequest, signatureHeaders } from './requests.ts'

/** Reads a body. Throws MalformedError unless it is a JSON object. */
export function jsonOf(body: Uint8Array): object {
  let parsed: unknown
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    throw new MalformedError('JSON expected') // without the cause: it quotes the body
  }
  if (typeof parsed !== 'object' || parsed === null)
    throw new MalformedError('a JSON object expected')
  return parsed
}

/** Every refusal of the look-up: status and words. */
const refusals = {
  MALFORMED: [400, 'The message is not well formed.'],
  WRONG_NETWORK: [403, 'The request is signed for another network.'],
  LOOKUP_REFUSED: [403, 'Look-ups are for certified institutions that sign their request.'],
  LOOKUP_REPEATED: [409, 'This request was answered already.'],
  LOOKUP_QUOTA: [429, 'No look-ups are left for today.'],
  NOT_FOUND: [404, 'There is nothing at this address.'],
} as const

/** A refusal with its code; a detail names no content. */
export function refusal(code: keyof typeof refusals, detail?: string): RawAnswer {
  const [status, message] = refusals[code]
  return json(status, { code, message, ...(detail !== undefined && { detail }) })
}

/** An answer of JSON. */
export function json(status: number, value: unknown): RawAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: utf8(JSON.stringify(value)),
  }
}

/** The answer with the node's receipt (docs/protocol.md section 8). */
export function signed(
  answer: RawAnswer,
  request: RawRequest,
  options: { keys: Keys.Keys; network: Network; audience: string; now: number },
): RawAnswer {
  const { keys, network, audience, now } = options
  const response = {
    status: answer.status,
    contentType: 'application/json',
    body: answer.body,
    request: {
      authority: audience,
      method: 'POST' as const,
      path: request.path,
      contentType: request.headers['content-type'] ?? '',
      body: request.body,
    },
    requestHeaders: signatureHeaders(request.headers),
  }
  const { chainId } = network
  const headers = signResponse(response, Keys.anchorKey(keys), { chainId, now })
  return { ...answer, headers: { ...answer.headers, ...headers } }
}
