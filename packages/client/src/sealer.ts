import { fromHex, type Hex, keccak, signerOf, toHex } from '@medrec/protocol'
import { toRlp } from 'viem'

/** A block as JSON-RPC gives it, the members that its seal covers. */
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
const nobody: Hex = `0x${'00'.repeat(20)}`
/** The seal stands at the end of Clique's `extraData` (EIP-225). */
const sealSize = 65

/**
 * The account that a block is credited to, which contracts see as `block.coinbase`: under Clique the header names
 * nobody and its signer counts (EIP-225). Zeros when there is neither.
 */
export function sealerOf(header: SealedHeader): Hex {
  const extra = fromHex(header.extraData)
  if (header.miner !== nobody || extra.length < sealSize) return header.miner.toLowerCase() as Hex
  const unsealed = toHex(extra.slice(0, -sealSize))
  const members = [
    ...[...hashes, ...blooms].map((name) => header[name] as Hex),
    ...numbers.map((name) => quantity(header[name])),
    unsealed,
    ...seals.map((name) => header[name] as Hex),
    ...(header['baseFeePerGas'] === undefined ? [] : [quantity(header['baseFeePerGas'])]),
  ]
  const hash = keccak(fromHex(toRlp(members)))
  const signer = signerOf(hash, compact(extra.slice(-sealSize)))
  return signer ? toHex(signer) : nobody
}

/** r, s and parity as r and vs (EIP-2098). */
function compact(signature: Uint8Array): Uint8Array {
  const short = signature.slice(0, 64)
  if (signature[64] === 1) short[32] = (short[32] as number) | 0x80
  return short
}

/** Numbers are hashed without leading zeros, nought as nothing. */
function quantity(value: unknown): Hex {
  const digits = BigInt(value as string).toString(16)
  if (digits === '0') return '0x'
  return `0x${digits.length % 2 === 0 ? digits : `0${digits}`}`
}
