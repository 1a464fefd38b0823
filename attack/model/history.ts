import { below, type Random, seeded } from '../random.ts'
import type { Wish } from './chain.ts'
import type {
  Ask,
  Delegation,
  Entry,
  History,
  PointerPlan,
  Relation,
  Share,
  Step,
  Word,
} from './plan.ts'

/** Kinds of relationships and pointers, in places that repeat; the gatekeeper's tables are made of them once. */
export const places = 64
/** Unix seconds at which every history begins. */
export const start = 1_800_000_000
const fieldsAt: Readonly<Record<number, readonly number[]>> = { 5: [3, 4, 5], 6: [2, 4] }

/** The two relationships of a place. */
export function relationsOf(place: number): readonly Relation[] {
  return [0, 1].map((number) => {
    const kind = (place * 2 + number) % 32
    return {
      number,
      policy: kind === 31 ? 2 : kind % 10 === 1 ? 1 : 0,
      subjectVersion: kind === 14 ? 2 : 1,
      stewardVersion: kind === 20 ? 2 : 1,
    }
  })
}

/** Four pointers: two of each relationship. */
export function pointersOf(place: number): readonly PointerPlan[] {
  return [0, 1, 2, 3].map((number) => {
    const category = number % 2 === 0 ? 5 : 6
    const known = fieldsAt[category] as readonly number[]
    const kind = (place * 4 + number) % 16
    const catalogue = category === 5 && kind === 4 ? 3 : 2
    const unexplained = kind === 7 ? 1 : kind === 10 ? 2 : 0
    return {
      number,
      relation: number >> 1,
      category,
      schema: 9,
      catalogue,
      fields: known[catalogue - 1] as number,
      fieldsAt: known,
      newest: unexplained === 0 ? 1 : 3,
      unexplained,
    }
  })
}

/** The history with a number, as a seed decides it; the same wherever and whenever it is drawn. */
export function historyOf(seed: number, number: number): History {
  const random = seeded(Math.imul(seed, 0x9e3779b1) ^ Math.imul(number, 0x85ebca6b))
  const draw = new Draw(random, number % places)
  return draw.history()
}

type Right = Pick<Ask, 'share' | 'relation' | 'isDelegated' | 'emergency'>
type Given = { readonly shares: readonly Share[]; readonly delegation: Delegation }

/** Draws one history. */
class Draw {
  readonly #random: Random
  readonly #relations: readonly Relation[]
  readonly #pointers: readonly PointerPlan[]
  readonly #steps: Step[] = []
  #nonce = 0
  #order = 0
  /** In which the shares are made. */
  #epoch = 0
  /** About the head's time, for what is drawn around it. */
  #time = start

  constructor(random: Random, place: number) {
    this.#random = random
    this.#relations = relationsOf(place)
    this.#pointers = pointersOf(place)
  }

