import type { ChainView } from '@medrec/client'
import {
  consentCommitment,
  fromHex,
  type GrantSlot,
  grantCommitment,
  type Hex,
  isStatementOf,
  policies,
  toHex,
} from '@medrec/protocol'
import { AccessTables } from '@medrec/records/node'
import type { PointerRow } from '../map/PointerMap.ts'
import type { ChainSource } from './ChainSource.ts'
import type { Context } from './Context.ts'
import type { DelegationFacts, Facts, PointerFacts, ShareFacts, SlotFacts } from './Facts.ts'
import type { AnyRequest, PresentedDelegation, PresentedShare } from './requestBody.ts'
import type { Standing } from './standing.ts'

type Known = Exclude<Standing, { kind: 'stranger' }>
type View = ReturnType<ChainSource['view']>

/** Numbers of the statuses that end a relationship, as they are signed (docs/protocol.md section 4). */
const endedAs = { rejected: 3, closedBySubject: 4 } as const

/** What facts are gathered from. */
export type FactSource = Pick<
  Context,
  | 'clock'
  | 'database'
  | 'definitions'
  | 'domain'
  | 'emergencyCategories'
  | 'map'
  | 'network'
  | 'steward'
> & {
  readonly chain: Pick<ChainSource, 'view' | 'viewBefore' | 'status'>
  readonly seen: Pick<Context['seen'], 'isRevoked' | 'status' | 'epoch' | 'confirmedVersion'>
}

/**
 * Reads what a decision rests on, from one view of the chain (docs/protocol.md 8.1). `isReplay` is looked up unless
 * it is known.
 */
export function gatherFacts(
  context: FactSource,
  body: AnyRequest,
  standing: Known,
  isReplay: boolean = isUsed(context, standing),
): Facts {
  const view = context.chain.view()
  const { row, signature } = standing
  const now = context.clock()
  const subject = toHex(row.subjectTag)
  const before = context.chain.viewBefore(context.network.confirmations)
  const pointer = body.kind === 'query' ? pointerOf(context, body) : undefined
  return {
    now,
    chainTime: context.chain.status().freshBy === 'block' ? view.head.time : now,
    headTime: view.head.time,
    request: {
      created: signature.created,
      expires: signature.expires,
      isReplay,
    },
    statement: body.statement,
    steward: fromHex(context.steward),
    terms: row,
    slot: view.relationship(body.relationship),
    seen: endingsSeen(context, view, body.relationship),
    subjectVersions: [view.entry(subject)?.version, before.entry(subject)?.version],
    stewardVersions: [view, before].map((then) => stewardVersionIn(then, context.steward)),
    viewer:
      standing.kind === 'viewer' && body.share && standing.scopeHash
        ? shareFacts(context, view, { share: body.share, hash: standing.scopeHash, row })
        : undefined,
    delegate:
      body.delegation && standing.delegationHash
        ? delegationFacts(context, view, body.delegation, standing.delegationHash)
        : undefined,
    emergency: standing.emergency && {
      hasRole: [before, view].map((then) => then.hasRole(standing.idTag, 'emergency')),
      expires: standing.emergency.expires,
      categories: context.emergencyCategories(body.relationship),
    },
    purpose: body.kind === 'query' ? body.purpose : undefined,
    pointer: pointer && pointerFacts(context, pointer),
    elements: body.kind === 'query' ? body.elements : [],
    isUnexplained: pointer ? isUnexplained(context, toHex(pointer.id)) : false,
    isFormer: body.kind === 'query' && body.version !== undefined,
  }
}

/** Version of a steward's registration; undefined while it is no certified institution. */
export function stewardVersionIn(
  view: Pick<ChainView, 'entry' | 'hasRole'>,
  steward: Hex,
): number | undefined {
  return view.hasRole(steward, 'institution') ? view.entry(steward)?.version : undefined
}

