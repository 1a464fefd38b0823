import { type Hex, random, toHex } from '@medrec/protocol'
import { afterEach, beforeEach, expect, test } from 'vitest'
import * as Contact from './Contact.ts'
import * as Emergency from './Emergency.ts'
import * as Notifications from './Notifications.ts'
import { type Opened, startNetwork, type TestNetwork, until } from './network.test-support.ts'
import * as Pointer from './Pointer.ts'
import * as Relationship from './Relationship.ts'
import * as Share from './Share.ts'
import type { Someone } from './someone.test-support.ts'

const [institution, registrarService] = [1, 3]

let net: TestNetwork
beforeEach(async () => {
  net = await startNetwork()
})
afterEach(() => net.close())

type Ward = { readonly keys: Someone; readonly ward: Opened }

/** A third institution; the relay is another's, and stays one. */
async function newWard(): Promise<Ward> {
  const keys = await net.register()
  await net.certify(keys, institution, true)
  return { keys, ward: await net.open(keys) }
}

type Patient = { readonly patient: Opened; readonly relationship: Hex }

/** A patient who accepted what it proposed. */
async function newPatient(
  ward: Opened,
  policy: 'subjectOnly' | 'dualConsent' = 'subjectOnly',
): Promise<Patient> {
  const keys = await net.register()
  const patient = await net.open(keys)
  const asked = { subject: keys.tag, policy, shownAtDesk: true }
  const { relationship, ...proposed } = await Relationship.propose(ward, asked)
  await proposed.until('mined')
  await (await Relationship.accept(patient, relationship)).until('mined')
  return { patient, relationship }
}

/** The institution tells of a new record, of a change and of an emergency access. */
async function tell(ward: Opened, { patient, relationship }: Patient): Promise<void> {
  const subject = patient.me()?.idTag as Hex
  const pointer = {
    ...{ pointer: toHex(random(16)), category: 5, schema: 7, catalogue: 1, version: 1, time: 1 },
    ...{ querySalt: toHex(random(16)), query: 'labs', result: toHex(random(32)) },
    ...{ resource: 'labs', place: 'http://127.0.0.1:9' },
  }
  for (const sent of await Pointer.announce(ward, { relationship, subject, pointers: [pointer] }))
    await sent.until('mined')
  await (await Pointer.update(ward, { relationship })).until('mined')
  const opened = Math.floor(Date.now() / 1000)
  const access = { who: net.clinic.tag, name: 'Dr Who', reason: 'unconscious' }
  const told = { relationship, ...access, opened, expires: opened + 14_400 }
  await (await Emergency.tell(ward, told)).until('mined')
}

/** What her node knows from the institution. */
function heard({ patient, relationship }: Patient): readonly unknown[] {
  const { pointers, updates, emergencies } = Relationship.of(patient, relationship)
  return [pointers.length, updates, emergencies.length]
}

function noticed({ patient }: Patient): readonly string[] {
  return Notifications.notificationsOf(patient.summary(), Date.now() / 1000)
    .map(({ kind, id }) => (kind === 'update' ? id : kind))
    .toSorted()
}

async function share(
  { patient, relationship }: Patient,
  to: Opened,
): Promise<{ readonly grant: Hex }> {
  await (await Contact.add(patient, { card: Contact.card(to, 'B') })).until('mined')
  const entry = { pointer: toHex(random(16)), category: 5, schema: 7, catalogue: 1 }
  const granted = await Share.grant(patient, {
    ...{ relationship, viewer: to.me()?.idTag as Hex, purposes: [1] },
    entries: [{ ...entry, mask: '0x5' }],
    expiresAt: Date.now() / 1000 + 600,
  })
  await granted.until('mined')
  return granted
}

test('what an institution says after it lost its certificate is shown once it has it again, not before', async () => {
  const { keys, ward } = await newWard()
  const known = await newPatient(ward)
  await tell(ward, known)
  const before = noticed(known)
  expect(heard(known)).toEqual([1, 1, 1])
  expect(before).toEqual(['emergency', `update|${known.relationship}|1`])

  await net.certify(keys, institution, false)
  expect(heard(known)).toEqual([1, 1, 1])
  await tell(ward, known)
  // The note of an access of before may have waited: she learns of it all the same.
  expect(heard(known)).toEqual([1, 1, 2])
  expect(noticed(known)).toEqual(['emergency', ...before])
  expect(known.patient.summary().ignored).toMatchObject([
    { from: keys.tag, kind: 'pointer', reason: 'not-institution' },
  ])
  expect(heard({ ...known, patient: ward })).toEqual([2, 2, 2])

  await net.certify(keys, institution, true)
  expect(heard(known)).toEqual([2, 2, 2])
  expect(noticed(known)).toHaveLength(3)
  expect(known.patient.summary().ignored).toEqual([])
})

