/** So many refusals of a message, by whichever relays, before they are believed. */
const mostRefusals = 5
/** So many relays have to say the same, or all where there are fewer: one of them may lie, or be broken. */
const witnesses = 3

type Said = { refusals: number; readonly by: Set<string> }

/** What relays say of messages that the chain shows nothing of: counted for each message, by relay. */
export class RelayWords {
  readonly #refused = new Map<string, Said>()
  readonly #rejected = new Map<string, Set<string>>()

  /** A relay would not take the message. */
  refused(message: string, relay: string): void {
    const said = this.#refused.get(message) ?? { refusals: 0, by: new Set() }
    said.refusals++
    said.by.add(relay)
    this.#refused.set(message, said)
  }

  /** A relay says that the ledger refused the message; whether enough of all relays say so by now. */
  rejected(message: string, relay: string, relays: number): boolean {
    const by = this.#rejected.get(message) ?? new Set()
    this.#rejected.set(message, by.add(relay))
    return by.size >= Math.min(witnesses, relays)
  }

  /** Whether the message is not going to be taken, by what enough of all relays say. */
  isRefused(message: string, relays: number): boolean {
    const { refusals, by } = this.#refused.get(message) ?? { refusals: 0, by: new Set() }
    return refusals >= mostRefusals && by.size >= Math.min(witnesses, relays)
  }

  /** Relays in an order in which those that spoke against the message come last. */
  sorted<T extends { readonly name: string }>(message: string, relays: readonly T[]): readonly T[] {
    const spoke = ({ name }: T): number =>
      this.#rejected.get(message)?.has(name) || this.#refused.get(message)?.by.has(name) ? 1 : 0
    return relays.toSorted((a, b) => spoke(a) - spoke(b))
  }
}
