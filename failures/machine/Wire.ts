import type { Machine } from './Machine.ts'

/** A request as the servers of our nodes take it. */
export type WireRequest = {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  readonly remoteAddress: string
}
export type WireAnswer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | string
}
export type Serve = (request: WireRequest) => Promise<WireAnswer>

/** What may happen to one request on its way. */
export type Mishap = 'lost' | 'answer-lost' | 'twice' | 'late'

/** The network between the machines: carries HTTP, and now and then loses, doubles or delays. */
export class Wire {
  readonly #servers = new Map<string, { readonly machine: Machine; readonly serve: Serve }>()
  /** Decides what happens to a request; undefined: it arrives. */
  mishap: (path: string) => Mishap | undefined = () => undefined
  #late: (() => void)[] = []
  #addresses = 0

  /** Connects the programs of a machine under a host name until its power is cut. */
  serve(host: string, machine: Machine, serve: Serve): void {
    this.#servers.set(host, { machine, serve })
    machine.life?.atEnd(() => this.#servers.delete(host))
  }

  /** What the programs of a machine use as `fetch`. */
  fetchOf(machine: Machine): typeof globalThis.fetch {
    const life = machine.life
    // Its own for each machine: servers count by address.
    const address = `10.0.${++this.#addresses >> 8}.${this.#addresses & 255}`
    return async (input, init) => {
      const request = new Request(input, init)
      machine.moments.pass('wire')
      const path = new URL(request.url).pathname
      const answer = life?.isOver()
        ? undefined
        : await this.#carry(request, this.mishap(path), address)
      machine.moments.pass('wire')
      if (life?.isOver()) return new Promise(() => undefined)
      if (!answer) throw new TypeError('fetch failed')
      return answer
    }
  }

  /** Lets everything arrive that is late. */
  deliver(): void {
    for (const arrive of this.#late.splice(0)) arrive()
  }

  async #carry(
    request: Request,
    mishap: Mishap | undefined,
    address: string,
  ): Promise<Response | undefined> {
    const body = new Uint8Array(await request.arrayBuffer())
    if (mishap === 'lost') return undefined
    // Whoever sent what is late has given up by then; requests sent after it come before it.
    if (mishap === 'late') {
      this.#late.push(() => void this.#deliver(request, body, address))
      return undefined
    }
    const answer = await this.#deliver(request, body, address)
    if (mishap === 'twice') await this.#deliver(request, body, address)
    this.deliver()
    return mishap === 'answer-lost' ? undefined : answer
  }

  async #deliver(
    request: Request,
    body: Uint8Array,
    address: string,
  ): Promise<Response | undefined> {
    const { host, pathname } = new URL(request.url)
    const server = this.#servers.get(host)
    if (!server) return undefined
    const { machine, serve } = server
    const life = machine.life
    machine.moments.pass('answer')
    if (!life || life.isOver()) return undefined
    const answered = serve({
      method: request.method,
      path: pathname,
      headers: Object.fromEntries(request.headers),
      body,
      remoteAddress: address,
    }).then(
      (answer) => answer,
      // As the HTTP server of a node does with what it did not expect.
      () => ({ status: 500, headers: {}, body: '' }),
    )
    const answer = await Promise.race([answered, life.over])
    machine.moments.pass('answer')
    if (!answer || life.isOver()) return undefined
    const text = answer.body.length === 0 ? null : Buffer.from(answer.body)
    return new Response(text, { status: answer.status, headers: answer.headers })
  }
}
