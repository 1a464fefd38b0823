import type { BlockRef, ChainView } from '@medrec/client'
import { type Hex, keccak, type Operation, type SealedNote, toHex, utf8 } from '@medrec/protocol'

/** What stands on the chain once a wish came true. */
export type Effect =
  | { readonly kind: 'notes'; readonly notes: readonly SealedNote[] }
  | { readonly kind: 'tags'; readonly tags: readonly Hex[] }
  | { readonly kind: 'status'; readonly id: Hex; readonly to: 'rejected' | 'closed' }
  | { readonly kind: 'proposed'; readonly id: Hex }
  | { readonly kind: 'epoch'; readonly id: Hex; readonly epoch: number }
  | {
      readonly kind: 'grant'
      readonly address: Hex
      readonly sequence: number
      readonly commitment: Hex
    }
  | { readonly kind: 'revoked'; readonly address: Hex }
  | {
      readonly kind: 'anchored'
      readonly stewardTag: Hex
      readonly root: Hex
      readonly logRoot: Hex
      readonly counter: number
    }

/** Where an effect stands: in a block, not yet, or never (with the reason). */
export type Standing =
  | { readonly is: 'there'; readonly block: BlockRef }
  | { readonly is: 'missing' }
  | { readonly is: 'impossible'; readonly reason: string }

const missing: Standing = { is: 'missing' }

/** Looks for an effect in a view of the chain. */
export function standing(effect: Effect, view: ChainView): Standing {
  switch (effect.kind) {
    case 'notes':
      return notesStanding(effect.notes, view)
    case 'tags':
      return last(effect.tags.map((tag) => view.updateTag(tag)))
    case 'proposed':
    case 'epoch':
    case 'status':
      return relationshipStanding(effect, view)
    case 'grant':
    case 'revoked':
      return grantStanding(effect, view)
    case 'anchored':
      return anchorStanding(effect, view)
  }
}

/** Why an operation can no longer be applied, as far as the view tells. */
export function obstacle(
  operation: Operation,
  id: Hex | undefined,
  view: ChainView,
): string | undefined {
  const slot = id && view.relationship(id)
  switch (operation.kind) {
    case 'accept':
      return slot && slot.status !== 'proposed' ? 'RelationshipsBadStatus' : undefined
    case 'grant': {
      const grant = view.grant(toHex(operation.key))
      if (grant?.revoked) return 'GrantsRevoked'
      const other = grant && `0x${grant.commitment}` !== toHex(operation.commitment)
      if (other) return 'GrantsScopeChanged'
      // The ledger counts by its blocks: our own clock may be ahead.
      return operation.expiresAt <= view.head.time ? 'GrantsExpired' : undefined
    }
    default:
      return undefined
  }
}

function notesStanding(notes: readonly SealedNote[], view: ChainView): Standing {
  return last(
    notes.map(({ tag, sealed }) => {
      const wanted = toHex(sealed)
      return view.notes(toHex(tag)).find((found) => toHex(found.sealed) === wanted)?.block
    }),
  )
}

function relationshipStanding(effect: Extract<Effect, { id: Hex }>, view: ChainView): Standing {
  const slot = view.relationship(effect.id)
  if (!slot || slot.status === 'none') return missing
  const there: Standing = { is: 'there', block: slot.block }
  if (effect.kind === 'proposed') return there
  if (effect.kind === 'epoch') return slot.epoch >= effect.epoch ? there : missing
  if (effect.to === 'closed') {
    if (slot.status === 'rejected') return { is: 'impossible', reason: 'RelationshipsBadStatus' }
    return slot.status.startsWith('closed') ? there : missing
  }
  if (slot.status === effect.to) return there
  return slot.status === 'proposed'
    ? missing
    : { is: 'impossible', reason: 'RelationshipsBadStatus' }
}

function grantStanding(effect: Extract<Effect, { address: Hex }>, view: ChainView): Standing {
  const slot = view.grant(effect.address)
  if (!slot) return missing
  if (effect.kind === 'revoked') return slot.revoked ? { is: 'there', block: slot.block } : missing
  if (`0x${slot.commitment}` !== effect.commitment)
    return { is: 'impossible', reason: 'GrantsScopeChanged' }
  if (slot.given.sequence >= effect.sequence) return { is: 'there', block: slot.given.block }
  return slot.revoked ? { is: 'impossible', reason: 'GrantsRevoked' } : missing
}

function anchorStanding(effect: Extract<Effect, { kind: 'anchored' }>, view: ChainView): Standing {
  const newest = view.anchor(effect.stewardTag)
  const known = [...(newest ? [newest] : []), ...view.recentAnchors(effect.stewardTag)]
  const ours = known.find(
    ({ root, logRoot, counter }) =>
      root === effect.root && logRoot === effect.logRoot && counter >= effect.counter,
  )
  return ours ? { is: 'there', block: ours.block } : missing
}

function last(blocks: readonly (BlockRef | undefined)[]): Standing {
  let newest: BlockRef | undefined
  for (const block of blocks) {
    if (!block) return missing
    if (!newest || block.number > newest.number) newest = block
  }
  return newest ? { is: 'there', block: newest } : missing
}

/** Names of the ledger's errors, which stand in `Rejected` as selectors. */
const reasons = [
  'LedgerUnknownKind',
  'LedgerTruncated',
  'LedgerNotRelay',
  'LedgerDeadlinePassed',
  'LedgerDeadlineTooFar',
  'LedgerBadSignature',
  'RelationshipsBadStatus',
  'RelationshipsEpochNotHigher',
  'GrantsBadSequence',
  'GrantsScopeChanged',
  'GrantsExpired',
  'GrantsRevoked',
  'GrantsUnknown',
  'AnchorsNotCertified',
  'BountiesNotCertified',
  'BountiesUnknownQuery',
  'BountiesNoBudget',
  'BountiesStalePolicy',
  'BountiesNotOffered',
  'BountiesAnswered',
]
const selectors = new Map(
  reasons.map((name) => [toHex(keccak(utf8(`${name}()`)).slice(0, 4)), name]),
)

/** The name of a reason that a relay reported: a selector, or a name already. */
export function reasonName(reason: string | undefined): string {
  return selectors.get(reason as Hex) ?? reason ?? 'unknown'
}

/**
 * Reasons that our own view of the chain shows too when they are final. Before, a relay may tell them of a copy that
 * came second, or of what a reorganisation put before the thing it needs: nothing is given up on its word.
 */
const shownByChain: ReadonlySet<string> = new Set([
  'RelationshipsBadStatus',
  'RelationshipsEpochNotHigher',
  'GrantsBadSequence',
  'GrantsScopeChanged',
  'GrantsRevoked',
])

/** Whether a wish waits for our own view of the chain before it is given up for this reason. */
export function isShownByChain(reason: string): boolean {
  return shownByChain.has(reason)
}

/** Whether signing again (newer deadline, counter or another relay) may help. */
export function isTransient(operation: Operation['kind'] | undefined, reason: string): boolean {
  if (['LedgerNotRelay', 'LedgerDeadlinePassed', 'LedgerDeadlineTooFar'].includes(reason))
    return true
  if (operation === 'anchor') return reason === 'LedgerBadSignature'
  return reason === 'GrantsUnknown' || reason === 'unknown'
}
