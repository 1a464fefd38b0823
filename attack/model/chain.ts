/** Where a relationship stands. */
export type Status =
  | 'none'
  | 'proposed'
  | 'accepted'
  | 'rejected'
  | 'closedBySubject'
  | 'closedBySteward'

/** What somebody signs, about the history's relationships and slots by their numbers. */
export type Wish =
  | { readonly do: 'propose' | 'accept' | 'reject'; readonly relationship: number }
  | { readonly do: 'closeBySubject' | 'closeBySteward'; readonly relationship: number }
  | { readonly do: 'stopAll'; readonly relationship: number; readonly epoch: number }
  | {
      readonly do: 'grant'
      readonly slot: number
      /** Unix seconds */
      readonly expires: number
      readonly sequence: number
      /** Number of what the slot commits to. */
      readonly scope: number
    }
  | { readonly do: 'revoke'; readonly slot: number }
  | { readonly do: 'bind'; readonly who: 'subject' | 'steward'; readonly version: number }
  | { readonly do: 'certify'; readonly whom: 'steward' | 'clinician'; readonly certified: boolean }

/** A block with the wishes that stand in it. */
export type Block = {
  readonly number: number
  /** Unix seconds */
  readonly time: number
  readonly wishes: readonly Wish[]
}

export type Slot = {
  readonly expires: number
  readonly sequence: number
  readonly scope: number
  readonly isRevoked: boolean
}

/** What ended, by whom it concerns. */
export type Ending =
  | { readonly ended: 'slot'; readonly slot: number }
  | {
      readonly ended: 'relationship'
      readonly relationship: number
      readonly as: 'rejected' | 'closedBySubject'
    }
  | { readonly ended: 'epochs'; readonly relationship: number; readonly below: number }

/**
 * What a chain says after some blocks: every wish in turn, from the first one, by the contracts' rules
 * (docs/protocol.md section 4). Nothing is undone here, only left out.
 */
export class Chain {
  readonly status: Status[] = ['none', 'none']
  readonly epoch: number[] = [0, 0]
  readonly slots: (Slot | undefined)[] = []
  subjectVersion = 1
  stewardVersion = 1
  isCertified = true
  /** Whether the one who asks in an emergency may. */
  isClinician = true

  /** The chain up to a block number. */
  static of(blocks: readonly Block[], upTo: number): Chain {
    const chain = new Chain()
    for (const block of blocks)
      if (block.number <= upTo) for (const wish of block.wishes) chain.take(wish, block.time)
    return chain
  }

  /** Does what a wish asks, when the rules allow it; says whether they do. */
  take(wish: Wish, time: number): boolean {
    switch (wish.do) {
      case 'propose':
        return this.#move(wish.relationship, ['none'], 'proposed')
      case 'accept':
        return this.#move(wish.relationship, ['proposed'], 'accepted')
      case 'reject':
        return this.#move(wish.relationship, ['proposed'], 'rejected')
      case 'closeBySubject':
        return this.#move(wish.relationship, ['accepted', 'closedBySteward'], 'closedBySubject')
      case 'closeBySteward':
        return this.#move(wish.relationship, ['proposed', 'accepted'], 'closedBySteward')
      case 'stopAll':
        return this.#stopAll(wish.relationship, wish.epoch)
      case 'grant':
        return this.#grant(wish, time)
      case 'revoke':
        return this.#revoke(wish.slot)
      case 'bind':
        return this.#bind(wish.who, wish.version)
      case 'certify':
        return this.#certify(wish.whom, wish.certified)
    }
  }

  #move(relationship: number, from: readonly Status[], to: Status): boolean {
    if (!from.includes(this.status[relationship] as Status)) return false
    this.status[relationship] = to
    return true
  }

  #stopAll(relationship: number, epoch: number): boolean {
    const status = this.status[relationship]
    if (status === 'none' || status === 'rejected') return false
    if (epoch <= (this.epoch[relationship] as number)) return false
    this.epoch[relationship] = epoch
    return true
  }

  #grant(
    { slot, expires, sequence, scope }: Extract<Wish, { do: 'grant' }>,
    time: number,
  ): boolean {
    const known = this.slots[slot]
    if (expires <= time || sequence < 1 || sequence > 65_534) return false
    if (known && (known.isRevoked || sequence <= known.sequence || scope !== known.scope))
      return false
    this.slots[slot] = { expires, sequence, scope, isRevoked: false }
    return true
  }

  #revoke(slot: number): boolean {
    const known = this.slots[slot]
    if (!known || known.isRevoked) return false
    this.slots[slot] = { ...known, isRevoked: true }
    return true
  }

  #certify(whom: 'steward' | 'clinician', certified: boolean): boolean {
    const before = whom === 'steward' ? this.isCertified : this.isClinician
    if (whom === 'steward') this.isCertified = certified
    else this.isClinician = certified
    return before !== certified
  }

  #bind(who: 'subject' | 'steward', version: number): boolean {
    if (who === 'subject') {
      if (version <= this.subjectVersion) return false
      this.subjectVersion = version
    } else {
      if (version <= this.stewardVersion) return false
      this.stewardVersion = version
    }
    return true
  }
}

/** What a wish that was done has ended for good; undefined for the others. */
export function endingOf(wish: Wish): Ending | undefined {
  if (wish.do === 'revoke') return { ended: 'slot', slot: wish.slot }
  if (wish.do === 'reject')
    return { ended: 'relationship', relationship: wish.relationship, as: 'rejected' }
  if (wish.do === 'closeBySubject')
    return { ended: 'relationship', relationship: wish.relationship, as: 'closedBySubject' }
  return wish.do === 'stopAll'
    ? { ended: 'epochs', relationship: wish.relationship, below: wish.epoch }
    : undefined
}
