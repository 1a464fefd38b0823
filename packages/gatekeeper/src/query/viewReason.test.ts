import { MalformedError } from '@medrec/protocol'
import { expect, test } from 'vitest'
import type { Reason } from './refusals.ts'
import { viewReason } from './viewReason.ts'

type Status = Parameters<typeof viewReason>[0]
const good: Status = {
  isSynced: true,
  isBehind: false,
  witness: 'agrees',
  ageMs: 0,
  freshBy: 'block',
  problem: undefined,
}
/** A sign of so many seconds from now. */
const at = (seconds: number, freshBy: Status['freshBy']): Partial<Status> => ({
  ageMs: -seconds * 1_000,
  freshBy,
})

test.each<[string, Reason | undefined, Partial<Status>]>([
  ['a fresh view that a second door agrees with', undefined, {}],
  ['a fresh view with one door', undefined, { witness: 'none' }],
  ['two doors that disagree', 'view-disputed', { witness: 'differs' }],
  ['a view that never reached a head', 'view-old', { isSynced: false }],
  ['a door that is behind what was seen', 'view-old', { isBehind: true }],
  ['a door that is not believed', 'view-old', { problem: new MalformedError('a chain') }],
  ['a block of five minutes ago', undefined, at(-300, 'block')],
  ['a block of longer ago', 'view-old', at(-301, 'block')],
  ['a block of the future', 'view-old', at(301, 'block')],
  ['a heartbeat of a minute ago', undefined, at(-60, 'heartbeat')],
  ['a heartbeat of longer ago', 'view-old', at(-61, 'heartbeat')],
  ['a heartbeat of the future', 'view-old', at(61, 'heartbeat')],
])('%s: %s', (_, reason, change) => {
  expect(viewReason({ ...good, ...change })).toBe(reason)
})
