import { MedrecError } from '@medrec/protocol'
import type { Rpc, RpcOptions } from './rpc.ts'
import { connectHttp } from './rpcHttp.ts'
import { connectWebSocket } from './rpcWebSocket.ts'

/** Opens JSON-RPC over WebSocket (`ws:`, `wss:`) or, without subscriptions, HTTP; connects in the background. */
export function connectRpc(url: string, options: RpcOptions = {}): Rpc {
  const scheme = URL.canParse(url) ? new URL(url).protocol : ''
  if (scheme === 'ws:' || scheme === 'wss:') return connectWebSocket(url, options)
  if (scheme === 'http:' || scheme === 'https:') return connectHttp(url, options)
  throw new RpcAddressError(url)
}

/** The address of an engine is not ws://, wss://, http:// or https://. */
export class RpcAddressError extends MedrecError {
  readonly code = 'RPC_ADDRESS'
  constructor(url: string) {
    super('An engine is named by a ws:// or http:// address.', { facts: [`Given: ${url}`] })
  }
}
