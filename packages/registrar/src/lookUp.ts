import {
  fromBase64Url,
  fromHex,
  type Hex,
  type Identification,
  isResponseOf,
  Keys,
  ledgerDomain,
  MedrecError,
  type Network,
  Oprf,
  RetryableError,
  signRequest,
  signStatement,
  toBase64Url,
  toHex,
  utf8,
} from '@medrec/protocol'

export type LookupOptions = {
  readonly keys: Keys.Keys
  readonly network: Network
  /** Our own idTag. */
  readonly own: Hex
  readonly registrarUrl: string
  /** Key that signs the registrar's answers, from the public profile of a certified one. */
  readonly registrarKey: Hex
  readonly fetch: typeof globalThis.fetch
  readonly now: number
}

const contentType = 'application/json'
const path = '/oprf'

/**
 * The idTag of an identification number; the registrar learns neither (RFC 9497). Throws MalformedError,
 * RegistrarUnreachableError or LookupRefusedError.
 */
export async function lookUp(
  identification: Identification,
  staff: string,
  options: LookupOptions,
): Promise<Hex> {
  const { blind, blinded } = Oprf.blind(identification)
  const authority = new URL(options.registrarUrl).host
  const body = utf8(
    JSON.stringify({
      statement: statementFor(authority, options),
      staff,
      blinded: toBase64Url(blinded),
    }),
  )
  const request = { authority, method: 'POST' as const, path, contentType, body }
  const account = Keys.requestKey(options.keys, authority, options.now)
  const { chainId } = options.network
  const headers = signRequest(request, account, { chainId, now: options.now })
  const response = await sent(options, body, headers)
  const received = new Uint8Array(await response.arrayBuffer())
  const signedBy = fromHex(options.registrarKey, 20)
  const answer = {
    status: response.status,
    contentType,
    body: received,
    request,
    requestHeaders: headers,
  }
  const receipt = {
    'content-digest': response.headers.get('content-digest') ?? '',
    'signature-input': response.headers.get('signature-input') ?? '',
    signature: response.headers.get('signature') ?? '',
  }
  if (!isResponseOf(signedBy, answer, receipt, chainId))
    throw new RegistrarUnreachableError(options.registrarUrl, 'the answer is not signed by it')
  const json = parsed(received, options.registrarUrl)
  if (response.status >= 500)
    throw new RegistrarUnreachableError(options.registrarUrl, `status ${response.status}`)
  if (!response.ok || typeof json['evaluated'] !== 'string')
    throw new LookupRefusedError(options.registrarUrl, String(json['code'] ?? response.status))
  try {
    return toHex(Oprf.finalize(identification, blind, fromBase64Url(json['evaluated'])))
  } catch (cause) {
    throw new RegistrarUnreachableError(options.registrarUrl, 'no answer of a registrar', cause)
  }
}

async function sent(
  options: LookupOptions,
  body: Uint8Array,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  try {
    return await options.fetch(new URL(path, options.registrarUrl), {
      method: 'POST',
      headers: { 'content-type': contentType, ...headers },
      body: Uint8Array.from(body),
    })
  } catch (cause) {
    throw new RegistrarUnreachableError(options.registrarUrl, 'no connection', cause)
  }
}

function parsed(body: Uint8Array, url: string): Readonly<Record<string, unknown>> {
  try {
    const json: unknown = JSON.parse(new TextDecoder().decode(body))
    if (typeof json === 'object' && json !== null) return json as Record<string, unknown>
  } catch {
    // no JSON: the next line says so
  }
  throw new RegistrarUnreachableError(url, 'no answer of a registrar')
}

function statementFor(audience: string, options: LookupOptions): object {
  const { keys, network, own, now } = options
  const { address } = Keys.requestKey(keys, audience, now)
  const notBefore = Math.floor(now / 86_400) * 86_400
  const facts = { audience, notBefore, expires: notBefore + 86_400 }
  const value = { ...facts, idTag: fromHex(own, 32), key: address }
  const signature = signStatement(keys.identity, ledgerDomain(network), 'RequestKey', value)
  return { ...facts, idTag: own, key: toHex(address), signature: toHex(signature) }
}

/** The registrar's service does not answer, or what answers is not it. */
export class RegistrarUnreachableError extends RetryableError {
  readonly code = 'REGISTRAR_UNREACHABLE'
  constructor(url: string, what: string, cause?: unknown) {
    super('The registrar cannot be asked right now.', {
      facts: [`Address: ${url}`, `What happened: ${what}`],
      cause,
    })
  }
}

/** The registrar refused a look-up; `reason` is its code. */
export class LookupRefusedError extends MedrecError {
  readonly code = 'LOOKUP_REFUSED'
  readonly reason: string
  constructor(url: string, reason: string) {
    super('The registrar refused a look-up.', { facts: [`Address: ${url}`, `Reason: ${reason}`] })
    this.reason = reason
  }
}
