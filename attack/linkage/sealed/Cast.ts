import {
  Acknowledgement,
  Anchor,
  Pointer,
  Relationship,
  Share,
  type Submission,
} from '@medrec/library'
import {
  anchorFiller,
  blindedLogRoot,
  type Hex,
  Keys,
  MerkleMap,
  random,
  toHex,
} from '@medrec/protocol'
import type { RelationshipState } from '../../../packages/library/src/state.ts'
import type { NewWish } from '../../../packages/library/src/wishes.ts'
import type { Relation, Visit } from '../World.ts'
import type { Actor, SavedActor } from './Actor.ts'
import type { Someone, Town } from './Town.ts'

/** Why somebody acts. */
export type Cause = { readonly visit: Visit; readonly relation: Relation }

type Options = {
  readonly town: Town
  /** Whether anchors carry fillers, as the gatekeeper's do. */
  readonly hasFillers: boolean
  readonly open: (
    who: Someone,
    heard: (wish: NewWish) => void,
    saved: SavedActor | undefined,
  ) => Promise<Actor>
  /** Hears what in the record comes of which cause. */
  readonly know: (handle: string, cause: Cause) => void
}

type Books = {
  map: MerkleMap.MerkleMap
  logRoot: Uint8Array
  anchors: number
  /** Fillers come of it. */
  readonly secret: Uint8Array
}
type Deed = { readonly actor: Actor; readonly cause: Cause }
type Held = { readonly id: Hex; readonly pointer: Hex }
/** By whom something was sent, and of what visit it tells the patient. */
type Awaited = { readonly by: Someone; readonly visit: Visit }

/** What is in everybody's minds and outboxes. */
export type SavedCast = {
  readonly actors: ReadonlyMap<Hex, SavedActor>
  readonly books: ReadonlyMap<number, Books>
  readonly held: ReadonlyMap<number, Held>
  readonly awaited: ReadonlyMap<string, Awaited>
  readonly grants: ReadonlyMap<number, NewWish>
}

/** Patients and providers of a town, who act by the library's own functions. */
export class Cast {
  readonly #options: Options
  readonly #actors = new Map<Hex, Promise<Actor>>()
  readonly #active = new Set<Actor>()
  readonly #books: Map<number, Books>
  readonly #held: Map<number, Held>
  /** Wishes that their patients answer to, by their ids, until they stand in a block. */
  readonly #awaited: Map<string, Awaited>
  readonly #grants: Map<number, NewWish>
  #cause: Cause | undefined

  constructor(options: Options, saved?: SavedCast) {
    this.#options = options
    this.#books = new Map(saved?.books)
    this.#held = new Map(saved?.held)
    this.#awaited = new Map(saved?.awaited)
    this.#grants = new Map(saved?.grants)
  }

  /** Everybody as she was: who had sent something waits for it again. */
  async wake(saved: SavedCast): Promise<void> {
    const { providers, patients } = this.#options.town
    for (const who of [...providers, ...patients])
      if (saved.actors.has(who.tag)) await this.#actor(who, saved.actors.get(who.tag))
  }

  async save(): Promise<SavedCast> {
    const actors = new Map<Hex, SavedActor>()
    for (const [tag, actor] of this.#actors) actors.set(tag, await (await actor).save())
    const [books, held, awaited, grants] = [this.#books, this.#held, this.#awaited, this.#grants]
    return { actors, books, held, awaited, grants }
  }

  async propose(cause: Cause): Promise<void> {
    const [steward, subject] = await this.#both(cause)
    const proposal = Relationship.prepare(steward, { subject: subject.tag, shownAtDesk: true })
    const state = stateOf(proposal, this.#steward(cause).tag)
    steward.relationships.set(state.id, { ...state, role: 'steward' })
    subject.actor.relationships.set(state.id, state)
    const held = { id: state.id, pointer: toHex(random(16)) }
    this.#held.set(cause.relation.id, held)
    this.#write(cause)
    const proposed = await this.#because({ actor: steward, cause }, () =>
      Relationship.sendProposal(steward, proposal),
    )
    this.#await(proposed, cause)
    await this.#because({ actor: steward, cause }, () =>
      Pointer.announce(steward, {
        ...{ relationship: state.id, subject: subject.tag, after: proposed },
        pointers: [this.#pointer(held.pointer)],
      }),
    )
  }

  async accept(cause: Cause): Promise<void> {
    const { actor } = await this.#subject(cause)
    const { id } = this.#heldBy(cause)
    await this.#because({ actor, cause }, () => Relationship.accept(actor, id))
    const state = actor.relationships.get(id) as RelationshipState
    actor.relationships.set(id, { ...state, status: 'accepted', progress: 'accepted' })
  }

  async update(cause: Cause): Promise<void> {
    const [steward] = await this.#both(cause)
    const { id } = this.#heldBy(cause)
    this.#write(cause)
    const updated = await this.#because({ actor: steward, cause }, () =>
      Pointer.update(steward, { relationship: id }),
    )
    this.#await(updated, cause)
    const state = steward.relationships.get(id) as RelationshipState
    steward.relationships.set(id, { ...state, updates: state.updates + 1 })
  }

  async acknowledge(cause: Cause): Promise<void> {
    const { actor } = await this.#subject(cause)
    const { id, pointer } = this.#heldBy(cause)
    const version = cause.visit.id
    await this.#because({ actor, cause }, () =>
      Acknowledgement.seen(actor, { relationship: id, pointer, version }),
    )
  }

