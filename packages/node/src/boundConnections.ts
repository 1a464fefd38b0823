import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { sourceOf } from '@medrec/protocol'

/**
 * Keeps a server at no more than so many connections, and open to who comes: when all are taken, one that asks for
 * nothing makes room, or asks drop by drop, or does not fetch its answer. It is the oldest such of the source that has
 * most of them. Only where every connection is being answered is the new one not taken.
 */
export function boundConnections(server: Server, most: number): void {
  const places = new Places()
  server.on('connection', (socket: Socket) => {
    if (places.size >= most && !places.makeRoom()) {
      socket.destroy()
      return
    }
    places.take(socket)
  })
  // Over TLS: what requests name as their socket, at the end of the same connection.
  server.on('secureConnection', (socket: Socket) => places.take(socket))
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request
    const begin = (): void => places.answer(socket)
    if (hasBody(request)) request.once('end', begin)
    else begin()
    const end = (): void => places.release(socket)
    response.once('prefinish', end) // all is handed over; what is left is for the other side to fetch
    response.once('close', end)
  })
  server.on('upgrade', ({ socket }: IncomingMessage) => places.answer(socket))
}

/** RFC 9112 section 6: a body is announced by one of these. */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

type Place = { readonly name: string; readonly source: string; readonly socket: Socket }

/** The connections of a server: those that wait for their other side, by source, the oldest first; and the others. */
class Places {
  readonly #places = new WeakMap<Socket, Place>()
  readonly #open = new Map<string, Place>()
  readonly #waiting = new Map<string, Map<string, Place>>()

  get size(): number {
    return this.#open.size
  }

  take(socket: Socket): void {
    const { remoteAddress, remotePort } = socket
    if (remoteAddress === undefined || remotePort === undefined) return // it is gone already
    const name = `${remoteAddress} ${remotePort}`
    const place = { name, source: sourceOf(remoteAddress), socket }
    this.#places.set(socket, place)
    this.#open.set(name, place)
    this.#wait(place)
    socket.once('close', () => this.#leave(place))
  }

  answer(socket: Socket): void {
    const place = this.#places.get(socket)
    if (place) this.#stopWaiting(place)
  }

  release(socket: Socket): void {
    const place = this.#places.get(socket)
    if (place && this.#open.has(place.name)) this.#wait(place)
  }

  /** Ends one that waits; false when none does. */
  makeRoom(): boolean {
    let most: Map<string, Place> | undefined
    for (const places of this.#waiting.values()) if (places.size > (most?.size ?? 0)) most = places
    const [oldest] = most?.values() ?? []
    if (!oldest) return false
    this.#leave(oldest)
    oldest.socket.destroy()
    return true
  }

  #wait(place: Place): void {
    const places = this.#waiting.get(place.source) ?? new Map<string, Place>()
    places.delete(place.name) // the newest of its source
    this.#waiting.set(place.source, places.set(place.name, place))
  }

  #stopWaiting({ name, source }: Place): void {
    const places = this.#waiting.get(source)
    places?.delete(name)
    if (places?.size === 0) this.#waiting.delete(source)
  }

  #leave(place: Place): void {
    if (this.#open.get(place.name)?.socket !== place.socket) return // another one has its name by now
    this.#open.delete(place.name)
    this.#stopWaiting(place)
  }
}
