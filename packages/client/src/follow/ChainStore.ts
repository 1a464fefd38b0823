import { type Hex, MedrecError, type Network } from '@medrec/protocol'
import type { Store, Write } from '@medrec/records'
import type { ChainState } from '../fold/ChainState.ts'
import type { ChainBlock } from '../fold/chainBlock.ts'
import type { Ending, EndingOf } from '../fold/endings.ts'
import { differing, type Streams } from '../fold/stream.ts'

const blocks = 'chainBlock'
const endings = 'chainEnding'
const meta = 'chainMeta'
const loadedAtOnce = 500
/** Layout of what is stored; another one is read anew from the chain. */
const storeVersion = 1

type Meta = {
  readonly version: number
  readonly networkId: string
  readonly chainId: number
  readonly registrar: string
  readonly ledger: string
}

/** The blocks a node has seen, in its own store: a cache of the chain. */
export class ChainStore {
  readonly #store: Store
  readonly #network: Network

  constructor(store: Store, network: Network) {
    this.#store = store
    this.#network = network
  }

  /** Makes sure that the store is this network's. Throws StoreOfAnotherNetworkError. */
  async open(): Promise<void> {
    const { networkId, chainId, registrar, ledger } = this.#network
    const wanted: Meta = { version: storeVersion, networkId, chainId, registrar, ledger }
    const found = await this.#store.get<Meta>(meta, 'network')
    if (found && found.networkId !== networkId)
      throw new StoreOfAnotherNetworkError(networkId, found.networkId)
    // The same network on another engine, or an older layout: read it anew.
    if (found && !isSame(found, wanted)) await this.forget()
    await this.#store.write([{ table: meta, key: 'network', value: wanted }])
  }

  /** All stored blocks, oldest first. */
  async *load(): AsyncIterable<ChainBlock> {
    let from = 0
    for (;;) {
      const rows = await this.#store.list<ChainBlock>(blocks, { from: [from], limit: loadedAtOnce })
      for (const { value } of rows) yield value
      const last = rows.at(-1)
      if (!last) return
      from = last.value.number + 1
    }
  }

  /** Folds all stored blocks; what does not add up any more is forgotten, to be read anew. */
  async loadInto(state: ChainState): Promise<void> {
    state.clear()
    state.remember(
      (await this.#store.list<Ending>(endings)).map(({ key, value }) => ({
        key: String(key) as Hex,
        ending: value,
      })),
    )
    for await (const block of this.load()) state.apply(block)
    const folded = await this.#store.get<Streams>(meta, 'streams')
    if (!folded || !differing(state.view().streams, folded)) return
    state.clear()
    await this.forget()
  }

  /** Replaces the undone blocks by the applied ones, and drops those that hold nothing and became too old. */
  async update(change: {
    readonly undone: readonly ChainBlock[]
    readonly applied: readonly ChainBlock[]
    readonly old: readonly ChainBlock[]
    /** What all stored blocks fold to now. */
    readonly streams: Streams
    /** What ended in the undone blocks: it counts though they are gone. */
    readonly ended: readonly EndingOf[]
  }): Promise<void> {
    const { undone, applied, old, streams, ended } = change
    const dropped = [...undone, ...old.filter(({ logs }) => logs.length === 0)]
    await this.#store.write([
      ...dropped.map(removal),
      ...applied.map(addition),
      { table: meta, key: 'streams', value: streams },
      ...ended.map(keptEnding),
    ])
  }

  /** Keeps what ended in all stored blocks, before they are forgotten because the chain is another one. */
  async keepEndings(state: ChainState): Promise<void> {
    for await (const block of this.load()) {
      const found = state.endingsIn(block)
      state.remember(found)
      await this.#store.write(state.rememberedOf(found).map(keptEnding))
    }
  }

  /** Drops the blocks from a number on. */
  async forget(from = 0): Promise<void> {
    await this.#store.write([{ table: meta, key: 'streams', value: undefined }])
    for (;;) {
      const rows = await this.#store.list<ChainBlock>(blocks, { from: [from], limit: loadedAtOnce })
      if (rows.length === 0) return
      await this.#store.write(rows.map(({ value }) => removal(value)))
    }
  }
}

function keptEnding({ key, ending }: EndingOf): Write {
  return { table: endings, key, value: ending }
}

function addition(block: ChainBlock): Write {
  return { table: blocks, key: [block.number], value: block }
}

function removal({ number }: ChainBlock): Write {
  return { table: blocks, key: [number], value: undefined }
}

function isSame(a: Meta, b: Meta): boolean {
  return (
    a.version === b.version &&
    a.chainId === b.chainId &&
    a.registrar === b.registrar &&
    a.ledger === b.ledger
  )
}

/** The node's store was filled from another network. */
export class StoreOfAnotherNetworkError extends MedrecError {
  readonly code = 'STORE_OF_ANOTHER_NETWORK'
  constructor(wanted: string, found: string) {
    super('This store holds another network.', { facts: [`Wanted: ${wanted}`, `Found: ${found}`] })
  }
}
