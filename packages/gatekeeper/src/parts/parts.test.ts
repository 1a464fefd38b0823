import { openNodeDatabase } from '@medrec/records/node'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNetwork, type TestNetwork, until } from '../../../library/src/network.test-support.ts'
import * as Parts from '../../../library/src/Parts.ts'
import * as Query from '../../../library/src/Query.ts'
import * as Share from '../../../library/src/Share.ts'
import { clinicCatalogue } from '../clinic.test-support.ts'
import {
  type Enrolment,
  type Gate,
  openGate,
  shareLabs,
  someEnrolled,
  staff,
} from '../gate.test-support.ts'

const limits = { rows: 4, bytes: 10_000, milliseconds: 120_000 }
const rate = { perSecond: 0, burst: 10_000 }
let net: TestNetwork
let gate: Gate
let ada: Enrolment
/** Seconds by which the clocks of the institution and of a viewer are ahead. */
let ahead = 0
const clock = (): number => Date.now() / 1_000 + ahead
beforeAll(async () => {
  net = await startNetwork()
  gate = await openGate(net, {
    ...{ limits, catalogue: clinicCatalogue, clock, rate, identityRate: rate },
    // A look counts for as long as it took: here for no time, so that each change is looked for.
    timer: { now: () => 0, until: async () => undefined },
  })
  // Inserted in another order than that of the record keys' texts, in which 1000 comes before 101.
  inClinic(
    Array.from({ length: 20 }, (_, i) => 1_000 - i * 51)
      .map((id) => `INSERT INTO lab VALUES (${id}, 'P1', '2024-01-01', 'c${id}', '${id}.0', 1)`)
      .join(';'),
  )
  ada = await someEnrolled(net, gate, { accept: true })
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

function wanted(more: Partial<Parts.Options> = {}): Parts.Options {
  const { relationship, labs } = ada
  return {
    relationship,
    pointer: labs,
    elements: ['id', 'value'],
    purpose: 0,
    ...more,
  } as Parts.Options
}

async function all(
  options: Parts.Options = wanted(),
  reader = ada.patient,
): Promise<readonly Query.Read[]> {
  const answers: Query.Read[] = []
  for await (const answer of Parts.read(reader, options)) answers.push(answer)
  return answers
}

const ids = (answers: readonly Query.Read[]) =>
  answers.flatMap((answer) =>
    answer.ok ? (answer.result.columns[0]?.values ?? []) : [answer.code],
  )

const inOrder = (texts: readonly string[]): readonly string[] =>
  texts.toSorted((a, b) => Buffer.compare(Buffer.from(`["${a}"]`), Buffer.from(`["${b}"]`)))
const idsThere = (): readonly string[] => {
  const clinic = new DatabaseSync(gate.databaseFile)
  const rows = clinic.prepare("SELECT CAST(id AS TEXT) AS id FROM lab WHERE patient = 'P1'").all()
  clinic.close()
  return inOrder(rows.map(({ id }) => String(id)))
}

test('a record that no one answer holds comes in parts, whole, sorted and each part proven', async () => {
  const answers = await all()
  expect(ids(answers)).toEqual(idsThere())
  const places = answers.map((answer) => answer.ok && answer.result.part)
  const of = (places[0] || undefined)?.of
  expect(places).toEqual(
    [0, 1, 2, 3, 4, 5].map((number) => ({ number, from: 4 * number, parts: 6, total: 22, of })),
  )
})

test('what the chain knows of it is the root that all parts lead to', async () => {
  const pointers = ada.patient.summary().relationships[0]?.pointers
  const answer = (await all())[3]
  expect(answer?.ok && answer.result.part?.of).toBe(
    pointers?.find(({ id }) => id === ada.labs)?.result,
  )
})

test('a viewer gets the fields of his share of each part, and no others', async () => {
  const { doctor, grant } = await shareLabs(net, gate, ada)
  const options = { grant, pointer: ada.labs, purpose: 1, elements: ['value'] }
  const answers = await all(options, doctor)
  expect(
    answers.map((answer) => answer.ok && answer.result.columns.map(({ name }) => name)),
  ).toEqual(Array.from({ length: 6 }, () => ['value']))
  const [refused] = await all({ ...options, elements: ['id'] }, doctor)
  expect(refused).toMatchObject({ ok: false, code: 'field-not-granted' })
  const reading = Parts.read(doctor, options)
  await reading.next()
  await (await Share.revoke(ada.patient, { grant })).until('final')
  await until(gate.participant, () => gate.participant.chain.view().grant(grant)?.revoked === true)
  expect((await reading.next()).value).toMatchObject({
    ok: false,
    code: 'grant-revoked',
    signed: true,
  })
  expect((await reading.next()).done).toBe(true)
})

test('a share that ends between two parts ends the reading', async () => {
  const { doctor, grant } = await shareLabs(net, gate, ada, { seconds: 200, clock })
  const options = { grant, pointer: ada.labs, purpose: 1, elements: ['value'] }
  const reading = Parts.read(doctor, options)
  expect((await reading.next()).value).toMatchObject({ ok: true })
  const ends = gate.participant.chain.view().grant(grant)?.expiresAt ?? 0
  ahead = ends - Date.now() / 1_000
  try {
    expect((await reading.next()).value).toMatchObject({ code: 'grant-expired', signed: true })
    expect((await reading.next()).done).toBe(true)
  } finally {
    ahead = 0
  }
})

test('reading goes on where it was, also at a gatekeeper that was killed in between', async () => {
  let progress: Parts.Progress | undefined
  const first: Query.Read[] = []
  for await (const answer of Parts.read(ada.patient, wanted())) {
    first.push(answer)
    progress = answer.ok ? Parts.following(progress, answer.result) : undefined
    if (first.length === 2) break
  }
  await gate.reopen()
  const rest = await all(wanted({ after: progress as Parts.Progress }))
  expect(ids([...first, ...rest])).toEqual(idsThere())
  expect(rest).toHaveLength(4)
})

test('it ends when the reader says so, and what was read counts', async () => {
  const abort = new AbortController()
  const answers: Query.Read[] = []
  for await (const answer of Parts.read(ada.patient, wanted({ signal: abort.signal }))) {
    answers.push(answer)
    abort.abort()
  }
  expect(answers.map(({ ok }) => ok)).toEqual([true])
})

test('the log tells each part that left, and its rows', async () => {
  const before = gate.gatekeeper.log({ from: 0, to: 2 ** 40 }).length
  const reading = Parts.read(ada.patient, wanted())
  await reading.next()
  await reading.next()
  const entries = gate.gatekeeper.log({ from: 0, to: 2 ** 40 }).slice(before)
  expect(entries.map(({ part }) => part)).toEqual([
    { number: 0, of: 6, rows: 4 },
    { number: 1, of: 6, rows: 4 },
  ])
})

test('no part of another version follows: whoever reads has to start again', async () => {
  const reading = Parts.read(ada.patient, wanted())
  const first = (await reading.next()).value as Query.Read
  await gate.gatekeeper.add({
    localPatient: 'P1',
    resource: 'labs',
    values: { date: '2026-02-02', code: '4548-4', value: '2.2' },
    by: staff,
    request: 'one more',
  })
  expect((await reading.next()).value).toMatchObject({ code: 'record-changed', status: 409 })
  const again = await all()
  expect(ids(again)).toEqual(idsThere())
  expect(again[0]?.ok && again[0].result.version).toBe(2)
  const former = await all(wanted({ version: 1 }))
  expect(ids(former).length).toBe(22)
  expect(first.ok && first.result.part?.of).toBe(former[0]?.ok && former[0].result.part?.of)
})

test('a change that nobody recorded is found before the first part leaves', async () => {
  inClinic("UPDATE lab SET value = '999' WHERE id = 1000")
  const [first] = await all()
  expect(first).toMatchObject({ code: 'rows-altered', status: 409 })
  const again = await all()
  expect(again[0]).toMatchObject({ ok: true, result: { version: 3, origin: 3 } })
})

test('a part that was changed where it is kept is not served', async () => {
  const replaced = (from: string, to: string): Promise<void> =>
    gate.whileClosed((file) => {
      const node = openNodeDatabase(file)
      node.run('UPDATE part SET texts = replace(texts, ?, ?) WHERE version = 3', from, to)
      node.close()
    })
  await replaced('949.0', '949.1')
  const alarm = gate.event(({ type }) => type === 'alarm')
  const answers = await all()
  // 949 is the last of the record keys, whatever number the added record got.
  expect(answers.map(({ ok }) => ok)).toEqual([true, true, true, true, true, false])
  expect(answers.at(-1)).toMatchObject({ code: 'rows-altered' })
  expect(await alarm).toMatchObject({ code: 'rows-altered' })
  await replaced('949.1', '949.0')
})

test('parts that there are not, and roots that were never there, are refused', async () => {
  const [first] = await all()
  const of = (first?.ok && first.result.part?.of) || '0x'
  const { after: _, ...options } = wanted()
  const read = (part: { number: number; of: `0x${string}` }) =>
    Query.read(ada.patient, { ...options, part })
  expect(await read({ number: 6, of })).toMatchObject({ code: 'part-none', status: 404 })
  expect(await read({ number: 1, of: `0x${'00'.repeat(32)}` })).toMatchObject({
    code: 'record-changed',
  })
  const visits = await Query.read(ada.patient, {
    ...options,
    pointer: ada.visits,
    elements: ['id'],
  })
  expect(visits).toMatchObject({ ok: true })
})

test('a record that shrinks to one answer comes as one, and in parts again when it grows', async () => {
  inClinic("DELETE FROM lab WHERE patient = 'P1' AND id NOT IN (31, 82)")
  await gate.gatekeeper.checkChanges()
  const few = await all()
  expect(few.map((answer) => answer.ok && answer.result.part)).toEqual([undefined])
  expect(ids(few)).toEqual(idsThere())
  inClinic(
    "INSERT INTO lab VALUES (11, 'P1', '2024-01-01', 'a', '1', 1), (12, 'P1', '2024-01-01', 'a', '1', 1)",
  )
  expect((await all())[0]).toMatchObject({ code: 'rows-altered' })
  expect(ids(await all())).toEqual(idsThere())
})

test('rows that nobody may have are refused in parts as in one', async () => {
  inClinic("UPDATE lab SET date = 'soon' WHERE id = 11")
  expect((await all())[0]).toMatchObject({ code: 'rows-unusable' })
})

test('a part whose data could not be looked at any more is not served from the copy either', async () => {
  inClinic(`UPDATE lab SET date = '2024-01-01' WHERE id = 11;
    INSERT INTO lab VALUES (13, 'P1', '2024-01-01', 'a', '1', 1)`)
  await gate.gatekeeper.checkChanges()
  const [first] = await all()
  const of = (first?.ok && first.result.part?.of) || '0x'
  const second = () => Query.read(ada.patient, { ...wanted(), part: { number: 1, of } })
  expect(await second()).toMatchObject({ ok: true })
  inClinic("UPDATE lab SET date = 'soon' WHERE id = 11")
  await gate.gatekeeper.checkChanges()
  expect(await second()).toMatchObject({ code: 'rows-unusable' })
})

test('of a patient who could not be enrolled no part is left behind', async () => {
  const counted = async (): Promise<unknown> => {
    let rows: unknown
    await gate.whileClosed((file) => {
      const node = openNodeDatabase(file)
      rows = node.get('SELECT count(*) AS parts FROM part')
      node.close()
    })
    return rows
  }
  const before = await counted()
  inClinic(
    Array.from(
      { length: 9 },
      (_, i) => `INSERT INTO lab VALUES (${2_000 + i}, 'p1', '2024-01-01', 'c', '1', 1)`,
    )
      .concat("INSERT INTO visit VALUES (99, 'p1', 'soon', 'x')")
      .join(';'),
  )
  const person = await net.register()
  await until(gate.participant, () => gate.participant.peer(person.tag) !== undefined)
  await expect(
    gate.gatekeeper.enrol({ localPatient: 'p1', subjectTag: person.tag }),
  ).rejects.toThrow()
  expect(await counted()).toEqual(before)
})
