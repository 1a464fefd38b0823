import { issueToken } from '@medrec/library'
import {
  type Account,
  accountOf,
  coverNote,
  type Domain,
  encodeNotes,
  encodeRecord,
  encodeTags,
  Keys,
  ledgerDomain,
  type Operation,
  random,
  relationshipId,
  shuffled,
  toBase64Url,
  toHex,
} from '@medrec/protocol'
import { openMemoryStore } from '@medrec/records'
import { relayUrl, type Town } from '../../attack/linkage/sealed/Town.ts'
import { poisson, type Random } from '../../attack/random.ts'

/** What a city of a million does in an hour (docs/benchmarks.md, city): averages over day and night. */
export const hourOfCity = {
  /** Visits, lab reports and prescriptions: each is an update tag. */
  documents: 47_000 / 24,
  /** Visits that patients acknowledge, each with a note. */
  acknowledgements: (0.8 * 8_900) / 24,
  relationships: 603 / 24,
  grants: 1_050 / 24,
} as const

/** How many of each kind an hour brought. */
export type Done = { -readonly [kind in keyof typeof hourOfCity]: number }

type Post = { readonly relay: number; readonly record: Uint8Array }

const mostRecords = 100
/** Posted to one relay in one message. */
const tokenOperations = 1_000_000

/** A city's institutions and people at work: their operations are real, who they are does not matter to the cost. */
export class CityWork {
  readonly #town: Town
  readonly #domain: Domain
  readonly #random: Random
  /** Relationships that wait for their answer. */
  #proposed: Proposal[] = []
  readonly #roots = new Map<number, { root: Uint8Array; counter: number }>()
  readonly done: Done = { documents: 0, acknowledgements: 0, relationships: 0, grants: 0 }

  constructor(town: Town, random: Random) {
    this.#town = town
    this.#domain = ledgerDomain(town.network)
    this.#random = random
  }

  /** All that one hour brings is handed to relays picked at random. */
  async hour(): Promise<void> {
    const posts: Post[] = []
    const post = (record: Uint8Array): void => {
      const [relay] = shuffled([...this.#town.providers.keys()])
      posts.push({ relay: relay as number, record })
    }
    const times = (kind: keyof typeof hourOfCity): number => {
      const count = poisson(this.#random, hourOfCity[kind])
      this.done[kind] += count
      return count
    }
    for (let i = times('documents'); i > 0; i--) post(encodeTags([random(8)]))
    for (let i = times('acknowledgements'); i > 0; i--) post(encodeNotes([coverNote()]))
    for (const proposal of this.#arrived()) post(this.#accept(proposal))
    for (let i = times('relationships'); i > 0; i--) {
      post(this.#propose())
      post(encodeNotes([coverNote(), coverNote()])) // the first pointer's note has two parts
    }
    for (let i = times('grants'); i > 0; i--) {
      post(this.#grant())
      post(encodeNotes([coverNote()])) // the steward's copy
    }
    for (const i of this.#town.providers.keys()) if (this.#isAnchored(i)) post(this.#anchor(i))
    await this.#send(posts)
  }

  /** An hour in which nothing happens but that the last proposals are answered. */
  async answers(): Promise<void> {
    const posts = this.#arrived().map((proposal, i) => ({
      relay: i % this.#town.providers.length,
      record: this.#accept(proposal),
    }))
    await this.#send(posts)
  }

  /** Takes the proposals that their subjects see; what a full batch left over comes an hour later. */
  #arrived(): readonly Proposal[] {
    const view = this.#town.chain.view()
    const isThere = ({ relation: { steward, subject, termsHash } }: Proposal): boolean =>
      view.relationship(toHex(relationshipId(steward, subject, termsHash))) !== undefined
    const arrived = this.#proposed.filter(isThere)
    this.#proposed = this.#proposed.filter((proposal) => !isThere(proposal))
    return arrived
  }

  /** An institution anchors again once its last anchor stands. */
  #isAnchored(provider: number): boolean {
    const { idTag } = this.#town.providers[provider] as Town['providers'][number]
    const last = this.#roots.get(provider)?.counter
    return this.#town.chain.view().anchor(toHex(idTag))?.counter === last
  }

  #propose(): Uint8Array {
    const [steward, subject] = [accountOf(random(32)), accountOf(random(32))]
    const relation = {
      steward: steward.address,
      subject: subject.address,
      termsHash: random(32),
    }
    this.#proposed.push({ subject, relation })
    return this.#signed({ kind: 'propose', deadline: this.#deadline(), ...relation }, steward)
  }

  #accept({ subject, relation }: Proposal): Uint8Array {
    return this.#signed({ kind: 'accept', deadline: this.#deadline(), ...relation }, subject)
  }

  #grant(): Uint8Array {
    const key = accountOf(random(32))
    const deadline = this.#deadline()
    const rest = { expiresAt: deadline + 2_592_000, sequence: 1, commitment: random(26), deadline }
    return this.#signed({ kind: 'grant', key: key.address, ...rest }, key)
  }

  #anchor(provider: number): Uint8Array {
    const { keys, idTag } = this.#town.providers[provider] as Town['providers'][number]
    const former = this.#roots.get(provider) ?? { root: new Uint8Array(32), counter: 0 }
    const [root, counter] = [random(32), former.counter + 1]
    this.#roots.set(provider, { root, counter })
    return encodeRecord(
      {
        ...{ kind: 'anchor', stewardTag: idTag, previousRoot: former.root, root, counter },
        ...{ logRoot: random(32), query: new Uint8Array(32), epoch: 0 },
        deadline: this.#deadline(),
      },
      Keys.anchorKey(keys),
      this.#domain,
    )
  }

  #signed(operation: Operation, by: Account): Uint8Array {
    return encodeRecord(operation, by, this.#domain, [coverNote()])
  }

  #deadline(): number {
    return this.#town.clock.now + 43_200
  }

  async #send(posts: readonly Post[]): Promise<void> {
    for (const [relay] of this.#town.providers.entries()) {
      const records = posts.filter((one) => one.relay === relay).map(({ record }) => record)
      for (let from = 0; from < records.length; from += mostRecords) {
        const message = records.slice(from, from + mostRecords).map(toBase64Url)
        const response = await this.#town.fetch(`${relayUrl(relay)}/relay`, {
          method: 'POST',
          body: JSON.stringify({ token: this.#token(), records: message }),
        })
        if (response.status !== 202) throw new Error(`a relay refused: ${await response.text()}`)
      }
    }
  }

  #token(): ReturnType<typeof issueToken> {
    const { office, chain, network, clock, fetch } = this.#town
    const me = chain.view().entry(office.tag)
    if (!me) throw new Error('the office is not registered')
    const identity = {
      ...{ keys: office.keys, network, domain: this.#domain, store: openMemoryStore() },
      ...{ clock: () => clock.now, fetch },
    }
    const day = Math.floor(clock.now / 86_400)
    return issueToken(identity, me, { day, operations: tokenOperations })
  }
}

type Proposal = { readonly subject: Account; readonly relation: Relation }
type Relation = Readonly<Record<'steward' | 'subject' | 'termsHash', Uint8Array>>
