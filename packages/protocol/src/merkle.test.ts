import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { filled, flipped } from './fixture.test-support.ts'
import {
  fromHex,
  inclusionProof,
  isIncluded,
  MalformedError,
  merkleRoot,
  multiProof,
  nodeHash,
  rootFromInclusion,
  rootFromMultiProof,
  sha256,
  toHex,
} from './index.ts'

const leaf = (i: number): Uint8Array => sha256(Uint8Array.of(0, i))
const leavesOf = (size: number): Uint8Array[] => Array.from({ length: size }, (_, i) => leaf(i))
const sizes = Array.from({ length: 33 }, (_, i) => i + 1)

/** RFC 9162 read the other way: pair up level by level, an odd last one rises as it is. */
function naiveRoot(leaves: readonly Uint8Array[]): Uint8Array {
  let level = leaves
  while (level.length > 1) {
    const above: Uint8Array[] = []
    for (let i = 0; i < level.length; i += 2) {
      const [left, right] = [level[i] as Uint8Array, level[i + 1]]
      above.push(right ? sha256(Uint8Array.of(1), left, right) : left)
    }
    level = above
  }
  return level[0] as Uint8Array
}

test.each([
  [31, 32],
  [32, 31],
  [33, 32],
  [0, 32],
  [33, 31],
])('a node of %i and %i bytes is hashed as it is, whatever was hashed before', (left, right) => {
  nodeHash(filled(32, 0xaa), filled(32, 0xbb))
  const [a, b] = [filled(left, 1), filled(right, 2)]
  expect(nodeHash(a, b)).toEqual(sha256(Uint8Array.of(1), a, b))
})

/** Every subset of positions up to `size`, or all ones, pairs and runs of larger trees. */
function subsets(size: number): number[][] {
  if (size <= 7)
    return Array.from({ length: 2 ** size - 1 }, (_, bits) =>
      [...Array(size).keys()].filter((at) => ((bits + 1) >> at) & 1),
    )
  const all = [...Array(size).keys()]
  return [
    ...all.map((at) => [at]),
    ...all.slice(1).map((at) => [0, at]),
    ...all.map((at) => all.slice(at)),
  ]
}

test('the roots of the first eight trees are those known from Certificate Transparency', () => {
  const data = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657']
  data.push('606162636465666768696a6b6c6d6e6f')
  const leaves = data.map((text) => sha256(Uint8Array.of(0), fromHex(`0x${text}`)))
  expect(leaves.map((_, i) => toHex(merkleRoot(leaves.slice(0, i + 1))))).toEqual([
    '0x6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    '0xfac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
    '0xaeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
    '0xd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    '0x4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
    '0x76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
    '0xddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
    '0x5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
  ])
})

describe.each(sizes)('a tree of %i leaves', (size) => {
  const leaves = leavesOf(size)
  const root = merkleRoot(leaves)

  test('has the root of a second implementation', () => {
    expect(root).toEqual(naiveRoot(leaves))
  })

  test('proves each leaf at its position, in this size, and no other', () => {
    leaves.forEach((hash, position) => {
      const proof = inclusionProof(leaves, position)
      expect(isIncluded(root, { leaf: hash, position, size, proof })).toBe(true)
      for (let other = 0; other < size; other++)
        if (other !== position)
          expect(isIncluded(root, { leaf: hash, position: other, size, proof })).toBe(false)
      expect(isIncluded(root, { leaf: leaf(200), position, size, proof })).toBe(false)
      expect(isIncluded(root, { leaf: hash, position, size, proof: [...proof, root] })).toBe(false)
      expect(
        proof.length > 0 && isIncluded(root, { leaf: hash, position, size, proof: proof.slice(1) }),
      ).toBe(false)
    })
  })

  test('proves several leaves at once, and nothing changed', () => {
    for (const positions of subsets(size)) {
      const proof = multiProof(leaves, positions)
      const shown = new Map(positions.map((at) => [at, leaves[at] as Uint8Array]))
      expect(rootFromMultiProof({ size, leaves: shown, proof })).toEqual(root)
      expect(rootFromMultiProof({ size, leaves: shown, proof: [...proof, root] })).toBe(undefined)
      if (proof.length > 0)
        expect(rootFromMultiProof({ size, leaves: shown, proof: proof.slice(1) })).toBe(undefined)
      const wrong = new Map(shown).set(positions[0] as number, leaf(201))
      expect(rootFromMultiProof({ size, leaves: wrong, proof })).not.toEqual(root)
    }
  })
})

