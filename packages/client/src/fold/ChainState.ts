import type { Hex, Network } from '@medrec/protocol'
import { type ChainView, viewOf } from './ChainView.ts'
import { type BlockRef, type ChainBlock, toRef } from './chainBlock.ts'
import { type Ending, type EndingOf, endingOf, joined } from './endings.ts'
import type { Stream } from './facts.ts'
import { foldLedgerLog } from './foldLedger.ts'
import { foldRegistrarLog } from './foldRegistrar.ts'
import { emptyStream, foldStream } from './stream.ts'
import { Tables, undoDepth } from './Tables.ts'

/** The fold over the blocks of a network: apply and undo, and views of what it says (ARCHITECTURE.md, Rules). */
export class ChainState {
  readonly #network: Network
  readonly #now: () => number
  readonly #tables = new Tables()
  readonly #recent: ChainBlock[] = []
  /** Of blocks that were taken back; nothing ever leaves it. */
  readonly #endings = new Map<Hex, Ending>()
  /** Views of the present state, by how many blocks they look back. */
  readonly #views = new Map<number, ChainView>()
  #head: BlockRef

  /** `now`: unix seconds. */
  constructor(network: Network, now: () => number) {
    this.#network = network
    this.#now = now
    this.#head = beforeAll
  }

  get head(): BlockRef {
    return this.#head
  }

  /** The last blocks, oldest first: those that can be undone. */
  get recent(): readonly ChainBlock[] {
    return this.#recent
  }

  apply(block: ChainBlock): void {
    this.#views.clear()
    this.#tables.begin()
    const ref = toRef(block)
    for (const log of block.logs) {
      if (log.address === this.#network.registrar)
        this.#fold('registrar', foldRegistrarLog(this.#tables, log, ref))
      else if (log.address === this.#network.ledger)
        this.#fold('ledger', foldLedgerLog(this.#tables, log, ref))
    }
    this.#recent.push(block)
    if (this.#recent.length > undoDepth) this.#recent.shift()
    this.#head = ref
  }

  /** Takes the newest block back; undefined when none is left that can be. */
  undo(): ChainBlock | undefined {
    const block = this.#recent.pop()
    if (!block) return undefined
    this.#views.clear()
    this.#tables.undo()
    this.remember(this.endingsIn(block))
    const newest = this.#recent.at(-1)
    this.#head = newest
      ? toRef(newest)
      : { ...beforeAll, number: block.number - 1, hash: block.parent }
    return block
  }

  /** What ended in a block, by grant or relationship. */
  endingsIn({ logs }: ChainBlock): readonly EndingOf[] {
    return logs
      .filter(({ address }) => address === this.#network.ledger)
      .map(endingOf)
      .filter((ending) => ending !== undefined)
  }

  /** Endings of blocks that are not on the chain any more: they count for ever (docs/protocol.md 8.1). */
  remember(endings: readonly EndingOf[]): void {
    for (const { key, ending } of endings)
      this.#endings.set(key, joined(this.#endings.get(key), ending))
  }

  /** The same endings, joined with what was remembered of them before. */
  rememberedOf(endings: readonly EndingOf[]): readonly EndingOf[] {
    return endings.map(({ key, ending }) => ({ key, ending: this.#endings.get(key) ?? ending }))
  }

  /** Forgets the blocks, but no ending. */
  clear(): void {
    this.#views.clear()
    this.#tables.clear()
    this.#recent.length = 0
    this.#head = beforeAll
  }

  view(): ChainView {
    return this.viewBefore(0)
  }

  /** What the chain said that many blocks ago (at most 64, or as many as there are). */
  viewBefore(blocks: number): ChainView {
    const view = this.#views.get(blocks) ?? this.#viewBefore(blocks)
    this.#views.set(blocks, view)
    return view
  }

  #viewBefore(blocks: number): ChainView {
    // Blocks without logs of ours may be missing from `recent`, so depth is counted by number.
    const limit = this.#head.number - blocks
    const undone = blocks === 0 ? 0 : this.#recent.filter(({ number }) => number > limit).length
    const past = this.#recent.at(-1 - undone)
    return viewOf(this.#tables.before(undone), {
      head: undone === 0 || !past ? this.#head : toRef(past),
      confirmations: this.#network.confirmations,
      now: this.#now,
      undoneEnding: (key) => this.#endings.get(key),
    })
  }

  #fold(contract: 'registrar' | 'ledger', item: Uint8Array | undefined): void {
    if (!item) return
    const stream = this.#tables.get<Stream>('stream', contract) ?? emptyStream
    this.#tables.set('stream', contract, foldStream(stream, item))
  }
}

const beforeAll: BlockRef = { number: -1, hash: `0x${'00'.repeat(32)}`, time: 0 }
