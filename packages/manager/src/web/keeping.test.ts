import 'fake-indexeddb/auto'
import { openMemoryStore } from '@medrec/records'
import { expect, test } from 'vitest'
import { encryptedStore, fromText, storeKey, toText } from '../../web/src/patient/encryptedStore.ts'
import {
  forget,
  keepers,
  keepOnDevice,
  keepWithPassphrase,
  unlock,
} from '../../web/src/patient/vault.ts'

const entropy = Uint8Array.from({ length: 16 }, (_, i) => i)
const networkId = new Uint8Array(32).fill(7)

test('values come back from the encrypted store as they were put in', async () => {
  const store = encryptedStore(openMemoryStore(), await storeKey(entropy, networkId))
  const value = {
    text: 'Glucose',
    bytes: Uint8Array.of(1, 2, 3),
    big: 2n ** 70n,
    none: null,
    list: [1, [true, { deep: new Map([['a', 1n]]) }]],
    set: new Set(['x']),
  }
  await store.write([{ table: 't', key: ['a', 1], value }])
  expect(await store.get('t', ['a', 1])).toEqual(value)
  expect(await store.list('t', { prefix: ['a'] })).toEqual([{ key: ['a', 1], value }])
})

test('no value lies readable underneath, and another key opens nothing', async () => {
  const inner = openMemoryStore()
  const store = encryptedStore(inner, await storeKey(entropy, networkId))
  await store.write([{ table: 't', key: 'k', value: { canary: 'CANARY-4711' } }])
  const kept = await inner.get<{ bytes: Uint8Array }>('t', 'k')
  expect(Buffer.from(kept?.bytes ?? []).toString('latin1')).not.toContain('CANARY')
  const other = encryptedStore(inner, await storeKey(new Uint8Array(16), networkId))
  expect(await other.get('t', 'k')).toBeUndefined()
  expect(await other.list('t')).toEqual([])
})

test('deleting reaches the store underneath', async () => {
  const store = encryptedStore(openMemoryStore(), await storeKey(entropy, networkId))
  await store.write([{ table: 't', key: 'k', value: 1 }])
  await store.write([{ table: 't', key: 'k', value: undefined }])
  expect(await store.get('t', 'k')).toBeUndefined()
})

test('members that are not there stay away, members named like ours survive', () => {
  const value = { $: 'b', v: ['not', 'ours'], gone: undefined }
  expect(fromText(toText(value))).toEqual({ $: 'b', v: ['not', 'ours'] })
})

test('the passphrase opens the words, another one does not', async () => {
  const keeper = await keepWithPassphrase(entropy, {
    id: 'p',
    label: 'Maria',
    passphrase: 'a river runs by',
  })
  expect(await unlock(keeper, 'a river runs by')).toEqual(entropy)
  expect(await unlock(keeper, 'a river runs bz')).toBeUndefined()
  expect(JSON.stringify([...keeper.sealed.bytes])).not.toContain([...entropy].join())
})

test('a device key opens the words and cannot be taken out of the browser', async () => {
  const keeper = await keepOnDevice(entropy, { id: 'd', label: 'Demo' })
  expect(await unlock(keeper)).toEqual(entropy)
  expect(keeper.deviceKey?.extractable).toBe(false)
})

test('who is forgotten is not kept', async () => {
  await keepOnDevice(entropy, { id: 'gone', label: 'Gone' })
  await forget('gone')
  expect((await keepers()).map(({ id }) => id)).not.toContain('gone')
})