describe('a proof that does not fit', () => {
  const leaves = leavesOf(6)
  const root = merkleRoot(leaves)
  const proof = inclusionProof(leaves, 2)

  test.each([
    ['a negative position', { position: -1, size: 6 }],
    ['a position in between', { position: 0.5, size: 6 }],
    ['a position that is no number', { position: Number.NaN, size: 6 }],
    ['a position beyond the size', { position: 6, size: 6 }],
    ['no leaves', { position: 0, size: 0 }],
    ['half a size', { position: 2, size: 6.5 }],
    ['an endless size', { position: 2, size: Number.POSITIVE_INFINITY }],
    ['a size that is no number', { position: 2, size: Number.NaN }],
  ])('of one leaf: %s', (_, where) => {
    expect(rootFromInclusion({ leaf: leaf(2), proof, ...where })).toBe(undefined)
  })

  test.each([
    ['no leaf', 6, []],
    ['a negative position', 6, [2, -1]],
    ['a position in between, beside a real one', 6, [2, 2.5]],
    ['a position that is no number', 6, [2, Number.NaN]],
    ['a position beyond the size', 6, [2, 6]],
    ['a size of nothing', 0, [0]],
    ['half a size', 5.5, [2]],
    ['an endless size', Number.POSITIVE_INFINITY, [2]],
    ['a size that is no number', Number.NaN, [2]],
  ])('of several leaves: %s', (_, size, positions) => {
    const shown = new Map(positions.map((at) => [at, leaf(2)]))
    for (const hashes of [multiProof(leaves, [2]), [root], []])
      expect(rootFromMultiProof({ size, leaves: shown, proof: hashes })).toBe(undefined)
  })

  test('one flipped bit anywhere gives another root', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 33 }), fc.nat(), fc.nat(), (size, at, bit) => {
        const all = leavesOf(size)
        const position = at % size
        const path = inclusionProof(all, position)
        const several = multiProof(all, [position])
        if (path.length === 0) return
        const change = (hashes: readonly Uint8Array[]): Uint8Array[] =>
          hashes.map((hash, i) => (i === bit % hashes.length ? flipped(hash, bit) : hash))
        const options = { leaf: leaf(position), position, size }
        expect(isIncluded(merkleRoot(all), { ...options, proof: change(path) })).toBe(false)
        const shown = new Map([[position, leaf(position)]])
        expect(rootFromMultiProof({ size, leaves: shown, proof: change(several) })).not.toEqual(
          merkleRoot(all),
        )
      }),
    )
  })

  test('a tree without leaves is refused, as is a position outside', () => {
    expect(() => merkleRoot([])).toThrow(MalformedError)
    expect(() => multiProof([], [])).toThrow(MalformedError)
    expect(() => inclusionProof([], 0)).toThrow(MalformedError)
    expect(() => inclusionProof(leaves, 6)).toThrow(MalformedError)
    expect(() => inclusionProof(leaves, -1)).toThrow(MalformedError)
  })

  test('a node is no leaf: its prefix differs', () => {
    const node = nodeHash(leaf(0), leaf(1))
    expect(node).not.toEqual(sha256(Uint8Array.of(0), leaf(0), leaf(1)))
    expect(merkleRoot([filled(32, 1)])).toEqual(filled(32, 1))
  })
})
