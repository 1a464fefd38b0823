import {
  concat,
  encodeNotes,
  fromHex,
  type Hex,
  ledgerDomain,
  noteKey,
  noteTag,
  openPart,
  random,
  signContent,
  toHex,
  utf8,
} from '@medrec/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as Emergency from '../../library/src/Emergency.ts'
import * as History from '../../library/src/History.ts'
import * as Notifications from '../../library/src/Notifications.ts'
import { type Opened, until } from '../../library/src/network.test-support.ts'
import * as Proof from '../../library/src/Proof.ts'
import * as Query from '../../library/src/Query.ts'
import * as Relationship from '../../library/src/Relationship.ts'
import type { Someone } from '../../library/src/someone.test-support.ts'
import { verifyProof } from '../../library/src/verifyProof.ts'
import * as XChaCha from '../../protocol/src/xchacha.ts'
import { attempt, ownLabs, post, type Scene, setScene, shareOf } from './attempt.test-support.ts'
import {
  certifiedIn,
  name,
  openedBy,
  openingOf,
  reason,
  role,
  tagOf,
} from './emergency.test-support.ts'
import type { Enrolment } from './gate.test-support.ts'

let scene: Scene
let ada: Scene['ada']
let keys: Someone
let clinician: Opened

beforeAll(async () => {
  scene = await setScene()
  ;({ ada } = scene)
  keys = await scene.net.register()
  clinician = await certified(keys)
})
afterAll(() => scene.close())

const certified = (person: Someone): Promise<Opened> => certifiedIn(scene, person)
const somebody = async (): Promise<Opened> => certified(await scene.net.register())
const opening = (of: Enrolment) => openingOf(scene, of)
const opened = (by: Opened, of: Enrolment) => openedBy(scene, by, of)
const told = async (by: Opened, content: object, path = '/query'): Promise<string> => {
  const { code } = await post(attempt(by, content, { path }), path)
  return code === 'refused' ? `refused: ${scene.codes.at(-1)}` : code || 'answered'
}
const labs = (emergency: Hex): object => ({ ...ownLabs(), purpose: 6, emergency })

describe('an emergency access', () => {
  test('opens her records at once, read-only, and she is told of it', async () => {
    const emergency = await opened(clinician, ada)
    expect(emergency.expires - emergency.opened).toBeGreaterThan(4 * 3_600 - 60)
    const index = await Query.index(clinician, { emergency })
    const pointers = (index.ok ? index.index.pointers : []).map(({ pointer }) => pointer)
    expect(pointers.toSorted()).toEqual([ada.labs, ada.visits].toSorted())
    const read = await Query.read(clinician, { emergency, pointer: ada.labs, purpose: 6 })
    if (!read.ok) throw new Error(read.code)
    expect(read.result.columns.length).toBe(5)
    const { rpc } = scene.net
    const proof = await Proof.of(clinician, {
      ...{ source: { emergency }, exchange: read.exchange, rpc },
    })
    expect(verifyProof(proof)).toMatchObject({ ok: true, content: { subject: tagOf(ada) } })
    const state = () => ada.patient.summary().relationships[0]
    await until(ada.patient, () => state()?.emergencies.length === 1)
    expect(state()?.emergencies).toMatchObject([{ who: keys.tag, name, reason }])
    const notes = await Notifications.list(ada.patient)
    expect(notes.filter(({ kind }) => kind === 'emergency')).toMatchObject([
      { relationship: ada.relationship, from: keys.tag },
    ])
  })

  test('stands in her log, opened and used, under the name of who did it', async () => {
    const log = await Query.readLog(ada.patient, { relationship: ada.relationship })
    const entries = (log.ok ? log.lines : []).map(
      ({ text }) => JSON.parse(text) as { kind: string; emergency?: Hex; who: { idTag: Hex } },
    )
    const used = entries.filter(({ emergency }) => emergency !== undefined)
    expect(used.map(({ kind }) => kind)).toEqual(['emergency', 'index', 'read'])
    expect(new Set(used.map(({ who }) => who.idTag))).toEqual(new Set([keys.tag]))
  })
})

