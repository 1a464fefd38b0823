import {
  Change,
  type Participant,
  Query,
  type Refusal,
  type RelationshipState,
  Results,
} from '@medrec/library'
import type { Hex } from '@medrec/protocol'
import type { RecordSet } from '../model.ts'
import { whoOf } from './people.ts'
import { isAboutAll, mayPass, refusalText } from './refusals.ts'
import { setOf } from './tables.ts'

/** Reading one's own record is treatment's purpose, whatever the reason (docs/protocol.md section 3). */
const ownPurpose = 0
/** Pointers by relationship, as its index last named them; notes may come later. */
const listed = 'listed'

/** Seconds until what was refused is asked for again; doubled each time, and longer for what does not pass by itself. */
const pause = { first: 2, longest: 60, longestOfLasting: 3_600 }

/** What the chain said when it was fetched or refused, and what there is to show. */
type Page = {
  readonly sign: string
  readonly sets: readonly RecordSet[]
  readonly isRefused: boolean
}

/** How long what was refused has to wait at least, and how long it waits at most, in seconds. */
type Wait = { readonly wanted: number; readonly longest: number }

/** The person's records, fetched anew when the chain says that something changed; kept for offline. */
export class RecordBook {
  readonly #participant: Participant
  readonly #changed: () => void
  readonly #pages = new Map<Hex, Page>()
  readonly #busy = new Map<Hex, Promise<void>>()
  /** Relationships that the chain told of while they were being fetched. */
  readonly #again = new Set<Hex>()
  /** Relationships that are asked for again by themselves, how often they were, and how to end that. */
  readonly #later = new Map<Hex, { readonly times: number; readonly cancel: () => void }>()
  #isClosed: boolean = false

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
      if (sets.length > 0) this.#pages.set(state.id, { sign: '', sets, isRefused: false })
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
        if (this.#isStale(state) || options.force) await this.#fetch(state)
        done += 1
        options.progress?.(done, states.length)
      }),
    )
  }

  /** Nothing is asked for by itself any more. */
  close(): void {
    this.#isClosed = true
    for (const { cancel } of this.#later.values()) cancel()
    this.#later.clear()
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
    return [
      ...[state.updates, state.pointers.length, state.status, state.certified, anchor],
      ...answered,
    ].join()
  }

  async #fetch(state: RelationshipState): Promise<void> {
    const running = this.#busy.get(state.id)
    if (running) {
      this.#again.add(state.id)
      return running
    }
    const work = this.#fetchAll(state)
    this.#busy.set(state.id, work)
    return work
  }

  /** What the chain tells of meanwhile is fetched too: no later block may come to tell of it again. */
  async #fetchAll(first: RelationshipState): Promise<void> {
    let state: RelationshipState | undefined = first
    try {
      while (state) {
        this.#again.delete(first.id)
        await this.#fetchNow(state)
        const known = this.#relationships().find(({ id }) => id === first.id)
        state = this.#again.has(first.id) && known && this.#isStale(known) ? known : undefined
      }
    } finally {
      this.#busy.delete(first.id) // in one step with the last look, so that nothing is told in between
    }
  }

  #isStale(state: RelationshipState): boolean {
    return this.#pages.get(state.id)?.sign !== this.#signOf(state)
  }

  async #fetchNow(state: RelationshipState): Promise<void> {
    const before = this.#signOf(state)
    const refusals = await this.#fetchInto(state)
    const trouble = refusals.at(-1)
    this.#pages.set(state.id, {
      sign: before,
      sets: await this.#kept(state, trouble && refusalText(trouble)),
      isRefused: trouble !== undefined,
    })
    this.#askLater(state.id, waitAfter(refusals))
    this.#changed()
  }

  /** Brings this device's store up to date; returns what was refused. */
  async #fetchInto({ id: relationship }: RelationshipState): Promise<readonly Refusal[]> {
    const index = await Query.index(this.#participant, { relationship })
    if (!index.ok) return [index]
    const refusals: Refusal[] = []
    const ids = index.index.pointers.map(({ pointer }) => pointer)
    await this.#participant.store.write([{ table: listed, key: [relationship], value: ids }])
    for (const { pointer, version } of index.index.pointers) {
      const kept = await Results.latest(this.#participant, { relationship, pointer })
      if (kept?.version === version && kept.commitment.is === 'anchored') continue
      const read = await this.#read(relationship, pointer)
      if (read.ok) continue
      refusals.push(read)
      if (isAboutAll(read)) break // asking for the next ones would keep it busy, or wait for nobody as often
    }
    return refusals
  }

  /** No block may ever come to say that an institution has time again: what was refused is asked for after a while. */
  #askLater(id: Hex, wait: Wait | undefined): void {
    const times = this.#later.get(id)?.times ?? 0
    this.#later.get(id)?.cancel()
    this.#later.delete(id)
    if (this.#isClosed || !wait) return
    const seconds = Math.max(wait.wanted, Math.min(wait.longest, pause.first * 2 ** times))
    const cancel = this.#participant.timer(seconds, () => {
      // Nobody waits for it: what fails here is tried again, like what is refused.
      this.#fetchAgain(id).catch(() => this.#askLater(id, { wanted: 0, longest: pause.longest }))
    })
    this.#later.set(id, { times: times + 1, cancel })
  }

  async #fetchAgain(id: Hex): Promise<void> {
    const state = this.#relationships().find((known) => known.id === id)
    if (state && (this.#pages.get(id)?.isRefused || this.#isStale(state))) await this.#fetch(state)
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

  async #setOf(current: Query.Result, trouble: string | undefined): Promise<RecordSet> {
    const { relationship, pointer: id, steward } = current
    const pointer = this.#participant
      .summary()
      .relationships.find((known) => known.id === relationship)
      ?.pointers.find((known) => known.id === id)
    return setOf({
      pointer,
      institution: whoOf(this.#participant, steward),
      current,
      right: { source: { relationship }, purpose: ownPurpose },
      change: await Change.of(this.#participant, current),
      trouble,
    })
  }
}

/** When to ask again for what was refused; undefined when nothing was. */
function waitAfter(refusals: readonly Refusal[]): Wait | undefined {
  if (refusals.length === 0) return undefined
  const passing = refusals.filter(mayPass)
  return {
    wanted: Math.max(0, ...passing.map(({ retryAfter }) => retryAfter ?? 0)),
    longest: passing.length > 0 ? pause.longest : pause.longestOfLasting,
  }
}
