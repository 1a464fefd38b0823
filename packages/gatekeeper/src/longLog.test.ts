import { fromHex, nextLogHead } from '@medrec/protocol'
import { AccessTables, openNodeDatabase } from '@medrec/records/node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNetwork, type TestNetwork } from '../../library/src/network.test-support.ts'
import * as Query from '../../library/src/Query.ts'
import { type Enrolment, type Gate, openGate, someEnrolled } from './gate.test-support.ts'

const many = 2_500
let net: TestNetwork
let gate: Gate
let ada: Enrolment

beforeAll(async () => {
  net = await startNetwork()
  gate = await openGate(net)
  ada = await someEnrolled(net, gate, { accept: true })
})
afterAll(async () => {
  await gate.close()
  await net.close()
})

/** Years of reads, as the gatekeeper itself would have kept them. */
function fill(file: string): void {
  const database = openNodeDatabase(file)
  const relationship = fromHex(ada.relationship, 32)
  const last = AccessTables.heads(database).find(({ relationship: of }) =>
    Buffer.from(of).equals(relationship),
  )
  let head = last?.head ?? new Uint8Array(32)
  const first = (last?.number ?? -1) + 1
  database.transaction(() => {
    for (let number = first; number < many; number++) {
      const text = JSON.stringify({ time: number, kind: 'read', who: {} })
      head = nextLogHead(head, text)
      AccessTables.append(database, { relationship, number, time: number, text, head })
    }
  })
  database.close()
}

test('a log of more entries than one answer holds is read whole, and proven to its end', async () => {
  await gate.whileClosed(fill)
  await gate.gatekeeper.add({
    localPatient: 'P1',
    resource: 'labs',
    values: { date: '2025-03-03', code: '4548-4', value: '6.4' },
    by: { id: 's1', name: 'Dr Ek', role: 'physician' },
  })
  await gate.idle()
  const log = await Query.readLog(ada.patient, { relationship: ada.relationship })
  if (!log.ok) throw new Error(log.code)
  expect(log.lines.length).toBeGreaterThan(many)
  expect(log.lines.map(({ position }) => position)).toEqual(log.lines.map((_, i) => i))
  expect(log.lines.filter(({ committed }) => committed).length).toBeGreaterThanOrEqual(many)
  const later = await Query.readLog(ada.patient, { relationship: ada.relationship, from: 1_200 })
  expect(later).toMatchObject({ ok: true })
  const newest = gate.gatekeeper.log({ from: 0, to: many, relationship: ada.relationship })
  expect(newest.length).toBeLessThanOrEqual(many)
  const all = await gate.gatekeeper.exportLog({
    from: 0,
    to: many,
    by: { id: 'a', name: 'A', role: 'auditor' },
  })
  expect([...all].length).toBe(newest.length)
})