describe('nobody gets in', () => {
  test('without the role, whomever he names', async () => {
    const mallory = await scene.net.open(await scene.net.register())
    for (const patient of [tagOf(ada), toHex(random(32))]) {
      expect(await told(mallory, { patient, name, reason }, '/emergency')).toBe(
        'refused: emergency-role',
      )
    }
    expect(await told(ada.patient, { patient: tagOf(ada), name, reason }, '/emergency')).toBe(
      'refused: emergency-role',
    )
  })

  test("by another's access, to another's records, or by an access that never was", async () => {
    const other = await somebody()
    const { emergency } = await opened(clinician, ada)
    expect(await told(other, labs(emergency))).toBe('refused: emergency-of-another')
    expect(await told(clinician, labs(toHex(random(16))))).toBe('refused: emergency-of-another')
    const { bo } = scene
    const foreign = { relationship: bo.relationship, query: `${bo.labs.slice(2)}?_elements=value` }
    expect(await told(clinician, { ...labs(emergency), ...foreign })).toBe(
      'refused: emergency-of-another',
    )
    expect(await told(clinician, { ...labs(emergency), query: foreign.query })).toBe(
      'pointer-foreign',
    )
  })

  test('for another purpose, to former versions, to the log, or with a share as well', async () => {
    const { emergency } = await opened(clinician, ada)
    expect(await told(clinician, { ...labs(emergency), purpose: 0 })).toBe('purpose')
    expect(await told(clinician, { ...labs(emergency), version: 1 })).toBe('subject-only')
    const log = { relationship: ada.relationship, emergency }
    expect(await told(clinician, log, '/log')).toMatch(/^refused/)
    const share = shareOf(ada)
    expect(await told(clinician, { ...labs(emergency), share })).toBe('malformed')
  })

  test('without a name and a reason that say something and can be shown', async () => {
    const unseen = '\u200b'.repeat(20)
    const reasons = ['', 'help', ' '.repeat(40), unseen, `${reason}\u0007`, `${reason} \u202elaer`]
    const wrong = [
      ...reasons.map((short) => ({ name, reason: short })),
      ...['\u2060\u2060', 'Dr\u0000Ek', `${name} \ud800`].map((odd) => ({ name: odd, reason })),
    ]
    for (const words of wrong)
      expect(await told(clinician, { patient: tagOf(ada), ...words }, '/emergency')).toBe(
        'malformed',
      )
  })
})

describe('nobody gets in either', () => {
  test('with the same request twice', async () => {
    const content = { patient: tagOf(ada), name, reason }
    const made = attempt(await somebody(), content, { path: '/emergency' })
    expect((await post(made, '/emergency')).status).toBe(200)
    expect((await post(made, '/emergency')).code).toBe('request-replayed')
  })

  test('to people whom the institution does not know; asking about them counts, and five a day is all', async () => {
    const busy = await somebody()
    for (let i = 0; i < 4; i++)
      expect(await told(busy, { patient: toHex(random(32)), name, reason }, '/emergency')).toBe(
        'emergency-unknown',
      )
    expect(await told(busy, { patient: tagOf(ada), name, reason }, '/emergency')).toBe('answered')
    expect(await told(busy, { patient: tagOf(ada), name, reason }, '/emergency')).toBe(
      'emergency-limit',
    )
  })

  test('once the role is taken away', async () => {
    const person = await scene.net.register()
    const former = await certified(person)
    const { emergency } = await opened(former, ada)
    expect(await told(former, labs(emergency))).toBe('answered')
    await scene.net.certify(person, role, false)
    const { participant } = scene.gate
    await until(participant, () => !participant.chain.view().hasRole(person.tag, 'emergency'))
    expect(await told(former, labs(emergency))).toBe('emergency-role')
    expect(await told(former, { patient: tagOf(ada), name, reason }, '/emergency')).toBe(
      'refused: emergency-role',
    )
  })

  test('without the note to the patient', async () => {
    const { outbox } = scene.gate.participant
    const by = await somebody()
    const before = scene.gate.gatekeeper.emergencies().map(({ id }) => id)
    const { add } = outbox
    outbox.add = async () => {
      throw new Error('the disk is full')
    }
    try {
      expect(await told(by, { patient: tagOf(ada), name, reason }, '/emergency')).toBe(
        'log-unavailable',
      )
    } finally {
      outbox.add = add
    }
    const [kept] = scene.gate.gatekeeper.emergencies().filter(({ id }) => !before.includes(id))
    expect(kept).toMatchObject({ isNoted: false })
    expect(await told(by, labs(kept?.id as Hex))).toBe('refused: emergency-of-another')
  })
})

