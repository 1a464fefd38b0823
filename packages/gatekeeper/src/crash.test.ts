import { mkdirSync, rmSync } from 'node:fs'
import { fromHex, origins } from '@medrec/protocol'
import { openNodeDatabase, PointerTables, WriteTables } from '@medrec/records/node'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNetwork, type TestNetwork, until } from '../../library/src/network.test-support.ts'
import * as Query from '../../library/src/Query.ts'
import { type Enrolment, type Gate, openGate, someEnrolled, staff } from './gate.test-support.ts'

let net: TestNetwork
let gate: Gate
let ada: Enrolment
beforeAll(async () => {
  net = await startNetwork()
  gate = await openGate(net)
  ada = await someEnrolled(net, gate)
})
afterAll(async () => {
  await gate.close()
  await net.close()
})

const read = (elements = ['value']) =>
  Query.read(ada.patient, {
    relationship: ada.relationship,
    pointer: ada.labs,
    elements,
    purpose: 0,
  })

test('a write that a crash left between the two databases is no unexplained change', async () => {
  await gate.whileClosed((nodeFile) => {
    const node = openNodeDatabase(nodeFile)
    WriteTables.start(node, {
      id: 'crashed',
      digest: new Uint8Array(32),
      pointer: fromHex(ada.labs),
      record: '41',
      reason: null,
      staff: JSON.stringify(staff),
      startedAt: 1,
    })
    node.close()
    const clinic = new DatabaseSync(gate.databaseFile)
    clinic.exec(`INSERT INTO lab VALUES (41, 'P1', '2026-01-01', '4548-4', '1.1', 1)`)
    clinic.close()
  })
  await gate.gatekeeper.checkChanges()
  const answered = await read()
  expect(answered).toMatchObject({ ok: true, result: { version: 2, origin: 1 } })
})

test('a write repeated after a crash is written once', async () => {
  const write = {
    localPatient: 'P1',
    resource: 'labs',
    values: { date: '2026-02-02', code: '4548-4', value: '2.2' },
    by: staff,
    request: 'again',
  }
  const { key } = await gate.gatekeeper.add(write)
  await gate.whileClosed((nodeFile) => {
    const node = openNodeDatabase(nodeFile)
    node.run("UPDATE write_request SET finished = 0 WHERE id = 'again'")
    node.close()
  })
  expect((await gate.gatekeeper.add(write)).key).toBe(key)
  const { rows } = await gate.gatekeeper.rows({ localPatient: 'P1', resource: 'labs' })
  expect(rows.filter((row) => row[1] === '2026-02-02')).toHaveLength(1)
})

test('what was not noted as announced before a crash is not announced again, and what was not anchored is', async () => {
  const told = (): readonly string[] =>
    gate.participant.outbox
      .all()
      .map(({ about }) => about.kind)
      .filter((kind) => kind !== 'anchor')
  const before = told()
  await gate.whileClosed((nodeFile) => {
    const node = openNodeDatabase(nodeFile)
    node.run('UPDATE version SET announced = 0 WHERE version = 2')
    node.run('UPDATE pointer SET announced = 0')
    node.run('UPDATE relationship SET proposed = 0')
    node.run('UPDATE version SET anchor = NULL WHERE version = 2')
    node.run('DELETE FROM anchor WHERE counter = (SELECT max(counter) FROM anchor)')
    expect(PointerTables.unannouncedVersions(node)).toHaveLength(1)
    node.close()
  })
  const { root } = gate.gatekeeper.status()
  await until(ada.patient, () => ada.patient.chain.view().anchor(net.hospital.tag)?.root === root)
  expect(await read()).toMatchObject({ ok: true, result: { commitment: { is: 'anchored' } } })
  const node = openNodeDatabase(gate.nodeFile)
  expect(PointerTables.unannouncedVersions(node)).toEqual([])
  expect(PointerTables.unannouncedPointers(node)).toEqual([])
  node.close()
  expect(told()).toEqual(before)
})

test('a write that never reached the database explains no later change', async () => {
  await gate.whileClosed((nodeFile) => {
    const node = openNodeDatabase(nodeFile)
    WriteTables.start(node, {
      id: 'lost',
      digest: new Uint8Array(32),
      pointer: fromHex(ada.labs),
      record: '42',
      reason: null,
      staff: JSON.stringify(staff),
      startedAt: 1,
    })
    node.close()
  })
  await gate.gatekeeper.checkChanges()
  const clinic = new DatabaseSync(gate.databaseFile)
  clinic.exec(`INSERT INTO lab VALUES (43, 'P1', '2026-03-01', '4548-4', '9.9', 1)`)
  clinic.close()
  await gate.gatekeeper.checkChanges()
  expect(await read()).toMatchObject({ ok: true, result: { origin: origins.unexplained } })
})

test('kill -9 of the reading process while somebody reads: she is answered', async () => {
  process.kill(gate.gatekeeper.status().readingProcess as number, 'SIGKILL')
  expect(await read()).toMatchObject({ ok: true })
})

test('a patient who is not in the database is not enrolled, and nothing is proposed', async () => {
  const person = await net.register()
  await until(gate.participant, () => gate.participant.peer(person.tag) !== undefined)
  const before = gate.gatekeeper.patients().length
  await expect(
    gate.gatekeeper.enrol({ localPatient: 'P7', subjectTag: person.tag }),
  ).rejects.toThrow('no patient with this id')
  expect(gate.gatekeeper.patients()).toHaveLength(before)
})

test('a full disk: no log entry, no data', async () => {
  await gate.whileClosed((nodeFile) => {
    const node = openNodeDatabase(nodeFile)
    node.run(`CREATE TRIGGER full BEFORE INSERT ON log BEGIN SELECT RAISE(ABORT, 'disk full'); END`)
    node.close()
  })
  expect(await read()).toMatchObject({ ok: false, code: 'log-unavailable', status: 503 })
})

test('a log that the disk does not take: no data, until the node is started again', async () => {
  await gate.whileClosed((nodeFile) => {
    const node = openNodeDatabase(nodeFile)
    node.run('DROP TRIGGER IF EXISTS full')
    node.close()
  })
  const wal = `${gate.nodeFile}-wal`
  rmSync(wal)
  mkdirSync(wal)
  for (const _ of [1, 2])
    expect(await read()).toMatchObject({ ok: false, code: 'log-unavailable', status: 503 })
  await gate.whileClosed(() => rmSync(wal, { recursive: true, force: true }))
  expect(await read()).toMatchObject({ ok: true })
})