  history(): History {
    this.#epoch = this.#chance(0.3) ? 1 : 0
    const shares = [0, 1, 2].map((number) => this.#share(number))
    const delegation = this.#delegation()
    const confirmations = below(this.#random, 4)
    this.#opening(shares)
    const count = 8 + below(this.#random, 8)
    for (let i = 0; i < count; i++) this.#step({ shares, delegation }, confirmations)
    return { confirmations, relations: this.#relations, shares, delegation, steps: this.#steps }
  }

  #chance(one: number): boolean {
    return this.#random() < one
  }

  #of<T>(...values: readonly T[]): T {
    return values[below(this.#random, values.length)] as T
  }

  /** The first one, but for a chance of another. */
  #usually<T>(chance: number, one: T, ...others: readonly T[]): T {
    return this.#chance(chance) ? this.#of(...others) : one
  }

  #share(number: number): Share {
    const relation = number === 2 ? below(this.#random, 2) : number
    return {
      relation,
      grant: number * 2,
      consent: number * 2 + 1,
      scope: number * 2,
      consentScope: number * 2 + 1,
      isConsentSigned: !this.#chance(0.05),
      epoch: this.#usually(0.1, this.#epoch, 0, 1, 2),
      purposes: this.#of([0], [1], [0, 1], [0, 1, 2]),
      notBefore: this.#chance(0.2) ? start + below(this.#random, 80) : start - 60,
      entries: Array.from({ length: 1 + below(this.#random, 3) }, () => this.#entry(relation)),
      wrong: this.#usually(0.04, 'nothing', 'steward', 'subject', 'index'),
    }
  }

  #delegation(): Delegation {
    return {
      relation: below(this.#random, 2),
      ...{ slot: 6, scope: 6 },
      epoch: this.#usually(0.1, this.#epoch, 0, 1, 2),
      notBefore: this.#chance(0.2) ? start + below(this.#random, 80) : start - 60,
      rights: this.#usually(0.4, 3, 1, 1, 0, 2),
      categories: this.#of([5, 6], [5, 6], [5], [6], []),
      wrong: this.#usually(0.05, 'nothing', 'steward', 'subject', 'index'),
    }
  }

  #entry(relation: number): Entry {
    const pointer = relation * 2 + below(this.#random, 2)
    const { category, schema } = this.#pointers[pointer] as PointerPlan
    return {
      pointer: this.#usually<number | 'any'>(0.4, pointer, 'any', 'any', 3 - pointer),
      category: this.#usually(0.08, category, 5, 6),
      schema: this.#usually(0.05, schema, 8),
      catalogue: this.#usually(0.15, 2, 1, 3),
      fields: [0, 1, 2, 3, 4].filter((field) =>
        this.#chance(field < 2 ? 0.8 : field === 2 ? 0.5 : 0.06),
      ),
    }
  }

  /** Most histories begin with everything in force. */
  #opening(shares: readonly Share[]): void {
    if (this.#chance(0.12)) return
    const wishes: Wish[] = [0, 1].flatMap((relationship) => [
      { do: 'propose' as const, relationship },
      ...(this.#chance(0.9) ? [{ do: 'accept' as const, relationship }] : []),
      ...(this.#epoch > 0 ? [{ do: 'stopAll' as const, relationship, epoch: 1 }] : []),
    ])
    for (const { grant, consent, relation } of shares) {
      if (this.#chance(0.9)) wishes.push(this.#grant(grant, 1))
      const isDual = this.#relations[relation]?.policy === 1
      if (isDual && this.#chance(0.85)) wishes.push(this.#grant(consent, 1))
    }
    if (this.#chance(0.9)) wishes.push(this.#grant(6, 1))
    this.#steps.push({ do: 'block', gap: 1, seconds: 1, wishes })
    this.#block(0)
  }

  #grant(slot: number, sequence: number): Wish {
    const expires = this.#time + (this.#chance(0.4) ? 5 + below(this.#random, 80) : 2_000)
    return { do: 'grant', slot, expires, sequence, scope: this.#usually(0.04, slot, 99) }
  }

  #step(given: Given, confirmations: number): void {
    const at = this.#random()
    if (at < 0.32) this.#block(below(this.#random, 3))
    else if (at < 0.46) this.#reorg(confirmations)
    else if (at < 0.52) this.#steps.push({ do: 'push', wish: this.#ending() })
    else if (at < 0.55) this.#steps.push({ do: 'say', word: this.#word() })
    else if (at < 0.555) this.#steps.push({ do: 'restart' })
    else if (at < 0.57) this.#certificate(given)
    if (this.#chance(0.7)) this.#steps.push({ do: 'ask', ask: this.#ask(given) })
  }

  #block(count: number): void {
    const seconds = this.#usually(0.1, 1 + below(this.#random, 15), 60)
    this.#time += seconds
    const wishes = Array.from({ length: count }, () => this.#wish())
    this.#steps.push({ do: 'block', gap: this.#usually(0.15, 1, 2, 3), seconds, wishes })
  }

  /** A clinician's certificate is taken and comes again, with emergencies soon after either. */
  #certificate(given: Given): void {
    for (const certified of [false, true]) {
      const wish = { do: 'certify' as const, whom: 'clinician' as const, certified }
      this.#steps.push({ do: 'block', gap: 1, seconds: 2, wishes: [wish] })
      for (let i = below(this.#random, 3); i > 0; i--) this.#block(0)
      this.#steps.push({ do: 'ask', ask: this.#ask(given, this.#emergency()) })
    }
  }

  #reorg(confirmations: number): void {
    const fresh = this.#chance(0.3) ? [this.#wish()] : []
    this.#steps.push({
      do: 'reorg',
      depth: this.#chance(0.5) ? 1 : 1 + below(this.#random, confirmations + 3),
      lost: this.#of(0, 2, 5),
      longer: this.#chance(0.5),
      fresh,
    })
  }

  #wish(): Wish {
    const relationship = below(this.#random, 2)
    const at = this.#random()
    if (at < 0.3) return this.#ending()
    if (at < 0.4) return { do: this.#of('propose', 'accept', 'accept'), relationship }
    if (at < 0.5) return { do: 'closeBySteward', relationship }
    if (at < 0.95) return this.#grant(below(this.#random, 7), this.#usually(0.5, 2, 1, 3, 65_535))
    if (at < 0.97) {
      const whom = this.#of('steward' as const, 'clinician' as const)
      return { do: 'certify', whom, certified: this.#chance(0.5) }
    }
    return { do: 'bind', who: this.#of('subject', 'steward'), version: 2 }
  }

  #ending(): Wish {
    const relationship = below(this.#random, 2)
    const at = this.#random()
    if (at < 0.5) return { do: 'revoke', slot: below(this.#random, 7) }
    if (at < 0.75) return { do: 'stopAll', relationship, epoch: 1 + below(this.#random, 3) }
    return { do: this.#of('reject', 'closeBySubject', 'closeBySubject'), relationship }
  }

  #word(): Word {
    this.#order++
    const pointers = this.#pointers.filter(({ unexplained }) => unexplained > 0)
    const of = pointers.length > 0 ? pointers : this.#pointers
    return {
      pointer: this.#of(...of).number,
      version: 1 + below(this.#random, 4),
      verdict: this.#usually(0.3, 'seen', 'wrong'),
      // Sometimes an older word arrives late.
      order: this.#chance(0.2) ? -this.#order : this.#order,
    }
  }

  /** By which right: a share, a delegation, both, an emergency, or her own. */
  #right({ shares, delegation }: Given): Right {
    const at = this.#random()
    if (at < 0.06) return this.#emergency()
    const none = { share: undefined, isDelegated: false, emergency: undefined }
    if (at < 0.14) return { ...none, relation: delegation.relation, isDelegated: true }
    if (at < 0.24) return { ...none, relation: below(this.#random, 2) }
    const share = below(this.#random, shares.length)
    const { relation } = shares[share] as Share
    const isDelegated = relation === delegation.relation && this.#chance(0.15)
    return { ...none, share, relation, isDelegated }
  }

  #emergency(): Right {
    const emergency = {
      left: this.#usually(0.3, 3_600, 0, 1, -1, 30),
      categories: this.#of([5, 6], [5, 6], [5], []),
    }
    const relation = below(this.#random, 2)
    return { share: undefined, isDelegated: false, relation, emergency }
  }

  #ask(given: Given, right = this.#right(given)): Ask {
    const { relation } = right
    const share = right.share === undefined ? undefined : given.shares[right.share]
    const usual = right.emergency ? 6 : (share?.purposes[0] ?? 0)
    const pointer = this.#chance(0.05)
      ? below(this.#random, 4)
      : relation * 2 + below(this.#random, 2)
    const nonce = this.#nonce++
    if (this.#chance(0.02)) this.#steps.push({ do: 'use', nonce })
    return {
      ...right,
      kind: this.#usually(0.05, 'query', 'index'),
      pointer,
      fields: this.#fields(),
      purpose: this.#usually(0.3, usual, 0, 1, 2, 3),
      isFormer: this.#chance(0.03),
      withConsent: !this.#chance(0.05),
      nonce,
      created: this.#usually(0.04, -1, 5, 6, -60, -61),
      expires: this.#usually(0.04, 20, 0, -1, 59, 60),
      statement: this.#usually(
        0.04,
        { from: -60, to: 600 },
        { from: 5, to: 60 },
        { from: 6, to: 60 },
        { from: -60, to: 0 },
        { from: -60, to: 1 },
      ),
      skew: this.#usually(0.5, 0, -40, -5, 5, 40),
      view: this.#view(),
    }
  }

  #fields(): readonly number[] {
    const wanted = [0, 1, 2, 3, 4].filter((field) => this.#chance(field < 2 ? 0.5 : 0.08))
    return wanted.length > 0 ? wanted : [0]
  }

  #view(): Ask['view'] {
    const freshBy = this.#of('block' as const, 'heartbeat' as const)
    const limit = freshBy === 'block' ? 300 : 60
    return {
      isSynced: !this.#chance(0.01),
      isBehind: this.#chance(0.01),
      hasProblem: this.#chance(0.01),
      witness: this.#usually(0.03, 'none', 'agrees', 'differs'),
      age: this.#usually(0.03, 2, limit, limit + 1, -limit, -limit - 1),
      freshBy,
    }
  }
}
