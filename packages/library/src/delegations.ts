import type { ChainView } from '@medrec/client'
import {
  type ByDelegation,
  type Delegation,
  type Domain,
  delegationHash,
  fromHex,
  grantCommitment,
  type Hex,
  isDelegationOf,
  toHex,
} from '@medrec/protocol'
import type { GivenDelegation, ShareState } from './state.ts'

/** The delegation that a delegate's share rests on, opened again from the share. */
function delegationBehind(
  share: ShareState,
  content: ByDelegation & { readonly delegate: Hex },
): GivenDelegation {
  const { scope } = share
  const delegation: Delegation = {
    subject: scope.subject,
    steward: scope.steward,
    delegate: fromHex(content.delegate),
    relationship: scope.relationship,
    epoch: scope.epoch,
    index: scope.index,
    rights: content.rights,
    categories: content.categories,
    notBefore: content.since,
    salt: content.delegationSalt,
  }
  return { slot: toHex(content.slot), signature: toHex(content.delegated), delegation }
}

/** Whether the subject's controller signed a delegation. */
export function isGivenBy(
  domain: Domain,
  subjectController: Hex,
  { slot, signature, delegation }: GivenDelegation,
): boolean {
  return isDelegationOf(
    fromHex(subjectController),
    fromHex(signature),
    domain,
    fromHex(slot),
    delegationHash(delegation),
  )
}

/** The slot of a delegation, when it holds this one. */
export function slotOf(
  view: ChainView,
  { slot: address, delegation }: Pick<GivenDelegation, 'slot' | 'delegation'>,
): ReturnType<ChainView['grant']> {
  const slot = view.grant(address)
  const expected = toHex(grantCommitment(delegationHash(delegation)))
  return slot && `0x${slot.commitment}` === expected ? slot : undefined
}

/** A delegate's share with its delegation: it lasts no longer (docs/protocol.md 3.1). */
export function endedWith(
  view: ChainView,
  share: ShareState,
  content: ByDelegation & { readonly delegate: Hex },
): ShareState {
  const by = delegationBehind(share, content)
  const slot = slotOf(view, by)
  const isOver = !slot || slot.revoked
  const status = share.status === 'live' && isOver ? 'stopped' : share.status
  return { ...share, by, status, expiresAt: Math.min(share.expiresAt, slot?.expiresAt ?? 0) }
}
