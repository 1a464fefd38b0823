import {
  fromHex,
  type Hex,
  isStatementOf,
  ledgerDomain,
  type Network,
  type SignatureHeaders,
  toHex,
  verifyRequest,
} from '@medrec/protocol'
import { z } from 'zod'

/** A request as the node's HTTP server hands it over: exact bytes, lower-case header names. */
export type RawRequest = {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Uint8Array
  readonly remoteAddress: string
}

export type RawAnswer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** A participant's registered identity, as far as a request is judged by it. */
export type Registered = { readonly idTag: Hex; readonly identity: Hex }

const statementForm = z.object({
  idTag: z.string().regex(/^0x[0-9a-f]{64}$/),
  key: z.string().regex(/^0x[0-9a-f]{40}$/),
  audience: z.string().max(255),
  notBefore: z
    .int()
    .min(0)
    .max(2 ** 40 - 1),
  expires: z
    .int()
    .min(0)
    .max(2 ** 40 - 1),
  signature: z.string().regex(/^0x[0-9a-f]{128}$/),
})

/** Longest life of a statement for a request key, and of a request, in seconds. */
const longestStatement = 86_400
const longestRequest = 60
/** How far clocks may differ, in seconds. */
const skew = 30

/** Who signed a request (docs/protocol.md section 8), or undefined when nobody registered did, in time. */
export function requesterOf(
  request: RawRequest,
  body: { readonly statement?: unknown },
  options: {
    network: Network
    audience: string
    now: number
    entry: (idTag: Hex) => Registered | undefined
  },
): { readonly idTag: Hex; readonly bytes: Uint8Array } | undefined {
  const { network, audience, now } = options
  const signable = {
    authority: audience,
    method: 'POST' as const,
    path: request.path,
    contentType: request.headers['content-type'] ?? '',
    body: request.body,
  }
  const signed = verifyRequest(signable, signatureHeaders(request.headers), network.chainId)
  if (typeof signed === 'string') return undefined
  const { created, expires, bytes } = signed
  if (expires - created > longestRequest || created > now + skew || expires < now - skew)
    return undefined
  const parsed = statementForm.safeParse(body.statement)
  if (!parsed.success) return undefined
  const statement = parsed.data
  if (statement.key !== toHex(signed.signer) || statement.audience !== audience) return undefined
  if (statement.expires - statement.notBefore > longestStatement) return undefined
  if (statement.notBefore > now + skew || statement.expires < now) return undefined
  const entry = options.entry(statement.idTag as Hex)
  if (!entry) return undefined
  const { idTag, key, signature, ...times } = statement
  const value = { ...times, idTag: fromHex(idTag, 32), key: fromHex(key, 20) }
  const identity = fromHex(entry.identity, 20)
  return isStatementOf(identity, fromHex(signature, 64), ledgerDomain(network), 'RequestKey', value)
    ? { idTag: entry.idTag, bytes }
    : undefined
}

function signatureHeaders(headers: RawRequest['headers']): SignatureHeaders {
  return {
    'content-digest': headers['content-digest'] ?? '',
    'signature-input': headers['signature-input'] ?? '',
    signature: headers['signature'] ?? '',
  }
}
