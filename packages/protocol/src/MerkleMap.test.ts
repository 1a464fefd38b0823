import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { filled, flipped } from './fixture.test-support.ts'
import {
  concat,
  emptyRoot,
  equal,
  MalformedError,
  MerkleMap,
  nodeHash,
  sha256,
  toHex,
} from './index.ts'

type Leaf = readonly [key: Uint8Array, hash: Uint8Array]

const bitOf = (key: Uint8Array, depth: number): number =>
  Number((BigInt(toHex(key)) >> BigInt(255 - depth)) & 1n)

/** The root by its definition: split by the next bit until a subtree holds one leaf. */
function naiveRoot(leaves: readonly Leaf[], depth = 0): Uint8Array {
  if (leaves.length === 0) return sha256(Uint8Array.of(2))
  if (leaves.length === 1) return (leaves[0] as Leaf)[1]
  const side = (bit: number): Leaf[] => leaves.filter(([key]) => bitOf(key, depth) === bit)
  return sha256(Uint8Array.of(1), naiveRoot(side(0), depth + 1), naiveRoot(side(1), depth + 1))
}

/** Keys that share long beginnings, so that deep forks happen. */
const key = fc
  .tuple(fc.nat(40), fc.uint8Array({ minLength: 32, maxLength: 32 }))
  .map(([shared, tail]) => concat(filled(Math.min(shared, 31), 0xa5), tail).slice(0, 32))
const leaf = fc.tuple(key, fc.uint8Array({ minLength: 32, maxLength: 32 }))

function unique(leaves: readonly Leaf[]): Leaf[] {
  return [...new Map(leaves.map((entry) => [toHex(entry[0]), entry])).values()]
}

describe('a map', () => {
  test('has the root, size and values of a plain model, in any order of insertion', () => {
    fc.assert(
      fc.property(fc.array(leaf, { maxLength: 20 }), (leaves) => {
        const map = leaves.reduce(
          (known, [at, hash]) => MerkleMap.set(known, at, hash),
          MerkleMap.empty,
        )
        const model = unique(leaves)
        expect(map.root).toEqual(naiveRoot(model))
        expect(map.size).toBe(model.length)
        expect(MerkleMap.of(leaves)).toEqual(map)
        expect(MerkleMap.of(model.toReversed()).root).toEqual(map.root)
        for (const [at, hash] of model) expect(MerkleMap.get(map, at)).toEqual(hash)
      }),
      { numRuns: 40 },
    )
  })

  test('of leaves with one key holds the later one, once', () => {
    const [key, other] = [filled(32, 1), filled(32, 2)]
    const map = MerkleMap.of([
      [key, filled(32, 7)],
      [other, filled(32, 9)],
      [key, filled(32, 8)],
    ])
    expect(map.size).toBe(2)
    expect(MerkleMap.get(map, key)).toEqual(filled(32, 8))
    expect(map.root).toEqual(
      MerkleMap.set(MerkleMap.of([[key, filled(32, 8)]]), other, filled(32, 9)).root,
    )
  })

  test('keeps the former root usable when a leaf is set', () => {
    const before = MerkleMap.of([[filled(32, 1), filled(32, 7)]])
    const after = MerkleMap.set(before, filled(32, 1), filled(32, 8))
    expect(before.root).toEqual(filled(32, 7))
    expect(after.root).toEqual(filled(32, 8))
    expect(after.size).toBe(1)
  })

  test('that is empty has its own root and proves nothing', () => {
    expect(MerkleMap.of([])).toEqual(MerkleMap.empty)
    expect(MerkleMap.empty.root).toEqual(emptyRoot)
    expect(MerkleMap.get(MerkleMap.empty, filled(32, 1))).toBe(undefined)
    expect(MerkleMap.path(MerkleMap.empty, filled(32, 1))).toBe(undefined)
  })
})

describe('a path', () => {
  test('leads from its leaf to the root, and from nothing else', () => {
    fc.assert(
      fc.property(
        fc.array(leaf, { minLength: 2, maxLength: 12 }),
        fc.nat(),
        fc.nat(),
        (leaves, pick, bit) => {
          const model = unique(leaves)
          const map = MerkleMap.of(model)
          const [at, hash] = model[pick % model.length] as Leaf
          const path = MerkleMap.path(map, at) as Uint8Array[]
          expect(MerkleMap.rootFromPath(at, hash, path)).toEqual(map.root)
          expect(MerkleMap.rootFromPath(at, flipped(hash, bit), path)).not.toEqual(map.root)
          if (path.length === 0) return
          const changed = path.map((node, i) =>
            i === bit % path.length ? flipped(node, bit) : node,
          )
          expect(MerkleMap.rootFromPath(at, hash, changed)).not.toEqual(map.root)
          expect(MerkleMap.rootFromPath(at, hash, path.slice(1))).not.toEqual(map.root)
          if (path.length < 256)
            expect(MerkleMap.rootFromPath(at, hash, [...path, emptyRoot])).not.toEqual(map.root)
        },
      ),
      { numRuns: 30 },
    )
  })

  test('of a key that is not there does not exist', () => {
    const map = MerkleMap.of([
      [filled(32, 0x00), filled(32, 1)],
      [filled(32, 0xf0), filled(32, 2)],
    ])
    for (const at of [filled(32, 0x01), filled(32, 0x70), filled(32, 0xff)]) {
      expect(MerkleMap.path(map, at)).toBe(undefined)
      expect(MerkleMap.get(map, at)).toBe(undefined)
    }
    expect(
      MerkleMap.path(MerkleMap.set(map, filled(32, 0xf1), filled(32, 3)), filled(32, 0x80)),
    ).toBe(undefined)
  })

  test('of two keys that differ in the last bit has 256 siblings', () => {
    const [a, b] = [filled(32, 0), flipped(filled(32, 0), 248)]
    const map = MerkleMap.of([
      [a, filled(32, 1)],
      [b, filled(32, 2)],
    ])
    const path = MerkleMap.path(map, a) as Uint8Array[]
    expect(path.length).toBe(256)
    expect(equal(path[255] as Uint8Array, filled(32, 2))).toBe(true)
    expect(MerkleMap.rootFromPath(a, filled(32, 1), path)).toEqual(map.root)
    expect(map.root).toEqual(nodeHash(nodeHashes(a, filled(32, 1), path.slice(1)), emptyRoot))
  })

  test('longer than a key has bits is refused', () => {
    const path = Array.from({ length: 257 }, () => emptyRoot)
    expect(() => MerkleMap.rootFromPath(filled(32, 1), filled(32, 2), path)).toThrow(MalformedError)
  })
})

function nodeHashes(
  key: Uint8Array,
  leafHash: Uint8Array,
  below: readonly Uint8Array[],
): Uint8Array {
  return below
    .toReversed()
    .reduce(
      (hash, sibling, up) =>
        bitOf(key, 255 - up) === 0 ? nodeHash(hash, sibling) : nodeHash(sibling, hash),
      leafHash,
    )
}
