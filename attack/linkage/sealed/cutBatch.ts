import { type ParsedRecord, parseRecord } from '../../../packages/relay/src/records.ts'

/** Bytes of payload and signature by kind of signed record (docs/protocol.md section 4). */
const sizes: Readonly<{ [kind: number]: number }> = {
  0: 76,
  1: 76,
  2: 73,
  3: 74,
  4: 56,
  5: 20,
  6: 136,
  9: 76,
  10: 100,
}

/** The records of a batch, as anybody cuts them out of its calldata; bytes of padding are left out. */
export function cutBatch(data: Uint8Array): readonly ParsedRecord[] {
  const records: ParsedRecord[] = []
  for (let at = 0; at < data.length; ) {
    const length = lengthAt(data, at)
    if (data[at] !== 7) records.push(parseRecord(data.slice(at, at + length)))
    at += length
  }
  return records
}

function lengthAt(data: Uint8Array, at: number): number {
  const head = data[at] as number
  const [kind, notes] = [head & 15, head >> 4]
  if (kind === 7) return 1 + notes * 400
  if (kind === 8) return 3 + 8 * (((data[at + 1] as number) << 8) | (data[at + 2] as number))
  return 1 + (sizes[kind] as number) + 64 + notes * 400
}
