import type { Hex } from '@medrec/protocol'

/** A block as JSON-RPC gives it, the members that its hash covers. */
export type SealedHeader = {
  readonly miner: Hex
  readonly extraData: Hex
  readonly [member: string]: unknown
}

/** In the order in which a header is hashed (Yellow Paper 4.3; EIP-1559). */
const hashes = ['parentHash', 'sha3Uncles', 'miner', 'stateRoot', 'transactionsRoot'] as const
const blooms = ['receiptsRoot', 'logsBloom'] as const
const numbers = ['difficulty', 'number', 'gasLimit', 'gasUsed', 'timestamp'] as const
const seals = ['mixHash', 'nonce'] as const
/** What later forks added, in their order (EIP-1559, 4895, 4844, 4788, 7685). */
const additions = [
  ['baseFeePerGas', quantity],
  ['withdrawalsRoot', bytes],
  ['blobGasUsed', quantity],
  ['excessBlobGas', quantity],
  ['parentBeaconBlockRoot', bytes],
  ['requestsHash', bytes],
] as const

/** The members of a header as RLP takes them, with this `extraData`. */
export function headerMembers(header: SealedHeader, extraData: Hex): readonly Hex[] {
  return [
    ...[...hashes, ...blooms].map((name) => header[name] as Hex),
    ...numbers.map((name) => quantity(header[name])),
    extraData,
    ...seals.map((name) => header[name] as Hex),
    ...additions.flatMap(([name, form]) =>
      header[name] === undefined || header[name] === null ? [] : [form(header[name])],
    ),
  ]
}

/** Numbers are hashed without leading zeros, nought as nothing. */
export function quantity(value: unknown): Hex {
  const digits = BigInt(value as string).toString(16)
  if (digits === '0') return '0x'
  return `0x${digits.length % 2 === 0 ? digits : `0${digits}`}`
}

function bytes(value: unknown): Hex {
  return value as Hex
}
