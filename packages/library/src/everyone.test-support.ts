import { setTimeout } from 'node:timers/promises'
import type { Chain, Rpc } from '@medrec/client'
import type { Outbox } from './Outbox.ts'
import type { Submission } from './submission.ts'

/**
 * The chains that the people of a test's network follow by themselves. What one of them has seen, a test may take for
 * seen by all: who waits for one person and then acts as another would win or lose by chance.
 */
export class Everyone {
  /** Each with those who wait for it. */
  readonly #chains = new Map<Chain, Set<() => void>>()

  join(chain: Chain): void {
    this.#chains.set(chain, new Set())
    everyoneOf.set(chain, this)
  }

  leave(chain: Chain): void {
    const waiting = this.#chains.get(chain)
    this.#chains.delete(chain)
    for (const look of waiting ?? []) look()
  }

  /** Resolves when all are at this block. */
  async reach(head: () => number, of?: Chain): Promise<void> {
    for (const chain of [...this.#chains.keys()])
      if (chain !== of) await this.#reach(chain, head, of)
  }

  #reach(chain: Chain, head: () => number, of: Chain | undefined): Promise<void> {
    return new Promise((resolve) => {
      const stops: (() => void)[] = []
      const look = (): void => {
        const waiting = this.#chains.get(chain)
        if (waiting && chain.view().head.number < head()) return
        waiting?.delete(look)
        for (const stop of stops) stop()
        resolve()
      }
      this.#chains.get(chain)?.add(look)
      stops.push(chain.subscribe(look))
      if (of) stops.push(of.subscribe(look)) // a reorganisation may take its head back
      look()
    })
  }
}

const everyoneOf = new WeakMap<Chain, Everyone>()

/** Resolves when everybody else on its network is where this chain is. */
export async function allSee(chain: Chain): Promise<void> {
  await everyoneOf.get(chain)?.reach(() => chain.view().head.number, chain)
}

/** An outbox whose wishes count as mined once everybody has seen them. */
export function seenByAll(outbox: Outbox, chain: Chain): Outbox {
  const wait = (submission: Submission): Submission => ({
    ...submission,
    until: async (state, signal) => {
      const outcome = await submission.until(state, signal)
      if (state !== 'seen') await allSee(chain)
      return outcome
    },
  })
  return {
    add: async (...given) => wait(await outbox.add(...given)),
    addAll: async (...given) => (await outbox.addAll(...given)).map(wait),
    find: (id) => {
      const submission = outbox.find(id)
      return submission && wait(submission)
    },
    pending: () => outbox.pending(),
    all: () => outbox.all(),
    settle: () => outbox.settle(),
    subscribe: (listener) => outbox.subscribe(listener),
    close: () => outbox.close(),
  }
}

/** Longest wait in ms with which each hears of each block, when a run of the tests asks for it: what wins by chance then loses. */
const latest = Number(process.env['MEDREC_LATE'] ?? 0)

/** A door whose news come late, in their order. */
export function heardLate(rpc: Rpc): Rpc {
  if (latest === 0) return rpc
  return {
    url: rpc.url,
    request: (method, params) => rpc.request(method, params),
    together: (ask) => rpc.together(ask),
    onState: (listener) => rpc.onState(listener),
    close: () => rpc.close(),
    subscribe: (params, listener) => {
      let last: Promise<unknown> = Promise.resolve()
      return rpc.subscribe(params, (news) => {
        last = last.then(() => setTimeout(Math.random() ** 3 * latest)).then(() => listener(news))
      })
    },
  }
}
