import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNetwork, type TestNetwork } from '../../library/src/network.test-support.ts'
import { type Gate, openGate, someEnrolled, staff } from './gate.test-support.ts'
import { NothingChangedError, RecordNotFoundError } from './WritePath.ts'

let net: TestNetwork
let gate: Gate
beforeAll(async () => {
  net = await startNetwork()
  gate = await openGate(net)
})
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

test('a write that changes nothing says so for somebody without a relationship too', async () => {
  const by = staff
  const options = { localPatient: 'P2', resource: 'labs', reason: 'again', by }
  const { key } = await gate.gatekeeper.add({
    ...options,
    values: { date: '2024-05-06', code: '4548-4', value: '6.10' },
  })
  const correct = (value: string) => gate.gatekeeper.correct({ ...options, key, values: { value } })
  expect((await correct('6.20')).pointers).toEqual([])
  await expect(correct('6.20')).rejects.toThrow(NothingChangedError)
  expect((await correct('6.30')).key).toBe(key)
})

test("an id with NUL in it, which SQLite's driver cuts off there, names no patient and no record", async () => {
  const change = { resource: 'labs', reason: 'cut off', values: { value: '6.66' }, by: staff }
  const key = '9007199254740993'
  for (const one of [
    { localPatient: 'P1\0 of somebody else', key },
    { localPatient: 'P1', key: `${key}\0` },
  ])
    await expect(gate.gatekeeper.correct({ ...change, ...one })).rejects.toThrow(
      RecordNotFoundError,
    )
  const { rows } = await gate.gatekeeper.rows({ localPatient: 'P1', resource: 'labs' })
  expect(rows.map(([, , , value]) => value)).not.toContain('6.66')
})
