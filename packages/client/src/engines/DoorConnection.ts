import { randomBytes } from 'node:crypto'
import type { RawData, WebSocket } from 'ws'
import {
  type Answering,
  answerRequest,
  type DoorRequest,
  errorOf,
  failed,
  malformed,
  parseMessage,
} from './doorAnswer.ts'

const mostSubscriptions = 8
const mostInFlight = 64
/** Unsent bytes after which a reader counts as gone. */
const largestBacklog = 16 * 1024 * 1024
const offered: readonly unknown[] = ['newHeads', 'medrec_heartbeat']
const pending = 'newPendingTransactions'

/** One WebSocket at a door, with its subscriptions. */
export class DoorConnection {
  readonly #client: WebSocket
  readonly #door: Answering
  readonly #subscriptions = new Map<string, () => void>()
  #inFlight = 0

  constructor(client: WebSocket, door: Answering) {
    this.#client = client
    this.#door = door
    // Who subscribed must learn that the chain is away: a lost upstream closes the door's connections.
    const stopWatching = door.upstream.onState((state) => {
      if (state === 'closed' && this.#subscriptions.size > 0) this.end()
    })
    client.on('message', (data) => this.#receive(data))
    client.on('error', () => client.terminate())
    client.once('close', () => {
      stopWatching()
      for (const stop of this.#subscriptions.values()) stop()
      this.#subscriptions.clear()
    })
  }

  end(): void {
    this.#client.close(1001)
  }

  #receive(data: RawData): void {
    const message = parseMessage(String(data))
    if (!message) {
      this.#send(malformed)
      return
    }
    const requests = 'method' in message ? [message] : message
    if (this.#inFlight + requests.length > mostInFlight) {
      for (const { id } of requests)
        this.#send(failed(id, { code: -32005, message: 'too many requests at a time' }))
      return
    }
    this.#inFlight += requests.length
    this.#answer(message)
      .then((answer) => this.#send(answer))
      .catch(() => this.#client.terminate())
      .finally(() => {
        this.#inFlight -= requests.length
      })
  }

  #answer(message: DoorRequest | readonly DoorRequest[]): Promise<unknown> {
    const one = (request: DoorRequest): Promise<unknown> => {
      if (request.method === 'eth_subscribe') return this.#subscribe(request)
      if (request.method === 'eth_unsubscribe') return this.#unsubscribe(request)
      return answerRequest(request, this.#door)
    }
    if ('method' in message) return one(message)
    return this.#door.upstream.together(() => Promise.all(message.map(one)))
  }

  async #subscribe({ id, params }: DoorRequest): Promise<unknown> {
    const isOffered =
      offered.includes(params[0]) || (params[0] === pending && this.#door.tellPending === true)
    if (!isOffered || params.length > 1)
      return failed(id, { code: -32602, message: 'no such subscription' })
    if (this.#subscriptions.size >= mostSubscriptions)
      return failed(id, { code: -32005, message: 'too many subscriptions' })
    const subscription = `0x${randomBytes(16).toString('hex')}`
    this.#subscriptions.set(subscription, () => undefined) // counts from now on
    // The answer goes out before the first message, or the reader would not know what it belongs to.
    let answer = (): void => undefined
    const answered = new Promise<void>((resolve) => {
      answer = resolve
    })
    try {
      const stop = await this.#door.upstream.subscribe(params, (result) => {
        void answered.then(() => {
          this.#send({
            jsonrpc: '2.0',
            method: 'eth_subscription',
            params: { subscription, result },
          })
        })
      })
      if (this.#client.readyState === this.#client.OPEN) this.#subscriptions.set(subscription, stop)
      else stop()
      setImmediate(answer)
      return { jsonrpc: '2.0', id, result: subscription }
    } catch (cause) {
      this.#subscriptions.delete(subscription)
      return failed(id, errorOf(cause))
    }
  }

  async #unsubscribe({ id, params }: DoorRequest): Promise<unknown> {
    const [subscription] = params
    const stop = this.#subscriptions.get(String(subscription))
    stop?.()
    this.#subscriptions.delete(String(subscription))
    return { jsonrpc: '2.0', id, result: stop !== undefined }
  }

  #send(message: unknown): void {
    if (this.#client.bufferedAmount > largestBacklog) this.#client.terminate()
    else if (this.#client.readyState === this.#client.OPEN)
      this.#client.send(JSON.stringify(message))
  }
}
