/** Requests that one message may hold: what a door takes (docs/protocol.md 1.1). */
const mostTogether = 50

/**
 * Requests on their way out: each in a message of its own, or those of one `together` in one. At most `most` are
 * without an answer; the others wait here for their turn.
 */
export class Outgoing<Request extends { readonly id: number }> {
  readonly #send: (requests: readonly Request[]) => void
  readonly #most: number
  readonly #unanswered = new Set<number>()
  /** What waits, from `#first` on, with what went together by id; those that nobody waits for any more are taken out. */
  #queue: Map<number, Request>[] = []
  #first = 0
  readonly #groups = new Map<number, Map<number, Request>>()
  #gathered: Request[] = []
  #depth = 0

  constructor(
    send: (requests: readonly Request[]) => void,
    most: number = Number.POSITIVE_INFINITY,
  ) {
    this.#send = send
    this.#most = most
  }

  add(request: Request): void {
    if (this.#depth === 0) this.#post([request])
    else this.#gathered.push(request)
  }

  together<T>(ask: () => T): T {
    this.#depth++
    try {
      return ask()
    } finally {
      if (--this.#depth === 0) this.#flush()
    }
  }

  /** A request was answered, or is not waited for any more. */
  end(id: number): void {
    if (this.#most === Number.POSITIVE_INFINITY) return
    if (!this.#unanswered.delete(id)) this.#leaveOut(id)
    for (let next = this.#next(); next && this.#hasRoom(next.size); next = this.#next()) {
      this.#first++
      for (const waited of next.keys()) this.#groups.delete(waited)
      this.#go([...next.values()])
    }
  }

  /** The connection is gone, and all answers with it. */
  lose(): void {
    this.#unanswered.clear()
    this.#groups.clear()
    this.#queue = []
    this.#first = 0
  }

  #flush(): void {
    const gathered = this.#gathered
    this.#gathered = []
    for (let from = 0; from < gathered.length; from += mostTogether)
      this.#post(gathered.slice(from, from + mostTogether))
  }

  #post(requests: readonly Request[]): void {
    if (!this.#next() && this.#hasRoom(requests.length)) {
      this.#go(requests)
      return
    }
    const group = new Map(requests.map((request) => [request.id, request]))
    for (const id of group.keys()) this.#groups.set(id, group)
    this.#queue.push(group)
  }

  /** What is to go out next; what is done with is dropped once it is the greater part, so that no step costs more for a long queue. */
  #next(): Map<number, Request> | undefined {
    while (this.#queue[this.#first]?.size === 0) this.#first++
    if (this.#first * 2 > this.#queue.length) {
      this.#queue.splice(0, this.#first)
      this.#first = 0
    }
    return this.#queue[this.#first]
  }

  #leaveOut(id: number): void {
    this.#groups.get(id)?.delete(id)
    this.#groups.delete(id)
  }

  #hasRoom(count: number): boolean {
    return this.#unanswered.size === 0 || this.#unanswered.size + count <= this.#most
  }

  #go(requests: readonly Request[]): void {
    if (this.#most !== Number.POSITIVE_INFINITY)
      for (const { id } of requests) this.#unanswered.add(id)
    this.#send(requests)
  }
}

/** A JSON-RPC message: a request, or a batch of several (JSON-RPC 2.0 §6). */
export function messageOf(texts: readonly string[]): string {
  return texts.length === 1 ? (texts[0] as string) : `[${texts.join()}]`
}