describe('what she leaves out', () => {
  const leave = async (of: Enrolment, categories: readonly number[]): Promise<void> => {
    const { relationship } = of
    await (await Emergency.setProfile(of.patient, { relationship, categories })).until('mined')
    const { participant } = scene.gate
    const bits = categories.reduce((all, category) => all | (1 << category), 0)
    await until(participant, () =>
      participant
        .summary()
        .relationships.some(
          ({ id, emergencyCategories }) => id === relationship && emergencyCategories === bits,
        ),
    )
  }

  test('is read by nobody and named to nobody, from her word on', async () => {
    const { bo } = scene
    const by = await somebody()
    const emergency = await opened(by, bo)
    await leave(bo, [5])
    const index = await Query.index(by, { emergency })
    expect(index.ok && index.index.pointers.map(({ pointer }) => pointer)).toEqual([bo.labs])
    const visits = {
      ...{ relationship: bo.relationship, purpose: 6, emergency: emergency.emergency },
      query: `${bo.visits.slice(2)}?_elements=date`,
    }
    expect(await told(by, visits)).toBe('emergency-profile')
    await leave(bo, [])
    expect(await Query.index(by, { emergency })).toMatchObject({ code: 'emergency-opted-out' })
    expect(await Emergency.open(by, opening(bo))).toMatchObject({ code: 'emergency-opted-out' })
  })
})

test('an older word of hers does not come back when its reader seals it again', async () => {
  const { bo, gate, net } = scene
  const { participant } = gate
  const secret = participant.peer(tagOf(bo))?.pair.theirs as Uint8Array
  const sealedAt = (counter: number): Uint8Array | undefined =>
    participant.chain.view().notes(toHex(noteTag(secret, counter)))[0]?.sealed
  const words: Uint8Array[] = []
  let counter = 0
  for (let sealed = sealedAt(0); sealed; sealed = sealedAt(++counter)) {
    const { bytes } = openPart(secret, counter, sealed) ?? { bytes: new Uint8Array(0) }
    if (bytes[0] === 14) words.push(bytes) // kind, then whether it is signed, then her signature
  }
  expect(words).toHaveLength(2)
  const [first = new Uint8Array(0)] = words
  const plain = new Uint8Array(344)
  plain.set([1, 1, first.length >> 8, first.length & 255])
  plain.set(first, 4)
  const [tag, nonce] = [noteTag(secret, counter), random(24)]
  const sealed = XChaCha.seal({ key: noteKey(secret, counter), nonce, aad: tag, plain })
  await net.relay.send(encodeNotes([{ tag, sealed: concat(nonce, sealed) }]))
  for (const side of [participant, bo.patient]) {
    await until(side, () => side.chain.view().notes(toHex(tag)).length === 1)
    const state = side.summary().relationships.find(({ id }) => id === bo.relationship)
    expect(state?.emergencyCategories).toBe(0)
  }
})

test('what she left out stays out in a later relationship, until she says so of that one', async () => {
  const { bo, gate } = scene
  await (await Relationship.close(bo.patient, { relationship: bo.relationship })).until('mined')
  const closed = () => gate.participant.chain.view().relationship(bo.relationship)?.status
  await until(gate.participant, () => closed() === 'closedBySubject')
  const { relationship } = await gate.gatekeeper.enrol({
    ...{ localPatient: 'p1', subjectTag: tagOf(bo) },
  })
  for (const side of [gate.participant, bo.patient]) {
    const state = () => side.summary().relationships.find(({ id }) => id === relationship)
    await until(side, () => state() !== undefined)
    expect(state()?.emergencyCategories).toBe(0)
  }
  const said = { relationship, categories: [5] }
  await (await Emergency.setProfile(bo.patient, said)).until('mined')
  const { relationships } = bo.patient.summary()
  expect(relationships.map((one) => one.emergencyCategories)).toEqual([0, 1 << 5])
})

