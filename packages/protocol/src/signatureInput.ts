/** What the signature of a request says of itself (RFC 9421 in the profile of ERC-8128). */
export type SignatureInput = {
  readonly label: string
  /** Covered components, in the order in which they are signed */
  readonly components: readonly string[]
  /** Unix seconds */
  readonly created: number
  readonly expires: number
  readonly nonce: string
  readonly namespace: 'erc8128' | 'p256'
  readonly chainId: number
  /** 20 bytes in lower-case hex */
  readonly key: string
  /** The parameters exactly as they were sent: they are signed. */
  readonly text: string
}

/** A request is bound by all of these; without one it would be a class of requests (ERC-8128, 3.1.1). */
const required = ['@authority', '@method', '@path', 'content-digest'] as const
/** Known as well: what they say of a request of ours is fixed. */
const optional = ['@query', 'content-type'] as const
const known: ReadonlySet<string> = new Set([...required, ...optional])

/** Dictionary member of an inner list with parameters, in its one serialisation (RFC 8941, 4.1). */
const member =
  /^([a-z*][a-z0-9_.*-]{0,63})=(\(((?:"[@a-z0-9-]+"(?: (?=")|(?=\))))+)\)((?:;[a-z]+=(?:\d{1,12}|"[\x20\x21\x23-\x5b\x5d-\x7e]{1,256}"))*))$/
const parameter = /;([a-z]+)=(?:(\d+)|"([^"]*)")/g
const keyForm = /^(erc8128|p256):(\d{1,16}):(0x[0-9a-fA-F]{40})$/
const longestNonce = 128

/**
 * Reads `Signature-Input`. Undefined for what the profile does not take: other components or parameters than the
 * known ones, a component or parameter twice, a class of requests, a request that may be repeated (no nonce), a
 * second signature beside the first.
 */
export function parseSignatureInput(header: string): SignatureInput | undefined {
  const match = member.exec(header)
  if (!match) return undefined
  const [, label = '', text = '', list = '', tail = ''] = match
  const components = list.split(' ').map((name) => name.slice(1, -1))
  if (!isBound(components)) return undefined
  const parameters = parametersOf(tail)
  const created = numberIn(parameters, 'created')
  const expires = numberIn(parameters, 'expires')
  const nonce = parameters?.get('nonce')
  const key = keyForm.exec(String(parameters?.get('keyid')))
  if (created === undefined || expires === undefined || expires <= created) return undefined
  if (typeof nonce !== 'string' || nonce.length > longestNonce || !key) return undefined
  if (parameters?.size !== 4) return undefined
  return {
    ...{ label, components, created, expires, nonce, text },
    namespace: key[1] as SignatureInput['namespace'],
    chainId: Number(key[2]),
    key: (key[3] as string).toLowerCase(),
  }
}

function isBound(components: readonly string[]): boolean {
  const names = new Set(components)
  return (
    names.size === components.length &&
    required.every((name) => names.has(name)) &&
    components.every((name) => known.has(name))
  )
}

/** Undefined when one stands twice. */
function parametersOf(tail: string): ReadonlyMap<string, string | number> | undefined {
  const found = new Map<string, string | number>()
  for (const [, name = '', digits, text] of tail.matchAll(parameter)) {
    if (found.has(name)) return undefined
    found.set(name, digits === undefined ? (text ?? '') : Number(digits))
  }
  return found
}

function numberIn(
  parameters: ReadonlyMap<string, string | number> | undefined,
  name: string,
): number | undefined {
  const value = parameters?.get(name)
  return typeof value === 'number' ? value : undefined
}
