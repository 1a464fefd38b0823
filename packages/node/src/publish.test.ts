import { Keys } from '@medrec/protocol'
import { expect, test } from 'vitest'
import type { Log } from './log.ts'
import type { Member } from './member.ts'
import { publishProfile, publishRelay } from './publish.ts'

const block = { number: 7, hash: '0x07', time: 7 } as const

/** A node whose relay and profile are not on the chain as they should be. */
function memberOf(lost: typeof block | undefined): Member {
  const keys = Keys.fromEntropy(Keys.newEntropy(), new Uint8Array(32))
  const view = {
    entryOfIdentity: () => ({ idTag: `0x${'11'.repeat(32)}` }),
    isRelay: () => false,
    profile: () => undefined,
    lostRole: () => lost,
    hasRole: () => false,
  }
  const rpc = () => ({ request: () => Promise.reject(new Error('asked')) })
  return { keys, chain: { view: () => view, rpc }, network: {} } as unknown as Member
}

function publishing(lost: typeof block | undefined, told: string[] = []) {
  const log: Log = (_, event) => void told.push(event)
  const sender = { address: '0x', submit: () => Promise.reject(new Error('sent')) } as const
  return { member: memberOf(lost), by: { sender, log }, told }
}

test('an institution that lost its certificate starts, and publishes nothing', async () => {
  const { member, by, told } = publishing(block)
  await publishRelay(member, by)
  const where = { name: 'A', url: 'https://a.example', pin: undefined }
  const hashes = { catalogueHash: '0x', anchorKey: '0x' } as const
  await publishProfile(member, by, { ...where, ...hashes })
  expect(told).toEqual(Array(2).fill('nothing published without a certificate'))
})

test('one that was never certified is told that it is not', async () => {
  const { member, by } = publishing(undefined)
  await expect(publishRelay(member, by)).rejects.toThrow()
})
