import { httpCarrier, issueToken, type Outbox, type Participant } from '@medrec/library'
import { type Hex, ledgerDomain } from '@medrec/protocol'
import { openMemoryStore, type Store, type Write } from '@medrec/records'
import { emptySummary } from '../../../packages/library/src/fold.ts'
import { openOutbox } from '../../../packages/library/src/Outbox.ts'
import { accountFor } from '../../../packages/library/src/signers.ts'
import type { RelationshipState } from '../../../packages/library/src/state.ts'
import { meet, type Peer } from '../../../packages/library/src/trail.ts'
import type { RelayToken } from '../../../packages/library/src/wire.ts'
import type { NewWish } from '../../../packages/library/src/wishes.ts'
import type { Someone, Town } from './Town.ts'

/** A participant whose wishes go through the library's outbox; what she knows of herself is kept by the play. */
export type Actor = Participant & {
  readonly relationships: Map<Hex, RelationshipState>
  save(): Promise<SavedActor>
}

/** Everything that an actor remembers. */
export type SavedActor = {
  readonly counters: ReadonlyMap<Hex, number>
  readonly relationships: ReadonlyMap<Hex, RelationshipState>
  readonly store: readonly Write[]
}

/** The play's hours settle what is due. */
const noTimer = (): (() => void) => () => undefined
const dayOf = (now: number): number => Math.floor(now / 86_400)
const tokenOperations = 100_000
/** Longest wait before the steward's copy of a share is sent. */
const copyDelay = 12 * 3_600

type ActorOptions = {
  /** Addresses that this actor sends to. */
  readonly relays: readonly string[]
  /** Told of each wish as it is made. */
  readonly heard: (wish: NewWish) => void
  readonly token: () => Promise<RelayToken>
  /** What she remembers of an earlier process. */
  readonly saved: SavedActor | undefined
}

export async function openActor(town: Town, who: Someone, options: ActorOptions): Promise<Actor> {
  const { chain, network, clock } = town
  const peers = new Map<Hex, Peer | undefined>()
  const counters = new Map(options.saved?.counters)
  const relationships = new Map(options.saved?.relationships)
  const domain = ledgerDomain(network)
  const { store, written } = await openSavedStore(options.saved?.store ?? [])
  const me = () => chain.view().entry(who.tag)
  const peer = (idTag: Hex): Peer | undefined => {
    const [mine, other] = [me(), chain.view().entry(idTag)]
    if (!mine || !other) return undefined
    if (!peers.has(idTag)) peers.set(idTag, meet({ keys: who.keys, domain, me: mine, other }))
    return peers.get(idTag)
  }
  const identity = {
    keys: who.keys,
    network,
    domain,
    store,
    clock: () => clock.now,
    fetch: town.fetch,
  }
  const outbox = await openOutbox({
    ...{ store, domain, confirmations: network.confirmations, clock: () => clock.now },
    timer: noTimer,
    retry: { first: 7_200, longest: 43_200 },
    view: () => chain.view(),
    account: (signer) => accountFor(who.keys, signer, (idTag) => peer(idTag)?.pair),
    carriers: () => options.relays.map((url) => httpCarrier(url, town.fetch)),
    token: options.token,
    push: async () => undefined, // what gatekeepers hear does not stand on the chain
  })
  return {
    ...identity,
    ...{ chain, copyDelay, patience: 0, timer: noTimer, me, peer, relationships },
    outbox: heardBy(outbox, (wish) => {
      if (wish.reserved) counters.set(wish.reserved.reader, wish.reserved.next)
      options.heard(wish)
    }),
    nextCounter: (reader) => counters.get(reader) ?? 0,
    summary: () => ({ ...emptySummary(chain.view()), relationships: [...relationships.values()] }),
    subscribe: () => () => undefined,
    close: () => outbox.close(),
    save: async () => ({ counters, relationships, store: await written() }),
  }
}

/** A store in memory, and all that stands in it. */
async function openSavedStore(
  saved: readonly Write[],
): Promise<{ readonly store: Store; written(): Promise<readonly Write[]> }> {
  const memory = openMemoryStore()
  const tables = new Set<string>()
  const store: Store = {
    ...memory,
    write: (writes) => {
      for (const { table } of writes) tables.add(table)
      return memory.write(writes)
    },
  }
  await store.write(saved)
  const rows = async (table: string): Promise<readonly Write[]> =>
    (await memory.list(table)).map(({ key, value }) => ({ table, key, value }))
  return { store, written: async () => (await Promise.all([...tables].map(rows))).flat() }
}

function heardBy(outbox: Outbox, listener: (wish: NewWish) => void): Outbox {
  return {
    add: (wish, writes) => {
      listener(wish)
      return outbox.add(wish, writes)
    },
    addAll: (wishes, writes) => {
      for (const wish of wishes) listener(wish)
      return outbox.addAll(wishes, writes)
    },
    find: (id) => outbox.find(id),
    pending: () => outbox.pending(),
    all: () => outbox.all(),
    settle: () => outbox.settle(),
    subscribe: (heard) => outbox.subscribe(heard),
    close: () => outbox.close(),
  }
}

/** The registration office's relay token of each day; who asked for it never stands on the chain. */
export function tokensFrom(town: Town): () => Promise<RelayToken> {
  const { office, network, clock, fetch, chain } = town
  const identity = {
    ...{ keys: office.keys, network, domain: ledgerDomain(network), store: openMemoryStore() },
    ...{ clock: () => clock.now, fetch },
  }
  const tokens = new Map<number, RelayToken>()
  return async () => {
    const day = dayOf(clock.now)
    const me = chain.view().entry(office.tag)
    if (!me) throw new Error('the office is not registered')
    const token = tokens.get(day) ?? issueToken(identity, me, { day, operations: tokenOperations })
    tokens.set(day, token)
    return token
  }
}
