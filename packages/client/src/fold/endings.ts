import {
  fromHex,
  type Hex,
  keccak,
  toBigInt,
  toGrantSlot,
  toHex,
  toRelationshipSlot,
  utf8,
} from '@medrec/protocol'
import type { ChainLog } from './chainBlock.ts'

/** What ended a grant or a relationship (docs/protocol.md section 4, kinds 2, 3 and 5). */
export type Ending = {
  readonly revoked: boolean
  readonly status: 'rejected' | 'closedBySubject' | undefined
  /** Grants of an earlier epoch are over. */
  readonly epoch: number
}

/** An ending with the grant's address or the relationship's id. */
export type EndingOf = { readonly key: Hex; readonly ending: Ending }

const grantChanged = toHex(keccak(utf8('GrantChanged(address,uint256)')))
const relationshipChanged = toHex(keccak(utf8('RelationshipChanged(bytes32,uint256)')))

/** What a log of the Ledger says has ended; undefined when it ends nothing. */
export function endingOf({ topics, data }: ChainLog): EndingOf | undefined {
  if (topics[0] === grantChanged) {
    const { revoked } = toGrantSlot(wordOf(data))
    const ending = { revoked, status: undefined, epoch: 0 }
    return revoked ? { key: toHex(fromHex(data).slice(12, 32)), ending } : undefined
  }
  if (topics[0] !== relationshipChanged) return undefined
  const { status, epoch } = toRelationshipSlot(wordOf(data))
  const ended = status === 'rejected' || status === 'closedBySubject' ? status : undefined
  return ended || epoch > 0
    ? { key: toHex(fromHex(data).slice(0, 32)), ending: { revoked: false, status: ended, epoch } }
    : undefined
}

/** Both endings in one: what has ended stays so, and a close outweighs a rejection. */
export function joined(one: Ending | undefined, other: Ending): Ending {
  if (!one) return other
  const closed = [one.status, other.status].find((status) => status === 'closedBySubject')
  return {
    revoked: one.revoked || other.revoked,
    status: closed ?? one.status ?? other.status,
    epoch: Math.max(one.epoch, other.epoch),
  }
}

function wordOf(data: Hex): bigint {
  return toBigInt(fromHex(data).subarray(32, 64))
}
