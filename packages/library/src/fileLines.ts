import { concat, MalformedError } from '@medrec/protocol'

/** Bytes that a line of a proof does not exceed; the longest hold whole blocks. */
const longestLine = 67_108_864
const lineEnd = 0x0a

/**
 * Lines of a file that comes in pieces, each with its end (0x0a and nothing else); the last one may lack it. Throws
 * MalformedError for a line of more than 64 MiB.
 */
export async function* linesIn(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array[] = []
  let size = 0
  for await (const piece of pieces) {
    let from = 0
    for (let end = piece.indexOf(lineEnd); end >= 0; end = piece.indexOf(lineEnd, from)) {
      yield concat(...rest, piece.subarray(from, end + 1))
      rest = []
      size = 0
      from = end + 1
    }
    if (from === piece.length) continue
    rest.push(piece.subarray(from))
    size += piece.length - from
    if (size > longestLine) throw new MalformedError('a line of at most 64 MiB expected')
  }
  if (rest.length > 0) yield concat(...rest)
}
