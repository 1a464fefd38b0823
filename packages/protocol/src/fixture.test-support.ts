import {
  type Domain,
  Keys,
  ledgerDomain,
  type Network,
  type Party,
  registrarDomain,
} from './index.ts'

/** A network of fixed numbers; nothing of it exists. */
export const network: Network = {
  name: 'Vectors',
  networkId: `0x${'4e'.repeat(32)}`,
  chainId: 20_160_822,
  registrar: `0x${'aa'.repeat(20)}`,
  ledger: `0x${'bb'.repeat(20)}`,
  startBlock: 1,
  engine: 'embedded',
  confirmations: 0,
  doors: ['ws://127.0.0.1:8545'],
}

export const domain: Domain = ledgerDomain(network)
export const domainOfRegistrar: Domain = registrarDomain(network)
export const networkId: Uint8Array = filled(32, 0x4e)

/** `size` bytes of one value. */
export function filled(size: number, value: number): Uint8Array {
  return new Uint8Array(size).fill(value)
}

/** `size` bytes that count up from `start`. */
export function counted(size: number, start = 0): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => (start + i) & 255)
}

/** A participant with her keys: what the protocol needs of her. */
export function person(seed: number, version = 1): { keys: Keys.Keys; party: Party } {
  const keys = Keys.fromEntropy(counted(16, seed), networkId)
  const party = {
    idTag: filled(32, seed),
    identity: keys.identity.address,
    version,
    spendKey: keys.spend.publicKey,
    viewKey: keys.view.publicKey,
  }
  return { keys, party }
}

/** The same bytes with one bit the other way round. */
export function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const changed = bytes.slice()
  const at = bit % (bytes.length * 8)
  changed[at >> 3] = (changed[at >> 3] as number) ^ (1 << (at & 7))
  return changed
}
