import { MedrecError } from '@medrec/protocol'
import { connectHttp } from './rpcHttp.ts'
import { connectWebSocket } from './rpcWebSocket.ts'

/** A connection to an engine or door that speaks Ethereum's JSON-RPC. */
export type Rpc = {
  readonly url: string
  /** Sends one request. Throws RpcUnavailableError (try again) or RpcRefusedError (the engine said no). */
  request<T>(method: string, params?: readonly unknown[]): Promise<T>
  /** Subscribes, and again after each reconnection; the returned function ends it. */
  subscribe(params: readonly unknown[], listener: (result: unknown) => void): Promise<() => void>
  /** Hears of `open` and `closed`, at once of the present state; the returned function ends it. */
  onState(listener: (state: RpcState) => void): () => void
  /** Ends the connection; requests in flight fail. */
  close(): Promise<void>
}

export type RpcState = 'open' | 'closed'

export type RpcOptions = {
  /** Longest wait for an answer, 10,000 unless told. */
  readonly timeoutMs?: number
  /** Whether to connect again after a loss, true unless told. */
  readonly reconnect?: boolean
}

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
