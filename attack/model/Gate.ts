import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { anyPointer, type Hex, ledgerDomain, MalformedError, toHex } from '@medrec/protocol'
import {
  AccessTables,
  type NodeDatabase,
  openNodeDatabase,
  providerSteps,
} from '@medrec/records/node'
import type { ChainLog } from '../../packages/client/src/fold/chainBlock.ts'
import { PointerMap } from '../../packages/gatekeeper/src/map/PointerMap.ts'
import { decide } from '../../packages/gatekeeper/src/query/decide.ts'
import { type FactSource, gatherFacts } from '../../packages/gatekeeper/src/query/gatherFacts.ts'
import type {
  AnyRequest,
  PresentedDelegation,
  PresentedShare,
} from '../../packages/gatekeeper/src/query/requestBody.ts'
import { Seen } from '../../packages/gatekeeper/src/query/Seen.ts'
import { viewReason } from '../../packages/gatekeeper/src/query/viewReason.ts'
import type { Block, Chain, Ending, Wish } from './chain.ts'
import { anybody, beforehand, hashOf, logsOfRegistrar, network, newState } from './genesis.ts'
import { places, start } from './history.ts'
import { grantLog, relationshipLog } from './logs.ts'
import {
  anchorAccount,
  definitions,
  fieldNames,
  makePlaces,
  type Place,
  type ShareKeys,
  stewardTag,
  subjectTag,
  viewerTag,
} from './Places.ts'
import type { Ask, History, Share, Word } from './plan.ts'

const [steward, subject, viewer] = [stewardTag, subjectTag, viewerTag].map(toHex) as [Hex, Hex, Hex]
const noBytes = new Uint8Array(0)
const otherTag = new Uint8Array(32).fill(0xdd)
/** Of a scope number that is no share's. */
const otherCommitment = 'ee'.repeat(26)
const domain = ledgerDomain(network)
/** Where a place has the delegation's keys. */
const delegationAt = 3

/**
 * The gatekeeper's own code, with a fold of the chain, a database and a pointer map of its own, to which histories
 * happen one after another. Each has a place, with keys that are its own; after a round of all places everything
 * but the map is new.
 */
export class Gate {
  readonly #folder = mkdtempSync(join(tmpdir(), 'medrec-model-'))
  readonly #database: NodeDatabase
  readonly #map: PointerMap
  readonly #places: readonly Place[]
  #state = newState()
  #seen: Seen
  #place: Place
  #history: History | undefined
  #shares: readonly PresentedShare[] = []
  #forks = 0

