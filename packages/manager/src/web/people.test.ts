import { Contact, Relationship } from '@medrec/library'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNetwork, type TestNetwork } from '../../../library/src/network.test-support.ts'
import { whoOf } from '../../web/src/patient/live/people.ts'

let net: TestNetwork
beforeAll(async () => {
  net = await startNetwork()
})
afterAll(() => net.close())

test('an institution that never published its name is shown as one, with its certificate and without', async () => {
  const [keys, known, friend] = [await net.register(), await net.register(), await net.register()]
  const patient = await net.open(known)
  const unnamed = {
    idTag: keys.tag,
    name: 'An institution without a public name',
    kind: 'institution',
  }
  expect(whoOf(patient, keys.tag)).toMatchObject({ name: 'Somebody you have not saved' })
  await net.certify(keys, 1, true)
  expect(whoOf(patient, keys.tag)).toEqual(unnamed)
  const ward = await net.open(keys)
  const asked = { subject: known.tag, shownAtDesk: true }
  const { relationship, ...proposed } = await Relationship.propose(ward, asked)
  await proposed.until('mined')
  await (await Relationship.accept(patient, relationship)).until('mined')
  await net.certify(keys, 1, false)
  const [state] = Relationship.list(patient)
  expect(state && whoOf(patient, state.steward)).toEqual(unnamed)
  const card = Contact.card(await net.open(friend), 'Ben')
  await (await Contact.add(patient, { card })).until('mined')
  expect(whoOf(patient, friend.tag)).toMatchObject({ name: 'Ben', kind: 'person' })
  expect(whoOf(patient, net.hospital.tag)).toMatchObject({ name: 'Institution' })
})
