import { grantCommitment, type Operation } from '@medrec/protocol'

type Granted = {
  /** Address of its one-time key */
  readonly key: Uint8Array
  /** Hash of the scope or delegation */
  readonly hash: Uint8Array
  /** Unix seconds; a fraction is cut off */
  readonly expiresAt: number
  /** 1 for what is new; the next one moves the end. */
  readonly sequence?: number
}

/** What writes a share or delegation into its slot on the chain (docs/protocol.md 4). */
export function grantOperation({ key, hash, expiresAt, sequence = 1 }: Granted): Operation {
  return {
    kind: 'grant',
    key,
    expiresAt: Math.floor(expiresAt),
    sequence,
    commitment: grantCommitment(hash),
    deadline: 0,
  }
}
