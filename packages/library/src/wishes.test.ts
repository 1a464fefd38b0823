import { accountOf, type Domain, type Operation } from '@medrec/protocol'
import { expect, test } from 'vitest'
import { recordOf, type Wish } from './wishes.ts'

const domain: Domain = {
  chainId: 1,
  verifyingContract: `0x${'bb'.repeat(20)}`,
  salt: `0x${'4e'.repeat(32)}`,
}
const account = accountOf(new Uint8Array(32).fill(7))
const operation: Operation = {
  kind: 'accept',
  steward: new Uint8Array(20),
  subject: account.address,
  termsHash: new Uint8Array(32),
  deadline: 0,
}

function deadlineSignedAt(now: number): number {
  const wish = { operation, notes: [], tags: [] } as unknown as Wish
  const record = recordOf(wish, { account, domain, now }) as Uint8Array
  return new DataView(record.buffer, record.byteOffset).getUint32(73)
}

test('all who sign in one hour sign the same deadline, so that it does not tell the second', () => {
  const hour = 1_800_000_000
  const deadlines = [0, 1, 1_799.5, 3_599].map((seconds) => deadlineSignedAt(hour + seconds))
  expect(new Set(deadlines)).toEqual(new Set([hour + 12 * 3_600]))
  expect(deadlineSignedAt(hour + 3_600)).toBe(hour + 13 * 3_600)
})
