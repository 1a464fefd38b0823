import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNetwork, type TestNetwork } from '../../library/src/network.test-support.ts'
import { type Gate, openGate, someEnrolled, staff } from './gate.test-support.ts'
import { NothingChangedError } from './writePath.ts'

let net: TestNetwork
let gate: Gate
beforeAll(async () => {
  net = await startNetwork()
  gate = await openGate(net)
}, 120_000)
afterAll(async () => {
  await gate.close()
  await net.close()
})

test('a write that changes nothing says so, makes no version and keeps no request id', async () => {
  const enrolment = await someEnrolled(net, gate)
  const version = () =>
    gate.gatekeeper.patient('P1').find(({ pointer }) => pointer === enrolment.labs)?.version
  const by = staff
  const key = '9007199254740993'
  const change = { localPatient: 'P1', resource: 'labs', key, reason: 'again', by }
  const correct = (value: string, request: string) =>
    gate.gatekeeper.correct({ ...change, values: { value }, request })
  const done = await correct('7.77', 'changes')
  expect(await correct('7.77', 'changes')).toEqual(done)
  const before = version()
  for (const _ of ['first', 'second'])
    await expect(correct('7.77', 'same')).rejects.toThrow(NothingChangedError)
  expect(version()).toBe(before)
  await correct('7.78', 'same')
  expect(version()).toBe((before ?? 0) + 1)
  // A finished request answers as before, whatever came after it.
  expect((await correct('7.77', 'changes')).key).toBe(key)
  expect(version()).toBe((before ?? 0) + 1)
  await gate.gatekeeper.retract({ ...change, request: 'retracts' })
  await expect(gate.gatekeeper.retract(change)).rejects.toThrow(NothingChangedError)
  expect((await gate.gatekeeper.retract({ ...change, request: 'retracts' })).key).toBe(key)
})
