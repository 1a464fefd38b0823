import { type Account, sign, signerOf } from './accounts.ts'
import { concat, fromBase64, toBase64, toBase64Url, toHex, utf8 } from './bytes.ts'
import { keccak, random, sha256 } from './hash.ts'

/** A request as it is signed (RFC 9421 in the ERC-8128 profile; docs/protocol.md section 8). */
export type SignableRequest = {
  /** host:port from configuration, never from a header */
  readonly authority: string
  readonly method: 'POST'
  readonly path: string
  readonly contentType: string
  readonly body: Uint8Array
}

/** Headers that carry a signature. */
export type SignatureHeaders = {
  readonly 'content-digest': string
  readonly 'signature-input': string
  readonly signature: string
}

/** What a verified request says of itself. */
export type RequestSignature = {
  readonly signer: Uint8Array
  readonly created: number
  readonly expires: number
  readonly nonce: string
  /** The 65 signature bytes; the answer is bound to them. */
  readonly bytes: Uint8Array
}

/** Why a request's signature does not count. */
export type SignatureProblem = 'malformed' | 'digest' | 'network' | 'signer'

const requestComponents = ['@authority', '@method', '@path', 'content-digest', 'content-type']
const requestForm =
  /^eth=\(((?:"[@a-z-]+"(?: |(?=\))))+)\);created=(\d{1,12});expires=(\d{1,12});nonce="([A-Za-z0-9_-]{22})";keyid="erc8128:(\d{1,16}):(0x[0-9a-f]{40})"$/
const responseParameters =
  '("@status" "content-type" "content-digest" "@authority";req "@method";req "@path";req "content-digest";req "signature-input";req "signature";req)'

/** Signs a request with a request key. `now`: unix seconds; `life`: at most 60 s. */
export function signRequest(
  request: SignableRequest,
  account: Account,
  options: { chainId: number; now: number; life?: number; nonce?: string },
): SignatureHeaders {
  const nonce = options.nonce ?? toBase64Url(random(16))
  const created = Math.floor(options.now)
  const listed = requestComponents.map((name) => `"${name}"`).join(' ')
  const parameters = `(${listed});created=${created};expires=${created + (options.life ?? 60)};nonce="${nonce}";keyid="erc8128:${options.chainId}:${toHex(account.address)}"`
  const digest = contentDigest(request.body)
  const base = requestBase(request, digest, requestComponents, parameters)
  return {
    'content-digest': digest,
    'signature-input': `eth=${parameters}`,
    signature: `eth=:${toBase64(personalSign(base, account))}:`,
  }
}

/** Checks a request's signature: form, digest, network, signer. Time and nonce are the caller's. */
export function verifyRequest(
  request: SignableRequest,
  headers: SignatureHeaders,
  chainId: number,
): RequestSignature | SignatureProblem {
  const match = requestForm.exec(headers['signature-input'])
  const bytes = signatureBytes(headers.signature, 'eth')
  if (!match || bytes?.length !== 65) return 'malformed'
  const components = (match[1] as string)
    .trim()
    .split(' ')
    .map((name) => name.slice(1, -1))
  if (components.toSorted().join() !== requestComponents.toSorted().join()) return 'malformed'
  if (headers['content-digest'] !== contentDigest(request.body)) return 'digest'
  if (Number(match[5]) !== chainId) return 'network'
  const parameters = headers['signature-input'].slice('eth='.length)
  const base = requestBase(request, headers['content-digest'], components, parameters)
  const signer = personalSigner(base, bytes)
  if (!signer || toHex(signer) !== match[6]) return 'signer'
  return {
    signer,
    created: Number(match[2]),
    expires: Number(match[3]),
    nonce: match[4] as string,
    bytes,
  }
}

/** A response as it is signed, bound to its request. */
export type SignableResponse = {
  readonly status: number
  readonly contentType: string
  readonly body: Uint8Array
  readonly request: SignableRequest
  readonly requestHeaders: SignatureHeaders
}

