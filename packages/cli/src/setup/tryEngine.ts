import { connectRpc, RpcAddressError, RpcRefusedError } from '@medrec/client'

/** What answers at an address. */
export type Engine = 'engine' | 'door' | 'silent' | 'another chain' | 'no address'

/** How long an engine may take to say who it is, in milliseconds. */
const patience = 5_000

/** JSON-RPC 2.0, 5.1: method not found */
const unknownMethod = -32601

/** Looks whether an address is an engine of a chain that takes transactions; nothing is sent but an empty one. */
export async function tryEngine(address: string, chainId: number): Promise<Engine> {
  let rpc: ReturnType<typeof connectRpc>
  try {
    rpc = connectRpc(address, { timeoutMs: patience, reconnect: false })
  } catch (error) {
    if (error instanceof RpcAddressError) return 'no address'
    throw error
  }
  try {
    if (Number(await rpc.request('eth_chainId', [])) !== chainId) return 'another chain'
    await rpc.request('eth_sendRawTransaction', ['0x'])
    return 'engine'
  } catch (error) {
    if (!(error instanceof RpcRefusedError)) return 'silent'
    return error.rpcCode === unknownMethod ? 'door' : 'engine'
  } finally {
    await rpc.close()
  }
}
