import type { Outcome, Submission } from '@medrec/library'
import type { Hex } from '@medrec/protocol'
import { StoryFailedError } from './check.ts'

/** What a step put on the chain. */
export class Trace {
  readonly #transactions = new Set<Hex>()
  #block = 0

  get transactions(): readonly Hex[] {
    return [...this.#transactions]
  }

  /** The newest block that a message of this step stands in. */
  get block(): number {
    return this.#block
  }

  /** Notes where a message ended up. */
  add(block: number | undefined, transaction: Hex | undefined): void {
    if (transaction) this.#transactions.add(transaction)
    this.#block = Math.max(this.#block, block ?? 0)
  }

  /** Waits until a wish stands on the chain. Throws StoryFailedError when it was rejected. */
  async mined(what: string, submission: Submission): Promise<Outcome> {
    const outcome = await submission.until('mined')
    if (outcome.state === 'rejected')
      throw new StoryFailedError(what, { expected: 'mined', found: outcome.reason ?? 'rejected' })
    this.add(outcome.block?.number, outcome.transaction)
    return outcome
  }
}
