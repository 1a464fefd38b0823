import {
  concat,
  type Domain,
  digest,
  isSignedBy,
  keccak,
  relationshipId,
  statementHash,
  uint,
} from '@medrec/protocol'
import type { AccessTables } from '@medrec/records/node'

/** A signed record that ends something (docs/protocol.md section 4, kinds 2, 3 and 5). */
export type Ending = AccessTables.RevocationRow & {
  readonly record: Uint8Array
  /** Of the operation's signed fields. */
  readonly operation: { readonly kind: number; readonly key: Uint8Array; readonly number: number }
  readonly signer: Uint8Array
  readonly signature: Uint8Array
  readonly notes: Uint8Array
}

const noteSize = 400
const signatureSize = 64
/** Bytes of payload by kind (docs/protocol.md section 4); tags have a size of their own, notes no signature. */
const payloads: Readonly<Record<number, number>> = {
  ...{ 0: 76, 1: 76, 2: 73, 3: 74, 4: 56, 5: 20, 6: 136, 9: 76, 10: 100 },
}
const [notesKind, tagsKind] = [7, 8]

/** What ends something in a batch, in its order; reads as far as the Ledger would. */
export function endingsIn(batch: Uint8Array): readonly Ending[] {
  const found: Ending[] = []
  for (let offset = 0; offset < batch.length; ) {
    const size = sizeAt(batch, offset)
    if (size === undefined || offset + size > batch.length) break
    const ending = readEnding(batch.slice(offset, offset + size))
    if (ending) found.push(ending)
    offset += size
  }
  return found
}

function sizeAt(batch: Uint8Array, offset: number): number | undefined {
  const head = batch[offset] as number
  const [kind, notes] = [head & 15, head >> 4]
  if (kind === tagsKind) {
    if (notes > 0 || offset + 3 > batch.length) return undefined
    return 3 + 8 * (((batch[offset + 1] as number) << 8) | (batch[offset + 2] as number))
  }
  if (kind === notesKind) return 1 + notes * noteSize
  const payload = payloads[kind]
  return payload === undefined ? undefined : 1 + payload + signatureSize + notes * noteSize
}

/** Reads one record that ends something; undefined for any other. */
export function readEnding(record: Uint8Array): Ending | undefined {
  const [kind, count] = [(record[0] as number) & 15, (record[0] as number) >> 4]
  if (kind !== 2 && kind !== 3 && kind !== 5) return undefined
  const size = payloads[kind] as number
  if (record.length !== 1 + size + signatureSize + count * noteSize) return undefined
  const payload = record.slice(1, 1 + size)
  const rest = {
    record,
    signature: record.slice(1 + size, 65 + size),
    notes: record.slice(65 + size),
  }
  if (kind === 5) {
    const key = concat(payload, new Uint8Array(12))
    const operation = { kind, key, number: 0 }
    return { kind: 'grant', key: payload, number: 0, operation, signer: payload, ...rest }
  }
  const [steward, subject] = [payload.slice(0, 20), payload.slice(20, 40)]
  const key = relationshipId(steward, subject, payload.slice(40, 72))
  const tail = payload.slice(72)
  const number = kind === 2 ? (tail[0] as number) : ((tail[0] as number) << 8) | (tail[1] as number)
  // What a steward ends is our own act, and ends no grant.
  if (kind === 2 && number !== 3 && number !== 4) return undefined
  return {
    kind: kind === 2 ? 'relationship' : 'epoch',
    key,
    number,
    operation: { kind, key, number },
    signer: subject,
    ...rest,
  }
}

/** Whether the one whom it concerns signed it: the grant's own key, or the subject's controller. */
export function isSigned(domain: Domain, { operation, signer, signature, notes }: Ending): boolean {
  const hash = statementHash('Operation', {
    ...operation,
    value: new Uint8Array(32),
    deadline: 0,
    notes: notes.length === 0 ? uint(0, 32) : keccak(notes),
  })
  return isSignedBy(digest(domain, hash), signature, signer)
}
