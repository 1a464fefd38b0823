import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startDesk, type TownDesk } from '../institution/desk.test-support.ts'
import { medrec, type Ran, startTown, type Town } from './town.test-support.ts'

let town: Town
let desk: TownDesk
let relationship: string
let slot: string

const as: Town['as'] = (...args) => town.as(...args)

beforeAll(async () => {
  town = await startTown()
  desk = await startDesk(town)
  const ana = await town.person('ana')
  const doctor = await town.person('ruiz')
  await town.person('maria')
  await town.net.certify(doctor, 4, true)
  relationship = await town.enrol(ana)
  expect((await as('ana', 'relationship', 'accept', relationship)).code).toBe(0)
  for (const [one, other] of [
    ['ana', 'maria'],
    ['maria', 'ana'],
    ['maria', 'ruiz'],
    ['ruiz', 'maria'],
    ['ana', 'ruiz'],
  ] as const) {
    const card = join(town.home, `${other}.card`)
    writeFileSync(card, (await medrec('--home', town.home, '--as', other, 'contact', 'card')).out)
    expect((await as(one, 'contact', 'add', card)).code).toBe(0)
  }
})
afterAll(async () => {
  await desk.close()
  await town.close()
  vi.unstubAllEnvs()
})

test('somebody acts for a patient, who sees what was shared for her, and ends it', async () => {
  const given = await as(
    ...(['ana', 'delegate', 'give', 'maria', '--of', relationship] as const),
    ...['--categories', 'results', '--may-share', '--until', '1d'],
  )
  expect(given).toMatchObject({ code: 0, json: { ok: true, mayShare: true } })
  slot = String(given.json['delegation'])
  expect((await as('maria', 'query', slot, 'labs', 'value')).json).toMatchObject({
    ok: true,
    resource: 'labs',
  })
  const entries = (await desk.it('institution', 'log')).json['entries'] as { sequence: number }[]
  const read = String(
    entries.findLast((entry) => 'kind' in entry && entry.kind === 'read')?.sequence,
  )
  expect(await desk.it('explain', read)).toMatchObject({
    code: 1,
    err: expect.stringContaining('"medrec delegate show"'),
  })
  const file = join(town.home, 'delegation.json')
  writeFileSync(file, JSON.stringify((await as('maria', 'delegate', 'show', slot)).json))
  expect(await desk.it('explain', read, '--delegation', file)).toMatchObject({
    code: 0,
    json: { outcome: { decision: 'allow', rule: 0, basis: { kind: 'delegation', id: slot } } },
  })
  for (const [text, code] of [
    ['{"of":"nobody"}', 1],
    ['no delegation', 2],
  ] as const) {
    writeFileSync(file, text)
    expect(await desk.it('explain', read, '--delegation', file)).toMatchObject({ code })
  }
  const shared = await as(
    ...(['maria', 'delegate', 'share', slot, 'ruiz', 'labs:value'] as const),
    ...['--purpose', 'second opinion', '--until', '1d'],
  )
  expect(shared).toMatchObject({ code: 0, json: { ok: true } })
  const grant = String(shared.json['grant'])
  expect((await as('ruiz', 'query', grant, 'labs', 'value')).code).toBe(0)
  expect((await as('ana', 'delegate', 'list')).json).toMatchObject({
    given: [{ status: 'live', categories: 'results', shares: [{ grant, status: 'live' }] }],
  })
  expect((await as('ana', 'delegate', 'end', slot, '--reason', 'Moved away.')).code).toBe(0)
  expect(await as('maria', 'query', slot, 'labs', 'value')).toMatchObject({ code: 1 })
  expect((await as('maria', 'delegate', 'list')).json).toMatchObject({
    actingFor: [{ status: 'revoked', reason: 'Moved away.' }],
  })
  expect((await as('maria', 'delegate', 'unshare', '0xffff')).code).toBe(1)
})

test('a category that is none and somebody unknown are told so', async () => {
  const give = (...more: readonly string[]): Promise<Ran> =>
    as('ana', 'delegate', 'give', 'maria', '--of', relationship, '--until', '1d', ...more)
  expect(await give('--categories', 'blood')).toMatchObject({ code: 2 })
  expect(await as('ana', 'delegate', 'end', '0xffff')).toMatchObject({ code: 1 })
})

test('an emergency: opened, read, told, reviewed; what she leaves out stays closed', async () => {
  const card = join(town.home, 'ana.card')
  const open = (who: string): Promise<Ran> =>
    as(
      ...([who, 'emergency', 'open', card, '--at', town.net.hospital.tag] as const),
      ...['--name', 'Dr Ruiz, Clinic', '--reason', 'Unconscious after a fall.'],
    )
  expect(await open('maria')).toMatchObject({ code: 1 })
  const opened = await open('ruiz')
  expect(opened).toMatchObject({ code: 0, json: { ok: true, categories: 'everything' } })
  const access = String(opened.json['emergency'])
  expect((await as('ruiz', 'query', access, 'labs', 'value')).code).toBe(0)
  expect((await as('ana', 'emergency', 'list')).json).toMatchObject({
    ofMine: [{ name: 'Dr Ruiz, Clinic', reason: 'Unconscious after a fall.' }],
  })
  const profile = await as('ana', 'emergency', 'profile', relationship, '--leave', 'nothing')
  expect(profile.code).toBe(0)
  expect(await open('ruiz')).toMatchObject({ code: 1 })
  const waiting = await desk.it('institution', 'emergencies')
  expect(waiting.json).toMatchObject({ emergencies: [{ review: null }, { review: null }] })
  expect(JSON.stringify(waiting.json)).not.toContain('Unconscious')
  const examined = await desk.it('institution', 'emergency', access)
  expect(examined.json).toMatchObject({ reason: 'Unconscious after a fall.' })
  const reviewed = await desk.it(
    ...['institution', 'review', access, '--outcome', 'justified', '--remark', 'Seen.'],
  )
  expect(reviewed).toMatchObject({ code: 0 })
  expect((await desk.it('institution', 'review', access, '--outcome', 'misused')).code).toBe(1)
  expect((await desk.desk('emergencies')).code).toBe(1)
})