test('an institution without a certificate neither consents to a share nor says no to it; what ends still ends', async () => {
  const { keys, ward } = await newWard()
  const doctor = await net.open(await net.register())
  const known = await newPatient(ward, 'dualConsent')
  const [first, second] = [await share(known, doctor), await share(known, doctor)]
  await net.certify(keys, institution, false)
  const { grant } = first
  await (await Share.consent(ward, grant)).until('mined')
  await (await Share.declineConsent(ward, { grant: second.grant, reason: 'no' })).until('mined')
  const statuses = (): readonly string[] =>
    Share.listMine(known.patient).map(({ status }) => status)
  expect(statuses()).toEqual(['awaitingConsent', 'awaitingConsent'])
  expect(noticed(known)).toEqual([])

  await net.certify(keys, institution, true)
  expect(statuses().toSorted()).toEqual(['declined', 'live'])
  await net.certify(keys, institution, false)
  await (await Relationship.close(ward, { relationship: known.relationship })).until('mined')
  expect(noticed(known)).toContain('closedBySteward')
})

test('an institution that never published a profile stays with its shares when it loses its certificate', async () => {
  const { keys, ward } = await newWard()
  const doctor = await net.open(await net.register())
  const known = await newPatient(ward)
  const { grant } = await share(known, doctor)
  expect(known.patient.chain.view().profile(keys.tag)).toBeUndefined()
  await net.certify(keys, institution, false)
  const taken = { id: known.relationship, certified: false, status: 'accepted' }
  expect(Relationship.list(known.patient)).toMatchObject([taken])
  await (await Share.revoke(known.patient, { grant })).until('mined')
  expect(Share.listMine(known.patient)).toMatchObject([{ grant, status: 'revoked' }])
  await (await Relationship.close(known.patient, { relationship: known.relationship })).until(
    'mined',
  )
  expect(Relationship.list(known.patient)).toMatchObject([{ status: 'closedBySubject' }])
})

test('a registrar service looks for the notes of its contacts alone, whatever profile it published', async () => {
  const [keys, { ward }] = [await net.register(), await newWard()]
  await net.certify(keys, registrarService, true)
  await net.setUrl(keys, 'http://127.0.0.1:9')
  const service = await net.open(keys)
  const known = await newPatient(ward)
  await share(known, service)
  expect(service.summary().sharedWithMe).toEqual([])
  await (await Contact.add(service, { card: Contact.card(known.patient, 'A') })).until('mined')
  expect(service.summary().sharedWithMe).toHaveLength(1)
})

test('a certificate whose loss or return a reorganisation undoes counts as the chain now says', async () => {
  const { keys, ward } = await newWard()
  const known = await newPatient(ward)
  const { patient, relationship } = known
  const isCertified = (): boolean => Relationship.of(patient, relationship).certified
  const undoLast = async (isSo: () => boolean): Promise<void> => {
    await net.rpc.request('anvil_reorg', [1, []])
    await until(patient, isSo)
  }
  await tell(ward, known)
  await net.certify(keys, institution, false)
  expect(isCertified()).toBe(false)
  await undoLast(isCertified)
  expect(heard(known)).toEqual([1, 1, 1])
  await tell(ward, known)
  expect(heard(known)).toEqual([2, 2, 2])

  await net.certify(keys, institution, false)
  await tell(ward, known)
  await net.certify(keys, institution, true)
  expect(heard(known)).toEqual([3, 3, 3])
  await undoLast(() => !isCertified())
  expect(heard(known)).toEqual([2, 2, 3])
  const fresh = await net.open({ ...keys, keys: patient.keys, tag: patient.me()?.idTag as Hex })
  expect(fresh.summary()).toEqual(patient.summary())
})
