import {
  accountOf,
  Keys,
  ledgerDomain,
  type Network,
  type Party,
  registrarDomain,
  toHex,
} from '../src/index.ts'

/** Bytes that count up from `start`. */
export function counted(size: number, start = 0): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => (start + i) & 255)
}

/** `size` bytes of one value. */
export function filled(size: number, value: number): Uint8Array {
  return new Uint8Array(size).fill(value)
}

export const network: Network = {
  name: 'Vectors',
  networkId: toHex(filled(32, 0x4e)),
  chainId: 20_160_822,
  registrar: toHex(filled(20, 0xaa)),
  ledger: toHex(filled(20, 0xbb)),
  startBlock: 1,
  engine: 'embedded',
  confirmations: 0,
  doors: ['ws://127.0.0.1:8545'],
}
export const networkId: Uint8Array = filled(32, 0x4e)
export const ledger = ledgerDomain(network)
export const registrar = registrarDomain(network)

type Person = { readonly keys: Keys.Keys; readonly party: Party }

function person(start: number, tag: number): Person {
  const keys = Keys.fromEntropy(counted(16, start), networkId)
  return {
    keys,
    party: {
      idTag: filled(32, tag),
      identity: keys.identity.address,
      version: 1,
      spendKey: keys.spend.publicKey,
      viewKey: keys.view.publicKey,
    },
  }
}

export const steward: Person = person(0, 0x51)
export const subject: Person = person(16, 0x52)
export const viewer: Person = person(32, 0x53)
export const anyone = accountOf(filled(32, 7))

/** A value with bytes as hex and large numbers as decimal text, for JSON. */
export function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value)
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Map) return [...value].map(plain)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, member]) => member !== undefined)
        .map(([name, member]) => [name, plain(member)]),
    )
  return value
}
