import type { Rpc, RpcOptions } from './rpc.ts'
import { RpcRefusedError, RpcUnavailableError } from './rpcErrors.ts'
import { isReply } from './rpcMessages.ts'

/** JSON-RPC over HTTP POST: requests only, for engines without WebSocket. */
export function connectHttp(url: string, options: RpcOptions): Rpc {
  const timeoutMs = options.timeoutMs ?? 10_000
  const closing = new AbortController()
  let lastId = 0

  async function request<T>(method: string, params: readonly unknown[] = []): Promise<T> {
    const reply = await post(JSON.stringify({ jsonrpc: '2.0', id: ++lastId, method, params }))
    if (!isReply(reply)) throw new RpcUnavailableError(url)
    if (reply.error) throw new RpcRefusedError(method, reply.error)
    return reply.result as T
  }

  async function post(body: string): Promise<unknown> {
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        signal: AbortSignal.any([closing.signal, AbortSignal.timeout(timeoutMs)]),
      })
      return (await response.json()) as unknown
    } catch (cause) {
      throw new RpcUnavailableError(url, cause)
    }
  }

  return {
    url,
    request,
    subscribe: () =>
      Promise.reject(
        new RpcRefusedError('eth_subscribe', {
          code: -32601,
          message: 'subscriptions need a ws:// address',
        }),
      ),
    onState(listener) {
      listener('open')
      return () => undefined
    },
    async close() {
      closing.abort()
    },
  }
}
