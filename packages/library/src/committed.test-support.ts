import {
  accountOf,
  type Domain,
  indexEntryHash,
  indexLeafHash,
  indexPointer,
  mapKey,
  pointerLeafHash,
  random,
  signStatement,
  toHex,
} from '@medrec/protocol'
import type { Answer } from './wire.ts'

/** When all of it happens (unix seconds), on which ledger, and who anchors. */
export const now = 1_800_000_000
export const domain: Domain = {
  chainId: 1,
  verifyingContract: `0x${'01'.repeat(20)}`,
  salt: `0x${'02'.repeat(32)}`,
}
export const account = accountOf(random(32))

/** A relationship, and the salt of its terms. */
export const [salt, relationship] = [random(32), random(32)]
export const [subject, steward] = [toHex(random(32)), toHex(random(32))]

type Promised = Pick<
  Answer,
  'subject' | 'steward' | 'relationship' | 'pointer' | 'key' | 'leaf' | 'index' | 'pending'
>

/** What a steward says of a pointer that is alone in its index: where its result stands, promised and not anchored. */
export function promised(pointer: Uint8Array, result: Uint8Array, version = 1): Promised {
  const key = mapKey(salt, relationship, pointer)
  const common = { version, origin: 1, category: 5, schema: 7, catalogue: 1, time: now } as const
  const bytes = { previous: new Uint8Array(32), query: random(32), result }
  const leaf = pointerLeafHash(key, { relationship, pointer, ...common, ...bytes })
  const indexKey = mapKey(salt, relationship, indexPointer)
  const [hidden, previous] = [random(32), random(32)]
  const entries = indexEntryHash({ pointer, category: 5, schema: 7, key })
  const index = indexLeafHash(indexKey, { relationship, size: 1, entries, hidden, previous })
  const promise = { leaf, index, time: now, delay: 60 }
  const signature = toHex(signStatement(account, domain, 'Pending', promise))
  return {
    ...{ subject, steward, relationship: toHex(relationship), pointer: toHex(pointer) },
    key: toHex(key),
    leaf: {
      ...common,
      previous: toHex(bytes.previous),
      query: toHex(bytes.query),
      result: toHex(bytes.result),
    },
    index: { size: 1, position: 0, hidden: toHex(hidden), previous: toHex(previous), entries: [] },
    pending: { time: now, delay: 60, signature },
  }
}
