import {
  type Domain,
  delegationHash,
  equal,
  fromHex,
  type Hex,
  isDelegationOf,
  toHex,
} from '@medrec/protocol'
import type { RelationshipRow } from './map/PointerMap.ts'
import type { EmergencyRow } from './query/Emergencies.ts'
import type { AnyRequest, PresentedDelegation } from './query/requestBody.ts'
import type { StewardState } from './wishes.ts'

/** By what right somebody would ask, as a request presents it. */
export type Right = Pick<AnyRequest, 'share' | 'delegation' | 'emergency'>

export const noRight: Right = { share: undefined, delegation: undefined, emergency: undefined }

/** A share as its viewer would present it, from the copy that the subject or her delegate sent us. */
export function shareRight({
  grant,
  signature,
  scope,
  consent,
  by,
}: StewardState['shares'][number]): Right {
  return {
    ...noRight,
    share: {
      grant: fromHex(grant, 20),
      signature: fromHex(signature, 64),
      scope,
      consent: consent && {
        slot: fromHex(consent.slot, 20),
        signature: fromHex(consent.signature, 64),
      },
    },
    delegation: by && {
      slot: fromHex(by.slot, 20),
      signature: fromHex(by.signature, 64),
      delegation: by.delegation,
    },
  }
}

type Asked = { readonly row: RelationshipRow; readonly viewer: Hex }

/** Whether a delegation carries the subject's signature and lets this person act on this relationship. */
export function isGivenTo(
  { slot, signature, delegation }: PresentedDelegation,
  { row, viewer }: Asked,
  domain: Domain,
): boolean {
  const isSigned = isDelegationOf(
    row.subjectController,
    signature,
    domain,
    slot,
    delegationHash(delegation),
  )
  return isSigned && equal(delegation.relationship, row.id) && toHex(delegation.delegate) === viewer
}

/** Whether an emergency access was opened by this identity, for this relationship, and its note was left. */
export function isOpenedBy(access: EmergencyRow, { row, viewer }: Asked, identity: Hex): boolean {
  const { isNoted, idTag, relationship } = access
  const isHers = idTag === viewer && access.identity === identity
  return isNoted && isHers && relationship === toHex(row.id)
}
