import { readChainAt } from '@medrec/client'
import {
  delegationHash,
  equal,
  fromHex,
  type Hex,
  MedrecError,
  scopeHash,
  toHex,
} from '@medrec/protocol'
import { AccessTables } from '@medrec/records/node'
import type { Core, Staff } from './Core.ts'
import { isGivenTo, isOpenedBy, noRight, type Right, shareRight } from './explainRights.ts'
import type { PointerRow, RelationshipRow } from './map/PointerMap.ts'
import { decide } from './query/decide.ts'
import { type FactSource, gatherFacts } from './query/gatherFacts.ts'
import { type Reason, refusals } from './query/refusals.ts'
import { type AnyRequest, readDelegation } from './query/requestBody.ts'
import type { Standing } from './query/standing.ts'
import { viewReason } from './query/viewReason.ts'
import { type BasisKind, basisOf } from './ruleBasis.ts'

/** A request that somebody would make. */
export type ExplainOptions = {
  readonly relationship: Hex
  /** idTag of the one who would ask */
  readonly viewer: Hex
  readonly kind: 'query' | 'index' | 'log'
  /** Of a query: the resource's name or the pointer's id, fields (all when absent), number of the purpose. */
  readonly resource?: string | undefined
  readonly elements?: readonly string[] | undefined
  readonly purpose?: number | undefined
  /** A delegation as its delegate presents it (JSON): the institution keeps none. Of use when the viewer acts by it. */
  readonly delegation?: unknown
  /** The emergency access by which the viewer would ask. */
  readonly emergency?: Hex | undefined
  /** The head when absent */
  readonly block?: number | undefined
  /** Who wants to know; it stands in the log. */
  readonly by: Staff
}

/** What would be decided with one share, or without any. */
export type Explained = {
  readonly grant: Hex | undefined
  readonly decision: 'allow' | Reason
  /** Step of the decision (docs/protocol.md section 8.1); 0 when it would be allowed */
  readonly rule: number
  readonly text: string
  /** Which statement decides, and what it says. */
  readonly basis: { readonly kind: BasisKind; readonly id: Hex; readonly says: string }
}

/** What would happen, and why; nothing of the data. */
export type Explanation = {
  readonly at: { readonly block: number; readonly hash: Hex; readonly time: number }
  readonly request: Pick<ExplainOptions, 'relationship' | 'viewer' | 'kind' | 'purpose'> & {
    readonly pointer: Hex | undefined
    readonly elements: readonly string[]
  }
  /** The outcome with the share that leads furthest. */
  readonly outcome: Explained
  /** Every share of this viewer that the institution knows of. */
  readonly shares: readonly Explained[]
}

type Known = Exclude<Standing, { kind: 'stranger' }>
type Asked = { readonly body: AnyRequest; readonly row: RelationshipRow; readonly viewer: Hex }

/**
 * Says what would be decided about a request at a block, with the decision's own code and facts. Pointers, catalogue
 * and the subject's words are those of now. Keeps an administrative entry in the log, none of access, and reads no
 * data. Throws NothingToExplainError, LogUnavailableError, ChainMovedError.
 */
