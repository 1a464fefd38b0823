import type { Chain, ChainView, Entry, Profile } from '@medrec/client'
import {
  fromHex,
  type Hex,
  type Keys,
  ledgerDomain,
  lookAhead,
  MedrecError,
  toBase64Url,
  toHex,
} from '@medrec/protocol'
import type { Store } from '@medrec/records'
import { type Carrier, relaysOf } from './carriers.ts'
import type { PeerNotes } from './FoldInput.ts'
import { emptySummary, fold } from './fold.ts'
import type { DeviceKey, Identity } from './Identity.ts'
import { type Outbox, type OutboxOptions, openOutbox, type Timer } from './Outbox.ts'
import { ask } from './request.ts'
import { accountFor } from './signers.ts'
import type { ContactState, SummaryState } from './state.ts'
import { takeToken } from './tokens.ts'
import { meet, type Peer } from './trail.ts'
import type { Wish } from './wishes.ts'

export type ParticipantOptions = {
  readonly keys: Keys.Keys
  readonly chain: Chain
  readonly store: Store
  /** Unix seconds */
  readonly clock: () => number
  readonly fetch?: typeof globalThis.fetch
  /** See `Identity`; by default requests are signed with a key derived from the words. */
  readonly deviceKey?: DeviceKey
  /** Ways to the chain; by default the relays of the institutions' public profiles. */
  readonly carriers?: (view: ChainView) => readonly Carrier[]
  readonly timer?: Timer
  readonly retry?: OutboxOptions['retry']
  /** Longest wait in seconds before the steward's copy of a share is sent (requirement 58). */
  readonly copyDelay?: number
  /** Seconds that an answer waits for our view of the chain to reach its anchor. */
  readonly patience?: number
}

/** Told after each change of the summary; `before` is what it was. */
export type SummaryListener = (summary: SummaryState, before: SummaryState) => void

/** Somebody with keys on a network: a person, an institution, a researcher. */
export type Participant = Identity & {
  readonly chain: Chain
  readonly outbox: Outbox
  readonly copyDelay: number
  readonly patience: number
  readonly timer: Timer
  /** One's own entry at the registrar, once an institution has bound it. */
  me(): Entry | undefined
  /** Somebody else, or oneself, with the secrets we share. */
  peer(idTag: Hex): Peer | undefined
  /** The next counter for a note to `reader`: above those on chain and those in the outbox. */
  nextCounter(reader: Hex): number
  summary(): SummaryState
  subscribe(listener: SummaryListener): () => void
  close(): Promise<void>
}

/** Institutions expect only the first tags of people they have not heard of (docs/protocol.md 2.3). */
const strangerWindow = 4
const defaultRetry = { first: 2, longest: 300 }
/** A block of the slowest network that we support, and its way to us. */
const defaultPatience = 20

/** Opens a participant on a chain: reads her summary, goes on with her outbox (paper III-C.1). */
export async function openParticipant(options: ParticipantOptions): Promise<Participant> {
  const { keys, chain, store, clock, timer = wait, copyDelay = 0 } = options
  const { network } = chain
  const identity: Identity = {
    keys,
    network,
    domain: ledgerDomain(network),
    store,
    clock,
    fetch: options.fetch ?? ((...request) => fetch(...request)),
    deviceKey: options.deviceKey,
  }
  const reader = new Reader(identity, chain)
  const carriers =
    options.carriers ?? ((view: ChainView): readonly Carrier[] => relaysOf(view, identity.fetch))
  const outbox = await openOutbox({
    store,
    domain: identity.domain,
    confirmations: network.confirmations,
    clock,
    timer,
    retry: options.retry ?? defaultRetry,
    view: () => chain.view(),
    account: (signer) => accountFor(keys, signer, (idTag) => reader.peer(idTag)?.pair),
    carriers: () => carriers(chain.view()),
    token: async (refused) => {
      const me = reader.me()
      return me && takeToken(identity, { view: chain.view(), me, summary: reader.state, refused })
    },
    push: (wish, record) => pushEnding(identity, reader, wish, record),
  })
  const { patience = defaultPatience } = options
  return assemble(identity, { reader, outbox, chain, copyDelay, patience, timer })
}

function assemble(
  identity: Identity,
  parts: Pick<Participant, 'outbox' | 'chain' | 'copyDelay' | 'patience' | 'timer'> & {
    readonly reader: Reader
  },
): Participant {
  const { reader, outbox, chain, copyDelay, patience, timer } = parts
  const refresh = (): void => reader.refresh(pendingContacts(outbox))
  let contacts = 0
  const stopOutbox = outbox.subscribe(() => {
    // Of what is only wished for, the summary shows contacts alone.
    const now = pendingContacts(outbox).length
    if (now === contacts) return
    contacts = now
    refresh()
  })
  const stopChain = chain.subscribe(() => {
    refresh()
    void outbox.settle()
  })
  refresh()
  return {
    ...identity,
    chain,
    outbox,
    copyDelay,
    patience,
    timer,
    me: () => reader.me(),
    peer: (idTag) => reader.peer(idTag),
    nextCounter: (to) => {
      const peer = reader.peer(to)
      const onChain = peer ? peer.mine(chain.view()).next : 0
      const reserved = outbox
        .pending()
        .flatMap((wish) => (wish.reserved?.reader === to ? [wish.reserved.next] : []))
      return Math.max(onChain, ...reserved)
    },
    summary: () => reader.state,
    subscribe: (listener) => reader.subscribe(listener),
    close: async () => {
      stopChain()
      stopOutbox()
      await outbox.close()
    },
  }
}

