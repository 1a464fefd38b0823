import { expect, test } from 'vitest'
import { anchorFiller, blindedLogRoot } from './anchorFiller.ts'
import { toHex } from './bytes.ts'
import * as MerkleMap from './MerkleMap.ts'

const key = new Uint8Array(32).fill(1)
const networkId = new Uint8Array(32).fill(2)

test('each anchor has another leaf and blinding under one key, and the same ones when asked again', () => {
  const fillers = [1, 2, 3, 2].map((counter) => anchorFiller(key, networkId, counter))
  const count = (values: readonly Uint8Array[]): number => new Set(values.map(toHex)).size
  expect(count(fillers.map((filler) => filler.key))).toBe(1)
  expect(count(fillers.map(({ leaf }) => leaf))).toBe(3)
  expect(count(fillers.map(({ blinding }) => blinding))).toBe(3)
  expect(fillers[3]).toEqual(fillers[1])
})

test('another institution or network has another key and other leaves', () => {
  const mine = anchorFiller(key, networkId, 1)
  for (const other of [anchorFiller(networkId, networkId, 1), anchorFiller(key, key, 1)])
    for (const name of ['key', 'leaf', 'blinding'] as const)
      expect(other[name]).not.toEqual(mine[name])
})

test('roots of a map and a log that do not change differ from anchor to anchor', () => {
  const map = MerkleMap.set(MerkleMap.empty, networkId, key)
  const roots = [1, 2].map((counter) => {
    const filler = anchorFiller(key, networkId, counter)
    return [MerkleMap.set(map, filler.key, filler.leaf).root, blindedLogRoot(key, filler)]
  })
  expect(roots[0]?.map(toHex)).not.toEqual(roots[1]?.map(toHex))
  expect(toHex(roots[0]?.[0] as Uint8Array)).not.toBe(toHex(roots[1]?.[0] as Uint8Array))
  expect(toHex(roots[0]?.[1] as Uint8Array)).not.toBe(toHex(roots[1]?.[1] as Uint8Array))
})
