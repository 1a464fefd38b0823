import { derive } from '@medrec/protocol'
import type { Key, Store, Write } from '@medrec/records'
import { type EncryptedBytes, openBytes, sealBytes } from './sealing.ts'

/** Key of everything this device remembers of one person; gone with her words. */
export async function storeKey(entropy: Uint8Array, networkId: Uint8Array): Promise<CryptoKey> {
  const raw = derive({ secret: entropy, networkId, info: ['browser-store'], size: 32 })
  return crypto.subtle.importKey('raw', Uint8Array.from(raw), 'AES-GCM', false, [
    'encrypt',
    'decrypt',
  ])
}

/** A store whose values lie encrypted in `inner`; keys of tables stay readable, so they hold ids only. */
export function encryptedStore(inner: Store, key: CryptoKey): Store {
  const open = async <T>(sealed: EncryptedBytes | undefined): Promise<T | undefined> => {
    const plain = sealed && (await openBytes(key, sealed))
    return plain && (fromText(new TextDecoder().decode(plain)) as T)
  }
  return {
    ...inner,
    async get<T>(table: string, at: Parameters<Store['get']>[1]) {
      return open<T>(await inner.get<EncryptedBytes>(table, at))
    },
    async list<T>(table: string, range?: Parameters<Store['list']>[1]) {
      const found = await inner.list<EncryptedBytes>(table, range)
      const opened: { key: Key; value: T }[] = []
      for (const item of found) {
        const value = await open<T>(item.value)
        if (value !== undefined) opened.push({ key: item.key, value })
      }
      return opened
    },
    async write(writes) {
      const sealed = await Promise.all(
        writes.map(async (write): Promise<Write> => {
          if (write.value === undefined) return write
          const plain = new TextEncoder().encode(toText(write.value))
          return { ...write, value: await sealBytes(key, plain) }
        }),
      )
      await inner.write(sealed)
    },
  }
}

/** JSON that keeps bytes, big numbers, maps, sets and what is not there. */
export function toText(value: unknown): string {
  return JSON.stringify(wrap(value))
}

export function fromText(text: string): unknown {
  return unwrap(JSON.parse(text))
}

function wrap(value: unknown): unknown {
  if (typeof value === 'bigint') return { $: 'n', v: value.toString() }
  if (value instanceof Uint8Array) return { $: 'b', v: base64(value) }
  if (value instanceof Map) return { $: 'm', v: [...value].map(wrap) }
  if (value instanceof Set) return { $: 's', v: [...value].map(wrap) }
  if (Array.isArray(value)) return value.map(wrap)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, member]) => member !== undefined)
  return { $: 'o', v: entries.map(([name, member]) => [name, wrap(member)]) }
}

function unwrap(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unwrap)
  if (typeof value !== 'object' || value === null) return value
  const { $, v } = value as { $: string; v: unknown }
  if ($ === 'n') return BigInt(v as string)
  if ($ === 'b') return Uint8Array.from(atob(v as string), (char) => char.charCodeAt(0))
  const items = (v as readonly unknown[]).map(unwrap)
  if ($ === 'm') return new Map(items as [unknown, unknown][])
  if ($ === 's') return new Set(items)
  return Object.fromEntries(items as [string, unknown][])
}

function base64(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return btoa(text)
}
