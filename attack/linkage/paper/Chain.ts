import type { Hex } from '@medrec/protocol'
import { type Abi, encodeDeployData, encodeFunctionData, getContractAddress } from 'viem'
import { type RawAnvil, startAnvil } from '../../../bench/rawAnvil.ts'
import { type Block, readBlock } from '../Block.ts'

/** A contract's address, and the transaction that makes it. */
type Deployed = { readonly address: Hex; readonly hash: Hex }

/** A bare engine on which everybody sends transactions of her own, as in the paper. */
export type PaperChain = {
  deploy(
    from: Hex,
    contract: { abi: unknown; bytecode: Hex },
    args: readonly unknown[],
  ): Promise<Deployed>
  call(
    from: Hex,
    to: Hex,
    call: { abi: unknown; name: string; args: readonly unknown[] },
  ): Promise<Hex>
  /** Makes the block of a moment and reads it; throws when a transaction failed. */
  mine(time: number): Promise<Block>
  stop(): Promise<void>
}

/** Gas of one transaction: the largest deploys a relationship. */
const gas = '0x2dc6c0'

export async function startPaperChain(): Promise<PaperChain> {
  const anvil = await startAnvil()
  await anvil.call('anvil_autoImpersonateAccount', [true])
  const counts = new Map<Hex, number>()
  const nonceOf = (from: Hex): number => {
    const nonce = counts.get(from) ?? 0 // nobody sent anything before
    counts.set(from, nonce + 1)
    return nonce
  }
  const send = (from: Hex, nonce: number, transaction: { to?: Hex; data: Hex }): Promise<Hex> => {
    const fixed = { from, gas, gasPrice: '0x0', nonce: `0x${nonce.toString(16)}` }
    return anvil.call<Hex>('eth_sendTransaction', [{ ...fixed, ...transaction }])
  }
  return {
    async deploy(from, { abi, bytecode }, args) {
      const nonce = nonceOf(from)
      const data = encodeDeployData({ abi: abi as Abi, bytecode, args })
      return { address: contractOf(from, nonce), hash: await send(from, nonce, { data }) }
    },
    async call(from, to, { abi, name, args }) {
      const data = encodeFunctionData({ abi: abi as Abi, functionName: name, args })
      return send(from, nonceOf(from), { to, data })
    },
    mine: (time) => mine(anvil, time),
    stop: () => anvil.stop(),
  }
}

async function mine(anvil: RawAnvil, time: number): Promise<Block> {
  await anvil.call('evm_setNextBlockTimestamp', [time])
  await anvil.call('evm_mine')
  const block = await readBlock(anvil, Number(await anvil.call<Hex>('eth_blockNumber')))
  if (block.transactions.some(({ succeeded }) => !succeeded))
    throw new Error("a transaction of the paper's design failed")
  return block
}

function contractOf(from: Hex, nonce: number): Hex {
  return getContractAddress({ from, nonce: BigInt(nonce) }).toLowerCase() as Hex
}
