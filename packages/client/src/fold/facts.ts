import type { GrantSlot, Hex, RelationshipSlot } from '@medrec/protocol'
import type { BlockRef } from './chainBlock.ts'

/** What a fact is told with: the block that made it. */
export type InBlock = { readonly block: BlockRef }

/** A participant's registration (paper III-B, RC). */
export type Entry = InBlock & {
  readonly idTag: Hex
  readonly identity: Hex
  readonly version: number
  /** x | y, 64 bytes */
  readonly spendKey: Uint8Array
  /** X25519, 32 bytes */
  readonly viewKey: Uint8Array
  readonly assurance: number
  /** Institution that bound it, zeros for founders. */
  readonly institution: Hex
  /** Institutions that confirmed the binding later. */
  readonly attestedBy: readonly Hex[]
  /** Unix seconds */
  readonly validFrom: number
}

export type Role = 'institution' | 'researcher' | 'registrar' | 'emergency'

/** A role that somebody holds, or once held: the block gave it or took it away. */
export type HeldRole = InBlock & {
  readonly idTag: Hex
  readonly role: Role
  readonly certified: boolean
}

/** An institution's or registrar service's public profile. */
export type Profile = InBlock & {
  readonly idTag: Hex
  readonly name: string
  readonly url: string
  readonly pin: Hex
  readonly pinNext: Hex
  readonly catalogueHash: Hex
  readonly anchorKey: Hex
  readonly sequence: number
}

export type Relay = InBlock & {
  readonly institution: Hex
  readonly account: Hex
  readonly allowed: boolean
}

export type Vote = InBlock & {
  readonly idTag: Hex
  readonly role: Role
  readonly certified: boolean
  readonly institution: Hex
  readonly round: number
}

export type Relationship = RelationshipSlot & InBlock
export type Grant = GrantSlot &
  InBlock & {
    /** Its newest giving or renewal, also when it was revoked since. */
    readonly given: InBlock & { readonly sequence: number }
  }

/** A steward's commitment to all its pointers. */
export type Anchor = InBlock & {
  readonly root: Hex
  readonly logRoot: Hex
  readonly counter: number
  /** Unix seconds */
  readonly at: number
}

/** A sealed note as it stands on the chain. */
export type ChainNote = InBlock & { readonly sealed: Uint8Array }

/** A bounty offered to the sealer of a block (paper III-D). */
export type Offer = InBlock & {
  readonly stewardTag: Hex
  readonly query: Hex
  readonly epoch: number
  readonly owner: Hex
  readonly charged: boolean
}

export type BountyAnswer = InBlock & { readonly bounty: Hex; readonly answer: Hex }

/** A steward's budget per epoch (query of zeros) or the cost of a query. */
export type Policy = InBlock & {
  readonly stewardTag: Hex
  readonly query: Hex
  readonly amount: bigint
}

/** How many events a contract has emitted, and their running hash (docs/protocol.md section 4.1). */
export type Stream = { readonly head: Hex; readonly count: bigint }
