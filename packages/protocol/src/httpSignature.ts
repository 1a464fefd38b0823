import { type Account, addressOf, sign, signerOf } from './accounts.ts'
import { concat, fromBase64, fromHex, toBase64, toBase64Url, toHex, utf8 } from './bytes.ts'
import { keccak, random, sha256 } from './hash.ts'
import { isP256Signature, type P256Key } from './p256.ts'
import { parseSignatureInput, type SignatureInput } from './signatureInput.ts'

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
const responseParameters =
  '("@status" "content-type" "content-digest" "@authority";req "@method";req "@path";req "content-digest";req "signature-input";req "signature";req)'

type Signing = { chainId: number; now: number; life?: number; nonce?: string }

/** Signs a request with a request key. `now`: unix seconds; `life`: at most 60 s. */
export function signRequest(
  request: SignableRequest,
  account: Account,
  options: Signing,
): SignatureHeaders {
  const { base, headers } = unsigned(request, `erc8128:${keyName(account, options)}`, options)
  return { ...headers, signature: `eth=:${toBase64(personalSign(base, account))}:` }
}

/** Signs a request with a P-256 key (RFC 9421, ecdsa-p256-sha256), which may be one of the browser's own. */
export async function signRequestP256(
  request: SignableRequest,
  key: P256Key,
  options: Signing,
): Promise<SignatureHeaders> {
  const { base, headers } = unsigned(request, `p256:${keyName(key, options)}`, options)
  return { ...headers, signature: `eth=:${toBase64(await key.sign(base))}:` }
}

/** A request's signature as it claims to be, and what a contract account is asked about (ERC-1271). */
export type ClaimedSignature = { readonly claimed: RequestSignature; readonly digest: Uint8Array }

/**
 * Checks a request's signature: form, digest, network, signer. Time and nonce are the caller's. `p256`: public key
 * x | y that the request's statement brings along, for a key of that kind.
 */
export function verifyRequest(
  request: SignableRequest,
  headers: SignatureHeaders,
  chainId: number,
  p256?: Uint8Array,
): RequestSignature | SignatureProblem {
  const read = readSigned(request, headers, chainId)
  if (typeof read === 'string') return read
  const { input, base, claimed } = read
  if (input.namespace === 'p256') {
    const isKey = p256 !== undefined && toHex(addressOf(p256)) === input.key
    return isKey && isP256Signature(p256, base, claimed.bytes) ? claimed : 'signer'
  }
  const signer = personalSigner(base, claimed.bytes)
  return signer && toHex(signer) === input.key ? claimed : 'signer'
}

/** The claim of a request that only a contract can confirm: the account named is none with a key (ERC-8128, 4.2). */
export function claimOf(
  request: SignableRequest,
  headers: SignatureHeaders,
  chainId: number,
): ClaimedSignature | undefined {
  const read = readSigned(request, headers, chainId)
  if (typeof read === 'string' || read.input.namespace !== 'erc8128') return undefined
  return { claimed: read.claimed, digest: personalDigest(read.base) }
}

/** Bytes of a request's signature; the answer is bound to them. Undefined when there are none. */
export function requestSignatureOf(headers: SignatureHeaders): Uint8Array | undefined {
  const input = parseSignatureInput(headers['signature-input'])
  return input && signatureBytes(headers.signature, input.label)
}

/** Longest signature of a contract account, in bytes: several owners' signatures, one after another. */
const longestSignature = 4_096

function readSigned(
  request: SignableRequest,
  headers: SignatureHeaders,
  chainId: number,
): { input: SignatureInput; base: Uint8Array; claimed: RequestSignature } | SignatureProblem {
  const input = parseSignatureInput(headers['signature-input'])
  const bytes = input && signatureBytes(headers.signature, input.label)
  if (!input || !bytes || bytes.length === 0 || bytes.length > longestSignature) return 'malformed'
  if (headers['content-digest'] !== contentDigest(request.body)) return 'digest'
  if (input.chainId !== chainId) return 'network'
  const { components, text, created, expires, nonce } = input
  const base = requestBase(request, headers['content-digest'], components, text)
  return { input, base, claimed: { signer: fromHex(input.key), created, expires, nonce, bytes } }
}

function unsigned(
  request: SignableRequest,
  keyid: string,
  options: Signing,
): { base: Uint8Array; headers: Omit<SignatureHeaders, 'signature'> } {
  const nonce = options.nonce ?? toBase64Url(random(16))
  const created = Math.floor(options.now)
  const listed = requestComponents.map((name) => `"${name}"`).join(' ')
  const parameters = `(${listed});created=${created};expires=${created + (options.life ?? 60)};nonce="${nonce}";keyid="${keyid}"`
  const digest = contentDigest(request.body)
  return {
    base: requestBase(request, digest, requestComponents, parameters),
    headers: { 'content-digest': digest, 'signature-input': `eth=${parameters}` },
  }
}

function keyName({ address }: { readonly address: Uint8Array }, { chainId }: Signing): string {
  return `${chainId}:${toHex(address)}`
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
    '@query': '?', // what RFC 9421, 2.2.7 has for a request without one
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