export async function explain(core: Core, options: ExplainOptions): Promise<Explanation> {
  const row = core.map.relationship(options.relationship)
  if (!row) throw new NothingToExplainError('relationship')
  const pointer = options.kind === 'query' ? pointerOf(core, row, options.resource) : undefined
  const source = await sourceAt(core, options.block)
  const head = source.chain.view().head
  await core.log.append(undefined, {
    time: core.clock(),
    kind: 'explained',
    who: {},
    staff: { id: options.by.id, role: options.by.role },
    about: options.relationship,
    block: head.number,
  })
  const elements = elementsOf(core, pointer, options.elements)
  const { viewer, relationship, kind, purpose } = options
  const isSubject = toHex(row.subjectTag) === viewer
  const known = core.wishes.relationships().find(({ id }) => id === relationship)
  const shares = (known?.shares ?? []).filter((share) => share.viewer === viewer).map(shareRight)
  const named = namedRight(core, options)
  const asked = (right: Right): Asked => ({
    body: bodyOf(options, { pointer, elements, right, now: source.clock() }),
    ...{ row, viewer },
  })
  // "Who looked" is asked without a share, so a viewer has no standing there.
  const each =
    isSubject || named || kind === 'log' ? [] : shares.map((share) => judged(source, asked(share)))
  const best = each.toSorted((a, b) => furthest(b) - furthest(a))[0]
  return {
    at: { block: head.number, hash: head.hash, time: head.time },
    request: {
      ...{ relationship, viewer, kind, purpose, elements },
      pointer: pointer && toHex(pointer.id),
    },
    outcome: best ?? judged(source, asked(named ?? noRight)),
    shares: each,
  }
}

/** What the viewer would present that no share of ours tells. Throws NothingToExplainError. */
function namedRight(core: Core, options: ExplainOptions): Right | undefined {
  const { delegation, emergency } = options
  if (emergency !== undefined) {
    if (!core.emergencies.find(emergency)?.isNoted)
      throw new NothingToExplainError('emergency access')
    return { ...noRight, emergency }
  }
  if (delegation === undefined) return undefined
  const given = readDelegation(delegation)
  if (!given) throw new NothingToExplainError('delegation')
  return { ...noRight, delegation: given }
}

/** Facts, and whether they are those of now. */
type Source = FactSource & Pick<Core, 'chain' | 'emergencies'> & { readonly isNow: boolean }

/** The facts as they were at a block, with the clock at the block's own time; or as they are. */
async function sourceAt(core: Core, block: number | undefined): Promise<Source> {
  const { clock, database, definitions, domain, map, network, steward } = core
  const { emergencyCategories, emergencies } = core
  const common = {
    ...{ clock, database, definitions, domain, map, network, steward, emergencyCategories },
    emergencies,
  }
  if (block === undefined) return { ...common, chain: core.chain, seen: core.seen, isNow: true }
  if (block < network.startBlock || block > core.chain.view().head.number)
    throw new NothingToExplainError('block')
  const state = await readChainAt(core.wishes.rpc(), core.network, block)
  const time = state.view().head.time
  return {
    ...common,
    isNow: false,
    clock: () => time,
    seen: seenBefore(core, time),
    chain: {
      view: () => state.view(),
      viewBefore: (blocks) => state.viewBefore(blocks),
      refresh: async () => undefined,
      status: () => ({ ...core.chain.status(), freshBy: 'block' }),
    },
  }
}

/** Endings that were seen before their block until a moment. */
function seenBefore(core: Core, time: number): FactSource['seen'] {
  const rows = AccessTables.revocationsUntil(core.database, time)
  const numberOf = (kind: string, id: Hex): number | undefined =>
    rows.find((row) => row.kind === kind && toHex(row.key) === id)?.number
  return {
    isRevoked: (grant) => numberOf('grant', grant) !== undefined,
    status: (relationship) => numberOf('relationship', relationship),
    epoch: (relationship) => numberOf('epoch', relationship),
    confirmedVersion: (pointer) => core.seen.confirmedVersion(pointer),
  }
}

/** The decision as `handle` and `serve` take it: the view, standing, then the rules. */
function judged(source: Source, { body, row, viewer }: Asked): Explained {
  const closed = source.isNow ? viewReason(source.chain.status()) : undefined
  const grant = body.share && toHex(body.share.grant)
  const emergency = body.emergency && source.emergencies.find(body.emergency)
  const told = (decision: 'allow' | Reason): Explained => ({
    ...{ grant, decision },
    rule: decision === 'allow' ? 0 : refusals[decision].rule,
    text: decision === 'allow' ? 'This request would be answered.' : refusals[decision].text,
    basis: basisOf(source, { body, row, viewer, decision, emergency }),
  })
  if (closed) return told(closed)
  const standing = standingIn(source, { body, row, viewer })
  return told(standing ? decide(gatherFacts(source, body, standing)) : 'refused')
}

