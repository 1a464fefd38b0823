import {
  type Account,
  allowedMask,
  compactOf,
  type Delegation,
  inclusionProof,
  Keys,
  ledgerDomain,
  MerkleMap,
  type Network,
  newReplyKey,
  noAddress,
  type Scope,
  signRequest,
  signStatement,
  toBase64Url,
  toHex,
  utf8,
} from '@medrec/protocol'
import * as Scopes from '../../library/src/Scopes.ts'
import type { Someone } from '../../library/src/someone.test-support.ts'
import { inHex } from '../../protocol/src/inHex.test-support.ts'
import { type BothWorlds, type Case, fieldNames, fieldsKnown } from './bothDecide.test-support.ts'
import { entryHashes, positionOf } from './map/indexEntries.ts'
import type { PointerRow, Snapshot } from './map/PointerMap.ts'
import { decide } from './query/decide.ts'
import { type FactSource, gatherFacts, isUnexplained } from './query/gatherFacts.ts'
import type { Reason } from './query/refusals.ts'
import { readBody } from './query/requestBody.ts'
import { type StrangerReason, standingOf, type Verified } from './query/standing.ts'

/** A share with what its grant commits to, and the keys of its slots. */
export type Given = {
  readonly of: Case
  readonly grant: Account
  readonly consentSlot: Account
  readonly viewer: number
  /** What is presented; not always what was signed. */
  readonly scope: Scope
  readonly hash: Uint8Array
  readonly share: Uint8Array
  readonly consent: Uint8Array
  /** The delegation by which it was shared, or by which its delegate reads himself. */
  readonly delegated: Delegated | undefined
}

/** A delegation with what its slot commits to, and the key of its slot. */
export type Delegated = {
  readonly slot: Account
  /** What is presented; not always what was signed. */
  readonly delegation: Delegation
  readonly hash: Uint8Array
  readonly signature: Uint8Array
  /** Number of the delegate among the people. */
  readonly delegate: number
}

/** A question to both: these fields of this pointer, in this relationship, by this share. */
export type Asked = {
  readonly of: Case
  readonly share: Given
  readonly pointer: PointerRow
  readonly mask: number
  readonly purpose: number
  /** Somebody else presents it. */
  readonly thief: boolean
  /** The delegate asks by the delegation alone. */
  readonly alone: boolean
  /** Seconds that the gatekeeper's clock is ahead of the head. */
  readonly skew: number
  readonly freshBy: 'block' | 'heartbeat'
}

const authority = 'gate.example:443'
/** As at a gatekeeper: a statement or share is recovered once. */
const verified: Verified = { known: new Set(), limit: 4_096 }
/** What a client makes once a day, and what answers would be sealed to. */
const requestKeys = new Map<string, Account>()
const statements = new Map<string, object>()
const reply = toBase64Url(newReplyKey().publicKey)

/** `canRead`, asked as if a block were sealed now where blocks come by themselves only when there is something. */
export function ledgerSays(worlds: BothWorlds, asked: Asked): Promise<number> {
  const head = worlds.state.head.time
  const clock = head + asked.skew
  const time = asked.freshBy === 'block' ? head : Math.max(head, clock)
  return worlds.canRead(askOf(worlds, asked, clock), time)
}

/** What the gatekeeper's own code decides, from a signed request and its own state. */
export function gateSays(worlds: BothWorlds, asked: Asked): 'allow' | Reason | StrangerReason {
  const { network, hospital } = worlds.net
  const now = worlds.state.head.time + asked.skew
  const who = worlds.people[readerOf(asked)] as Someone
  const { body, request, headers } = requestOf(worlds, asked, who, now)
  const read = readBody('/query', body)
  const context = contextOf(worlds, asked, now)
  const standing = standingOf({
    request,
    headers,
    body: read,
    chainId: network.chainId,
    domain: context.domain,
    identities: (idTag) => [
      worlds.state.view().entry(idTag)?.identity,
      worlds.state.viewBefore(network.confirmations).entry(idTag)?.identity,
    ],
    row: worlds.map.relationship(read.relationship),
    verified,
    emergencyOf: () => undefined,
  })
  if (context.steward !== hospital.tag) throw new Error('another steward')
  return standing.kind === 'stranger' ? standing.why : decide(gatherFacts(context, read, standing))
}

/** Whether the gatekeeper may refuse for this reason what the ledger would allow: it knows more than the chain. */
export function maySayNo(
  worlds: BothWorlds,
  { of, share, pointer }: Asked,
  reason: 'allow' | Reason | StrangerReason,
): boolean {
  const { state, seen, net } = worlds
  const relationship = toHex(of.id)
  const shown = state.view().relationship(relationship)?.epoch ?? 0
  const isBeyond = ({ catalogue, mask }: { catalogue: number; mask: bigint }): boolean =>
    mask >> BigInt(fieldsKnown[catalogue] ?? 0) !== 0n
  const named: ReadonlyMap<string, boolean> = new Map([
    // What was pushed to it.
    [
      'delegation-revoked',
      share.delegated !== undefined && seen.isRevoked(toHex(share.delegated.slot.address)),
    ],
    ['grant-revoked', seen.isRevoked(toHex(share.grant.address))],
    ['relationship-closed', seen.status(relationship) === 4],
    ['epoch-closed', (seen.epoch(relationship) ?? 0) > shown],
    // What must hold some blocks before the head too.
    [
      'not-certified',
      !state.viewBefore(net.network.confirmations).hasRole(net.hospital.tag, 'institution'),
    ],
    // What it knows of the data.
    ['unexplained', isUnexplained(worlds, toHex(pointer.id))],
    ['catalogue-version', allowedMask(share.scope, pointer).some(isBeyond)],
  ])
  return named.get(reason) ?? false
}

