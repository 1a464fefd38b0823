import { RpcRefusedError } from './rpcErrors.ts'

/** What is refused after a loss is asked for again, in milliseconds; doubled each time. */
const pause = { firstMs: 100, longestMs: 10_000 }

type Listener = { readonly tell: (result: unknown) => void }

type Subscription = {
  readonly about: string
  readonly params: readonly unknown[]
  readonly listeners: Set<Listener>
  begun: Promise<void>
  /** Its name on the other side; undefined while there is none. */
  id: string | undefined
  /** Whether it was taken once: then it is asked for again after a loss. */
  isTaken: boolean
  again: ReturnType<typeof setTimeout> | undefined
}

type Other = {
  /** Asks for a subscription; `atOnce` runs before any later message is looked at. */
  readonly ask: (params: readonly unknown[], atOnce: (id: unknown) => void) => Promise<unknown>
  readonly end: (id: string) => void
}

/**
 * What is listened to over one connection: one subscription on the other side for all who listen to the same here,
 * since a door bounds them by connection (docs/protocol.md 1.1) and many readers may stand behind one.
 */
export class Subscriptions {
  readonly #other: Other
  readonly #all = new Map<string, Subscription>()

  constructor(other: Other) {
    this.#other = other
  }

  /** Resolves once the other side took it, with how to end it. */
  async add(params: readonly unknown[], tell: Listener['tell']): Promise<() => void> {
    const subscription = this.#all.get(JSON.stringify(params)) ?? this.#begin(params)
    const listener = { tell }
    subscription.listeners.add(listener)
    try {
      await subscription.begun
    } catch (cause) {
      this.#leave(subscription, listener)
      throw cause
    }
    return () => this.#leave(subscription, listener)
  }

  /**
   * After a loss: asks for all of them again. One that is refused now is asked for again by itself, and takes nothing
   * else along. Rejects with RpcUnavailableError.
   */
  async renew(): Promise<void> {
    const taken = [...this.#all.values()].filter(({ isTaken }) => isTaken)
    await Promise.all(taken.map((subscription) => this.#enlistAgain(subscription, pause.firstMs)))
  }

  /** The connection is gone, and their names with it. */
  lose(): void {
    for (const subscription of this.#all.values()) {
      subscription.id = undefined
      clearTimeout(subscription.again)
    }
  }

  tell(id: string, result: unknown): void {
    for (const subscription of this.#all.values())
      if (subscription.id === id) for (const { tell } of [...subscription.listeners]) tell(result)
  }

  #begin(params: readonly unknown[]): Subscription {
    const subscription: Subscription = {
      about: JSON.stringify(params),
      params,
      listeners: new Set(),
      begun: Promise.resolve(),
      id: undefined,
      isTaken: false,
      again: undefined,
    }
    this.#all.set(subscription.about, subscription)
    subscription.begun = this.#enlist(subscription).catch((cause: unknown) => {
      if (this.#isKnown(subscription)) this.#all.delete(subscription.about)
      throw cause
    })
    return subscription
  }

  async #enlist(subscription: Subscription): Promise<void> {
    await this.#other.ask(subscription.params, (id) => {
      // Meanwhile the last one who listened may have gone.
      if (!this.#isKnown(subscription)) return this.#other.end(String(id))
      subscription.id = String(id)
      subscription.isTaken = true
    })
  }

  /** Who wants to listen while it is refused is refused too. */
  async #enlistAgain(subscription: Subscription, pauseMs: number): Promise<void> {
    const asked = this.#enlist(subscription)
    subscription.begun = asked
    try {
      await asked
    } catch (cause) {
      if (!(cause instanceof RpcRefusedError)) throw cause
      if (!this.#isKnown(subscription)) return
      subscription.again = setTimeout(() => {
        const longer = Math.min(2 * pauseMs, pause.longestMs)
        // A connection that is lost meanwhile asks for all of them by itself.
        this.#enlistAgain(subscription, longer).catch(() => undefined)
      }, pauseMs)
    }
  }

  #leave(subscription: Subscription, listener: Listener): void {
    subscription.listeners.delete(listener)
    if (subscription.listeners.size > 0 || !this.#isKnown(subscription)) return
    this.#all.delete(subscription.about)
    clearTimeout(subscription.again)
    if (subscription.id !== undefined) this.#other.end(subscription.id)
  }

  #isKnown(subscription: Subscription): boolean {
    return this.#all.get(subscription.about) === subscription
  }
}