function isUsed({ database }: FactSource, { signature }: Known): boolean {
  return AccessTables.isUsed(database, signature.signer, signature.nonce)
}

/**
 * Whether a version changed for no recorded reason and the subject has confirmed neither it nor a later one: a
 * write of ours that comes after does not launder it, and that she calls it wrong opens it to nobody.
 */
export function isUnexplained(context: Pick<FactSource, 'map' | 'seen'>, pointer: Hex): boolean {
  return context.seen.confirmedVersion(pointer) < context.map.unexplainedVersion(pointer)
}

function pointerOf(
  context: FactSource,
  body: Extract<AnyRequest, { kind: 'query' }>,
): PointerRow | null {
  const pointer = context.map.pointer(body.pointer)
  return pointer && toHex(pointer.relationship) === body.relationship ? pointer : null
}

function pointerFacts(context: FactSource, pointer: PointerRow): PointerFacts {
  const { id, category, schema, catalogue } = pointer
  const definition = context.definitions.get(pointer.definition)
  return {
    id,
    category,
    schema,
    catalogue,
    fields: definition?.fields ?? [],
    fieldsOf: (version) => {
      if (version > catalogue) return undefined
      const same = [...context.definitions.values()].find(
        (other) =>
          other.catalogue === version && other.category === category && other.schema === schema,
      )
      return same?.fields.length
    },
  }
}

function shareFacts(
  context: FactSource,
  view: View,
  { share, hash, row }: { share: PresentedShare; hash: Uint8Array; row: Known['row'] },
): ShareFacts {
  const grant = slotFacts(context, view, toHex(share.grant))
  return {
    share,
    isCommitted: grant.slot !== undefined && holds(grant.slot, grantCommitment(hash)),
    grant,
    // Where terms ask for none, nobody has us verify one.
    consent:
      row.policy === policies.subjectOnly
        ? undefined
        : consentFacts(context, view, { share, hash, row }),
  }
}

function delegationFacts(
  context: FactSource,
  view: View,
  { slot: address, delegation }: PresentedDelegation,
  hash: Uint8Array,
): DelegationFacts {
  const slot = slotFacts(context, view, toHex(address))
  return {
    delegation,
    isCommitted: slot.slot !== undefined && holds(slot.slot, grantCommitment(hash)),
    slot,
  }
}

function consentFacts(
  context: FactSource,
  view: View,
  { share, hash, row }: { share: PresentedShare; hash: Uint8Array; row: Known['row'] },
): SlotFacts | undefined {
  const { consent, grant } = share
  if (!consent) return undefined
  const facts = slotFacts(context, view, toHex(consent.slot))
  if (!facts.slot || !holds(facts.slot, consentCommitment(hash, consent.slot))) return undefined
  const statement = { slot: consent.slot, grant, scope: hash }
  return isStatementOf(row.consent, consent.signature, context.domain, 'Consent', statement)
    ? facts
    : undefined
}

/** Endings pushed to us or seen before their block, and those of blocks that a reorganisation took away. */
function endingsSeen({ seen }: FactSource, view: View, relationship: Hex): Facts['seen'] {
  const undone = view.undoneEnding(relationship)
  const statuses = [seen.status(relationship), undone?.status && endedAs[undone.status]]
  return {
    status: statuses.includes(endedAs.closedBySubject)
      ? endedAs.closedBySubject
      : statuses.find((status) => status !== undefined),
    epoch: Math.max(seen.epoch(relationship) ?? 0, undone?.epoch ?? 0),
  }
}

function slotFacts(context: FactSource, view: View, address: Hex): SlotFacts {
  const isUndone = view.undoneEnding(address)?.revoked === true
  return { slot: view.grant(address), revocationSeen: isUndone || context.seen.isRevoked(address) }
}

function holds(slot: GrantSlot, commitment: Uint8Array): boolean {
  return `0x${slot.commitment}` === toHex(commitment)
}
