import type { Anchor } from '@medrec/client'
import {
  emptyRoot,
  indexEntryHash,
  indexLeafHash,
  MerkleMap,
  merkleRoot,
  multiProof,
  nodeHash,
  random,
  signStatement,
  toHex,
} from '@medrec/protocol'
import { describe, expect, test } from 'vitest'
import { account, domain, now } from './committed.test-support.ts'
import { verifyIndex } from './verifyIndex.ts'
import { commitmentOf, type Known } from './verifyRoots.ts'
import type { IndexAnswer, IndexedPointer } from './wire.ts'

const block = { number: 9, hash: toHex(random(32)), time: now - 5 }
const known = (root: Uint8Array): Known => ({
  domain,
  anchorKey: toHex(account.address),
  anchors: [{ root: toHex(root), counter: 3, block } as Anchor],
  now,
})
const index = { key: random(32), hash: random(32) }
const leaf = { key: random(32), hash: random(32) }

describe('a promise', () => {
  const promised = (time: number, delay: number, change: object = {}): unknown => {
    const statement = { leaf: leaf.hash, index: index.hash, time, delay, ...change }
    const signature = toHex(signStatement(account, domain, 'Pending', statement))
    return commitmentOf(known(random(32)), { index, leaf }, { pending: { time, delay, signature } })
  }

  test.each([
    ['in its time', now - 10, 300],
    ['in its last second', now - 300, 300],
    ['of a whole day', now, 86_400],
    ['of a clock that is a minute ahead', now + 60, 300],
  ])('is believed %s', (_, time, delay) => {
    expect(promised(time, delay)).toEqual({ is: 'pending', until: time + delay })
  })

  test.each([
    ['once it is over', now - 301, 300],
    ['of more than a day', now, 86_401],
    ['of the longest time that can be signed', now - 86_400, 4_294_967_295],
    ['of the future', now + 61, 300],
  ])('is not believed %s', (_, time, delay) => {
    expect(promised(time, delay)).toBe(undefined)
  })

  test.each([
    ['another leaf', { leaf: random(32) }],
    ['another index', { index: random(32) }],
    ['another time', { time: now - 11 }],
    ['another delay', { delay: 301 }],
  ])('of %s is not believed', (_, change) => {
    expect(promised(now - 10, 300, change)).toBe(undefined)
  })

  test('beside an anchor is not believed, nor is it one for another key', () => {
    const pending = { time: now, delay: 60, signature: toHex(random(64)) }
    expect(commitmentOf(known(random(32)), { index, leaf }, { pending })).toBe(undefined)
  })
})

describe('a root', () => {
  const hash = nodeHash(leaf.hash, index.hash)
  const sides = {
    leaf: { ...leaf, key: new Uint8Array(32) },
    index: { ...index, key: new Uint8Array(32).fill(255) },
  }
  const at = { counter: 3, block: 9, blockHash: block.hash }
  const paths = { path: [toHex(index.hash)], indexPath: [toHex(leaf.hash)] }

  test('that the chain shows now is believed, under its own counter', () => {
    const anchored = { ...at, ...paths }
    expect(commitmentOf(known(hash), sides, { anchored })).toMatchObject({ is: 'anchored' })
    const other = { ...anchored, counter: 2 }
    expect(commitmentOf(known(hash), sides, { anchored: other })).toBe(undefined)
    expect(commitmentOf(known(random(32)), sides, { anchored })).toBe(undefined)
    expect(commitmentOf(known(emptyRoot), sides, { anchored })).toBe(undefined)
  })

  test('has to be the same for index and record', () => {
    const anchored = { ...at, ...paths, path: [] }
    expect(commitmentOf(known(hash), sides, { anchored })).toBe(undefined)
    expect(commitmentOf(known(leaf.hash), sides, { anchored })).toBe(undefined)
  })
})

const pointers: readonly IndexedPointer[] = [5, 6, 7].map((category, at) => ({
  pointer: toHex(new Uint8Array(16).fill(at + 1)),
  key: toHex(random(32)),
  category,
  schema: 1,
  version: 1,
  origin: 1,
  time: now,
  catalogue: { version: 1, resource: 'labs', label: 'Results', fields: [] },
}))

describe("a viewer's index", () => {
  const relationship = random(32)
  const entries = pointers.map(({ pointer, key, category, schema }) =>
    indexEntryHash({ pointer: bytes(pointer), key: bytes(key), category, schema }),
  )
  const content = {
    relationship,
    size: 3,
    entries: merkleRoot(entries),
    hidden: random(32),
    previous: random(32),
  }
  const hash = indexLeafHash(index.key, content)
  const [subject, steward] = [toHex(random(32)), toHex(random(32))]
  const named = [pointers[1]] as readonly IndexedPointer[]
  const answer: IndexAnswer = {
    subject,
    steward,
    relationship: toHex(relationship),
    size: 3,
    entries: toHex(content.entries),
    hidden: toHex(content.hidden),
    previous: toHex(content.previous),
    pointers: named,
    shown: { positions: [1], proof: multiProof(entries, [1]).map(toHex) },
    anchored: { counter: 3, block: 9, blockHash: block.hash, indexPath: [] },
  }
  const expected = {
    subject,
    steward,
    relationship: toHex(relationship),
    salt: undefined,
    key: index.key,
    since: undefined,
  }
  const root = MerkleMap.set(MerkleMap.empty, index.key, hash).root
  const verified = (change: object): unknown =>
    verifyIndex({ ...answer, ...change } as IndexAnswer, expected, known(root))

  test('names pointers that stand in it', () => {
    expect(verified({})).toMatchObject({ leaf: toHex(hash) })
    expect(verified({ pointers: [], shown: undefined })).toMatchObject({ leaf: toHex(hash) })
  })

  const proof = answer.shown?.proof ?? []
  test.each([
    ['of another category', { pointers: named.map((one) => ({ ...one, category: 5 })) }],
    ['of another schema', { pointers: named.map((one) => ({ ...one, schema: 2 })) }],
    ['of another key', { pointers: named.map((one) => ({ ...one, key: toHex(random(32)) })) }],
    ['of another id', { pointers: named.map((one) => ({ ...one, pointer: toHex(random(16)) })) }],
    ['named twice', { pointers: [...named, ...named], shown: { positions: [1, 1], proof } }],
    ['beside the proven one', { pointers: [...named, pointers[0]] }],
    ['without a proof', { shown: undefined }],
    ['at another place', { shown: { positions: [0], proof } }],
    ['beyond its end', { shown: { positions: [3], proof } }],
    ['with too short a proof', { shown: { positions: [1], proof: proof.slice(1) } }],
    ['that a proof has and the list lacks', { pointers: [] }],
  ])('is not believed with a pointer %s', (_, change) => {
    expect(verified(change)).toBe('INDEX_BROKEN')
  })
})

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.slice(2), 'hex'))
}
