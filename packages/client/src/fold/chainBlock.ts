import type { Hex } from '@medrec/protocol'

/** A block that a fact stands in. */
export type BlockRef = {
  readonly number: number
  readonly hash: Hex
  /** Unix seconds */
  readonly time: number
}

/** A log of the Registrar or the Ledger, as the engine gave it. */
export type ChainLog = {
  readonly address: Hex
  readonly topics: readonly Hex[]
  readonly data: Hex
  readonly transactionHash: Hex
  readonly logIndex: number
}

/** A block with the logs that concern us, in their order. */
export type ChainBlock = BlockRef & {
  readonly parent: Hex
  readonly logs: readonly ChainLog[]
}

/** Blocks are undone newest first, then applied oldest first (paper III-C.2; ARCHITECTURE.md, Rules). */
export type ChainUpdate = {
  readonly undone: readonly ChainBlock[]
  readonly applied: readonly ChainBlock[]
}

/** The block's name without its logs. */
export function toRef({ number, hash, time }: BlockRef): BlockRef {
  return { number, hash, time }
}
