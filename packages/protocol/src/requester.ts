import { fromBase64Url, fromHex, type Hex, toHex } from './bytes.ts'
import { verifyRequest } from './httpSignature.ts'
import { ledgerDomain, type Network } from './network.ts'
import { type RawRequest, signableOf, signatureHeadersOf } from './rawHttp.ts'
import { isStatementOf } from './statements.ts'

/** A participant's registered identity, as far as a request is judged by it. */
export type Registered = { readonly idTag: Hex; readonly identity: Hex }

/** Who signed a request. */
export type Requester = {
  readonly idTag: Hex
  readonly nonce: string
  /** Unix seconds until which the nonce must be remembered. */
  readonly until: number
  readonly bytes: Uint8Array
}

type Statement = {
  readonly idTag: Hex
  readonly key: Hex
  readonly audience: string
  readonly notBefore: number
  readonly expires: number
  readonly signature: Hex
}

/** Longest life of an identity's statement for a request key, in seconds (docs/protocol.md 8). */
export const longestStatement = 86_400
/** Longest life of a request, in seconds. */
const longestRequest = 60
/** How far clocks may differ, in seconds. */
const skew = 30
/** Longest host with its port (RFC 1035 §2.3.4). */
const longestAudience = 300

/** Who signed a request (docs/protocol.md section 8), or why nobody did, as far as may be told. */
export function requesterOf(
  request: RawRequest,
  body: { readonly statement?: unknown },
  options: {
    network: Network
    audience: string
    now: number
    entry: (idTag: Hex) => Registered | undefined
  },
): Requester | 'network' | 'unsigned' {
  const { network, audience, now } = options
  const headers = signatureHeadersOf(request)
  const p256 = p256Of(body.statement)
  const signed = verifyRequest(signableOf(request, audience), headers, network.chainId, p256)
  if (typeof signed === 'string') return signed === 'network' ? 'network' : 'unsigned'
  const { created, expires, nonce, bytes } = signed
  if (expires - created > longestRequest || created > now + skew || expires < now - skew)
    return 'unsigned'
  const { statement } = body
  if (!isStatement(statement)) return 'unsigned'
  if (statement.key !== toHex(signed.signer) || statement.audience !== audience) return 'unsigned'
  if (statement.expires - statement.notBefore > longestStatement) return 'unsigned'
  if (statement.notBefore > now + skew || statement.expires < now) return 'unsigned'
  const entry = options.entry(statement.idTag)
  if (!entry) return 'unsigned'
  const { idTag, key, signature, notBefore } = statement
  const value = {
    ...{ audience, notBefore, expires: statement.expires },
    ...{ idTag: fromHex(idTag, 32), key: fromHex(key, 20) },
  }
  const identity = fromHex(entry.identity, 20)
  return isStatementOf(identity, fromHex(signature, 64), ledgerDomain(network), 'RequestKey', value)
    ? { idTag: entry.idTag, nonce, until: expires + skew, bytes }
    : 'unsigned'
}

/** The public key that a statement for a P-256 request key brings along. */
function p256Of(statement: unknown): Uint8Array | undefined {
  const { p256 } = (statement ?? {}) as { p256?: unknown }
  if (typeof p256 !== 'string' || p256.length !== 86) return undefined
  try {
    return fromBase64Url(p256)
  } catch {
    return undefined // no key: then the signature is by none that we know
  }
}

function isStatement(value: unknown): value is Statement {
  if (typeof value !== 'object' || value === null) return false
  const { idTag, key, audience, notBefore, expires, signature } = value as Record<string, unknown>
  return (
    isHex(idTag, 32) &&
    isHex(key, 20) &&
    isHex(signature, 64) &&
    typeof audience === 'string' &&
    audience.length <= longestAudience &&
    isTime(notBefore) &&
    isTime(expires)
  )
}

function isHex(value: unknown, size: number): boolean {
  return typeof value === 'string' && new RegExp(`^0x[0-9a-f]{${size * 2}}$`).test(value)
}

/** Unix seconds in 40 bits, as the ledger's types hold them. */
function isTime(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) < 2 ** 40
}
