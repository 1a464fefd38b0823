import { concat, fromHex, type Hex, keccak, toBigInt, toHex, uint } from '@medrec/protocol'
import type { Stream } from './facts.ts'

/** Both contracts' running heads. */
export type Streams = { readonly registrar: Stream; readonly ledger: Stream }

export const emptyStream: Stream = { head: `0x${'00'.repeat(24)}`, count: 0n }

/** The running head after one more item (docs/protocol.md section 4.1). */
export function foldStream(stream: Stream, item: Uint8Array): Stream {
  const hash = keccak(concat(fromHex(stream.head), uint(stream.count, 8), item))
  return { head: toHex(hash.slice(0, 24)), count: stream.count + 1n }
}

/** Item of a Ledger event: its kind and packed fields. */
export function ledgerItem(kind: number, ...fields: readonly Uint8Array[]): Uint8Array {
  return keccak(uint(kind, 1), ...fields)
}

/** Item of a Registrar event: first topic, and hash of the other topics and the data. */
export function registrarItem(topics: readonly Hex[], data: Hex): Uint8Array {
  const [first, ...others] = topics.map((topic) => fromHex(topic, 32))
  return keccak(first as Uint8Array, keccak(...others, fromHex(data)))
}

/** Reads what `head()` of either contract returns: bytes24 and uint64, a word each. */
export function streamOf(answer: Uint8Array): Stream {
  return { head: toHex(answer.slice(0, 24)), count: toBigInt(answer.slice(32, 64)) }
}

/** The contract of which two pictures differ. */
export function differing(a: Streams, b: Streams): 'registrar' | 'ledger' | undefined {
  return (['registrar', 'ledger'] as const).find(
    (contract) => a[contract].head !== b[contract].head || a[contract].count !== b[contract].count,
  )
}
