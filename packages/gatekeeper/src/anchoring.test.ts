import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNetwork, type TestNetwork, until } from '../../library/src/network.test-support.ts'
import * as Query from '../../library/src/Query.ts'
import { type Gate, openGate, someEnrolled } from './gate.test-support.ts'

let net: TestNetwork
let gate: Gate
beforeAll(async () => {
  net = await startNetwork()
  gate = await openGate(net, { rhythm: { periodSeconds: 1 } })
})
afterAll(async () => {
  await gate.close()
  await net.close()
})

const anchored = () => gate.event(({ type }) => type === 'anchored')
const newest = () => gate.participant.chain.view().anchor(net.hospital.tag)

test('a fixed rhythm anchors other roots each time, also when nothing changed, so that idle hours do not show', async () => {
  const seen: string[] = []
  for (let i = 0; i < 3; i++) {
    await anchored()
    const { root, logRoot } = newest() as { root: string; logRoot: string }
    seen.push(root, logRoot)
  }
  expect(new Set(seen).size).toBe(6)
})

test('an answer is proven against such an anchor, also after a restart', async () => {
  const enrolment = await someEnrolled(net, gate)
  const read = () =>
    Query.read(enrolment.patient, {
      ...enrolment,
      pointer: enrolment.labs,
      elements: ['value'],
      purpose: 0,
    })
  await anchored()
  await anchored()
  const counter = newest()?.counter ?? 0
  const { chain } = enrolment.patient
  await until(
    enrolment.patient,
    () => (chain.view().anchor(net.hospital.tag)?.counter ?? 0) >= counter,
  )
  expect(await read()).toMatchObject({ ok: true, result: { commitment: { is: 'anchored' } } })
  await gate.reopen()
  expect(await read()).toMatchObject({ ok: true, result: { commitment: { is: 'anchored' } } })
})
