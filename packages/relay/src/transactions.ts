import { feesOf, type Rpc, RpcRefusedError } from '@medrec/client'
import { type Account, fromHex, type Hex, keccak, sign, toHex } from '@medrec/protocol'
import { serializeTransaction, type TransactionSerializableEIP1559 } from 'viem'

/** What a relay needs of a connection to the chain. */
export type RelayRpc = Pick<Rpc, 'request'>

/** A signed transaction. */
export type Signed = { readonly nonce: number; readonly raw: Hex; readonly hash: Hex }

/** What a receipt tells a relay. */
export type Receipt = {
  readonly hash: Hex
  readonly block: number
  readonly succeeded: boolean
  readonly logs: readonly {
    readonly address: Hex
    readonly topics: readonly Hex[]
    readonly data: Hex
  }[]
}

type ReceiptJson = {
  readonly transactionHash: Hex
  readonly blockNumber: Hex
  readonly status: Hex
  readonly logs: Receipt['logs']
}

/** More gas than was estimated, since slots may be new by the time a batch is mined: a quarter. */
const reserve = 4n

/** Signs a batch as the next transaction of the relay's account (EIP-155). */
export async function signBatch(
  rpc: RelayRpc,
  account: Account,
  options: { chainId: number; to: Hex; data: Uint8Array },
): Promise<Signed | { readonly missing: bigint }> {
  const from = toHex(account.address)
  const data = toHex(options.data)
  const [count, fees, balance, estimate] = await Promise.all([
    rpc.request<Hex>('eth_getTransactionCount', [from, 'latest']),
    feesOf(rpc),
    rpc.request<Hex>('eth_getBalance', [from, 'latest']),
    rpc.request<Hex>('eth_estimateGas', [{ from, to: options.to, data }]),
  ])
  const gas = BigInt(estimate) + BigInt(estimate) / reserve
  const missing = gas * fees.maxFeePerGas - BigInt(balance)
  if (missing > 0n) return { missing }
  const nonce = Number(count)
  const { chainId, to } = options
  const raw = signed({ type: 'eip1559', chainId, to, data, gas, nonce, ...fees }, account)
  return { nonce, raw, hash: toHex(keccak(fromHex(raw))) }
}

/** A transaction with its sender's signature, by the native curve: viem's takes five times as long. */
function signed(transaction: TransactionSerializableEIP1559, account: Account): Hex {
  const digest = keccak(fromHex(serializeTransaction(transaction)))
  const signature = sign(digest, account) // r | vs (EIP-2098): the highest bit of s is the parity
  const s = signature.slice(32)
  const yParity = (s[0] as number) >> 7
  s[0] = (s[0] as number) & 0x7f
  return serializeTransaction(transaction, {
    ...{ r: toHex(signature.slice(0, 32)), s: toHex(s), yParity },
  })
}

/** Gas of a batch of one record: an account that cannot pay for this much is out of funds. */
const smallestBatch = 200_000n

/** Wei that an account lacks for the smallest batch. */
export async function missingFunds(rpc: RelayRpc, account: Account): Promise<bigint> {
  const [fees, balance] = await Promise.all([
    feesOf(rpc),
    rpc.request<Hex>('eth_getBalance', [toHex(account.address), 'latest']),
  ])
  const missing = smallestBatch * fees.maxFeePerGas - BigInt(balance)
  return missing > 0n ? missing : 0n
}

/** Hands a signed transaction to the engine; one that it knows already is no error. */
export async function send(rpc: RelayRpc, raw: Hex): Promise<void> {
  try {
    await rpc.request('eth_sendRawTransaction', [raw])
  } catch (error) {
    if (!(error instanceof RpcRefusedError) || !isHarmless(error.reason)) throw error
  }
}

/** The receipt of a transaction that stands in a block. */
export async function receiptOf(rpc: RelayRpc, hash: Hex): Promise<Receipt | undefined> {
  const receipt = await rpc.request<ReceiptJson | null>('eth_getTransactionReceipt', [hash])
  return receipt
    ? {
        hash: receipt.transactionHash,
        block: Number(receipt.blockNumber),
        succeeded: receipt.status === '0x1',
        logs: receipt.logs,
      }
    : undefined
}

/** Number of transactions of an account that stand in blocks. */
export async function minedCount(rpc: RelayRpc, account: Account): Promise<number> {
  const from = toHex(account.address)
  return Number(await rpc.request<Hex>('eth_getTransactionCount', [from, 'latest']))
}

/** Number of the newest block. */
export async function headNumber(rpc: RelayRpc): Promise<number> {
  return Number(await rpc.request<Hex>('eth_blockNumber'))
}

/** The engine has it already, or has mined it: whichever, there is nothing to do. */
function isHarmless(reason: string): boolean {
  return /already known|already imported|nonce too low/i.test(reason)
}
