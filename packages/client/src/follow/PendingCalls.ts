import type { Hex } from '@medrec/protocol'
import type { Rpc } from '../rpc.ts'
import { RpcRefusedError } from '../rpcErrors.ts'

/** Hears the calldata of a transaction to the Ledger that waits for its block. Anybody may have sent it. */
export type PendingListener = (data: Hex) => void

/** Hex digits of the largest transaction that geth's pool takes (128 KiB), and some. */
const longestData = 2 * 256 * 1024
const subscription = 'newPendingTransactions'

/**
 * Transactions to the Ledger that doors say wait for a block: those that come, and those that waited already when
 * a door opened. Only an institution's own engine tells of them; doors for strangers do not (docs/protocol.md 1.1).
 */
export class PendingCalls {
  readonly #ledger: Hex
  readonly #listeners = new Set<PendingListener>()
  readonly #telling = new Set<Rpc>()
  readonly #stops: (() => void)[] = []
  #isClosed: boolean = false

  constructor(doors: readonly Rpc[], ledger: Hex) {
    this.#ledger = ledger.toLowerCase() as Hex
    for (const door of doors) {
      let isHeard = false
      const stop = door.onState((state) => {
        if (state === 'closed') this.#telling.delete(door)
        else if (!this.#isClosed)
          this.#hear(door, isHeard).then(
            () => {
              isHeard = true
            },
            () => undefined, // the connection was lost: asked again once it is open
          )
      })
      this.#stops.push(stop)
    }
  }

  listen(listener: PendingListener): () => void {
    this.#listeners.add(listener)
    // What waits already was told to those who listened before.
    for (const door of this.#telling) this.#lookAll(door).catch(() => undefined) // asked again once it is open
    return () => this.#listeners.delete(listener)
  }

  /** Whether at least one open door tells of what waits. */
  isOffered(): boolean {
    return this.#telling.size > 0
  }

  close(): void {
    this.#isClosed = true
    for (const stop of this.#stops.splice(0)) stop()
  }

  /** A subscription that was made lives on by itself; what waited while nobody listened is asked for each time. */
  async #hear(door: Rpc, isHeard: boolean): Promise<void> {
    try {
      if (!isHeard) await this.#subscribe(door)
      this.#telling.add(door)
      await this.#lookAll(door)
    } catch (cause) {
      if (!(cause instanceof RpcRefusedError)) throw cause // not offered here
    }
  }

  async #lookAll(door: Rpc): Promise<void> {
    const block = await door.request<unknown>('eth_getBlockByNumber', ['pending', true])
    const { transactions } = (block ?? {}) as { transactions?: unknown }
    if (Array.isArray(transactions)) for (const one of transactions) this.#take(one)
  }

  /** Whole transactions where the engine gives them (geth), else their hashes (anvil). */
  async #subscribe(door: Rpc): Promise<void> {
    const hear = (told: unknown): void => {
      if (typeof told === 'string') this.#look(door, told)
      else this.#take(told)
    }
    const stop = await door.subscribe([subscription, true], hear).catch((cause: unknown) => {
      if (cause instanceof RpcRefusedError) return door.subscribe([subscription], hear)
      throw cause
    })
    if (this.#isClosed) stop()
    else this.#stops.push(stop)
  }

  #look(door: Rpc, hash: string): void {
    door.request<unknown>('eth_getTransactionByHash', [hash]).then(
      (transaction) => this.#take(transaction),
      () => undefined, // its block tells
    )
  }

  #take(transaction: unknown): void {
    const { to, input } = (transaction ?? {}) as { to?: unknown; input?: unknown }
    if (typeof to !== 'string' || to.toLowerCase() !== this.#ledger) return
    if (typeof input !== 'string' || input.length > longestData) return
    if (!/^0x([0-9a-f]{2})+$/i.test(input)) return
    for (const listener of this.#listeners) listener(input as Hex)
  }
}
