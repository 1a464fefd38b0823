import { Bounty, Contact, Emergency, type Participant } from '@medrec/library'
import { now } from '../../ui/dates.ts'
import type { PortalConfig } from '../entrance.ts'
import type { Block, Notice, Relationship, Snapshot } from '../model.ts'
import { actingForOf, categoriesIn, emergenciesOf, givenOf } from './acting.ts'
import { historyOf, noticesOf } from './events.ts'
import { exposedOf } from './exposed.ts'
import { whoOf } from './people.ts'
import type { RecordBook } from './RecordBook.ts'
import { nextEnd, sharedWithMe, sharesOf } from './shares.ts'
import { technicalOf } from './technical.ts'

type Parts = {
  readonly participant: Participant
  readonly book: RecordBook
  readonly portal: PortalConfig
  readonly name: string
}

const shownBlocks = 12
const longestTimerMs = 2 ** 31 - 1

/** Keeps one snapshot of all facts, renewed with every change, whoever made it. */
export class SnapshotKeeper {
  readonly #parts: Parts
  readonly #listeners = new Set<() => void>()
  readonly #stops: (() => void)[] = []
  #snapshot: Snapshot | undefined
  #running: Promise<void> | undefined
  #wanted = 0
  #made = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Makes the first snapshot and starts to listen. */
  async open(): Promise<void> {
    const { participant, book } = this.#parts
    this.#stops.push(
      participant.subscribe(() => {
        this.renew()
        void book.refresh()
      }),
      participant.chain.onStatus(() => this.renew()),
    )
    this.renew()
    await this.#running
  }

  snapshot(): Snapshot {
    if (!this.#snapshot) throw new TypeError('the session is not open yet')
    return this.#snapshot
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Reads everything anew; calls while it reads are answered by one more reading. */
  renew(): void {
    this.#wanted += 1
    this.#running ??= this.#read().finally(() => {
      this.#running = undefined
      if (this.#made < this.#wanted) this.renew()
    })
  }

  close(): void {
    for (const stop of this.#stops.splice(0)) stop()
    clearTimeout(this.#timer)
    this.#listeners.clear()
  }

  async #read(): Promise<void> {
    this.#made = this.#wanted
    const { participant, book } = this.#parts
    const [notices, blocks] = await Promise.all([
      noticesOf(participant, book.sets()),
      this.#blocks(),
    ])
    this.#snapshot = this.#fold(notices, blocks)
    this.#wakeAtNextEnd()
    for (const listener of [...this.#listeners]) listener()
  }

  #fold(notices: readonly Notice[], blocks: readonly Block[]): Snapshot {
    const { participant, book, portal, name } = this.#parts
    const records = book.sets()
    const me = participant.me()
    const status = participant.chain.status()
    return {
      me: {
        name,
        idTag: me?.idTag,
        registered: me !== undefined,
        researcher: this.#isResearcher(),
        clinician: Emergency.mayOpen(participant),
        card: me ? Contact.toText(Contact.card(participant, name)) : '',
      },
      demo: portal.demo,
      relationships: relationshipsOf(participant),
      records,
      shares: sharesOf(participant, records, now()),
      sharedWithMe: sharedWithMe(participant, now()),
      delegations: givenOf(participant, now()),
      actingFor: actingForOf(participant, now()),
      emergencies: emergenciesOf(participant),
      institutions: participant.chain
        .view()
        .institutions()
        .map(({ idTag }) => whoOf(participant, idTag)),
      contacts: participant.summary().contacts.map(({ idTag }) => whoOf(participant, idTag)),
      notices,
      history: historyOf(participant, records),
      exposed: exposedOf(participant),
      waiting: participant.outbox
        .pending()
        .map(({ id, about, state }) => ({ id, label: about.kind, state })),
      bounties: this.#bounties(),
      blocks,
      technical: technicalOf(participant),
      freshness: {
        ageSeconds: Math.max(0, Math.floor(status.ageMs / 1000)),
        toldBy: status.toldBy === undefined ? [] : [status.toldBy],
        agree: status.witness !== 'differs' && status.problem === undefined,
        online: status.isConnected,
      },
    }
  }

  #isResearcher(): boolean {
    const { participant } = this.#parts
    const me = participant.me()
    return me !== undefined && participant.chain.view().hasRole(me.idTag, 'researcher')
  }

  #bounties(): Snapshot['bounties'] {
    const { participant } = this.#parts
    if (!this.#isResearcher()) return []
    return Bounty.list(participant).map((offer) => ({
      query: offer.query,
      institution: whoOf(participant, offer.stewardTag).name,
      epoch: offer.epoch,
      block: offer.block.number,
      at: offer.block.time,
      charged: offer.charged,
      mine: true,
    }))
  }

  async #blocks(): Promise<readonly Block[]> {
    if (!this.#isResearcher()) return []
    try {
      const blocks = await Bounty.recentBlocks(this.#parts.participant, shownBlocks)
      return blocks.map(({ number, time, mine }) => ({ number, time, mine }))
    } catch {
      return [] // offline: the list is empty, the bounties stay
    }
  }

  /** A share that ends changes no block: the clock has to tell. */
  #wakeAtNextEnd(): void {
    clearTimeout(this.#timer)
    const end = nextEnd(this.#parts.participant, now())
    if (end === undefined) return
    const wait = Math.min(end * 1000 - Date.now() + 50, longestTimerMs)
    this.#timer = setTimeout(() => this.renew(), Math.max(wait, 50))
  }
}

const statuses = {
  none: 'proposed',
  proposed: 'proposed',
  accepted: 'accepted',
  rejected: 'declined',
  closedBySubject: 'closed',
  closedBySteward: 'closed',
} as const

function relationshipsOf(participant: Participant): readonly Relationship[] {
  return participant.summary().relationships.flatMap((state) => {
    if (state.role !== 'subject') return []
    return [
      {
        id: state.id,
        institution: whoOf(participant, state.steward),
        url: participant.chain.view().profile(state.steward)?.url ?? '',
        status: statuses[state.status],
        closedBy:
          state.status === 'closedBySteward'
            ? 'institution'
            : state.status === 'closedBySubject'
              ? 'me'
              : undefined,
        policy: state.policy,
        emergency: categoriesIn(state.emergencyCategories),
        proposedAt: state.proposed.time,
        changedAt: state.changedAt,
        block: state.proposed.number,
        restored: state.restored,
        certified: state.certified,
      } satisfies Relationship,
    ]
  })
}
