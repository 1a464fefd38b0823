import type { Hex } from '@medrec/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as Contact from '../../library/src/Contact.ts'
import * as Delegation from '../../library/src/Delegation.ts'
import { type Opened, until } from '../../library/src/network.test-support.ts'
import * as Query from '../../library/src/Query.ts'
import { now, type Scene, setScene } from './attempt.test-support.ts'
import { certifiedIn, openedBy } from './emergency.test-support.ts'
import { staff } from './gate.test-support.ts'

// Each question is logged, each log entry changes the index: who asks again sees an index that was anchored anew.

let scene: Scene
beforeAll(async () => {
  scene = await setScene()
})
afterAll(() => scene.close())

async function asksAgain(reader: Opened, source: Parameters<typeof Query.index>[1]): Promise<void> {
  const leaves: Hex[] = []
  for (let i = 0; i < 3; i++) {
    const found = await Query.index(reader, source)
    if (!found.ok) throw new Error(found.code)
    leaves.push(found.index.leaf)
    await scene.gate.gatekeeper.add(newResult)
    await anchored()
  }
  expect(new Set(leaves).size).toBe(3)
}

async function anchored(): Promise<void> {
  const { gatekeeper, participant, idle } = scene.gate
  await idle()
  const { root } = gatekeeper.status()
  const { tag } = scene.net.hospital
  await until(participant, () => participant.chain.view().anchor(tag)?.root === root)
}

const newResult = {
  localPatient: 'P1',
  resource: 'labs',
  values: { date: '2024-09-01', code: '4548-4', value: '5.9' },
  by: staff,
}

test('the patient finds her index after each anchor', () =>
  asksAgain(scene.ada.patient, { relationship: scene.ada.relationship }))

test('a viewer finds what was shared after each anchor', () =>
  asksAgain(scene.doctor, { grant: scene.grant }))

test('who acts for her finds her record after each anchor', async () => {
  const { patient, relationship } = scene.ada
  const delegate = await scene.net.open(await scene.net.register())
  const { idTag } = delegate.me() as { idTag: Hex }
  await (await Contact.add(patient, { card: Contact.card(delegate, 'Maria') })).until('mined')
  await (await Contact.add(delegate, { card: Contact.card(patient, 'Ada') })).until('mined')
  const terms = { relationship, delegate: idTag, categories: [5], mayShare: false }
  const given = await Delegation.give(patient, { ...terms, expiresAt: now() + 3_600 })
  await given.until('final')
  await asksAgain(delegate, { delegation: given.slot })
})

test('a clinician finds her record after each anchor in an emergency', async () => {
  const clinician = await certifiedIn(scene, await scene.net.register())
  const emergency = await openedBy(scene, clinician, scene.ada)
  await asksAgain(clinician, { emergency })
})
