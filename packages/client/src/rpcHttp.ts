import type { Rpc, RpcOptions } from './rpc.ts'
import { RpcRefusedError, RpcUnavailableError } from './rpcErrors.ts'
import { isReply, type Reply } from './rpcMessages.ts'
import { messageOf, Outgoing } from './rpcOutgoing.ts'

type Waiting = {
  readonly id: number
  readonly method: string
  readonly text: string
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
}

/** JSON-RPC over HTTP POST: requests only, for engines without WebSocket. */
export function connectHttp(url: string, options: RpcOptions): Rpc {
  const timeoutMs = options.timeoutMs ?? 10_000
  const closing = new AbortController()
  let lastId = 0

  const outgoing = new Outgoing<Waiting>((requests) => void send(requests))

  function request<T>(method: string, params: readonly unknown[] = []): Promise<T> {
    return new Promise((resolve, reject) => {
      const id = ++lastId
      const text = JSON.stringify({ jsonrpc: '2.0', id, method, params })
      outgoing.add({ id, method, text, resolve: (result) => resolve(result as T), reject })
    })
  }

  async function send(requests: readonly Waiting[]): Promise<void> {
    try {
      const answer = await post(messageOf(requests.map(({ text }) => text)))
      const replies: readonly unknown[] = Array.isArray(answer) ? answer : [answer]
      for (const waiting of requests) settle(waiting, replies.filter(isReply))
    } catch (cause) {
      for (const { reject } of requests) reject(cause as Error)
    }
  }

  /** An error about no request in particular is about all that were asked together. */
  function settle({ id, method, resolve, reject }: Waiting, replies: readonly Reply[]): void {
    const reply = replies.find((one) => one.id === id || (one.id === null && one.error))
    if (!reply) reject(new RpcUnavailableError(url))
    else if (reply.error) reject(new RpcRefusedError(method, reply.error))
    else resolve(reply.result)
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
    together: (ask) => outgoing.together(ask),
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