/** Signs a response with the institution's anchor key: a receipt for both sides. */
export function signResponse(
  response: SignableResponse,
  account: Account,
  options: { chainId: number; now: number },
): SignatureHeaders {
  const parameters = `${responseParameters};created=${Math.floor(options.now)};keyid="erc8128:${options.chainId}:${toHex(account.address)}";tag="medrec-receipt"`
  const digest = contentDigest(response.body)
  const base = responseBase(response, digest, parameters)
  return {
    'content-digest': digest,
    'signature-input': `node=${parameters}`,
    signature: `node=:${toBase64(personalSign(base, account))}:`,
  }
}

/** Whether `address` signed this response to this request. */
export function isResponseOf(
  address: Uint8Array,
  response: SignableResponse,
  headers: SignatureHeaders,
  chainId: number,
): boolean {
  const parameters = headers['signature-input'].slice('node='.length)
  const tail = parameters.slice(responseParameters.length)
  const expected = new RegExp(
    `^;created=\\d{1,12};keyid="erc8128:${chainId}:${toHex(address)}";tag="medrec-receipt"$`,
  )
  if (!headers['signature-input'].startsWith(`node=${responseParameters}`)) return false
  if (!expected.test(tail) || headers['content-digest'] !== contentDigest(response.body))
    return false
  const bytes = signatureBytes(headers.signature, 'node')
  const signer =
    bytes && personalSigner(responseBase(response, headers['content-digest'], parameters), bytes)
  return signer !== undefined && toHex(signer) === toHex(address)
}

/** `sha-256=:...:` (RFC 9530). */
export function contentDigest(body: Uint8Array): string {
  return `sha-256=:${toBase64(sha256(body))}:`
}

/** Digest of an ERC-191 message (version 0x45). */
export function personalDigest(message: Uint8Array): Uint8Array {
  return keccak(utf8(`\x19Ethereum Signed Message:\n${message.length}`), message)
}

function requestBase(
  request: SignableRequest,
  digest: string,
  components: readonly string[],
  parameters: string,
): Uint8Array {
  const values: Readonly<Record<string, string>> = {
    '@authority': request.authority,
    '@method': request.method,
    '@path': request.path,
    'content-digest': digest,
    'content-type': request.contentType,
  }
  const lines = components.map((name) => `"${name}": ${values[name]}`)
  return utf8([...lines, `"@signature-params": ${parameters}`].join('\n'))
}

function responseBase(response: SignableResponse, digest: string, parameters: string): Uint8Array {
  const { request, requestHeaders } = response
  return utf8(
    [
      `"@status": ${response.status}`,
      `"content-type": ${response.contentType}`,
      `"content-digest": ${digest}`,
      `"@authority";req: ${request.authority}`,
      `"@method";req: ${request.method}`,
      `"@path";req: ${request.path}`,
      `"content-digest";req: ${requestHeaders['content-digest']}`,
      `"signature-input";req: ${requestHeaders['signature-input']}`,
      `"signature";req: ${requestHeaders.signature}`,
      `"@signature-params": ${parameters}`,
    ].join('\n'),
  )
}

function personalSign(message: Uint8Array, account: Account): Uint8Array {
  const compact = sign(personalDigest(message), account)
  const parity = (compact[32] as number) >> 7
  const plain = compact.slice()
  plain[32] = (plain[32] as number) & 0x7f
  return concat(plain, Uint8Array.of(27 + parity))
}

function personalSigner(message: Uint8Array, signature: Uint8Array): Uint8Array | undefined {
  const v = signature[64]
  if (signature.length !== 65 || (v !== 27 && v !== 28)) return undefined
  if ((signature[32] as number) >= 0x80) return undefined
  const compact = signature.slice(0, 64)
  if (v === 28) compact[32] = (compact[32] as number) | 0x80
  return signerOf(personalDigest(message), compact)
}

function signatureBytes(header: string, label: string): Uint8Array | undefined {
  if (!header.startsWith(`${label}=:`) || !header.endsWith(':')) return undefined
  try {
    return fromBase64(header.slice(label.length + 2, -1))
  } catch {
    return undefined // another spelling, or none: the caller says what is wrong
  }
}
