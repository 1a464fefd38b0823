import type { Hex } from '@medrec/protocol'
import type { BlockRef } from './chainBlock.ts'
import type { Ending } from './endings.ts'
import type {
  Anchor,
  BountyAnswer,
  ChainNote,
  Entry,
  Grant,
  HeldRole,
  Offer,
  Policy,
  Profile,
  Relationship,
  Relay,
  Role,
  Stream,
  Vote,
} from './facts.ts'
import { emptyStream } from './stream.ts'
import type { Reader } from './Tables.ts'

/** What the chain says at one block. Hex in lower case; read it within one turn of the event loop. */
export type ChainView = {
  readonly head: BlockRef
  /** Running heads of both contracts, as folded from all their events. */
  readonly streams: { readonly registrar: Stream; readonly ledger: Stream }
  /** Current registration. */
  entry(idTag: Hex): Entry | undefined
  entryOfIdentity(address: Hex): Entry | undefined
  /** Registrations before the current one, oldest first. */
  formerEntries(idTag: Hex): readonly Entry[]
  entries(): Iterable<Entry>
  hasRole(idTag: Hex, role: Role): boolean
  /** Block that took a role away; undefined while it is held, and for who never held it. */
  lostRole(idTag: Hex, role: Role): BlockRef | undefined
  holders(role: Role): readonly Hex[]
  votes(): Iterable<Vote>
  /** Profile last published, whether or not its owner is still certified. */
  profile(idTag: Hex): Profile | undefined
  /** Profiles of the certified institutions that published one. */
  institutions(): readonly Profile[]
  /** True while the account is allowed and its institution certified. */
  isRelay(account: Hex): boolean
  relays(): Iterable<Relay>
  /** Sequence of an institution's last relay message; the next one must be higher. */
  relaySequence(institution: Hex): number | undefined
  /** Account that a researcher's blocks credit. */
  coinbase(idTag: Hex): Hex | undefined
  researcherOf(coinbase: Hex): Hex | undefined
  /** Coinbases of all certified researchers, by idTag. */
  coinbases(): readonly Hex[]
  relationship(id: Hex): Relationship | undefined
  /** Slot of a grant or consent. */
  grant(address: Hex): Grant | undefined
  /** What ended in a block that a reorganisation took away, of a grant or relationship: seen once, it counts. */
  undoneEnding(key: Hex): Ending | undefined
  /** Newest anchor. */
  anchor(stewardTag: Hex): Anchor | undefined
  /** Anchors that were the newest in one of the last 2k + 1 blocks or 60 seconds, newest first (docs/protocol.md 8.2). */
  recentAnchors(stewardTag: Hex): readonly Anchor[]
  /** Every note under a tag, in the order of the chain. */
  notes(tag: Hex): readonly ChainNote[]
  /** First block that held an 8-byte update tag. */
  updateTag(tag: Hex): BlockRef | undefined
  offers(): readonly Offer[]
  answer(bounty: Hex): BountyAnswer | undefined
  /** Budget per epoch (query of zeros) or cost of a query. */
  policy(stewardTag: Hex, query: Hex): Policy | undefined
  policies(): Iterable<Policy>
}

/** How long after its successor a root is still accepted. */
const anchorGraceSeconds = 60

type ViewOptions = {
  readonly head: BlockRef
  /** Blocks until a fact is final (k). */
  readonly confirmations: number
  /** Unix seconds */
  readonly now: () => number
  readonly undoneEnding: ChainView['undoneEnding']
}

/** Reads the folded tables as a view. */
export function viewOf(tables: Reader, options: ViewOptions): ChainView {
  const held = (idTag: Hex, role: Role): HeldRole | undefined =>
    tables.get<HeldRole>('role', `${role} ${idTag}`)
  const hasRole = (idTag: Hex, role: Role): boolean => held(idTag, role)?.certified === true
  const holders = (role: Role): readonly Hex[] =>
    [...tables.values<HeldRole>('role')]
      .filter((each) => each.role === role && each.certified)
      .map(({ idTag }) => idTag)
      .toSorted()
  const anchors = (stewardTag: Hex): readonly Anchor[] =>
    tables.get<readonly Anchor[]>('anchor', stewardTag) ?? []
  return {
    head: options.head,
    streams: {
      registrar: tables.get<Stream>('stream', 'registrar') ?? emptyStream,
      ledger: tables.get<Stream>('stream', 'ledger') ?? emptyStream,
    },
    ...registrarPart(tables, hasRole, holders),
    lostRole: (idTag, role) => {
      const once = held(idTag, role)
      return once?.certified === false ? once.block : undefined
    },
    relationship: (id) => tables.get<Relationship>('relationship', id),
    grant: (address) => tables.get<Grant>('grant', address),
    undoneEnding: options.undoneEnding,
    anchor: (stewardTag) => anchors(stewardTag)[0],
    recentAnchors: (stewardTag) => recentOf(anchors(stewardTag), options),
    notes: (tag) => tables.get<readonly ChainNote[]>('note', tag) ?? [],
    updateTag: (tag) => tables.get<BlockRef>('tag', tag),
    offers: () => [...tables.values<Offer>('offer')],
    answer: (bounty) => tables.get<BountyAnswer>('answer', bounty),
    policy: (stewardTag, query) => tables.get<Policy>('policy', stewardTag + query),
    policies: () => tables.values<Policy>('policy'),
  }
}

function registrarPart(
  tables: Reader,
  hasRole: ChainView['hasRole'],
  holders: ChainView['holders'],
): Pick<
  ChainView,
  | 'entry'
  | 'entryOfIdentity'
  | 'formerEntries'
  | 'entries'
  | 'hasRole'
  | 'holders'
  | 'votes'
  | 'profile'
  | 'institutions'
  | 'isRelay'
  | 'relays'
  | 'relaySequence'
  | 'coinbase'
  | 'researcherOf'
  | 'coinbases'
> {
  const entry = (idTag: Hex): Entry | undefined => tables.get<Entry>('entry', idTag)
  const profile = (idTag: Hex): Profile | undefined => tables.get<Profile>('profile', idTag)
  const coinbase = (idTag: Hex): Hex | undefined => tables.get<Hex>('coinbase', idTag)
  return {
    entry,
    entryOfIdentity: (address) => {
      const idTag = tables.get<Hex>('identity', address)
      return idTag && entry(idTag)
    },
    formerEntries: (idTag) => tables.get<readonly Entry[]>('former', idTag) ?? [],
    entries: () => tables.values<Entry>('entry'),
    hasRole,
    holders,
    votes: () => tables.values<Vote>('vote'),
    profile,
    institutions: () => holders('institution').map(profile).filter(isThere),
    isRelay: (account) => {
      const relay = tables.get<Relay>('relay', account)
      return relay?.allowed === true && hasRole(relay.institution, 'institution')
    },
    relays: () => tables.values<Relay>('relay'),
    relaySequence: (institution) => tables.get<number>('relaySequence', institution),
    coinbase,
    researcherOf: (account) => tables.get<Hex>('researcher', account),
    coinbases: () => holders('researcher').map(coinbase).filter(isThere),
  }
}

function recentOf(anchors: readonly Anchor[], options: ViewOptions): readonly Anchor[] {
  const firstBlock = options.head.number - 2 * options.confirmations
  const graceStart = options.now() - anchorGraceSeconds
  return anchors.filter((_, i) => {
    const successor = anchors[i - 1]
    return !successor || successor.block.number > firstBlock || successor.block.time > graceStart
  })
}

function isThere<T>(value: T | undefined): value is T {
  return value !== undefined
}
