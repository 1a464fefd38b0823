/** Where a relationship stands (paper III-B, SC status; docs/protocol.md 4). */
export type RelationshipStatus =
  | 'none'
  | 'proposed'
  | 'accepted'
  | 'rejected'
  | 'closedBySubject'
  | 'closedBySteward'

/** A relationship's slot, unpacked. */
export type RelationshipSlot = {
  readonly status: RelationshipStatus
  readonly epoch: number
  /** Unix seconds */
  readonly changedAt: number
}

/** A grant's (or consent's) slot, unpacked. */
export type GrantSlot = {
  /** Unix seconds */
  readonly expiresAt: number
  /** 1 to 65,534 */
  readonly sequence: number
  readonly revoked: boolean
  /** 26 bytes in hex digits, without `0x` */
  readonly commitment: string
}

const statuses: readonly RelationshipStatus[] = [
  'none',
  'proposed',
  'accepted',
  'rejected',
  'closedBySubject',
  'closedBySteward',
]
/** Sequence number that stands for "revoked, for ever". */
export const revokedSequence = 65_535

/** Unpacks `status u8 | epoch u16 << 8 | changed at u40 << 24`. */
export function toRelationshipSlot(word: bigint): RelationshipSlot {
  return {
    status: statuses[Number(word & 0xffn)] ?? 'none',
    epoch: Number((word >> 8n) & 0xffffn),
    changedAt: Number((word >> 24n) & 0xffffffffffn),
  }
}

/** Unpacks `expiry u32 << 224 | sequence u16 << 208 | scope u208`. */
export function toGrantSlot(word: bigint): GrantSlot {
  const sequence = Number((word >> 208n) & 0xffffn)
  return {
    expiresAt: Number(word >> 224n),
    sequence,
    revoked: sequence === revokedSequence,
    commitment: (word & ((1n << 208n) - 1n)).toString(16).padStart(52, '0'),
  }
}
