import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Key, Store } from './Store.ts'

const part = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 6 }).filter((text) => text.isWellFormed()),
  fc.nat(1_000),
)
const keys = fc.uniqueArray(fc.array(part, { minLength: 1, maxLength: 3 }), {
  selector: (key) => JSON.stringify(key),
  maxLength: 12,
})

/** The laws of a store, run against every implementation; `open` opens an empty one. */
export function describeStore(name: string, open: Open): void {
  describe(name, () => {
    describeWrites(open)
    describeKeys(open)
  })
}

type Open = () => Promise<Store>

async function filled(
  open: Open,
  ...written: readonly (readonly [Key, unknown])[]
): Promise<Store> {
  const store = await open()
  onTestFinished(() => store.close())
  await store.write(written.map(([key, value]) => ({ table: 'a', key, value })))
  return store
}

function describeWrites(open: Open): void {
  test('gives back what was written, bytes and big numbers included', async () => {
    const value = {
      bytes: Uint8Array.of(0, 1, 255),
      big: 2n ** 80n,
      map: new Map([['x', [1, null, undefined, true]]]),
      text: 'ä\u0000\u{1f600}',
    }
    const store = await filled(open, ['k', value], [['k', 7], Uint8Array.of(9)])
    expect(await store.get('a', 'k')).toEqual(value)
    expect(await store.get('a', ['k', 7])).toEqual(Uint8Array.of(9))
    expect(await store.get('a', 'other')).toBeUndefined()
    expect(await store.get('b', 'k')).toBeUndefined()
  })
  test('keeps its own copy of a value', async () => {
    const value = { list: [1] }
    const store = await filled(open, ['k', value])
    value.list.push(2)
    const read = await store.get<{ list: number[] }>('a', 'k')
    read?.list.push(3)
    expect(await store.get('a', 'k')).toEqual({ list: [1] })
  })
  test('a later write replaces, undefined deletes', async () => {
    const store = await filled(open, ['k', 1], ['l', 2])
    await store.write([
      { table: 'a', key: 'k', value: 3 },
      { table: 'a', key: 'l', value: undefined },
      { table: 'a', key: 'never', value: undefined },
    ])
    expect(await store.list('a')).toEqual([{ key: 'k', value: 3 }])
  })
  test('a batch is written whole or not at all', async () => {
    const store = await filled(open, ['k', 1])
    const unkeepable = () => undefined
    await expect(
      store.write([
        { table: 'a', key: 'k', value: 2 },
        { table: 'a', key: 'l', value: unkeepable },
      ]),
    ).rejects.toThrow()
    expect(await store.list('a')).toEqual([{ key: 'k', value: 1 }])
  })
  test('refuses keys that no order is defined for', async () => {
    const store = await filled(open)
    for (const key of [-1, 1.5, 2 ** 53, Number.NaN])
      await expect(store.write([{ table: 'a', key: [key], value: 1 }])).rejects.toThrow(
        'whole and not negative',
      )
  })
}

function describeKeys(open: Open): void {
  test('lists by prefix, from, to, limit, backwards', async () => {
    const store = await filled(
      open,
      [['p', 1], 1],
      [['p', 2], 2],
      [['p', 256], 256],
      [['p', 3, 'x'], 3],
      ['p', 0],
      ['pq', 9],
    )
    const values = async (range: Parameters<Store['list']>[1]) =>
      (await store.list<number>('a', range)).map(({ value }) => value)
    expect(await values({ prefix: 'p' })).toEqual([0, 1, 2, 3, 256])
    expect(await values({ prefix: ['p', 3] })).toEqual([3])
    expect(await values({ prefix: 'p', from: ['p', 2] })).toEqual([2, 3, 256])
    expect(await values({ from: ['p', 2], to: ['p', 256] })).toEqual([2, 3])
    expect(await values({ prefix: 'p', reverse: true, limit: 2 })).toEqual([256, 3])
    expect(await values({ prefix: 'p', limit: 2 })).toEqual([0, 1])
    expect(await values({ prefix: 'none' })).toEqual([])
    expect(await values({ from: 'z', to: 'a' })).toEqual([])
    expect(await store.count('a')).toBe(6)
    expect(await store.count('a', { prefix: 'p', from: ['p', 2] })).toBe(3)
    expect(await store.count('a', { limit: 4 })).toBe(4)
  })
  test('sorts composite keys part by part, texts by code point', async () => {
    await fc.assert(
      fc.asyncProperty(keys, async (all) => {
        const store = await open()
        await store.clear()
        await store.write(all.map((key) => ({ table: 'a', key, value: key })))
        const listed = (await store.list<Key>('a')).map(({ value }) => value)
        await store.close()
        expect(listed).toEqual(all.toSorted(byParts))
      }),
      { numRuns: 30 },
    )
  })
  test('keys come back as they were written', async () => {
    const store = await filled(open, ['text', 1], [['a\u0000b', 'ÿ', 12], 2])
    expect((await store.list('a')).map(({ key }) => key)).toEqual([['a\u0000b', 'ÿ', 12], 'text'])
  })
  test('clear forgets every table', async () => {
    const store = await filled(open, ['k', 1])
    await store.write([{ table: 'b', key: 'k', value: 1 }])
    await store.clear()
    expect([await store.list('a'), await store.list('b')]).toEqual([[], []])
  })
}

function byParts(a: Key, b: Key): number {
  const [left, right] = [[a].flat(), [b].flat()]
  const different = left.findIndex((part, i) => part !== right[i])
  if (different === -1) return left.length - right.length
  return different === right.length ? 1 : byOrder(left[different], right[different])
}

/** Numbers before texts. */
function byOrder(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  if (typeof a === 'number' || typeof b === 'number') return typeof a === 'number' ? -1 : 1
  return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)))
}
