import { fromHex, type Hex, MedrecError, RetryableError, toHex } from '@medrec/protocol'
import { privateKeyToAccount } from 'viem/accounts'
import type { Rpc } from './rpc.ts'
import { RpcRefusedError } from './rpcErrors.ts'

/** A transaction to be paid for by a sender's account. */
export type Transaction = {
  /** Absent when it deploys a contract. */
  readonly to?: Hex
  readonly data?: Hex
  /** Wei */
  readonly value?: bigint
  /** Estimated when absent. */
  readonly gas?: bigint
}

/** What became of a transaction, the members used here. */
export type Receipt = {
  readonly transactionHash: Hex
  readonly status: '0x1' | '0x0'
  readonly blockNumber: Hex
  readonly blockHash: Hex
  readonly gasUsed: Hex
  readonly contractAddress: Hex | null
  readonly logs: readonly {
    readonly address: Hex
    readonly topics: readonly Hex[]
    readonly data: Hex
  }[]
}

/** An account that pays: a relay's, or the one that founds a network. */
export type Sender = {
  readonly address: Hex
  /** Signs and sends, one after the other; resolves with the hash once the engine took it. */
  submit(transaction: Transaction): Promise<Hex>
}

/** Spare gas over the estimate, in percent: state may change until the block. */
const gasMargin = 130n
const pollMs = 500
/** Where blocks are found by chance, none may come for minutes, and the next one may be full. */
const longestWaitMs = 600_000

/** Makes a sender; `rpc` is asked for the connection at each sending, so that it may change. */
export function createSender(options: {
  readonly rpc: () => Rpc
  readonly privateKey: Uint8Array
}): Sender {
  const account = privateKeyToAccount(toHex(options.privateKey))
  const address = account.address.toLowerCase() as Hex
  let last: Promise<unknown> = Promise.resolve()

  async function send(transaction: Transaction): Promise<Hex> {
    const rpc = options.rpc()
    // Asked anew each time: what the engine lost with its memory must not leave a gap.
    const [chainId, nonce, fees, gas] = await Promise.all([
      rpc.request<Hex>('eth_chainId'),
      rpc.request<Hex>('eth_getTransactionCount', [address, 'pending']),
      feesOf(rpc),
      transaction.gas ?? estimate(rpc, address, transaction),
    ])
    const raw = await account.signTransaction({
      type: 'eip1559',
      chainId: Number(chainId),
      nonce: Number(nonce),
      ...fees,
      gas,
      value: transaction.value ?? 0n,
      ...(transaction.to && { to: transaction.to }),
      ...(transaction.data && { data: transaction.data }),
    })
    return rpc.request<Hex>('eth_sendRawTransaction', [raw])
  }

  return {
    address,
    submit: (transaction) => {
      const sent = last.then(() => send(transaction))
      last = sent.catch(() => undefined) // told to its own caller
      return sent
    },
  }
}

/** Signs and sends one transaction; for several of one account use `createSender`. */
export function submitTransaction(
  options: { readonly rpc: Rpc; readonly privateKey: Uint8Array } & Transaction,
): Promise<Hex> {
  const { rpc, privateKey, ...transaction } = options
  return createSender({ rpc: () => rpc, privateKey }).submit(transaction)
}

/** Resolves with the receipt once the transaction is in a block. Throws TransactionLateError after ten minutes. */
export async function waitForReceipt(rpc: Rpc, hash: Hex): Promise<Receipt> {
  let stop: () => void = () => undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  try {
    return await new Promise<Receipt>((resolve, reject) => {
      const look = (): void => {
        rpc.request<Receipt | null>('eth_getTransactionReceipt', [hash]).then((receipt) => {
          if (receipt) resolve(receipt)
        }, reject)
      }
      timer = setTimeout(() => reject(new TransactionLateError(hash)), longestWaitMs)
      listen(rpc, look).then((end) => {
        stop = end
        look()
      }, reject)
    })
  } finally {
    clearTimeout(timer)
    stop()
  }
}

/** Calls `look` at each block; where there are no subscriptions (HTTP), every half second. */
async function listen(rpc: Rpc, look: () => void): Promise<() => void> {
  try {
    return await rpc.subscribe(['newHeads'], look)
  } catch (cause) {
    if (!(cause instanceof RpcRefusedError)) throw cause
    const timer = setInterval(look, pollMs)
    return () => clearInterval(timer)
  }
}

async function estimate(rpc: Rpc, from: Hex, transaction: Transaction): Promise<bigint> {
  const { to, data, value } = transaction
  const call = {
    from,
    ...(to && { to }),
    ...(data && { data }),
    ...(value && { value: toHexNumber(value) }),
  }
  try {
    const gas = await rpc.request<Hex>('eth_estimateGas', [call])
    return (BigInt(gas) * gasMargin) / 100n
  } catch (cause) {
    if (cause instanceof RpcRefusedError && isRevert(cause))
      throw new TransactionRevertsError(cause)
    throw cause
  }
}

function isRevert(refusal: RpcRefusedError): boolean {
  return refusal.rpcCode === 3 || /revert/i.test(refusal.reason)
}

function toHexNumber(value: bigint): Hex {
  return `0x${value.toString(16)}`
}

/** The contract would refuse the transaction; it was not sent. */
export class TransactionRevertsError extends MedrecError {
  readonly code = 'TRANSACTION_REVERTS'
  /** Selector of the contract's error, when it named one. */
  readonly selector: Hex | undefined
  constructor(cause: RpcRefusedError) {
    const data =
      typeof cause.data === 'string' && /^0x[0-9a-f]{8}/i.test(cause.data) ? cause.data : undefined
    super('The contract would refuse this transaction, so it was not sent.', {
      facts: [`Reason: ${data?.slice(0, 10) ?? cause.reason}`],
      cause,
    })
    this.selector = data === undefined ? undefined : toHex(fromHex(data.slice(0, 10)))
  }
}

/** No block holds the transaction yet. */
export class TransactionLateError extends RetryableError {
  readonly code = 'TRANSACTION_LATE'
  constructor(hash: Hex) {
    super('The transaction is in no block yet.', { facts: [`Transaction: ${hash}`] })
  }
}

/** What a transaction pays for gas, at most and to the miner (EIP-1559), in wei. */
export type Fees = { readonly maxFeePerGas: bigint; readonly maxPriorityFeePerGas: bigint }

/** One gwei: the least that a geth miner takes by default. */
const tip = 1_000_000_000n

/** Each full block raises the base fee by an eighth (EIP-1559): a transaction stays good over two dozen of them. */
const roomForBaseFee = 16n

/** Fees from the head's base fee; never from others' tips. */
export async function feesOf(rpc: Pick<Rpc, 'request'>): Promise<Fees> {
  const head = await rpc.request<{ baseFeePerGas?: Hex }>('eth_getBlockByNumber', ['latest', false])
  return {
    maxFeePerGas: BigInt(head.baseFeePerGas ?? '0x0') * roomForBaseFee + tip,
    maxPriorityFeePerGas: tip,
  }
}