  constructor() {
    this.#database = openNodeDatabase(join(this.#folder, 'node.db'))
    this.#database.all('PRAGMA synchronous = OFF') // power cuts are the affair of failures/
    this.#database.migrate('provider', providerSteps)
    this.#map = new PointerMap({
      database: this.#database,
      domain,
      anchorAccount,
      delay: 300,
      clock: () => start,
      logHead: () => ({ head: new Uint8Array(32), length: 0 }),
    })
    this.#places = this.#database.transaction(() => makePlaces(this.#database, this.#map, domain))
    this.#place = this.#places[0] as Place
    this.#seen = new Seen(this.#database)
  }

  close(): void {
    this.#database.close()
    rmSync(this.#folder, { recursive: true })
  }

  /** Runs a round of histories, one in each place, in one transaction. */
  round<T>(work: () => T): T {
    return this.#database.transaction(() => {
      for (const table of ['revocation', 'acknowledgement', 'nonce'])
        this.#database.run(`DELETE FROM ${table}`)
      this.#state = newState()
      this.#seen = new Seen(this.#database)
      return work()
    })
  }

  begin(history: History, number: number): void {
    while (this.#state.head.number > beforehand) this.#state.undo()
    this.#place = this.#places[number % places] as Place
    this.#history = history
    this.#shares = history.shares.map((share, at) => this.#presented(share, at))
  }

  /** A block with what its wishes came to. */
  apply({ number, time }: Block, changes: readonly Change[]): void {
    const { head } = this.#state
    const hash = hashOf(number, ++this.#forks)
    const logs = changes.flatMap((change) => this.#logOf(change, time) ?? [])
    this.#state.apply({ number: beforehand + number, time, hash, parent: head.hash, logs })
  }

  undo(): void {
    this.#state.undo()
  }

  /** What was pushed to the gatekeeper; it checked the signature before. */
  push(ending: Ending): void {
    const rest = { record: noBytes, seenAt: start }
    if (ending.ended === 'slot')
      this.#seen.keep({ kind: 'grant', key: this.#slot(ending.slot), number: 0, ...rest })
    else if (ending.ended === 'epochs')
      this.#seen.keep({ kind: 'epoch', key: this.#id(ending), number: ending.below, ...rest })
    else {
      const number = ending.as === 'rejected' ? 3 : 4
      this.#seen.keep({ kind: 'relationship', key: this.#id(ending), number, ...rest })
    }
  }

  say({ pointer, version, verdict, order }: Word): void {
    const id = this.#place.pointers[pointer] as Uint8Array
    const newest = this.#map.version(toHex(id))?.version ?? 0
    const said = { pointer: id, version, verdict: verdict === 'seen' ? 0 : 1, words: 100 + order }
    this.#seen.acknowledge({ ...said, reason: null, time: start }, newest)
  }

  use(nonce: number): void {
    AccessTables.useNonce(this.#database, { ...this.#nonce(nonce), expires: start })
  }

  /** What was seen is read from the disk again. */
  restart(): void {
    this.#seen = new Seen(this.#database)
  }

  /** What the gatekeeper's code says, from its view of the chain on. */
  ask(ask: Ask): string {
    const now = this.#state.head.time + ask.skew
    const { isSynced, isBehind, hasProblem, witness, age, freshBy } = ask.view
    const problem = hasProblem ? new MalformedError('a door that lies') : undefined
    const ageMs = age * 1_000
    const status = { isSynced, isBehind, witness, freshBy, ageMs, problem }
    const body = this.#body(ask, now)
    const share = ask.share === undefined ? undefined : this.#keys(ask.share)
    const nonce = this.#nonce(ask.nonce)
    const row = this.#map.relationship(body.relationship) as Place['rows'][number]
    const facts = gatherFacts(this.#source(ask, status, now), body, {
      kind: share
        ? 'viewer'
        : ask.isDelegated
          ? 'delegate'
          : ask.emergency
            ? 'emergency'
            : 'subject',
      idTag: share || ask.isDelegated || ask.emergency ? viewer : subject,
      identity: anybody,
      signature: {
        signer: nonce.key,
        nonce: nonce.nonce,
        created: now + ask.created,
        expires: now + ask.expires,
        bytes: noBytes,
      },
      row,
      scopeHash: share?.hash,
      delegationHash: ask.isDelegated ? this.#keys(delegationAt).hash : undefined,
      emergency: ask.emergency && emergencyRow(body.relationship, now + ask.emergency.left),
    })
    return viewReason(status) ?? decide(facts)
  }

  #source(
    { emergency }: Ask,
    status: ReturnType<FactSource['chain']['status']>,
    now: number,
  ): FactSource {
    const confirmations = this.#history?.confirmations ?? 0
    return {
      network: { ...network, confirmations },
      ...{
        domain,
        steward,
        definitions,
        database: this.#database,
        map: this.#map,
        seen: this.#seen,
      },
      emergencyCategories: () => bitsOf(emergency?.categories ?? []),
      clock: () => now,
      chain: {
        view: () => this.#state.view(),
        viewBefore: (blocks) => this.#state.viewBefore(blocks),
        status: () => status,
      },
    }
  }

  #body(ask: Ask, now: number): AnyRequest {
    const { from, to } = ask.statement
    const presented = ask.share === undefined ? undefined : this.#shares[ask.share]
    const share = presented && (ask.withConsent ? presented : { ...presented, consent: undefined })
    const statement = {
      idTag: viewer,
      key: anybody,
      audience: '',
      signature: anybody,
      notBefore: now + from,
      expires: now + to,
    }
    const relationship = this.#place.ids[ask.relation] as Hex
    const delegation = ask.isDelegated ? this.#delegation() : undefined
    const usual = {
      relationship,
      reply: noBytes,
      delegation,
      emergency: undefined,
      share,
      statement,
    }
    if (ask.kind === 'index')
      return Object.assign(usual, { kind: 'index' as const, since: undefined })
    return Object.assign(usual, {
      kind: 'query' as const,
      pointer: this.#place.pointerIds[ask.pointer] as Hex,
      pointerBytes: this.#place.pointers[ask.pointer] as Uint8Array,
      purpose: ask.purpose,
      version: ask.isFormer ? 1 : undefined,
      elements: ask.fields.map((field) => fieldNames[field] as string),
    })
  }

  #delegation(): PresentedDelegation {
    const { delegation } = this.#history as History
    const row = this.#place.rows[delegation.relation] as Place['rows'][number]
    const { epoch, notBefore, rights, categories, wrong } = delegation
    return {
      slot: this.#keys(delegationAt).grant,
      signature: noBytes,
      delegation: {
        ...{ epoch, notBefore, rights, categories: bitsOf(categories) },
        subject: wrong === 'subject' ? otherTag : row.subjectTag,
        steward: wrong === 'steward' ? otherTag : stewardTag,
        index: wrong === 'index' ? otherTag : row.indexKey,
        ...{ delegate: viewerTag, relationship: row.id, salt: otherTag },
      },
    }
  }

  #presented(share: Share, at: number): PresentedShare {
    const keys = this.#keys(at)
    const row = this.#place.rows[share.relation] as Place['rows'][number]
    const signer = share.isConsentSigned ? share.relation : 1 - share.relation
    return {
      grant: keys.grant,
      signature: noBytes,
      consent: { slot: keys.consent, signature: keys.signatures[signer] as Uint8Array },
      scope: {
        subject: share.wrong === 'subject' ? otherTag : row.subjectTag,
        steward: share.wrong === 'steward' ? otherTag : stewardTag,
        viewer: viewerTag,
        relationship: row.id,
        epoch: share.epoch,
        index: share.wrong === 'index' ? otherTag : row.indexKey,
        purposes: share.purposes.reduce((bits, purpose) => bits | (1 << purpose), 0),
        notBefore: share.notBefore,
        salt: otherTag,
        entries: share.entries.map(({ pointer, category, schema, catalogue, fields }) => ({
          ...{ category, schema, catalogue },
          pointer: pointer === 'any' ? anyPointer : (this.#place.pointers[pointer] as Uint8Array),
          mask: fields.reduce((mask, field) => mask | (1n << BigInt(field)), 0n),
        })),
      },
    }
  }

  #logOf({ wish, chain }: Change, time: number): ChainLog | undefined {
    if (wish.do === 'bind') return logsOfRegistrar(`${wish.who} ${wish.version}`)
    if (wish.do === 'certify') return logsOfRegistrar(`${wish.whom} ${wish.certified}`)
    if (wish.do === 'grant' || wish.do === 'revoke') {
      const slot = chain.slots[wish.slot]
      if (!slot) return undefined
      const sequence = slot.isRevoked ? 65_535 : slot.sequence
      const commitment =
        slot.scope === wish.slot
          ? (this.#keys(wish.slot >> 1).holds[wish.slot % 2] as string)
          : otherCommitment
      return grantLog(toHex(this.#slot(wish.slot)), { expires: slot.expires, sequence, commitment })
    }
    const { relationship } = wish
    const [status, epoch] = [chain.status[relationship], chain.epoch[relationship]]
    if (status === undefined || epoch === undefined) return undefined
    return relationshipLog(this.#place.ids[relationship] as Hex, { status, epoch, time })
  }

  #keys(share: number): ShareKeys {
    return this.#place.shares[share] as ShareKeys
  }

  #slot(slot: number): Uint8Array {
    const { grant, consent } = this.#keys(slot >> 1)
    return slot % 2 === 0 ? grant : consent
  }

  #id({ relationship }: { readonly relationship: number }): Uint8Array {
    return this.#place.rows[relationship]?.id as Uint8Array
  }

  #nonce(nonce: number): { readonly key: Uint8Array; readonly nonce: string } {
    return { key: this.#keys(0).grant, nonce: String(nonce) }
  }
}

function bitsOf(numbers: readonly number[]): number {
  return numbers.reduce((bits, number) => bits | (1 << number), 0)
}

/** An emergency access as it was kept when it was opened. */
function emergencyRow(
  relationship: Hex,
  expires: number,
): NonNullable<Parameters<typeof gatherFacts>[2]['emergency']> {
  const opened = { time: expires - 4 * 3_600, expires }
  return { id: anybody, relationship, idTag: viewer, identity: anybody, ...opened } as never
}

/** A wish that was done, and the chain right after it. */
export type Change = {
  readonly wish: Wish
  readonly chain: Pick<Chain, 'status' | 'epoch' | 'slots'>
}