describe('the list of the institution', () => {
  const by = { id: 'po', name: 'Privacy officer', role: 'it' }
  const review = { by, outcome: 'justified', remark: 'Seen.' } as const

  test('holds each access until somebody reviews it, once', async () => {
    const { gatekeeper } = scene.gate
    const open = gatekeeper.emergencies()
    const first = open.find(({ idTag }) => idTag === keys.tag)
    expect(first).toMatchObject({ reason, review: undefined })
    const id = first?.id as Hex
    const both = await Promise.allSettled([1, 2].map(() => gatekeeper.reviewEmergency(id, review)))
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    await scene.gate.reopen()
    const now = scene.gate.gatekeeper.emergencies()
    // Those that nobody reviewed come first.
    expect(now.findIndex((one) => one.id === id)).toBe(open.length - 1)
    const { outcome, remark } = review
    expect(now.at(-1)?.review).toMatchObject({ outcome, remark, reviewer: 'Privacy officer (it)' })
    await expect(scene.gate.gatekeeper.reviewEmergency(id, review)).rejects.toThrow(
      'reviewed before',
    )
    await expect(scene.gate.gatekeeper.reviewEmergency(toHex(random(16)), review)).rejects.toThrow()
  })

  test('who looked into one, and its review, stand in the log that the patient reads', async () => {
    const { gatekeeper } = scene.gate
    const { id } = gatekeeper.emergencies().find(({ idTag }) => idTag === keys.tag) ?? { id: '0x' }
    expect(await gatekeeper.examineEmergency(id, by)).toMatchObject({ reason })
    await expect(gatekeeper.examineEmergency(toHex(random(16)), by)).rejects.toThrow()
    const log = await Query.readLog(ada.patient, { relationship: ada.relationship })
    const lines = log.ok ? log.lines : []
    const staff = { id: 'po', role: 'it' }
    const overseen = History.fromLog(ada.relationship, lines).filter(
      ({ kind }) => kind === 'examined' || kind === 'reviewed',
    )
    expect(overseen.map(({ logged }) => logged)).toMatchObject([
      { kind: 'reviewed', outcome: 'justified', remark: 'Seen.', staff },
      { kind: 'examined', emergency: id, staff },
    ])
    expect(JSON.stringify(overseen)).not.toContain(reason)
  })
})

describe('her word on emergencies', () => {
  const tell = async (profile: object): Promise<string> => {
    const body = utf8(JSON.stringify({ profile }))
    const response = await fetch(new URL('/revocations', scene.gate.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: Uint8Array.from(body),
    })
    const { code } = (await response.json()) as { code?: string }
    return code ?? 'kept'
  }

  test('is taken from nobody else, and an older one changes nothing', async () => {
    const by = await somebody()
    const { emergency } = await opened(by, ada)
    const { relationship, patient } = ada
    const facts = { domain: ledgerDomain(scene.net.network), reader: scene.net.hospital.idTag }
    const word = (signer: Opened, time: number): object => {
      const content = { kind: 'emergencyProfile' as const, categories: 0, time }
      const signature = signContent(
        { ...content, relationship: fromHex(relationship, 32) },
        { ...facts, account: signer.keys.identity, idTag: fromHex(tagOf(ada), 32) },
      )
      return { relationship, categories: 0, time, signature: toHex(signature) }
    }
    expect(await tell(word(scene.bo.patient, 5))).toBe('refused')
    expect(await tell({ ...word(patient, 5), categories: 1 })).toBe('refused')
    expect(await tell({ ...word(patient, 5), relationship: toHex(random(32)) })).toBe('refused')
    expect(await tell({ ...word(patient, 5), signature: '0x' })).toBe('malformed')
    expect(await told(by, labs(emergency))).toBe('answered')
  })

  test('counts as soon as it is pushed, and after a restart', async () => {
    const by = await somebody()
    const { emergency } = await opened(by, ada)
    scene.net.relay.mode = 'refuse'
    const said = await Emergency.setProfile(ada.patient, {
      ...{ relationship: ada.relationship, categories: [] },
    })
    await said.until('seen')
    const onChain = scene.gate.participant.summary().relationships
    expect(onChain.find(({ id }) => id === ada.relationship)?.emergencyWord).toBe(0)
    expect(await told(by, labs(emergency))).toBe('emergency-opted-out')
    await scene.gate.reopen()
    expect(await told(by, labs(emergency))).toBe('emergency-opted-out')
    scene.net.relay.mode = 'forward'
    await said.until('mined')
  })

  test('counts when the block that told it is undone, though nobody pushes it', async () => {
    const { gate, net } = scene
    const { patient } = scene.bo
    const relationship = patient.summary().relationships.at(-1)?.id as Hex
    await (await Relationship.accept(patient, relationship)).until('mined')
    const by = await somebody()
    const snapshot = await net.rpc.request('evm_snapshot')
    const state = () =>
      gate.participant.summary().relationships.find(({ id }) => id === relationship)
    await gate.whileClosed(async () => {
      await (
        await Emergency.setProfile(patient, {
          ...{ relationship, categories: [] },
        })
      ).until('mined')
      await until(gate.participant, () => state()?.emergencyCategories === 0)
    })
    await patient.stop()
    await net.rpc.request('evm_revert', [snapshot])
    await net.rpc.request('anvil_mine', ['0x3'])
    await gate.participant.chain.refresh()
    expect(state()).toMatchObject({ emergencyCategories: 1 << 5, status: 'accepted' })
    expect(await Emergency.open(by, opening(scene.bo))).toMatchObject({
      code: 'emergency-opted-out',
    })
  })
})
