import { fromHex, type Hex, random, toHex } from '@medrec/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as Contact from './Contact.ts'
import * as History from './History.ts'
import { seal } from './letters.ts'
import * as Notifications from './Notifications.ts'
import { type Opened, startNetwork, type TestNetwork, until } from './network.test-support.ts'
import * as Relationship from './Relationship.ts'
import * as Share from './Share.ts'

let net: TestNetwork
let hospital: Opened
beforeAll(async () => {
  net = await startNetwork({ confirmations: 3 })
  hospital = await net.open(net.hospital)
})
afterAll(() => net.close())

/** A relationship in which a share needs the provider's consent too. */
async function accepted(patient: Opened): Promise<Hex> {
  const { idTag } = patient.me() as { idTag: Hex }
  await until(hospital, () => hospital.peer(idTag) !== undefined)
  const policy = 'dualConsent'
  const { relationship } = await Relationship.propose(hospital, { subject: idTag, policy })
  await until(patient, () => Relationship.list(patient).some(({ id }) => id === relationship))
  await (await Relationship.accept(patient, relationship)).until('mined')
  return relationship
}

async function befriend(a: Opened, b: Opened): Promise<void> {
  await (await Contact.add(a, { card: Contact.card(b, 'B') })).until('mined')
  await (await Contact.add(b, { card: Contact.card(a, 'A') })).until('mined')
}

function share(patient: Opened, relationship: Hex, viewer: Hex): Promise<Share.Granted> {
  return Share.grant(patient, {
    relationship,
    viewer,
    entries: [{ pointer: toHex(random(16)), category: 5, schema: 7, catalogue: 1, mask: '0x5' }],
    purposes: [1],
    expiresAt: Date.now() / 1000 + 600,
  })
}

test('dual consent: a share waits for the provider, and either side ends it', async () => {
  const [alice, bob] = [await net.register(), await net.register()]
  const [patient, doctor] = [await net.open(alice), await net.open(bob)]
  await befriend(patient, doctor)
  const relationship = await accepted(patient)
  const { grant } = await share(patient, relationship, bob.tag)
  await until(hospital, () =>
    Share.listAwaitingConsent(hospital).some((one) => one.grant === grant),
  )
  await until(patient, () => Share.listMine(patient)[0]?.status === 'awaitingConsent')
  await (await Share.consent(hospital, grant)).until('mined')
  await until(patient, () => Share.listMine(patient)[0]?.status === 'live')
  await until(doctor, () => doctor.summary().sharedWithMe[0]?.consent !== undefined)
  await until(
    hospital,
    () => !Share.listAwaitingConsent(hospital).some((one) => one.grant === grant),
  )
  await (await Share.revokeConsent(hospital, grant)).until('mined')
  await until(doctor, () => doctor.summary().sharedWithMe[0]?.status === 'revoked')
  await until(patient, () => Share.listMine(patient)[0]?.status === 'revoked')
})

test('dual consent: a no of the provider reaches the patient with its reason, and the viewer', async () => {
  const [alice, bob] = [await net.register(), await net.register()]
  const [patient, doctor] = [await net.open(alice), await net.open(bob)]
  await befriend(patient, doctor)
  const relationship = await accepted(patient)
  const { grant } = await share(patient, relationship, bob.tag)
  await until(hospital, () =>
    Share.listAwaitingConsent(hospital).some((one) => one.grant === grant),
  )
  await until(doctor, () => doctor.summary().sharedWithMe.length === 1)
  const ofDoctor = () => doctor.summary().sharedWithMe[0]
  expect(ofDoctor()?.status).toBe('awaitingConsent')

  const forged = { kind: 'stopped' as const, grant: fromHex(grant), reason: 'forged' }
  const forgery = await doctor.outbox.add({
    about: { kind: 'declineConsent', grant },
    ...seal(doctor, alice.tag, forged, { signed: true }),
  })
  await forgery.until('mined')
  const forgedAt = doctor.summary().head.number
  await until(patient, () => patient.summary().head.number >= forgedAt)
  await expect(Share.declineConsent(patient, { grant })).rejects.toMatchObject({
    code: 'SHARE_UNKNOWN',
  })
  expect(Share.listMine(patient)[0]).toMatchObject({ status: 'awaitingConsent', reason: undefined })

  const reason = 'The visits belong to another person.'
  const declined = await Share.declineConsent(hospital, { grant, reason })
  const again = Share.declineConsent(hospital, { grant })
  await expect(again).rejects.toMatchObject({ code: 'CONSENT_NOT_WANTED' })
  await declined.until('mined')
  await until(patient, () => Share.listMine(patient)[0]?.status === 'declined')
  await until(doctor, () => ofDoctor()?.status === 'declined')
  expect(Share.listMine(patient)[0]?.declined?.reason).toBe(reason)
  expect(ofDoctor()?.declined?.reason).toBeUndefined()
  for (const side of [patient, hospital, doctor]) {
    const told = History.list(side).find(
      (event) => event.grant === grant && event.kind === 'consentDeclined',
    )
    expect(told).toMatchObject({ by: net.hospital.tag, viewer: bob.tag })
    expect(told?.reason).toBe(side === doctor ? undefined : reason)
  }
  for (const side of [patient, doctor]) {
    const kinds = (await Notifications.list(side)).map(({ kind }) => kind)
    expect(kinds).toContain('consentDeclined')
  }

  await (await Share.consent(hospital, grant)).until('mined')
  await until(patient, () => Share.listMine(patient)[0]?.status === 'live')
  await until(doctor, () => ofDoctor()?.status === 'live')
  expect(Share.listMine(patient)[0]?.declined).toBeUndefined()
  await expect(Share.consent(hospital, grant)).rejects.toMatchObject({ code: 'CONSENT_NOT_WANTED' })
})
