import { fromHex, type Hex, keccak, signerOf, toHex } from '@medrec/protocol'
import { toRlp } from 'viem'
import { headerMembers, type SealedHeader } from './headerMembers.ts'

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
  const hash = keccak(fromHex(toRlp(headerMembers(header, unsealed))))
  const signer = signerOf(hash, compact(extra.slice(-sealSize)))
  return signer ? toHex(signer) : nobody
}

/** r, s and parity as r and vs (EIP-2098). */
function compact(signature: Uint8Array): Uint8Array {
  const short = signature.slice(0, 64)
  if (signature[64] === 1) short[32] = (short[32] as number) | 0x80
  return short
}
