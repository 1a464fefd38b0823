import { random, toHex } from '@medrec/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as Contact from './Contact.ts'
import { startNetwork, type TestNetwork, until } from './network.test-support.ts'
import * as Relationship from './Relationship.ts'
import * as Share from './Share.ts'

let net: TestNetwork
beforeAll(async () => {
  net = await startNetwork()
})
afterAll(() => net.close())

const labs = {
  pointer: toHex(new Uint8Array(16)),
  category: 5,
  schema: 7,
  catalogue: 1,
  mask: '0x5',
} as const

test('a proposal is accepted, shared, seen by the viewer and stopped again', async () => {
  const [alice, bob] = [await net.register(), await net.register()]
  const hospital = await net.open(net.hospital)
  const patient = await net.open(alice)
  const doctor = await net.open(bob)
  await until(hospital, () => hospital.peer(alice.tag) !== undefined)

  const proposed = await Relationship.propose(hospital, { subject: alice.tag })
  await proposed.until('final')
  await until(patient, () => patient.summary().relationships.length === 1)
  await (await Relationship.accept(patient, proposed.relationship)).until('final')
  expect(Relationship.of(patient, proposed.relationship).progress).toBe('accepted')

  await (await Contact.add(patient, { card: Contact.card(doctor, 'Dr Bob') })).until('mined')
  await (await Contact.add(doctor, { card: Contact.card(patient, 'Alice') })).until('mined')
  const granted = await Share.grant(patient, {
    relationship: proposed.relationship,
    viewer: bob.tag,
    entries: [{ ...labs, pointer: toHex(random(16)) }],
    purposes: [1],
    expiresAt: Date.now() / 1000 + 600,
  })
  await granted.until('final')
  await until(doctor, () => doctor.summary().sharedWithMe.length === 1)
  expect(doctor.summary().sharedWithMe[0]).toMatchObject({
    grant: granted.grant,
    subject: alice.tag,
    steward: net.hospital.tag,
    status: 'live',
  })
  await until(hospital, () => Relationship.list(hospital)[0]?.shares.length === 1)

  await (await Share.revoke(patient, { grant: granted.grant })).until('final')
  await until(doctor, () => doctor.summary().sharedWithMe[0]?.status === 'revoked')
  expect(Share.listMine(patient)[0]?.status).toBe('revoked')
})