function readerOf({ share, thief, alone }: Asked): number {
  const rightful = alone && share.delegated ? share.delegated.delegate : share.viewer
  return thief ? (rightful === 1 ? 2 : 1) : rightful
}

/** What is presented: a share, a delegation, or the one by the other. */
function presentedOf({ share, alone }: Asked): object {
  const { delegated } = share
  return {
    ...(!(alone && delegated) && {
      share: {
        grant: toHex(share.grant.address),
        signature: toHex(share.share),
        scope: Scopes.toJson(share.scope),
        consent: { slot: toHex(share.consentSlot.address), signature: toHex(share.consent) },
      },
    }),
    ...(delegated && {
      delegation: {
        slot: toHex(delegated.slot.address),
        signature: toHex(delegated.signature),
        delegation: inHex(delegated.delegation),
      },
    }),
  }
}

function contextOf(worlds: BothWorlds, { freshBy }: Asked, now: number): FactSource {
  return {
    network: worlds.net.network,
    domain: ledgerDomain(worlds.net.network),
    steward: worlds.net.hospital.tag,
    database: worlds.database,
    map: worlds.map,
    seen: worlds.seen,
    definitions: worlds.definitions,
    emergencyCategories: () => 0,
    clock: () => now,
    chain: {
      view: () => worlds.state.view(),
      viewBefore: (blocks) => worlds.state.viewBefore(blocks),
      status: () => ({
        isSynced: true,
        isBehind: false,
        witness: 'none',
        ageMs: 0,
        freshBy,
        problem: undefined,
      }),
    },
  }
}

function requestOf(worlds: BothWorlds, asked: Asked, who: Someone, now: number) {
  const { of, pointer, mask, purpose } = asked
  const { network } = worlds.net
  const key = requestKeyOf(who, now)
  const statement = statementOf(who, key, network, now)
  const names = fieldNames.filter((_, bit) => (mask >> bit) & 1)
  const body = utf8(
    JSON.stringify({
      relationship: toHex(of.id),
      query: `${toHex(pointer.id).slice(2)}?_elements=${names.join(',')}`,
      purpose,
      statement,
      ...presentedOf(asked),
      reply,
    }),
  )
  const contentType = 'application/json'
  const request = { authority, method: 'POST' as const, path: '/query', contentType, body }
  return { body, request, headers: signRequest(request, key, { chainId: network.chainId, now }) }
}

function requestKeyOf(who: Someone, now: number): Account {
  const name = `${who.tag} ${Math.floor(now / 86_400)}`
  const key = requestKeys.get(name) ?? Keys.requestKey(who.keys, authority, now)
  requestKeys.set(name, key)
  return key
}

/** For some minutes from a full one on, as a client keeps it. */
function statementOf(who: Someone, key: Account, network: Network, now: number): object {
  const minute = now - (now % 60)
  const name = `${toHex(key.address)} ${minute}`
  const known = statements.get(name)
  if (known) return known
  const facts = { audience: authority, notBefore: minute - 60, expires: minute + 600 }
  const value = { ...facts, idTag: who.idTag, key: key.address }
  const signature = signStatement(who.keys.identity, ledgerDomain(network), 'RequestKey', value)
  const keys = { idTag: who.tag, key: toHex(key.address), signature: toHex(signature) }
  const statement = { ...facts, ...keys }
  statements.set(name, statement)
  return statement
}

function askOf(worlds: BothWorlds, asked: Asked, time: number): unknown {
  const { of, share, pointer, mask, purpose } = asked
  const { map } = worlds
  const snapshot = worlds.snapshot as Snapshot
  const version = map.version(toHex(pointer.id))
  const index = map.index(toHex(pointer.relationship))
  const row = map.relationship(toHex(pointer.relationship))
  if (!version || !index || !row) throw new Error('a pointer of the map expected')
  const pointers = map.pointersIn(index)
  const position = positionOf(pointers, pointer.id)
  const hexes = (all: readonly Uint8Array[] = []): readonly string[] => all.map(toHex)
  return {
    stewardController: toHex(of.row.stewardController),
    subjectController: toHex(of.row.subjectController),
    terms: inHex(of.terms),
    scope: { ...inHex(share.scope), entries: share.scope.entries.map(inHex) },
    grant: toHex(asked.alone && share.delegated ? noAddress : share.grant.address),
    share: compactOf(share.share),
    consentSlot: toHex(share.consentSlot.address),
    consent: compactOf(share.consent),
    leaf: inHex({ ...pointer, ...version, pointer: pointer.id, query: pointer.queryHash }),
    path: hexes(MerkleMap.path(snapshot.map, pointer.key)),
    index: {
      hidden: toHex(index.hidden),
      previous: toHex(index.previous),
      position,
      size: index.size,
      entryPath: hexes(inclusionProof(entryHashes(pointers), position)),
      mapPath: hexes(MerkleMap.path(snapshot.map, row.indexKey)),
    },
    viewer: (worlds.people[readerOf(asked)] as Someone).tag,
    mask: BigInt(mask),
    purpose: 1 << purpose,
    time,
    delegated: delegatedOf(share.delegated),
  }
}

function delegatedOf(given: Delegated | undefined): unknown {
  const none: Delegation = {
    ...{ subject: none32, steward: none32, delegate: none32, relationship: none32, epoch: 0 },
    ...{ index: none32, rights: 0, categories: 0, notBefore: 0, salt: none32 },
  }
  return {
    slot: toHex(given?.slot.address ?? noAddress),
    signature: compactOf(given?.signature ?? new Uint8Array(64)),
    delegation: inHex(given?.delegation ?? none),
  }
}

const none32 = new Uint8Array(32)
