import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Opened, until } from '../../../library/src/network.test-support.ts'
import type { Someone } from '../../../library/src/someone.test-support.ts'
import { medrec, type Ran, startTown, type Town } from '../participant/town.test-support.ts'
import { startDesk, type TownDesk } from './desk.test-support.ts'

type Facts = Readonly<Record<string, unknown>>

let town: Town
let ada: Someone
/** A device of hers beside the one of the commands */
let device: Opened
let relationship: string
let desk: TownDesk['desk']
let close: TownDesk['close']

beforeAll(async () => {
  town = await startTown()
  ;({ desk, close } = await startDesk(town))
  ada = await town.person('ada')
  relationship = await town.enrol(ada)
  device = await town.net.open(ada)
})
afterAll(async () => {
  await close()
  await town.close()
})

const as: Town['as'] = (...args) => town.as(...args)

function values(content: unknown): readonly string[] {
  const file = join(town.home, 'values.json')
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return ['--values', file]
}

function refused(ran: Ran, reason: string): void {
  expect(ran).toMatchObject({ code: 1, json: { ok: false, code: 'REFUSED' } })
  expect(ran.err).toContain(`Reason: ${reason}`)
}

const labs = '9007199254740993'

// Each test goes on where the one before ended.

test('the catalogue and the patients are shown, with what can be written', async () => {
  const people = await desk('people')
  expect(people.json['people']).toContainEqual(
    expect.objectContaining({ id: 'P1', relationship, status: 'proposed' }),
  )
  const { resources } = (await desk('forms')).json as { resources: readonly Facts[] }
  expect(resources).toMatchObject([{ name: 'labs' }, { name: 'visits', insert: null }])
  expect((await desk('forms', 'LABS')).json).toMatchObject({ resource: { name: 'labs' } })
  expect(await desk('forms', 'none')).toMatchObject({ code: 1, json: { code: 'NOT_FOUND' } })
  expect((await desk('show', 'P1')).json).toMatchObject({ status: 'proposed', relationship })
  refused(await desk('show', 'none'), 'PATIENT_UNKNOWN')
  refused(await desk('rows', 'P1', 'none'), 'RESOURCE_UNKNOWN')
})

test('a record is added, and the patient says that she has seen exactly the version that she read', async () => {
  const added = await desk(
    'add',
    'P1',
    'labs',
    ...values({ date: '2025-01-01', code: '4548-4', value: '7.0' }),
  )
  expect(added).toMatchObject({ code: 0, json: { ok: true, pointers: [{ version: 2 }] } })
  const rows = await desk('rows', 'P1', 'labs')
  expect(rows.json['rows']).toContainEqual(expect.arrayContaining(['2025-01-01', '7.0']))
  expect((await as('ada', 'relationship', 'accept', relationship)).code).toBe(0)
  const early = await as('ada', 'acknowledge', 'seen', relationship, 'labs')
  expect(early).toMatchObject({ code: 1, json: { code: 'VERSION_NOT_READ' } })
  expect((await as('ada', 'query', relationship, 'labs')).json).toMatchObject({ version: 2 })
  const seen = await as('ada', 'acknowledge', 'seen', relationship, 'labs')
  expect(seen).toMatchObject({ code: 0, json: { verdict: 'seen', version: 2 } })
  await until(town.gate.participant, () => answered() === 'seen')
  const { pointers } = (await desk('show', 'P1')).json as { pointers: readonly Facts[] }
  expect(pointers.find(({ resource }) => resource === 'labs')).toMatchObject({
    seen: { verdict: 'seen', reason: null },
  })
})

/** Resolves when the chain tells the patient of so many changes: what is written is told a moment later. */
function isToldOf(changes: number): Promise<void> {
  const updates = (): number =>
    device.summary().relationships.find(({ id }) => id === relationship)?.updates ?? 0
  return until(device, () => updates() >= changes)
}

/** The patient's last word on the laboratory results, as the institution's node knows it. */
function answered(): string | undefined {
  return town.gate.gatekeeper.patient('P1').find(({ resource }) => resource === 'labs')
    ?.acknowledged?.verdict
}

