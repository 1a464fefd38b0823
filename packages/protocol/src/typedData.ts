import { concat, fromHex, type Hex, uint, utf8 } from './bytes.ts'
import { MalformedError } from './errors.ts'
import { keccak } from './hash.ts'

/** Members of one EIP-712 struct, in order: [type, name]. */
export type Members = readonly (readonly [type: string, name: string])[]
/** Struct definitions; the first one is the primary type. */
export type StructTypes = Readonly<Record<string, Members>>
/** A value of a struct: bytes as Uint8Array, numbers as number or bigint, structs as objects. */
export type StructValue = Readonly<Record<string, unknown>>

/** What a signature is bound to (EIP-712 domain; docs/protocol.md section 1). */
export type Domain = {
  readonly chainId: number
  readonly verifyingContract: Hex
  /** The network id. */
  readonly salt: Hex
}

const typeHashes = new WeakMap<StructTypes, Map<string, Uint8Array>>()
const domains = new Map<string, Uint8Array>()

/** hashStruct of EIP-712. */
export function hashStruct(types: StructTypes, primary: string, value: StructValue): Uint8Array {
  const members = types[primary] as Members
  return keccak(
    typeHash(types, primary),
    ...members.map(([type, name]) => encodeMember(types, type, value[name])),
  )
}

/** Digest to sign: `0x1901 | domain separator | hashStruct` (EIP-712). */
export function digest(domain: Domain, structHash: Uint8Array): Uint8Array {
  return keccak(Uint8Array.of(0x19, 0x01), separator(domain), structHash)
}

/** encodeType of EIP-712: the primary type, then the others it uses in alphabetical order. */
export function encodeType(types: StructTypes, primary: string): string {
  const used = new Set<string>()
  const visit = (name: string): void => {
    if (used.has(name)) return
    used.add(name)
    for (const [type] of types[name] as Members) {
      const base = type.replace(/\[\]$/, '')
      if (types[base]) visit(base)
    }
  }
  visit(primary)
  const others = [...used].filter((name) => name !== primary).toSorted()
  const text = (name: string): string =>
    `${name}(${(types[name] as Members).map(([type, member]) => `${type} ${member}`).join(',')})`
  return [primary, ...others].map(text).join('')
}

function typeHash(types: StructTypes, primary: string): Uint8Array {
  const hashes = typeHashes.get(types) ?? new Map<string, Uint8Array>()
  typeHashes.set(types, hashes)
  const known = hashes.get(primary) ?? keccak(utf8(encodeType(types, primary)))
  hashes.set(primary, known)
  return known
}

function encodeMember(types: StructTypes, type: string, value: unknown): Uint8Array {
  if (type.endsWith('[]')) {
    const base = type.slice(0, -2)
    if (!Array.isArray(value)) throw new MalformedError(`${type} expected`)
    return keccak(...value.map((item: unknown) => encodeMember(types, base, item)))
  }
  if (types[type]) return hashStruct(types, type, value as StructValue)
  if (typeof value === 'string' && type === 'string') return keccak(utf8(value))
  if (typeof value === 'boolean' && type === 'bool') return uint(value ? 1 : 0, 32)
  if (value instanceof Uint8Array) return encodeBytes(type, value)
  if ((typeof value === 'number' || typeof value === 'bigint') && type.startsWith('uint')) {
    const size = Number(type.slice(4)) / 8
    return concat(new Uint8Array(32 - size), uint(value, size))
  }
  throw new MalformedError(`${type} expected`)
}

/** Only the exact size: padding a shorter value would give two values one hash. */
function encodeBytes(type: string, bytes: Uint8Array): Uint8Array {
  if (type === 'bytes') return keccak(bytes)
  const size = type === 'address' ? 20 : Number(/^bytes(\d+)$/.exec(type)?.[1])
  if (bytes.length !== size)
    throw new MalformedError(`${type} expected, ${bytes.length} bytes found`)
  const padding = new Uint8Array(32 - size)
  return type === 'address' ? concat(padding, bytes) : concat(bytes, padding)
}

const domainTypes: StructTypes = {
  EIP712Domain: [
    ['string', 'name'],
    ['string', 'version'],
    ['uint256', 'chainId'],
    ['address', 'verifyingContract'],
    ['bytes32', 'salt'],
  ],
}

function separator(domain: Domain): Uint8Array {
  const key = `${domain.chainId}|${domain.verifyingContract}|${domain.salt}`
  const known =
    domains.get(key) ??
    hashStruct(domainTypes, 'EIP712Domain', {
      name: 'MedRec',
      version: '1',
      chainId: domain.chainId,
      verifyingContract: fromHex(domain.verifyingContract, 20),
      salt: fromHex(domain.salt, 32),
    })
  domains.set(key, known)
  return known
}
