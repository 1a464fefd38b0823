import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Hex, random, toHex } from '@medrec/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as Contact from './Contact.ts'
import { type Opened, startNetwork, type TestNetwork, until } from './network.test-support.ts'
import * as Relationship from './Relationship.ts'
import * as Share from './Share.ts'

let net: TestNetwork
let hospital: Opened
beforeAll(async () => {
  net = await startNetwork()
  hospital = await net.open(net.hospital)
})
afterAll(() => net.close())

const labs = {
  pointer: toHex(new Uint8Array(16)),
  category: 5,
  schema: 7,
  catalogue: 1,
  mask: '0x5',
} as const

type Sharing = {
  readonly patient: Opened
  readonly doctor: Opened
  readonly relationship: Hex
  readonly grant: Hex
}

/** A patient who accepted what the hospital proposed, and shares one kind of record with a doctor. */
async function newSharing(): Promise<Sharing> {
  const [alice, bob] = [await net.register(), await net.register()]
  const [patient, doctor] = [await net.open(alice), await net.open(bob)]
  const { relationship, ...proposed } = await Relationship.propose(hospital, { subject: alice.tag })
  await proposed.until('final')
  expect(Relationship.of(patient, relationship).progress).toBe('proposed')
  await (await Relationship.accept(patient, relationship)).until('final')
  expect(Relationship.of(patient, relationship).progress).toBe('accepted')

  await (await Contact.add(patient, { card: Contact.card(doctor, 'Dr Bob') })).until('mined')
  await (await Contact.add(doctor, { card: Contact.card(patient, 'Alice') })).until('mined')
  const { grant, ...granted } = await Share.grant(patient, {
    relationship,
    viewer: bob.tag,
    entries: [{ ...labs, pointer: toHex(random(16)) }],
    purposes: [1],
    expiresAt: Date.now() / 1000 + 600,
  })
  await granted.until('final')
  return { patient, doctor, relationship, grant }
}

test('a proposal is accepted, shared, seen by the viewer and stopped again', async () => {
  const { patient, doctor, relationship, grant } = await newSharing()
  await until(doctor, () => doctor.summary().sharedWithMe.length === 1)
  expect(doctor.summary().sharedWithMe[0]).toMatchObject({
    grant,
    subject: patient.me()?.idTag,
    steward: net.hospital.tag,
    status: 'live',
  })
  await until(hospital, () => Relationship.of(hospital, relationship).shares.length === 1)

  await (await Share.revoke(patient, { grant })).until('final')
  await until(doctor, () => doctor.summary().sharedWithMe[0]?.status === 'revoked')
  expect(Share.listMine(patient)[0]?.status).toBe('revoked')
})

test('what she gave stays hers to see and to end when the institution loses its certificate', async () => {
  const { patient, relationship, grant } = await newSharing()
  await net.certify(net.hospital, 1, false)
  const taken = { id: relationship, certified: false, status: 'accepted' }
  expect(Relationship.list(patient)).toMatchObject([taken])
  expect(Share.listMine(patient)).toMatchObject([{ grant, status: 'live' }])
  expect(Relationship.of(hospital, relationship)).toMatchObject(taken)
  await (await Share.revoke(patient, { grant })).until('mined')
  expect(Share.listMine(patient)).toMatchObject([{ grant, status: 'revoked' }])
  await net.certify(net.hospital, 1, true)
  expect(Relationship.list(patient)).toMatchObject([{ id: relationship, certified: true }])
})

test('an institution without its certificate is asked for no relay tokens, which no relay would take', async () => {
  const asked: (string | undefined)[] = []
  const server = createServer(({ url }, response) => {
    asked.push(url)
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  await net.setUrl(net.clinic, `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const [clinic, patient] = [await net.open(net.clinic), await net.open(await net.register())]
  const subject = patient.me()?.idTag as Hex
  const { relationship, ...proposed } = await Relationship.propose(clinic, {
    ...{ subject, shownAtDesk: true },
  })
  await proposed.until('mined')
  await (await Relationship.accept(patient, relationship)).until('mined')
  expect(asked).toContain('/token')
  await net.certify(net.clinic, 1, false)
  asked.length = 0
  await (await Contact.add(patient, { card: Contact.card(hospital, 'H') })).until('mined')
  expect(asked).toEqual([])
  await net.certify(net.clinic, 1, true)
  server.closeAllConnections()
  server.close()
})