test('a change behind everybody’s back is shown old and new, and called wrong', async () => {
  const database = new DatabaseSync(town.gate.databaseFile)
  database.exec(`UPDATE lab SET value = '9.99' WHERE id = ${labs}`)
  database.close()
  await town.gate.gatekeeper.checkChanges()
  await isToldOf(2)
  const changes = await as('ada', 'query', 'changes', relationship, 'labs')
  expect(changes.json).toMatchObject({
    version: 3,
    unexplained: true,
    wantsAnswer: true,
    former: 2,
  })
  const { removed, added } = changes.json['difference'] as Record<string, readonly string[][]>
  expect(removed?.flat()).toContain('6.10')
  expect(added?.flat()).toContain('9.99')
  const wrong = ['acknowledge', 'wrong', relationship, 'labs']
  expect(await as('ada', ...wrong)).toMatchObject({ code: 2 })
  const said = await as('ada', ...wrong, '--reason', 'not mine')
  expect(said).toMatchObject({ code: 0, json: { verdict: 'wrong', version: 3 } })
  await until(town.gate.participant, () => answered() === 'wrong')
  const page = (await desk('history', 'P1')).json['history'] as readonly Facts[]
  const words = page.filter(({ kind }) => kind === 'seen' || kind === 'wrong')
  expect(words.map(({ kind, reason, text }) => [kind, reason, text])).toEqual([
    ['wrong', 'not mine', 'Test results, version 3'],
    ['seen', undefined, 'Test results, version 2'],
  ])
  const mine = (await as('ada', 'history', relationship)).json['events'] as readonly Facts[]
  expect(mine.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(['acknowledged', 'saidWrong']),
  )
})

test('it is corrected and retracted with a reason; what does not fit is refused and changes nothing', async () => {
  const reason = ['--reason', 'typing error']
  refused(
    await desk('correct', 'P1', 'labs', '12', ...reason, ...values({ value: '6.10' })),
    'RECORD_NOT_FOUND',
  )
  refused(await desk('correct', 'P1', 'labs', labs, ...reason, ...values({ value: 'x' })), 'VALUES')
  refused(await desk('add', 'P1', 'labs', ...values({ code: '4548-4' })), 'VALUES')
  const unwritable = await desk('add', 'P1', 'visits', ...values({}))
  expect(unwritable).toMatchObject({ code: 2, json: { code: 'USAGE' } })
  const broken = await desk('add', 'P1', 'labs', ...values('{"value": secret'))
  expect(broken).toMatchObject({ code: 2, json: { code: 'USAGE' } })
  expect(broken.out + broken.err).not.toContain('secret')
  expect(await desk('retract', 'P1', 'labs', labs)).toMatchObject({ code: 2 })
  const corrected = await desk(
    'correct',
    'P1',
    'labs',
    labs,
    ...reason,
    ...values({ value: '6.10' }),
  )
  expect(corrected.json).toMatchObject({ key: labs, pointers: [{ version: 4 }] })
  expect((await desk('retract', 'P1', 'labs', labs, ...reason)).code).toBe(0)
  refused(await desk('retract', 'P1', 'labs', labs, ...reason), 'NOTHING_CHANGED')
  await isToldOf(4)
  const changes = await as('ada', 'query', 'changes', relationship, 'labs')
  expect(changes.json).toMatchObject({
    version: 5,
    unexplained: false,
    reason: 'typing error',
    former: 3,
  })
})

test('she sees what is new and what strangers see; staff is told that nothing waits for consent', async () => {
  const fresh = await as('ada', 'notifications', '--mark-seen')
  expect((fresh.json['notifications'] as readonly Facts[]).map(({ kind }) => kind)).toEqual([
    'update',
  ])
  expect((await as('ada', 'notifications', '--new')).json).toEqual({ notifications: [] })
  const exposure = await as('ada', 'exposure')
  expect(exposure.json).toMatchObject({
    registered: { idTag: ada.tag },
    ours: { relationships: 1 },
  })
  const shown = await medrec('--home', town.home, '--as', 'ada', 'exposure')
  expect(shown.out).toContain('which institutions treat you')
  expect((await desk('consents')).json).toEqual({ consents: [] })
  refused(await desk('consent', `0x${'12'.repeat(20)}`), 'SHARE_UNKNOWN')
  refused(await desk('decline', `0x${'12'.repeat(20)}`), 'SHARE_UNKNOWN')
  expect(await desk('decline', '0x1212')).toMatchObject({ json: { code: 'NOT_FOUND' } })
})
