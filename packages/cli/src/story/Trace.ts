import type { Rpc } from '@medrec/client'
import type { Outcome, Submission } from '@medrec/library'
import type { Hex } from '@medrec/protocol'
import { StoryFailedError } from './check.ts'

/** Where the messages of a step stand on the chain. */
export class Trace {
  readonly #blocks = new Set<number>()

  /** The newest block that a message of this step stands in. */
  get block(): number {
    return Math.max(0, ...this.#blocks)
  }

  add(block: number | undefined): void {
    if (block !== undefined) this.#blocks.add(block)
  }

  /** Waits until a wish stands on the chain. Throws StoryFailedError when it was rejected. */
  async mined(what: string, submission: Submission): Promise<Outcome> {
    const outcome = await submission.until('mined')
    if (outcome.state === 'rejected')
      throw new StoryFailedError(what, { expected: 'mined', found: outcome.reason ?? 'rejected' })
    this.add(outcome.block?.number)
    return outcome
  }

  /**
   * The ledger's transactions of these blocks. Relays join messages of several senders, so that nobody can
   * tell which transaction carries whose.
   */
  async transactions(rpc: Rpc, ledger: Hex): Promise<readonly Hex[]> {
    const blocks = await Promise.all(
      [...this.#blocks].toSorted((a, b) => a - b).map((block) => blockOf(rpc, block)),
    )
    return blocks.flatMap(({ transactions }) =>
      transactions.flatMap(({ to, hash }) => (to?.toLowerCase() === ledger ? [hash] : [])),
    )
  }
}

type Block = { readonly transactions: readonly { readonly to: Hex | null; readonly hash: Hex }[] }

function blockOf(rpc: Rpc, block: number): Promise<Block> {
  return rpc.request<Block>('eth_getBlockByNumber', [`0x${block.toString(16)}`, true])
}
