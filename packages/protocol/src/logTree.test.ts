import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toHex, uint } from './bytes.ts'
import { grown, type LogTree, logTreeRoot, nextLogHead } from './logTree.ts'
import { merkleRoot } from './merkle.ts'
import { emptyRoot } from './pointerMap.ts'

test('grown leaf by leaf, the root is that of RFC 9162 over all leaves', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 70 }), (count) => {
      const leaves = Array.from({ length: count }, (_, i) => uint(i, 32))
      const tree = leaves.reduce<LogTree>((before, leaf) => grown(before, leaf), [])
      expect(toHex(logTreeRoot(tree))).toBe(toHex(merkleRoot(leaves)))
    }),
  )
})

test('an empty log has the root of an empty tree', () => {
  expect(logTreeRoot([])).toEqual(emptyRoot)
})

test('a head depends on every entry before it', () => {
  const start = new Uint8Array(32)
  expect(toHex(nextLogHead(nextLogHead(start, 'a'), 'b'))).not.toBe(
    toHex(nextLogHead(nextLogHead(start, 'b'), 'a')),
  )
})