  /** False when she has not accepted the relationship yet. */
  async share(cause: Cause): Promise<boolean> {
    const { actor } = await this.#subject(cause)
    const { id, pointer } = this.#heldBy(cause)
    const { share } = cause.visit
    if (!share || actor.relationships.get(id)?.status !== 'accepted') return false
    const { providers, clock } = this.#options.town
    await this.#because({ actor, cause }, () =>
      Share.grant(actor, {
        relationship: id,
        viewer: (providers[share.viewer] as Someone).tag,
        entries: [{ pointer, category: 5, schema: 1, catalogue: 1, mask: '0x0f' }],
        purposes: [0],
        expiresAt: endOfDay(clock.now + share.lastsDays * 86_400),
      }),
    )
    return true
  }

  async revoke(cause: Cause): Promise<void> {
    const { actor } = await this.#subject(cause)
    const grant = this.#grants.get(cause.visit.id)
    if (grant?.operation?.kind !== 'grant') throw new Error('nothing was shared')
    const { key } = grant.operation
    await this.#because({ actor, cause }, () =>
      actor.outbox.add({
        about: { kind: 'revoke', grant: toHex(key) },
        operation: { kind: 'revoke', key },
        signer: grant.signer,
        effect: { kind: 'revoked', address: toHex(key) },
      }),
    )
  }

  /** Every provider anchors its map and log, whether or not it worked in this hour. */
  async anchor(): Promise<void> {
    const { providers } = this.#options.town
    for (const [i, provider] of providers.entries()) {
      const actor = await this.#actor(provider)
      const isWaiting = actor.outbox.pending().some(({ operation }) => operation?.kind === 'anchor')
      if (isWaiting) continue
      await Anchor.post(actor, this.#roots(i, provider))
      this.#active.add(actor)
    }
    await this.#settleAll()
  }

  /** Lets everybody hear of the newest block; returns the visits that their patients see now. */
  async settle(): Promise<readonly Visit[]> {
    await this.#settleAll()
    const seen: Visit[] = []
    for (const [id, { by, visit }] of this.#awaited) {
      const state = (await this.#actors.get(by.tag))?.outbox.find(id)?.state()
      if (state === 'rejected') throw new Error('the ledger rejected a wish')
      if (state !== 'final') continue
      this.#awaited.delete(id)
      seen.push(visit)
    }
    return seen
  }

  #await({ id }: Submission, cause: Cause): void {
    this.#awaited.set(id, { by: this.#steward(cause), visit: cause.visit })
  }

  async #settleAll(): Promise<void> {
    for (const actor of this.#active) {
      await actor.outbox.settle()
      if (actor.outbox.pending().length === 0) this.#active.delete(actor)
    }
  }

  #roots(i: number, { keys }: Someone): { root: Hex; logRoot: Hex } {
    const books = this.#booksOf(i)
    books.anchors += 1
    if (!this.#options.hasFillers)
      return { root: toHex(books.map.root), logRoot: toHex(books.logRoot) }
    const filler = anchorFiller(books.secret, keys.networkId, books.anchors)
    books.map = MerkleMap.set(books.map, filler.key, filler.leaf)
    return { root: toHex(books.map.root), logRoot: toHex(blindedLogRoot(books.logRoot, filler)) }
  }

  /** A visit changes a leaf, and somebody read the record. */
  #write({ relation }: Cause): void {
    const books = this.#booksOf(relation.provider)
    books.map = MerkleMap.set(books.map, random(32), random(32))
    books.logRoot = random(32)
  }

  #booksOf(i: number): Books {
    const known = this.#books.get(i)
    if (known) return known
    const map = MerkleMap.set(MerkleMap.empty, random(32), random(32))
    const { keys } = this.#options.town.providers[i] as Someone
    const secret = Keys.anchorKey(keys).privateKey
    const books = { map, logRoot: random(32), anchors: 0, secret }
    this.#books.set(i, books)
    return books
  }

  #pointer(pointer: Hex): Parameters<typeof Pointer.announce>[1]['pointers'][number] {
    return {
      ...{ pointer, category: 5, schema: 1, catalogue: 1, querySalt: toHex(random(16)) },
      query: 'SELECT date, code, value, unit FROM labs WHERE patient = ? ORDER BY date',
      ...{
        result: toHex(random(32)),
        resource: 'Laboratory results',
        place: 'http://town.example',
      },
      ...{ version: 1, time: this.#options.town.clock.now },
    }
  }

  /** Whoever acts sends at once; the others have heard nothing new until the hour ends. */
  async #because<T>({ actor, cause }: Deed, act: () => Promise<T>): Promise<T> {
    this.#cause = cause
    try {
      const result = await act()
      await actor.outbox.settle()
      return result
    } finally {
      this.#cause = undefined
    }
  }

  #heard(wish: NewWish): void {
    const { know } = this.#options
    const cause = this.#cause
    if (!cause) return
    for (const { tag } of wish.notes ?? []) know(`note:${toHex(tag)}`, cause)
    for (const tag of wish.tags ?? []) know(`tag:${tag}`, cause)
    if (wish.operation?.kind === 'propose') know(`slot:${this.#heldBy(cause).id}`, cause)
    if (wish.operation?.kind !== 'grant') return
    know(`grant:${toHex(wish.operation.key)}`, cause)
    this.#grants.set(cause.visit.id, wish)
  }

  async #both(cause: Cause): Promise<readonly [Actor, { tag: Hex; actor: Actor }]> {
    return [await this.#actor(this.#steward(cause)), await this.#subject(cause)]
  }

  async #subject({ relation }: Cause): Promise<{ tag: Hex; actor: Actor }> {
    const someone = this.#options.town.patients[relation.patient] as Someone
    return { tag: someone.tag, actor: await this.#actor(someone) }
  }

  #steward({ relation }: Cause): Someone {
    return this.#options.town.providers[relation.provider] as Someone
  }

  async #actor(who: Someone, saved?: SavedActor): Promise<Actor> {
    const known =
      this.#actors.get(who.tag) ?? this.#options.open(who, (wish) => this.#heard(wish), saved)
    this.#actors.set(who.tag, known)
    const actor = await known
    this.#active.add(actor)
    return actor
  }

  #heldBy({ relation }: Cause): Held {
    const held = this.#held.get(relation.id)
    if (!held) throw new Error('no relationship yet')
    return held
  }
}

function stateOf(proposal: Relationship.Proposal, steward: Hex): RelationshipState {
  const { relationship, subject, nonce, terms, controllers } = proposal
  const nowhere = { number: 0, hash: '0x' as Hex, time: 0 }
  return {
    ...{ id: relationship, role: 'subject', steward, subject, nonce, terms, controllers },
    ...{
      policy: 'subjectOnly',
      restored: false,
      certified: true,
      frozen: false,
      status: 'proposed',
    },
    ...{ progress: 'proposed', epoch: 0, changedAt: 0, proposed: nowhere, changed: nowhere },
    ...{ answer: undefined, pointers: [], updates: 0, lastUpdate: undefined },
    ...{ acknowledgedUpdates: 0, shares: [], delegations: [] },
    ...{ emergencyCategories: 0, emergencyWord: 0, emergencies: [] },
  }
}

/** Shares end with a day, as the app's dates do. */
function endOfDay(time: number): number {
  return Math.ceil(time / 86_400) * 86_400
}
