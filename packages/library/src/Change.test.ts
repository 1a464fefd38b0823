import { type Hex, random, toHex } from '@medrec/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as Acknowledgement from './Acknowledgement.ts'
import * as Anchor from './Anchor.ts'
import * as Change from './Change.ts'
import { startInstitution } from './institution.test-support.ts'
import { type Opened, startNetwork, type TestNetwork, until } from './network.test-support.ts'
import * as Pointer from './Pointer.ts'
import * as Query from './Query.ts'
import * as Relationship from './Relationship.ts'
import type { TestInstitution } from './record.test-support.ts'

let net: TestNetwork
let hospital: Opened
let patient: Opened
let relationship: Hex
let institution: TestInstitution

beforeAll(async () => {
  net = await startNetwork()
  const alice = await net.register()
  hospital = await net.open(net.hospital)
  patient = await net.open(alice)
  await until(hospital, () => hospital.peer(alice.tag) !== undefined)
  const prepared = Relationship.prepare(hospital, { subject: alice.tag })
  relationship = prepared.relationship
  await (await Relationship.sendProposal(hospital, prepared)).until('mined')
  const { terms } = prepared
  institution = await startInstitution(hospital, { id: relationship, terms, subject: alice.tag })
  await net.setUrl(net.hospital, institution.url)
  await anchored()
  await until(patient, () => Relationship.list(patient).length === 1)
  await (await Relationship.accept(patient, relationship)).until('mined')
})
afterAll(async () => {
  await institution.close()
  await net.close()
})

async function anchored(): Promise<void> {
  const root = institution.root()
  await (await Anchor.post(hospital, { root, logRoot: toHex(random(32)) })).until('mined')
  await until(patient, () => {
    const view = patient.chain.view()
    const isKnown = view.profile(net.hospital.tag)?.url === institution.url
    return isKnown && view.anchor(net.hospital.tag)?.root === root
  })
}

async function read(pointer: Uint8Array): Promise<Query.Result> {
  const options = { relationship, pointer: toHex(pointer), elements: ['code', 'value'], purpose: 0 }
  const answer = await Query.read(patient, options)
  if (!answer.ok) throw new Error(answer.code)
  return answer.result
}

// No pointer note was sent yet, so she answered to nothing: what counts is what was proven to her.

test('an unexplained change wants an answer though she never answered before, and shows what was', async () => {
  const pointer = institution.pointers[0] as Uint8Array
  const first = await read(pointer)
  const none = { isOpen: false, former: undefined, refusal: undefined }
  expect(await Change.of(patient, first)).toEqual(none)
  institution.alter(pointer, [['glucose', '9.9', 'x']])
  await anchored()
  const altered = await read(pointer)
  const asked = institution.asked.length
  const change = await Change.of(patient, altered)
  expect(change).toMatchObject({ isOpen: true, former: { version: 1 }, refusal: undefined })
  expect(change.former && Query.rowsOf(change.former)).toEqual([{ code: 'glucose', value: '5.1' }])
  expect(institution.asked).toHaveLength(asked)
})

test('what this device never read is asked for; when it is refused, the refusal is told', async () => {
  const pointer = institution.pointers[1] as Uint8Array
  institution.alter(pointer, [['glucose', '8.8', 'x']])
  await anchored()
  const altered = await read(pointer)
  institution.refuse = { code: 'version-gone', message: 'This version is not kept.' }
  const refused = await Change.of(patient, altered)
  institution.refuse = undefined
  expect(refused).toMatchObject({
    isOpen: true,
    former: undefined,
    refusal: { ok: false, code: 'version-gone' },
  })
  const change = await Change.of(patient, altered)
  expect(change.former && Query.rowsOf(change.former)).toMatchObject([{ value: '5.1' }])
})

test('an answer closes it, and the version that she answered to is what the next one is compared with', async () => {
  const pointer = institution.pointers[0] as Uint8Array
  const id = toHex(pointer)
  const [announced] = await Pointer.announce(hospital, {
    relationship,
    subject: patient.me()?.idTag as Hex,
    pointers: [
      {
        ...{ pointer: id, category: 5, schema: 7, catalogue: 1, version: 2, time: 5 },
        ...{ querySalt: toHex(random(16)), query: 'SELECT 1', result: toHex(random(32)) },
        ...{ resource: 'labs', place: institution.url },
      },
    ],
  })
  await announced?.until('mined')
  await until(patient, () => Relationship.of(patient, relationship).pointers.length === 1)
  const second = await read(pointer)
  expect(second.version).toBe(2)
  expect((await Change.of(patient, second)).isOpen).toBe(true) // told of it, but never answered
  await (
    await Acknowledgement.wrong(patient, { relationship, pointer: id, version: 2, reason: 'no' })
  ).until('mined')
  expect((await Change.of(patient, second)).isOpen).toBe(false)
  institution.write(pointer, [['glucose', '5.1', 'x']], 'typing error')
  await anchored()
  const corrected = await Change.of(patient, await read(pointer))
  expect(corrected).toMatchObject({ isOpen: true, former: { version: 2 } })
})
