/** Deeds in the order of time; doing one may put others on the list. */
export class Agenda<Deed> {
  readonly #deeds: { at: number; deed: Deed; order: number }[] = []
  #order = 0

  add(at: number, deed: Deed): void {
    const entry = { at, deed, order: this.#order++ }
    this.#deeds.push(entry)
    for (let child = this.#deeds.length - 1; child > 0; ) {
      const parent = (child - 1) >> 1
      if (!isBefore(entry, this.#at(parent))) break
      this.#deeds[child] = this.#at(parent)
      this.#deeds[parent] = entry
      child = parent
    }
  }

  /** The first deed before a time, taken off the list. */
  takeBefore(time: number): { readonly at: number; readonly deed: Deed } | undefined {
    const first = this.#deeds[0]
    if (!first || first.at >= time) return undefined
    const last = this.#deeds.pop() as typeof first
    if (this.#deeds.length > 0) this.#sink(last)
    return first
  }

  /** All that is on the list, in the order of time. */
  all(): readonly { readonly at: number; readonly deed: Deed }[] {
    return this.#deeds
      .toSorted((a, b) => (isBefore(a, b) ? -1 : 1))
      .map(({ at, deed }) => ({ at, deed }))
  }

  /** All deeds before a time, in no order; they stay on the list. */
  upTo(time: number): readonly Deed[] {
    return this.#deeds.filter(({ at }) => at < time).map(({ deed }) => deed)
  }

  #sink(entry: { at: number; deed: Deed; order: number }): void {
    let parent = 0
    for (;;) {
      const [left, right] = [2 * parent + 1, 2 * parent + 2]
      if (left >= this.#deeds.length) break
      const child =
        right < this.#deeds.length && isBefore(this.#at(right), this.#at(left)) ? right : left
      if (!isBefore(this.#at(child), entry)) break
      this.#deeds[parent] = this.#at(child)
      parent = child
    }
    this.#deeds[parent] = entry
  }

  #at(position: number): { at: number; deed: Deed; order: number } {
    return this.#deeds[position] as { at: number; deed: Deed; order: number }
  }
}

function isBefore(a: { at: number; order: number }, b: { at: number; order: number }): boolean {
  return a.at === b.at ? a.order < b.order : a.at < b.at
}
