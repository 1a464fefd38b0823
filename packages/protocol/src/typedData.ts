import { concat, fromHex, type Hex, toHex, uint, utf8 } from './bytes.ts'
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

const typeHashes = new Map<string, Uint8Array>()
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
  const text = encodeType(types, primary)
  const known = typeHashes.get(text) ?? keccak(utf8(text))
  typeHashes.set(text, known)
  return known
}

function encodeMember(types: StructTypes, type: string, value: unknown): Uint8Array {
  if (type.endsWith('[]')) {
    const base = type.slice(0, -2)
    return keccak(...(value as readonly unknown[]).map((item) => encodeMember(types, base, item)))
  }
  if (types[type]) return hashStruct(types, type, value as StructValue)
  if (type === 'string') return keccak(utf8(value as string))
  if (type === 'bytes') return keccak(value as Uint8Array)
  if (type === 'bool') return uint(value === true ? 1 : 0, 32)
  if (type === 'address') return padLeft(value as Uint8Array)
  if (type.startsWith('bytes')) return padRight(value as Uint8Array)
  return uint(value as number | bigint, 32)
}

function padLeft(bytes: Uint8Array): Uint8Array {
  return concat(new Uint8Array(32 - bytes.length), bytes)
}

function padRight(bytes: Uint8Array): Uint8Array {
  return concat(bytes, new Uint8Array(32 - bytes.length))
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
  const key = `${domain.chainId}|${toHex(fromHex(domain.verifyingContract))}|${domain.salt}`
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
