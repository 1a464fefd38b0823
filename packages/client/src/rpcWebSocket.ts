import { abandon, acknowledge, openWebSocket } from '#websocket'
import type { Rpc, RpcOptions, RpcState } from './rpc.ts'
import { RpcRefusedError, RpcUnavailableError } from './rpcErrors.ts'
import { isNotification, isReply, type Reply } from './rpcMessages.ts'
import { messageOf, Outgoing } from './rpcOutgoing.ts'
import { Subscriptions } from './rpcSubscriptions.ts'

const firstPauseMs = 100
const longestPauseMs = 5_000

type Waiting = {
  readonly method: string
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
  timer: ReturnType<typeof setTimeout>
  isTogether: boolean
  /** Messages that had come when it was sent; undefined while it is not sent. */
  heard: number | undefined
}

type Sent = { readonly id: number; readonly text: string }

/** JSON-RPC over one WebSocket that is opened again after a loss. */
export function connectWebSocket(url: string, options: RpcOptions): Rpc {
  const connection = new Connection(url, options)
  return {
    url,
    request: <T>(method: string, params: readonly unknown[] = []) =>
      connection.request(method, params) as Promise<T>,
    together: (ask) => connection.together(ask),
    subscribe: (params, listener) => connection.subscriptions.add(params, listener),
    onState: (listener) => connection.onState(listener),
    close: () => connection.close(),
  }
}

class Connection {
  readonly #url: string
  readonly #timeoutMs: number
  readonly #reconnect: boolean
  readonly #acknowledgesAtOnce: boolean
  readonly #outgoing: Outgoing<Sent>
  readonly #waiting = new Map<number, Waiting>()
  readonly #queued = new Map<number, string>()
  readonly subscriptions: Subscriptions = new Subscriptions({
    ask: (params, atOnce) => this.request('eth_subscribe', params, atOnce),
    end: (id) => {
      if (this.#state === 'open') this.request('eth_unsubscribe', [id]).catch(() => undefined)
    },
  })
  readonly #listeners = new Set<(state: RpcState) => void>()
  #socket: WebSocket | undefined
  #state: RpcState = 'closed'
  #lastId = 0
  /** Messages that came. */
  #heard = 0
  #pauseMs = firstPauseMs
  #retry: ReturnType<typeof setTimeout> | undefined
  #ended: boolean = false

  constructor(url: string, options: RpcOptions) {
    this.#url = url
    this.#timeoutMs = options.timeoutMs ?? 10_000
    this.#reconnect = options.reconnect ?? true
    const most = options.mostInFlight ?? Number.POSITIVE_INFINITY
    this.#outgoing = new Outgoing((requests) => this.#send(requests), most)
    this.#acknowledgesAtOnce = options.acknowledgesAtOnce ?? false
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
      const timer = setTimeout(() => this.#due(id), this.#timeoutMs)
      const isTogether = false
      this.#waiting.set(id, { method, resolve, reject, timer, isTogether, heard: undefined })
      const text = JSON.stringify({ jsonrpc: '2.0', id, method, params })
      if (this.#state === 'open') this.#outgoing.add({ id, text })
      else this.#queued.set(id, text)
    })
  }

  together<T>(ask: () => T): T {
    return this.#outgoing.together(ask)
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

  #send(requests: readonly Sent[]): void {
    const isTogether = requests.length > 1
    for (const { id } of requests) {
      const waiting = this.#waiting.get(id)
      if (!waiting) continue
      waiting.isTogether = isTogether
      waiting.heard = this.#heard
    }
    this.#socket?.send(messageOf(requests.map(({ text }) => text)))
  }

  #open(): void {
    const socket = openWebSocket(this.#url, this.#timeoutMs)
    this.#socket = socket
    socket.onopen = () => this.#opened(socket)
    socket.onmessage = (event) => {
      if (this.#socket === socket) this.#receive(String(event.data))
    }
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
    const queued = [...this.#queued]
    this.#queued.clear()
    for (const [id, text] of queued) this.#outgoing.add({ id, text })
    this.subscriptions.renew().then(
      () => {
        this.#pauseMs = firstPauseMs
      },
      () => socket.close(),
    )
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

  /** A program that stood still finds the end of its patience before the answer that came meanwhile: that is read first. */
  #due(id: number): void {
    const waiting = this.#waiting.get(id)
    if (waiting) waiting.timer = setTimeout(() => this.#late(id), this.#timeoutMs / 20)
  }

  /** An answer is late. When nothing else came since it was asked for, the other end may be gone without a word. */
  #late(id: number): void {
    const isSilent = this.#waiting.get(id)?.heard === this.#heard
    this.#fail(id, new RpcUnavailableError(this.#url))
    const socket = this.#socket
    if (!isSilent || !this.#reconnect || this.#state !== 'open' || !socket) return
    this.#socket = undefined // its own end may come much later
    abandon(socket)
    this.#closed()
  }

  /** Fails what was sent; what was only queued waits for the next connection, unless there will be none. */
  #lose(): void {
    const wasOpen = this.#state === 'open'
    this.#state = 'closed'
    this.#outgoing.lose()
    for (const id of [...this.#waiting.keys()])
      if (!this.#queued.has(id) || this.#ended || !this.#reconnect)
        this.#fail(id, new RpcUnavailableError(this.#url))
    this.subscriptions.lose()
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
    this.#outgoing.end(id)
    return waiting
  }

  #receive(text: string): void {
    this.#heard++
    const message = parse(text)
    if (Array.isArray(message) && message.every(isReply)) {
      for (const reply of message) this.#answer(reply)
    } else if (isNotification(message)) {
      const { subscription, result } = message.params
      this.subscriptions.tell(subscription, result)
    } else if (isReply(message)) this.#answer(message)
    else this.#socket?.close() // not JSON-RPC: nothing it says later can be trusted
    if (this.#acknowledgesAtOnce && this.#socket && this.#waiting.size > 0)
      acknowledge(this.#socket)
  }

  #answer(reply: Reply): void {
    if (reply.id === null && reply.error) this.#refuseTogether(reply.error)
    const waiting = reply.id === null ? undefined : this.#settle(Number(reply.id))
    if (!waiting) return
    if (reply.error) waiting.reject(new RpcRefusedError(waiting.method, reply.error))
    else waiting.resolve(reply.result)
  }

  /** An error about no request in particular is about a message of several that was not taken. */
  #refuseTogether(error: NonNullable<Reply['error']>): void {
    for (const [id, { method, isTogether }] of [...this.#waiting])
      if (isTogether) this.#fail(id, new RpcRefusedError(method, error))
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
