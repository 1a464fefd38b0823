import { Change, type Participant, Query, type RelationshipState, Results } from '@medrec/library'
import type { Hex } from '@medrec/protocol'
import type { RecordSet } from '../model.ts'
import { whoOf } from './people.ts'
import { refusalText } from './refusals.ts'
import { setOf } from './tables.ts'

/** Reading one's own record is treatment's purpose, whatever the reason (docs/protocol.md section 3). */
const ownPurpose = 0
/** Pointers by relationship, as its index last named them; notes may come later. */
const listed = 'listed'

type Page = { readonly sign: string; readonly sets: readonly RecordSet[] }

/** The person's records, fetched anew when the chain says that something changed; kept for offline. */
export class RecordBook {
  readonly #participant: Participant
  readonly #changed: () => void
  readonly #pages = new Map<Hex, Page>()
  readonly #busy = new Map<Hex, Promise<void>>()

  constructor(participant: Participant, changed: () => void) {
    this.#participant = participant
    this.#changed = changed
  }

  sets(): readonly RecordSet[] {
    return [...this.#pages.values()].flatMap(({ sets }) => sets)
  }

  /** Shows what this device kept, without asking anybody. */
  async openKept(): Promise<void> {
    for (const state of this.#relationships()) {
      const sets = await this.#kept(state, undefined)
      if (sets.length > 0) this.#pages.set(state.id, { sign: '', sets })
    }
  }

  /** Fetches what changed; `force` asks even when the chain tells of no change. */
  async refresh(
    options: { force?: boolean; progress?: (done: number, of: number) => void } = {},
  ): Promise<void> {
    const states = this.#relationships()
    const ids = new Set(states.map(({ id }) => id))
    for (const id of [...this.#pages.keys()]) if (!ids.has(id)) this.#pages.delete(id)
    let done = 0
    await Promise.all(
      states.map(async (state) => {
        const isStale = this.#pages.get(state.id)?.sign !== this.#signOf(state)
        if (isStale || options.force) await this.#fetch(state)
        done += 1
        options.progress?.(done, states.length)
      }),
    )
  }

  /** Fetches and proves everything of one relationship. Throws with words when it is refused. */
  async look(relationship: Hex): Promise<readonly RecordSet[]> {
    const index = await Query.index(this.#participant, { relationship })
    if (!index.ok) throw new Error(refusalText(index))
    const sets: RecordSet[] = []
    for (const { pointer } of index.index.pointers) {
      const read = await this.#read(relationship, pointer)
      if (!read.ok) throw new Error(refusalText(read))
      sets.push(await this.#setOf(read.result, undefined))
    }
    return sets
  }

  #relationships(): readonly RelationshipState[] {
    return this.#participant
      .summary()
      .relationships.filter(
        ({ role, status }) =>
          role === 'subject' && (status === 'accepted' || status === 'closedBySteward'),
      )
  }

  /** What the chain says of a relationship's records; promised versions wait for the next anchor too. */
  #signOf(state: RelationshipState): string {
    const promised = this.#pages
      .get(state.id)
      ?.sets.some((set) => set.current?.proof === 'promised')
    const anchor = promised ? this.#participant.chain.view().anchor(state.steward)?.counter : ''
    const answered = state.pointers.map(
      ({ acknowledged: said }) => `${said?.version} ${said?.verdict}`,
    )
    return [state.updates, state.pointers.length, state.status, anchor, ...answered].join()
  }

  async #fetch(state: RelationshipState): Promise<void> {
    const running = this.#busy.get(state.id)
    if (running) return running
    const work = this.#fetchNow(state).finally(() => this.#busy.delete(state.id))
    this.#busy.set(state.id, work)
    return work
  }

  async #fetchNow(state: RelationshipState): Promise<void> {
    const before = this.#signOf(state)
    const index = await Query.index(this.#participant, { relationship: state.id })
    if (!index.ok) {
      this.#pages.set(state.id, { sign: '', sets: await this.#kept(state, refusalText(index)) })
      this.#changed()
      return
    }
    let trouble: string | undefined
    const ids = index.index.pointers.map(({ pointer }) => pointer)
    await this.#participant.store.write([{ table: listed, key: [state.id], value: ids }])
    for (const { pointer, version } of index.index.pointers) {
      const kept = await Results.latest(this.#participant, { relationship: state.id, pointer })
      if (kept?.version === version && kept.commitment.is === 'anchored') continue
      const read = await this.#read(state.id, pointer)
      if (!read.ok) trouble = refusalText(read)
    }
    this.#pages.set(state.id, {
      sign: trouble ? '' : before,
      sets: await this.#kept(state, trouble),
    })
    this.#changed()
  }

  #read(relationship: Hex, pointer: Hex): Promise<Query.Read> {
    return Query.read(this.#participant, { relationship, pointer, purpose: ownPurpose })
  }

  /** The record sets of a relationship out of this device's store. */
  async #kept(
    state: RelationshipState,
    trouble: string | undefined,
  ): Promise<readonly RecordSet[]> {
    const sets: RecordSet[] = []
    const inIndex = await this.#participant.store.get<readonly Hex[]>(listed, [state.id])
    const ids = new Set([...state.pointers.map(({ id }) => id), ...(inIndex ?? [])])
    for (const pointer of ids) {
      const kept = await Results.latest(this.#participant, { relationship: state.id, pointer })
      if (kept) sets.push(await this.#setOf(kept, trouble))
    }
    return sets
  }

  async #setOf(current: Results.Kept, trouble: string | undefined): Promise<RecordSet> {
    const { relationship, pointer: id, steward } = current
    const pointer = this.#participant
      .summary()
      .relationships.find((known) => known.id === relationship)
      ?.pointers.find((known) => known.id === id)
    return setOf({
      pointer,
      institution: whoOf(this.#participant, steward),
      current,
      change: await Change.of(this.#participant, current),
      trouble,
    })
  }
}
