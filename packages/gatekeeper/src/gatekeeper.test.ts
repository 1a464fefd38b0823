import { parseColumn } from '@medrec/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type Opened,
  startNetwork,
  type TestNetwork,
  until,
} from '../../library/src/network.test-support.ts'
import { askGate, type Gate, openGate } from './gate.test-support.ts'

type Body = { leaves: { text: string }[]; leaf: object }

let net: TestNetwork
let gate: Gate
beforeAll(async () => {
  net = await startNetwork()
  gate = await openGate(net)
}, 30_000)
afterAll(async () => {
  await gate.close()
  await net.close()
})

const staff = { id: 's1', name: 'Dr Ek', role: 'physician' }

async function enrolled(): Promise<{ patient: Opened; relationship: `0x${string}` }> {
  const ada = await net.register()
  const patient = await net.open(ada)
  await until(gate.participant, () => gate.participant.peer(ada.tag) !== undefined)
  const sent = await gate.gatekeeper.enrol({ localPatient: 'P1', subjectTag: ada.tag })
  await sent.until('final')
  await until(patient, () => patient.summary().relationships[0]?.pointers.length === 2)
  return { patient, relationship: sent.relationship }
}

test('a patient is enrolled, reads what is proposed with proof, and sees a record added', async () => {
  const { patient, relationship } = await enrolled()
  const labs = patient.summary().relationships[0]?.pointers.find((one) => one.resource === 'labs')
  const query = `${labs?.id.slice(2)}?_elements=date,value`
  const first = await askGate(gate, patient, '/query', { relationship, query, purpose: 0 })
  expect(first).toMatchObject({ kind: 'answer' })
  const body = (first as { body: Body }).body
  expect(body.leaves.slice(1).map((leaf) => parseColumn(leaf.text).values)).toEqual([
    ['2024-03-01', '2024-06-01'],
    ['6.10', null],
  ])
  const written = await gate.gatekeeper.add({
    localPatient: 'P1',
    resource: 'labs',
    values: { date: '2024-09-01', code: '4548-4', value: '5.9' },
    by: staff,
  })
  expect(written.pointers).toEqual([{ relationship, pointer: labs?.id, version: 2 }])
  const second = await askGate(gate, patient, '/query', { relationship, query, purpose: 0 })
  const after = (second as { body: Body }).body
  expect(parseColumn(after.leaves[2]?.text ?? '').values).toContain('5.9')
  expect(after.leaf).toMatchObject({ version: 2, origin: 1 })
})
