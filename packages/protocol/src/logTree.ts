import { concat, uint, utf8 } from './bytes.ts'
import { sha256 } from './hash.ts'
import { nodeHash } from './merkle.ts'
import { emptyRoot } from './pointerMap.ts'

/** Subtrees of a growing Merkle tree, largest first; each is a perfect one. */
export type LogTree = readonly { readonly size: number; readonly hash: Uint8Array }[]

/** Head of a log after one more entry: H(0x06 | former head | text); the first follows 32 zeros. */
export function nextLogHead(head: Uint8Array, text: string): Uint8Array {
  return sha256(concat(uint(6, 1), head, utf8(text)))
}

/** The tree with one more leaf (RFC 9162 section 2.1, grown from the left). */
export function grown(tree: LogTree, leaf: Uint8Array): LogTree {
  const next = [...tree, { size: 1, hash: leaf }]
  for (;;) {
    const [last, before] = [next.at(-1), next.at(-2)]
    if (!last || !before || last.size !== before.size) return next
    next.splice(-2, 2, { size: last.size * 2, hash: nodeHash(before.hash, last.hash) })
  }
}

/** Root over all leaves so far, the same as `merkleRoot` of them; H(0x02) when there are none. */
export function logTreeRoot(tree: LogTree): Uint8Array {
  return tree.length === 0
    ? emptyRoot
    : tree.map(({ hash }) => hash).reduceRight((right, left) => nodeHash(left, right))
}

/** Hash over all lines of a file so far, each with its end: H(0x0b | hash of those before | line); the first follows 32 zeros. */
export function nextContent(before: Uint8Array, line: Uint8Array): Uint8Array {
  return sha256(uint(11, 1), before, line)
}
