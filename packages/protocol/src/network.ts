import { fromHex, type Hex, toHex } from './bytes.ts'
import { MalformedError } from './errors.ts'
import type { Domain } from './typedData.ts'

/** Public description of a network (docs/protocol.md section 1). */
export type Network = {
  readonly name: string
  readonly networkId: Hex
  readonly chainId: number
  readonly registrar: Hex
  readonly ledger: Hex
  readonly startBlock: number
  readonly engine: 'embedded' | 'proof-of-work' | 'authority'
  /** Blocks below the head until a fact is final: 0 on the embedded engine, 3 with proof of work. */
  readonly confirmations: number
  /** Read-only WebSocket addresses of the chain. */
  readonly doors: readonly string[]
}

/** Domain of everything but statements to the Registrar. */
export function ledgerDomain(network: Network): Domain {
  return {
    chainId: network.chainId,
    verifyingContract: network.ledger,
    salt: network.networkId,
  }
}

/** Domain of statements to the Registrar. */
export function registrarDomain(network: Network): Domain {
  return { ...ledgerDomain(network), verifyingContract: network.registrar }
}

/** Reads a network description. Throws MalformedError naming the member that is wrong. */
export function parseNetwork(json: unknown): Network {
  if (typeof json !== 'object' || json === null)
    throw new MalformedError('network: an object expected')
  const network = json as Network
  if (typeof network.name !== 'string') throw new MalformedError('network: name must be a text')
  for (const name of ['chainId', 'startBlock', 'confirmations'] as const)
    if (!Number.isSafeInteger(network[name]) || network[name] < 0)
      throw new MalformedError(`network: ${name} must be a whole number`)
  if (!['embedded', 'proof-of-work', 'authority'].includes(network.engine))
    throw new MalformedError('network: engine must be embedded, proof-of-work or authority')
  if (!Array.isArray(network.doors) || network.doors.some((door) => typeof door !== 'string'))
    throw new MalformedError('network: doors must be a list of addresses')
  return {
    ...network,
    networkId: hexMember('networkId', network.networkId, 32),
    registrar: hexMember('registrar', network.registrar, 20),
    ledger: hexMember('ledger', network.ledger, 20),
  }
}

/** Lower case, as every comparison expects it; addresses are often written with a checksum in their case. */
function hexMember(name: string, value: unknown, size: number): Hex {
  if (typeof value !== 'string') throw new MalformedError(`network: ${name} must be a text`)
  try {
    return toHex(fromHex(value, size))
  } catch (cause) {
    throw new MalformedError(`network: ${name} must be ${size} bytes in hex`, { cause })
  }
}
