import { type Hex, random, toHex } from '@medrec/protocol'
import { expect, test } from 'vitest'
import { anchorsIn, identityIn, profileIn } from './provenFacts.ts'

test('logs that are no events of the contract prove nothing, and break nothing', () => {
  const [contract, idTag, hash] = [20, 32, 32].map((size) => toHex(random(size))) as [Hex, Hex, Hex]
  const log = (topics: readonly Hex[], data: Hex) => ({ address: contract, topics, data })
  const logs = [log([hash], '0x'), log([], '0x12'), log([hash, idTag], toHex(random(64)))]
  const block = { number: 1, hash, time: 1, logs }
  expect(identityIn(block, contract, idTag)).toBe(undefined)
  expect(profileIn(block, contract, idTag)).toBe(undefined)
  expect(anchorsIn(block, contract, idTag)).toEqual([])
})
