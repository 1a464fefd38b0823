import type { Rpc } from '@medrec/client'
import { type Hex, toHex } from '@medrec/protocol'
import { privateKeyToAccount } from 'viem/accounts'

export type Sender = (transaction: { to?: Hex; data?: Hex; value?: bigint }) => Promise<Hex>

/** Sends one transaction after the other at a fixed price. */
export function senderOf(rpc: Rpc, privateKey: Uint8Array): Sender {
  const account = privateKeyToAccount(toHex(privateKey))
  let last: Promise<unknown> = Promise.resolve()
  const send: Sender = async (transaction) => {
    const nonce = await rpc.request<Hex>('eth_getTransactionCount', [account.address, 'pending'])
    const raw = await account.signTransaction({
      type: 'legacy',
      chainId: Number(await rpc.request<Hex>('eth_chainId')),
      nonce: Number(nonce),
      gasPrice: 2_000_000_000n,
      gas: 5_000_000n,
      ...transaction,
    })
    return rpc.request<Hex>('eth_sendRawTransaction', [raw])
  }
  return (transaction) => {
    const sent = last.then(() => send(transaction))
    last = sent.catch(() => undefined)
    return sent
  }
}
