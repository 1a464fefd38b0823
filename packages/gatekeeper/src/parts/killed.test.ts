import { once } from 'node:events'
import { watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNetwork, type TestNetwork, until } from '../../../library/src/network.test-support.ts'
import { type Gate, openGate, someEnrolled } from '../gate.test-support.ts'
import { startGatekeeper } from '../startGatekeeper.test-support.ts'

/** So that a record of many rows has as many parts, which reach the disk one by one: far more than until the kill. */
const limits = { rows: 2, bytes: 10_000, milliseconds: 120_000 }
const rows = 8_000
let net: TestNetwork
let gate: Gate

beforeAll(async () => {
  net = await startNetwork()
  gate = await openGate(net, { limits })
  inClinic(`INSERT INTO lab VALUES (1, 'P1', '2024-01-01', 'c', '1', 1);
    WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows + 9})
      INSERT INTO lab SELECT i, 'p1', '2024-01-01', 'c', '1', 1 FROM n`)
})
afterAll(async () => {
  await gate.close()
  await net.close()
})

function inClinic(sql: string): void {
  const clinic = new DatabaseSync(gate.databaseFile)
  clinic.exec(sql)
  clinic.close()
}

/** Parts in the node's file, and relationships, by a look of somebody else. */
function found(file: string): { readonly parts: number; readonly relationships: number } {
  // Who opens it at the same time holds it for a moment.
  const node = new DatabaseSync(file, { readOnly: true, timeout: 60_000 })
  const count = (table: string): number =>
    Number(node.prepare(`SELECT count(*) AS found FROM ${table}`).get()?.['found'])
  const counts = { parts: count('part'), relationships: count('relationship') }
  node.close()
  return counts
}

/** Resolves at the first change of the node's database after which there are more parts than so many. */
function morePartsThan(parts: number, file: string): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(dirname(file), (_, name) => {
      if (!name?.startsWith(basename(file)) || found(file).parts <= parts) return
      watcher.close()
      resolve()
    })
  })
}

test('parts of a patient whose enrolment was killed are removed at the next start, and no others', async () => {
  await someEnrolled(net, gate, { accept: true })
  const person = await net.register()
  await until(gate.participant, () => gate.participant.peer(person.tag) !== undefined)
  let before = { parts: 0, relationships: 0 }
  await gate.whileClosed(async (nodeFile) => {
    before = found(nodeFile)
    expect(before).toEqual({ parts: 2, relationships: 1 })
    const isUnderWay = morePartsThan(before.parts + 20, nodeFile)
    const { databaseFile, authority } = gate
    const { child } = await startGatekeeper(net, {
      ...{ nodeFile, databaseFile, authority, limits },
      enrol: { localPatient: 'p1', subjectTag: person.tag },
    })
    await isUnderWay
    child.kill('SIGKILL')
    await once(child, 'exit')
    const left = found(nodeFile)
    expect(left.parts).toBeGreaterThan(before.parts + 20)
    expect(left.relationships).toBe(before.relationships)
  })
  // Open again: what belongs to nobody is gone.
  expect(found(gate.nodeFile)).toEqual(before)
  // She can be enrolled: seven rows are left, and number 7 of the clinic's own, two in a part.
  inClinic('DELETE FROM lab WHERE id BETWEEN 17 AND 1000000')
  await gate.gatekeeper.enrol({ localPatient: 'p1', subjectTag: person.tag })
  expect(found(gate.nodeFile)).toEqual({ parts: before.parts + 4, relationships: 2 })
})