/** Keeps the summary: the fold over the notes that our keys open (one code path for reorg, restart, restore). */
class Reader {
  readonly #identity: Identity
  readonly #chain: Chain
  readonly #peers = new Map<Hex, { entry: Entry; me: Entry; peer: Peer | undefined }>()
  readonly #listeners = new Set<SummaryListener>()
  state: SummaryState

  constructor(identity: Identity, chain: Chain) {
    this.#identity = identity
    this.#chain = chain
    this.state = emptySummary(chain.view())
    this.refresh([])
  }

  me(): Entry | undefined {
    return this.#chain.view().entryOfIdentity(toHex(this.#identity.keys.identity.address))
  }

  peer(idTag: Hex): Peer | undefined {
    const me = this.me()
    const entry = this.#chain.view().entry(idTag)
    if (!me || !entry) return undefined
    const known = this.#peers.get(idTag)
    if (known && sameKeys(known.entry, entry) && sameKeys(known.me, me)) return known.peer
    const peer = meet({
      keys: this.#identity.keys,
      domain: this.#identity.domain,
      me,
      other: entry,
    })
    this.#peers.set(idTag, { entry, me, peer })
    return peer
  }

  profile(idTag: Hex): Profile | undefined {
    return this.#chain.view().profile(idTag)
  }

  subscribe(listener: SummaryListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  refresh(pending: readonly PendingContact[]): void {
    const before = this.state
    this.state = this.#read(pending)
    for (const listener of [...this.#listeners]) listener(this.state, before)
  }

  #read(pending: readonly PendingContact[]): SummaryState {
    const view = this.#chain.view()
    const me = this.me()
    const oneself = me && this.peer(me.idTag)
    if (!me || !oneself) return emptySummary(view)
    const self = oneself.mine(view).notes
    const contacts = self.flatMap(({ content }) =>
      content.kind === 'contact' ? [toHex(content.idTag)] : [],
    )
    const known = new Set([...contacts, ...pending.map(({ idTag }) => idTag)])
    return fold({
      domain: this.#identity.domain,
      networkId: fromHex(this.#identity.network.networkId),
      view,
      me,
      self,
      peers: this.#expected(view, me, known),
      pendingContacts: pending,
    })
  }

  /** Persons expect every institution and their contacts; institutions every registrant (docs/protocol.md 2.3). */
  #expected(view: ChainView, me: Entry, contacts: ReadonlySet<Hex>): readonly PeerNotes[] {
    const registered = [...view.entries()].map(({ idTag }) => idTag)
    const institutions = registered.filter((idTag) => isOrWasInstitution(view, idTag))
    const isInstitution = isOrWasInstitution(view, me.idTag)
    const expected = new Set([...institutions, ...contacts, ...(isInstitution ? registered : [])])
    expected.delete(me.idTag)
    return [...expected].flatMap((idTag) => {
      const peer = this.peer(idTag)
      if (!peer) return []
      const mine = peer.mine(view)
      const known = mine.next > 0 || contacts.has(idTag) || !isInstitution
      const theirs = peer.theirs(view, known ? lookAhead : strangerWindow)
      return [{ peer, mine: mine.notes, theirs: theirs.notes }]
    })
  }
}

/** Certified now, or once: what was agreed with it must be found. A profile says nothing: registrar services have one, and an institution need not. */
function isOrWasInstitution(view: ChainView, idTag: Hex): boolean {
  return view.hasRole(idTag, 'institution') || view.lostRole(idTag, 'institution') !== undefined
}

type PendingContact = Omit<ContactState, 'changed' | 'block'>

function pendingContacts(outbox: Outbox): readonly PendingContact[] {
  return outbox
    .pending()
    .flatMap(({ about }) => (about.kind === 'contact' ? [about['contact'] as PendingContact] : []))
}

function sameKeys(a: Entry, b: Entry): boolean {
  return a.identity === b.identity && a.version === b.version
}

async function pushEnding(
  identity: Identity,
  reader: Reader,
  wish: Wish,
  record: Uint8Array,
): Promise<void> {
  const me = reader.me()
  const steward = wish.push?.steward
  const profile = steward && reader.profile(steward)
  if (!me || !profile) throw new NotRegisteredError()
  const reply = await ask({
    identity,
    me,
    profile,
    path: '/revocations',
    body: ({ statement }) => ({
      ...(wish.push?.profile ? { profile: wish.push.profile } : { record: toBase64Url(record) }),
      ...(wish.push?.share && { share: wish.push.share }),
      statement,
    }),
  })
  // Whether the answer is signed does not matter: the record counts from the chain as well.
  if (reply.kind === 'refusal' && reply.status !== 200) throw new PushRefusedError(reply.code)
}

function wait(seconds: number, callback: () => void): () => void {
  const timer = setTimeout(callback, seconds * 1000)
  return () => clearTimeout(timer)
}

/** The registrar has no entry for these keys (yet). */
export class NotRegisteredError extends MedrecError {
  readonly code = 'NOT_REGISTERED'
  constructor() {
    super('These keys are not registered on this network yet.')
  }
}

/** The gatekeeper did not take an ending; it stays in the outbox. */
class PushRefusedError extends MedrecError {
  readonly code = 'PUSH_REFUSED'
  constructor(reason: string) {
    super('The institution did not take the message directly.', { facts: [`Reason: ${reason}`] })
  }
}