/** What the one who asks would have proven; undefined for a stranger. */
function standingIn(source: Source, { body, row, viewer }: Asked): Known | undefined {
  const view = source.chain.view()
  const before = source.chain.viewBefore(source.network.confirmations)
  const identity = view.entry(viewer)?.identity
  if (!identity || before.entry(viewer)?.identity !== identity) return undefined
  const kind = kindOf(source, { body, row, viewer }, identity)
  if (!kind) return undefined
  const { statement } = body
  const created = statement.notBefore
  return {
    kind,
    ...{ idTag: viewer, identity, row },
    signature: {
      ...{ signer: new Uint8Array(20), bytes: new Uint8Array(65), nonce: '' },
      ...{ created, expires: statement.expires },
    },
    scopeHash: body.share && scopeHash(body.share.scope),
    delegationHash: body.delegation && delegationHash(body.delegation.delegation),
    emergency: body.emergency && source.emergencies.find(body.emergency),
  }
}

/** As `standingOf` tells them apart; the request's own signature is taken for good. */
function kindOf(source: Source, asked: Asked, identity: Hex): Known['kind'] | undefined {
  const { body, row, viewer } = asked
  const { share, delegation, emergency } = body
  if (emergency) {
    const access = source.emergencies.find(emergency)
    return access && isOpenedBy(access, asked, identity) ? 'emergency' : undefined
  }
  if (share) return 'viewer'
  if (delegation) return isGivenTo(delegation, asked, source.domain) ? 'delegate' : undefined
  return equal(row.subjectTag, fromHex(viewer, 32)) ? 'subject' : undefined
}

/** How far a request came: an allowance is furthest. */
function furthest({ rule }: Explained): number {
  return rule === 0 ? Number.POSITIVE_INFINITY : rule
}

function bodyOf(
  { relationship, viewer, kind, purpose }: ExplainOptions,
  made: {
    readonly pointer: PointerRow | undefined
    readonly elements: readonly string[]
    readonly right: Right
    readonly now: number
  },
): AnyRequest {
  const { pointer, elements, right, now } = made
  const none: Hex = `0x${'00'.repeat(20)}`
  const statement = {
    ...{ idTag: viewer, key: none, audience: '', signature: '0x' as Hex },
    ...{ notBefore: now, expires: now + 60 },
  }
  const common = { relationship, statement, ...right, reply: new Uint8Array(32) }
  switch (kind) {
    case 'index':
      return { kind, ...common, since: undefined }
    case 'log':
      return { kind, ...common, ...noRight, from: 0 }
    case 'query':
      if (!pointer) throw new NothingToExplainError('resource')
      return {
        ...{ kind, ...common, elements, version: undefined },
        ...{ pointer: toHex(pointer.id), pointerBytes: pointer.id, purpose: purpose ?? 0 },
      }
  }
}

function pointerOf(core: Core, row: RelationshipRow, named: string | undefined): PointerRow {
  const pointer = core.map
    .pointersOf(toHex(row.id))
    .find(({ id, resource }) => resource === named || toHex(id) === named)
  if (!pointer) throw new NothingToExplainError('resource')
  return pointer
}

function elementsOf(
  core: Core,
  pointer: PointerRow | undefined,
  named: readonly string[] | undefined,
): readonly string[] {
  if (!pointer) return []
  return named ?? core.definitions.get(pointer.definition)?.fields.map(({ name }) => name) ?? []
}

/** There is no such relationship or record here. */
export class NothingToExplainError extends MedrecError {
  readonly code = 'NOTHING_TO_EXPLAIN'
  constructor(
    what: 'relationship' | 'resource' | 'entry' | 'block' | 'delegation' | 'emergency access',
  ) {
    super(`There is no such ${what} here, so nothing can be explained.`)
  }
}
