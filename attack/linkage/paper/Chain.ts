import type { Hex } from '@medrec/protocol'
import { type Abi, encodeDeployData, encodeFunctionData, getContractAddress } from 'viem'
import { type RawAnvil, startAnvil } from '../../../bench/rawAnvil.ts'
import { type Block, readBlock } from '../Block.ts'

/** Told the hash of a transaction once the engine has it. */
type Told = (hash: Hex) => void

/** A bare engine on which everybody sends transactions of her own, as in the paper. */
export type PaperChain = {
  /** Makes a contract with the next block; returns its address. */
  deploy(
    from: Hex,
    contract: { abi: unknown; bytecode: Hex; args: readonly unknown[] },
    told?: Told,
  ): Hex
  /** Calls a contract with the next block. */
  call(
    from: Hex,
    to: Hex,
    call: { abi: unknown; name: string; args: readonly unknown[] },
    told?: Told,
  ): void
  /** Makes the block of a moment from all that was sent, and reads it; throws when a transaction failed. */
  mine(time: number): Promise<Block>
  stop(): Promise<void>
}

/** Gas of one transaction: the largest deploys a relationship. */
const gas = '0x2dc6c0'

export async function startPaperChain(): Promise<PaperChain> {
  const anvil = await startAnvil(['--transaction-block-keeper', '256'])
  await anvil.call('anvil_autoImpersonateAccount', [true])
  const counts = new Map<Hex, number>()
  const nonceOf = (from: Hex): number => {
    const nonce = counts.get(from) ?? 0 // nobody sent anything before
    counts.set(from, nonce + 1)
    return nonce
  }
  const waiting: { readonly transaction: object; readonly told: Told | undefined }[] = []
  const send = (from: Hex, transaction: { to?: Hex; data: Hex }, told?: Told): number => {
    const nonce = nonceOf(from)
    const fixed = { from, gas, gasPrice: '0x0', nonce: `0x${nonce.toString(16)}` }
    waiting.push({ transaction: { ...fixed, ...transaction }, told })
    return nonce
  }
  return {
    deploy(from, { abi, bytecode, args }, told) {
      const data = encodeDeployData({ abi: abi as Abi, bytecode, args })
      return contractOf(from, send(from, { data }, told))
    },
    call(from, to, { abi, name, args }, told) {
      send(
        from,
        { to, data: encodeFunctionData({ abi: abi as Abi, functionName: name, args }) },
        told,
      )
    },
    async mine(time) {
      const sent = waiting.splice(0)
      const hashes = await anvil.callAll<Hex>(
        'eth_sendTransaction',
        sent.map(({ transaction }) => [transaction]),
      )
      for (const [i, { told }] of sent.entries()) told?.(hashes[i] as Hex)
      return mine(anvil, time, sent.length)
    },
    stop: () => anvil.stop(),
  }
}

async function mine(anvil: RawAnvil, time: number, count: number): Promise<Block> {
  await anvil.call('evm_setNextBlockTimestamp', [time])
  await anvil.call('evm_mine')
  const block = await readBlock(anvil, Number(await anvil.call<Hex>('eth_blockNumber')))
  const { transactions } = block
  if (transactions.length !== count || transactions.some(({ succeeded }) => !succeeded))
    throw new Error("a transaction of the paper's design failed")
  return block
}

function contractOf(from: Hex, nonce: number): Hex {
  return getContractAddress({ from, nonce: BigInt(nonce) }).toLowerCase() as Hex
}
