import { describe, expect, test } from 'vitest'
import { counted, filled } from './fixture.test-support.ts'
import {
  concat,
  emptyRoot,
  hiddenHash,
  hmac,
  type IndexLeaf,
  indexEntryHash,
  indexLeafHash,
  MalformedError,
  mapKey,
  type PointerLeaf,
  pointerLeafHash,
  queryHash,
  sha256,
  uint,
  utf8,
} from './index.ts'

const key = filled(32, 1)
const leaf: PointerLeaf = {
  relationship: filled(32, 2),
  pointer: counted(16),
  version: 3,
  previous: filled(32, 4),
  origin: 1,
  category: 5,
  schema: 6,
  catalogue: 7,
  query: filled(32, 8),
  result: filled(32, 9),
  time: 1_800_000_000,
}
const index: IndexLeaf = {
  relationship: filled(32, 2),
  size: 3,
  entries: filled(32, 4),
  hidden: filled(32, 5),
  previous: filled(32, 6),
}

/** Every hash that one changed member gives, the unchanged one first; all must differ. */
function hashes<T extends object>(value: T, hash: (value: T) => Uint8Array): string[] {
  const changes = Object.entries(value).map(([name, member]) => ({
    ...value,
    [name]: member instanceof Uint8Array ? filled(member.length, 0xee) : (member as number) + 1,
  }))
  return [value, ...changes].map((each) => String(hash(each)))
}

describe('the leaves of a pointer map', () => {
  test('have the bytes of docs/protocol.md section 6', () => {
    expect(pointerLeafHash(key, leaf)).toEqual(
      sha256(
        Uint8Array.of(0),
        key,
        leaf.relationship,
        leaf.pointer,
        uint(3, 4),
        leaf.previous,
        Uint8Array.of(1),
        uint(5, 4),
        uint(6, 4),
        uint(7, 2),
        leaf.query,
        leaf.result,
        uint(leaf.time, 5),
      ),
    )
    expect(indexLeafHash(key, index)).toEqual(
      sha256(
        Uint8Array.of(3),
        key,
        index.relationship,
        uint(3, 4),
        index.entries,
        index.hidden,
        index.previous,
      ),
    )
    expect(indexEntryHash({ pointer: leaf.pointer, category: 5, schema: 6, key })).toEqual(
      sha256(Uint8Array.of(0), leaf.pointer, uint(5, 4), uint(6, 4), key),
    )
    expect(emptyRoot).toEqual(sha256(Uint8Array.of(2)))
  })

  test('differ when any member or the key differs', () => {
    for (const all of [
      hashes(leaf, (value) => pointerLeafHash(key, value)),
      hashes(index, (value) => indexLeafHash(key, value)),
    ])
      expect(new Set(all).size).toBe(all.length)
    expect(pointerLeafHash(filled(32, 2), leaf)).not.toEqual(pointerLeafHash(key, leaf))
    expect(indexLeafHash(filled(32, 2), index)).not.toEqual(indexLeafHash(key, index))
  })

  test('hold no number that does not fit', () => {
    for (const change of [
      { version: 2 ** 32 },
      { version: -1 },
      { version: 1.5 },
      { time: 2 ** 40 },
      { catalogue: 65_536 },
    ])
      expect(() => pointerLeafHash(key, { ...leaf, ...change })).toThrow(MalformedError)
  })
})

describe('what only the subject opens', () => {
  const hidden = { updates: 3, logHead: filled(32, 4), logLength: 5 }

  test('is blinded with the salt of the terms', () => {
    const counts = concat(uint(3, 8), uint(5, 8))
    const blinding = hmac(key, utf8('hidden'), counts).slice(0, 16)
    expect(hiddenHash(key, hidden)).toEqual(
      sha256(Uint8Array.of(4), blinding, uint(3, 8), hidden.logHead, uint(5, 8)),
    )
    const all = [
      ...hashes(hidden, (value) => hiddenHash(key, value)),
      String(hiddenHash(filled(32, 7), hidden)),
    ]
    expect(new Set(all).size).toBe(all.length)
  })

  test('and keys and queries need their salts', () => {
    expect(mapKey(key, filled(32, 2), counted(16))).toEqual(hmac(key, filled(32, 2), counted(16)))
    expect(queryHash(counted(16), 'labs')).toEqual(
      sha256(Uint8Array.of(5), counted(16), utf8('labs')),
    )
    expect(queryHash(counted(16), 'labs')).not.toEqual(queryHash(counted(16, 1), 'labs'))
    expect(() => queryHash(counted(16), '\ud800')).toThrow(MalformedError)
  })
})
