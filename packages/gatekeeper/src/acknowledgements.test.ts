import { DatabaseSync } from '@photostructure/sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as Acknowledgement from '../../library/src/Acknowledgement.ts'
import { startNetwork, type TestNetwork } from '../../library/src/network.test-support.ts'
import * as Query from '../../library/src/Query.ts'
import { type Gate, openGate, shareLabs, someEnrolled, staff } from './gate.test-support.ts'

let net: TestNetwork
let gate: Gate
beforeAll(async () => {
  net = await startNetwork()
  gate = await openGate(net)
})
afterAll(async () => {
  await gate.close()
  await net.close()
})

function column(read: Query.Read, name: string): readonly (string | null)[] | string {
  if (!read.ok) return read.code
  return read.result.columns.find((one) => one.name === name)?.values ?? 'not there'
}

function byHand(sql: string): void {
  const tool = new DatabaseSync(gate.databaseFile)
  tool.exec(sql)
  tool.close()
}

test('a word about a version that does not exist yet never opens it, and the same word said later does', async () => {
  const enrolment = await someEnrolled(net, gate, { accept: true })
  const { doctor, grant } = await shareLabs(net, gate, enrolment)
  const { patient, relationship, labs: pointer } = enrolment
  const ofDoctor = () => Query.read(doctor, { grant, pointer, elements: ['value'], purpose: 1 })
  const labs = () => gate.gatekeeper.patient('P1').find((one) => one.pointer === pointer)
  const say = async (version: number) => {
    const said = await Acknowledgement.seen(patient, { relationship, pointer, version })
    await said.until('mined')
  }
  const heard = (version: number) =>
    gate.event(
      (event) =>
        event.type === 'acknowledged' && event.pointer === pointer && event.version === version,
    )
  const now = labs()?.version ?? 0
  await say(now + 1)
  const told = heard(now)
  await say(now)
  await told
  expect(labs()?.acknowledged).toMatchObject({ version: now, verdict: 'seen' })
  byHand(`UPDATE lab SET value = '4.44' WHERE id = 9007199254740993`)
  await gate.gatekeeper.checkChanges()
  expect(labs()).toMatchObject({ version: now + 1, isUnexplained: true })
  expect(await ofDoctor()).toMatchObject({ ok: false, code: 'unexplained' })
  await gate.reopen()
  expect(await ofDoctor()).toMatchObject({ ok: false, code: 'unexplained' })
  const again = heard(now + 1)
  await say(now + 1)
  await again
  expect(column(await ofDoctor(), 'value')).toContain('4.44')
})

test('an unexplained change that the subject calls wrong stays closed to viewers until she confirms a version', async () => {
  const enrolment = await someEnrolled(net, gate, { accept: true })
  const { doctor, grant } = await shareLabs(net, gate, enrolment)
  const { patient, relationship, labs: pointer } = enrolment
  const ofDoctor = () => Query.read(doctor, { grant, pointer, elements: ['value'], purpose: 1 })
  const newest = () =>
    gate.gatekeeper.patient('P1').find((one) => one.pointer === pointer)?.version ?? 0
  const heard = (verdict: 'seen' | 'wrong', version: number) =>
    gate.event(
      (event) =>
        event.type === 'acknowledged' &&
        event.pointer === pointer &&
        event.verdict === verdict &&
        event.version === version,
    )
  const say = async (verdict: 'seen' | 'wrong', version: number) => {
    const told = heard(verdict, version)
    const about = { relationship, pointer, version }
    if (verdict === 'seen') await Acknowledgement.seen(patient, about)
    else await Acknowledgement.wrong(patient, { ...about, reason: 'not mine' })
    await told
  }
  byHand(`UPDATE lab SET value = '8.88' WHERE id = 9007199254740993`)
  await gate.gatekeeper.checkChanges()
  const changed = newest()
  await say('wrong', changed)
  expect(await ofDoctor()).toMatchObject({ ok: false, code: 'unexplained', status: 409 })
  const key = '9007199254740993'
  const correction = { localPatient: 'P1', resource: 'labs', key, by: staff, reason: 'typo' }
  await gate.gatekeeper.correct({ ...correction, values: { value: '6.20' } })
  expect(await ofDoctor()).toMatchObject({ ok: false, code: 'unexplained' })
  await gate.reopen()
  expect(await ofDoctor()).toMatchObject({ ok: false, code: 'unexplained' })
  await say('seen', newest())
  expect(column(await ofDoctor(), 'value')).toContain('6.20')
  await say('wrong', newest())
  expect(await ofDoctor()).toMatchObject({ ok: false, code: 'unexplained' })
  await say('seen', changed)
  expect(await ofDoctor()).toMatchObject({ ok: true })
})
