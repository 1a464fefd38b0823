import { type Rpc, RpcRefusedError } from '@medrec/client'
import { concat, type Hex, type Network, toHex, uint } from '@medrec/protocol'
import type { ChainSource } from './ChainSource.ts'

/** `isValidSignature(bytes32,bytes)`, which is also what it returns for a signature that holds (ERC-1271). */
const magic = '0x1626ba7e'
/** What asking may cost at most: several owners' signatures checked one after another. */
const mostGas: Hex = '0x1e8480'

/** What a contract account is asked: whether a signature over a digest is its own. */
export type ContractQuestion = {
  readonly account: Uint8Array
  readonly digest: Uint8Array
  readonly signature: Uint8Array
}

/**
 * Whether the contract confirms the signature at each of these blocks, by hash (ERC-8128, 4.2; ERC-1271): at the head
 * and k blocks before, so that an owner who was put in a moment ago does not count. Throws RpcUnavailableError.
 */
async function isContractSignature(
  rpc: Rpc,
  question: ContractQuestion,
  blocks: readonly ({ readonly blockHash: Hex } | 'latest')[],
): Promise<boolean> {
  const call = { to: toHex(question.account), data: dataOf(question), gas: mostGas }
  for (const block of blocks) {
    const answer = await rpc.request<Hex>('eth_call', [call, block]).catch((cause) => {
      if (cause instanceof RpcRefusedError) return '0x' // it reverts, or has no such function
      throw cause
    })
    if (answer !== `${magic}${'00'.repeat(28)}`) return false
  }
  return true
}

/**
 * Whether the contract confirms the signature at the view's head and k blocks before, by the word of the door in use
 * and of another one, where there is one: what a call returns no block proves. Throws RpcUnavailableError.
 */
export async function isConfirmed(
  doors: { readonly rpc: () => Rpc; readonly witness: () => Promise<Rpc | undefined> },
  question: ContractQuestion,
  chain: Pick<ChainSource, 'view' | 'viewBefore'>,
  { confirmations }: Pick<Network, 'confirmations'>,
): Promise<boolean> {
  const before = chain.viewBefore(confirmations)
  const hashes = [...new Set([chain.view().head.hash, before.head.hash])]
  const blocks = hashes.map((blockHash) => ({ blockHash }))
  if (!(await isContractSignature(doors.rpc(), question, blocks))) return false
  const witness = await doors.witness()
  if (!witness) return true
  return isContractSignature(witness, question, await knownTo(witness, hashes))
}

/** A second door may be a block behind, or ahead on another branch: then its own head counts for it. */
async function knownTo(
  door: Rpc,
  hashes: readonly Hex[],
): Promise<readonly ({ readonly blockHash: Hex } | 'latest')[]> {
  const found = await Promise.all(
    hashes.map(async (blockHash) => {
      const block = await door.request<unknown>('eth_getBlockByHash', [blockHash, false])
      return block ? { blockHash } : ('latest' as const)
    }),
  )
  return [...new Set(found)]
}

function dataOf({ digest, signature }: ContractQuestion): Hex {
  const padding = new Uint8Array((32 - (signature.length % 32)) % 32)
  const words = concat(digest, uint(64, 32), uint(signature.length, 32), signature, padding)
  return `${magic}${toHex(words).slice(2)}`
}
