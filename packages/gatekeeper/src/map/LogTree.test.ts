import { emptyRoot, merkleRoot, toHex, uint } from '@medrec/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { grown, type LogTree, nextHead, rootOf } from './LogTree.ts'

test('grown leaf by leaf, the root is that of RFC 9162 over all leaves', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 70 }), (count) => {
      const leaves = Array.from({ length: count }, (_, i) => uint(i, 32))
      const tree = leaves.reduce<LogTree>((before, leaf) => grown(before, leaf), [])
      expect(toHex(rootOf(tree))).toBe(toHex(merkleRoot(leaves)))
    }),
  )
})

test('an empty log has the root of an empty tree', () => {
  expect(rootOf([])).toEqual(emptyRoot)
})

test('a head depends on every entry before it', () => {
  const start = new Uint8Array(32)
  expect(toHex(nextHead(nextHead(start, 'a'), 'b'))).not.toBe(
    toHex(nextHead(nextHead(start, 'b'), 'a')),
  )
})
