import { fromHex, type Hex, keccak, toHex } from '@medrec/protocol'
import { toRlp } from 'viem'
import { quantity } from '../headerMembers.ts'

type Node = Hex | readonly Node[]
type Item = { readonly path: string; readonly value: Hex }

/**
 * Root of the Merkle Patricia trie over a block's receipts, each in the encoding of EIP-2718, in their order
 * (Yellow Paper 4.3.2 and appendix D; keys are RLP of the index).
 */
export function receiptsRoot(receipts: readonly Hex[]): Hex {
  const items = receipts.map((value, i) => ({ path: toRlp(quantity(i)).slice(2), value }))
  return hashOf(items.length === 0 ? '0x' : nodeOf(items, 0))
}

/** The node under which all `items` stand, whose paths agree up to `depth`; no key begins another. */
function nodeOf(items: readonly Item[], depth: number): Node {
  const [first, ...others] = items as readonly [Item, ...Item[]]
  if (others.length === 0) return [compactPath(first.path.slice(depth), true), first.value]
  let common = depth
  while (others.every(({ path }) => path[common] === first.path[common])) common += 1
  if (common > depth)
    return [compactPath(first.path.slice(depth, common), false), under(items, common)]
  const children = Array.from({ length: 16 }, (_, nibble): Node => {
    const mine = items.filter(({ path }) => path[depth] === nibble.toString(16))
    return mine.length === 0 ? '0x' : under(mine, depth + 1)
  })
  return [...children, '0x']
}

/** A child as its parent holds it: itself when it is shorter than a hash. */
function under(items: readonly Item[], depth: number): Node {
  const node = nodeOf(items, depth)
  return toRlp(node as Hex).length < 2 + 2 * 32 ? node : hashOf(node)
}

function hashOf(node: Node): Hex {
  return toHex(keccak(fromHex(toRlp(node as Hex))))
}

/** Hex-prefix encoding of nibbles (Yellow Paper, appendix C). */
function compactPath(nibbles: string, isLeaf: boolean): Hex {
  const flag = isLeaf ? 2 : 0
  return nibbles.length % 2 === 0 ? `0x${flag}0${nibbles}` : `0x${flag + 1}${nibbles}`
}
