import type { Hex } from '@medrec/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../library/src/network.test-support.ts'
import { attempt, post, type Scene, setScene } from './attempt.test-support.ts'
import { certifiedIn, name, reason, tagOf } from './emergency.test-support.ts'

let scene: Scene
beforeAll(async () => {
  scene = await setScene()
})
afterAll(() => scene.close())

test('no emergency is opened at an institution without its certificate: the patient would not believe its note', async () => {
  const { net, gate, ada } = scene
  const by = await certifiedIn(scene, await net.register())
  const seen = (isSo: boolean): Promise<void> =>
    until(
      gate.participant,
      () => gate.participant.chain.view().hasRole(net.hospital.tag, 'institution') === isSo,
    )
  const ask = async (patient = tagOf(ada)): Promise<string> => {
    const asked = attempt(by, { patient, name, reason }, { path: '/emergency' })
    return (await post(asked, '/emergency')).code || 'answered'
  }
  await net.certify(net.hospital, 1, false)
  await seen(false)
  expect(await ask()).toBe('not-certified')
  expect(gate.gatekeeper.emergencies().map(({ isNoted }) => isNoted)).toEqual([false])
  const nobody: Hex = `0x${'77'.repeat(32)}`
  expect(await ask(nobody)).toBe('not-certified') // nor is it told who is a patient here
  await net.certify(net.hospital, 1, true)
  await seen(true)
  expect(await ask(nobody)).toBe('emergency-unknown')
  expect(await ask()).toBe('answered')
})
