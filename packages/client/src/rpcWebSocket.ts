import { openWebSocket } from '#websocket'
import type { Rpc, RpcOptions, RpcState } from './rpc.ts'
import { RpcRefusedError, RpcUnavailableError } from './rpcErrors.ts'
import { isNotification, isReply, type Reply } from './rpcMessages.ts'

const firstPauseMs = 100
const longestPauseMs = 5_000

type Waiting = {
  readonly method: string
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
  readonly timer: ReturnType<typeof setTimeout>
}

type Subscription = {
  readonly params: readonly unknown[]
  readonly listener: (result: unknown) => void
  id: string | undefined
}

/** JSON-RPC over one WebSocket that is opened again after a loss. */
export function connectWebSocket(url: string, options: RpcOptions): Rpc {
  const connection = new Connection(url, options)
  return {
    url,
    request: <T>(method: string, params: readonly unknown[] = []) =>
      connection.request(method, params) as Promise<T>,
    subscribe: (params, listener) => connection.subscribe(params, listener),
    onState: (listener) => connection.onState(listener),
    close: () => connection.close(),
  }
}

class Connection {
  readonly #url: string
  readonly #timeoutMs: number
  readonly #reconnect: boolean
  readonly #waiting = new Map<number, Waiting>()
  readonly #queued = new Map<number, string>()
  readonly #subscriptions = new Set<Subscription>()
  readonly #listeners = new Set<(state: RpcState) => void>()
  #socket: WebSocket | undefined
  #state: RpcState = 'closed'
  #lastId = 0
  #pauseMs = firstPauseMs
  #retry: ReturnType<typeof setTimeout> | undefined
  #ended: boolean = false

  constructor(url: string, options: RpcOptions) {
    this.#url = url
    this.#timeoutMs = options.timeoutMs ?? 10_000
    this.#reconnect = options.reconnect ?? true
    this.#open()
  }

  /** `atOnce` runs before any later message is looked at. */
  request(
    method: string,
    params: readonly unknown[],
    atOnce?: (result: unknown) => void,
  ): Promise<unknown> {
    return new Promise((done, reject) => {
      if (this.#ended) return reject(new RpcUnavailableError(this.#url))
      const resolve = (result: unknown): void => {
        atOnce?.(result)
        done(result)
      }
      const id = ++this.#lastId
      const timer = setTimeout(
        () => this.#fail(id, new RpcUnavailableError(this.#url)),
        this.#timeoutMs,
      )
      this.#waiting.set(id, { method, resolve, reject, timer })
      const text = JSON.stringify({ jsonrpc: '2.0', id, method, params })
      if (this.#state === 'open') this.#socket?.send(text)
      else this.#queued.set(id, text)
    })
  }

  async subscribe(
    params: readonly unknown[],
    listener: (result: unknown) => void,
  ): Promise<() => void> {
    const subscription: Subscription = { params, listener, id: undefined }
    await this.#enlist(subscription)
    return () => {
      this.#subscriptions.delete(subscription)
      if (this.#state === 'open' && subscription.id)
        this.request('eth_unsubscribe', [subscription.id]).catch(() => undefined)
    }
  }

  onState(listener: (state: RpcState) => void): () => void {
    this.#listeners.add(listener)
    listener(this.#state)
    return () => this.#listeners.delete(listener)
  }

  async close(): Promise<void> {
    if (this.#ended) return
    this.#ended = true
    clearTimeout(this.#retry)
    this.#socket?.close()
    this.#lose()
  }

  async #enlist(subscription: Subscription): Promise<void> {
    await this.request('eth_subscribe', subscription.params, (id) => {
      subscription.id = String(id)
      this.#subscriptions.add(subscription)
    })
  }

  #open(): void {
    const socket = openWebSocket(this.#url)
    this.#socket = socket
    socket.onopen = () => this.#opened(socket)
    socket.onmessage = (event) => this.#receive(String(event.data))
    socket.onerror = () => undefined // a close follows
    socket.onclose = () => {
      if (this.#socket === socket) this.#closed()
    }
  }

  #opened(socket: WebSocket): void {
    if (this.#ended) {
      socket.close()
      return
    }
    this.#state = 'open'
    this.#pauseMs = firstPauseMs
    for (const text of this.#queued.values()) socket.send(text)
    this.#queued.clear()
    for (const subscription of this.#subscriptions)
      this.#enlist(subscription).catch(() => socket.close())
    for (const listener of this.#listeners) listener('open')
  }

  #closed(): void {
    if (this.#ended) return
    this.#lose()
    if (!this.#reconnect) {
      this.#ended = true
      return
    }
    this.#retry = setTimeout(() => this.#open(), this.#pauseMs)
    this.#pauseMs = Math.min(this.#pauseMs * 2, longestPauseMs)
  }

  /** Fails what was sent; what was only queued waits for the next connection, unless there will be none. */
  #lose(): void {
    const wasOpen = this.#state === 'open'
    this.#state = 'closed'
    for (const id of [...this.#waiting.keys()])
      if (!this.#queued.has(id) || this.#ended || !this.#reconnect)
        this.#fail(id, new RpcUnavailableError(this.#url))
    for (const subscription of this.#subscriptions) subscription.id = undefined
    if (wasOpen || !this.#reconnect) for (const listener of this.#listeners) listener('closed')
  }

  #fail(id: number, error: Error): void {
    this.#queued.delete(id)
    this.#settle(id)?.reject(error)
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id)
    if (waiting) clearTimeout(waiting.timer)
    this.#waiting.delete(id)
    return waiting
  }

  #receive(text: string): void {
    const message = parse(text)
    if (isNotification(message)) {
      const { subscription, result } = message.params
      for (const known of this.#subscriptions) if (known.id === subscription) known.listener(result)
    } else if (isReply(message)) this.#answer(message)
    else this.#socket?.close() // not JSON-RPC: nothing it says later can be trusted
  }

  #answer(reply: Reply): void {
    const waiting = this.#settle(Number(reply.id))
    if (!waiting) return
    if (reply.error) waiting.reject(new RpcRefusedError(waiting.method, reply.error))
    else waiting.resolve(reply.result)
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
