import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Keys } from '@medrec/protocol'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Someone } from '../../../library/src/someone.test-support.ts'
import { medrec, passphrase, type Ran, startTown, type Town } from './town.test-support.ts'

let town: Town
let ada: Someone
let relationship: string
let grant: string
beforeAll(async () => {
  town = await startTown()
  vi.stubEnv('MEDREC_PASSPHRASE', passphrase)
  ada = await town.person('ada')
  await town.person('bo')
  relationship = await town.enrol(ada)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await town.close()
})

const as: Town['as'] = (...args) => town.as(...args)
const plain = (name: string, ...args: readonly string[]): Promise<Ran> =>
  medrec('--home', town.home, '--as', name, ...args)

// Each test goes on where the one before ended: one person's story.

test('a patient accepts what an institution proposes', async () => {
  const listed = await as('ada', 'relationship', 'list')
  expect(listed.json['relationships']).toMatchObject([
    { id: relationship, with: 'Institution', status: 'proposed' },
  ])
  const accepted = await as('ada', 'relationship', 'accept', relationship.slice(0, 10))
  expect(accepted).toMatchObject({ code: 0, json: { ok: true, state: 'final', relationship } })
  expect((await plain('ada', 'relationship', 'show', 'institution')).out).toContain('accepted')
})

test('she reads her records, proven', async () => {
  const read = await as('ada', 'query', relationship, 'labs', 'date,value')
  expect(read).toMatchObject({ code: 0, json: { resource: 'labs', version: 1 } })
  expect(read.json['rows']).toEqual([
    { date: '2024-03-01', value: '6.10' },
    { date: '2024-06-01', value: null },
  ])
  const shown = await plain('ada', 'query', relationship, 'labs', 'date,value')
  expect(shown.out).toContain('date        value\n----------  -----\n2024-03-01  6.10')
  expect(shown.out).toMatch(/Proven: .* as version 1/)
  const index = await as('ada', 'query', 'index', relationship)
  expect(index.json['records']).toHaveLength(2)
})

test('she and a doctor keep each other’s cards', async () => {
  for (const [one, other] of [
    ['ada', 'bo'],
    ['bo', 'ada'],
  ] as const) {
    const file = join(town.home, `${one}.card`)
    writeFileSync(file, (await plain(one, 'contact', 'card')).out)
    expect(await as(other, 'contact', 'add', file)).toMatchObject({ code: 0, json: { ok: true } })
  }
  expect((await plain('ada', 'contact', 'list')).out).toMatch(/bo +as shown/)
})

test('she shares one field, which the doctor reads, and not one more', async () => {
  const preview = await plain('ada', 'share', 'preview', 'labs:value')
  expect(preview.out).toContain('6.10')
  expect(preview.out).not.toContain('2024-03-01')
  const purpose = ['--purpose', 'second-opinion', '--until', '30d']
  const share = await as('ada', 'share', 'create', 'bo', 'labs:value', ...purpose)
  expect(share).toMatchObject({ code: 0, json: { ok: true, fields: 1, state: 'final' } })
  grant = String(share.json['grant'])
  expect(await as('ada', 'share', 'renew', grant, '--until', '60d')).toMatchObject({ code: 0 })
  const received = await as('bo', 'share', 'list')
  expect(received.json['received']).toMatchObject([{ grant, status: 'live' }])
  const his = await as('bo', 'query', grant, 'labs')
  expect(his.json['rows']).toEqual([{ value: '6.10' }, { value: null }])
  const tooMuch = await as('bo', 'query', grant, 'labs', 'date')
  expect(tooMuch).toMatchObject({ code: 1, json: { code: 'REFUSED' } })
  expect(tooMuch.out + tooMuch.err).not.toContain('2024-03-01')
})

test('she stops sharing, for ever', async () => {
  expect(await as('ada', 'revoke', grant, '--reason', 'done')).toMatchObject({ code: 0 })
  const read = await as('bo', 'query', grant, 'labs')
  expect(read).toMatchObject({ code: 1, json: { code: 'REFUSED' } })
  const again = await as('ada', 'share', 'renew', grant, '--until', '90d')
  expect(again).toMatchObject({ code: 1, json: { code: 'SHARE_ENDED' } })
})

test('she sees who looked and all that happened', async () => {
  const log = await as('ada', 'query', 'log', relationship)
  expect((log.json['lines'] as readonly unknown[]).length).toBeGreaterThan(2)
  const readable = (await plain('ada', 'query', 'log', relationship)).out
  expect(readable).toMatch(
    /^\d+ +\S+ \S+ UTC +read +bo +\S+, value, for second opinion +(yes|newer .*)$/m,
  )
  expect(readable).not.toContain('{')
  const history = await as('ada', 'history')
  const kinds = (history.json['events'] as readonly { kind: string }[]).map(({ kind }) => kind)
  for (const kind of ['proposed', 'accepted', 'granted', 'revoked', 'read', 'refused'])
    expect(kinds).toContain(kind)
  const { out } = await plain('ada', 'history')
  expect(out).toContain('stopped a share')
  expect(out).toMatch(/ read +you +\S+, date value\s/)
  expect(out).toMatch(/ read +bo +\S+, value, for second opinion\s/)
  expect(out).not.toContain('elements')
})

test('she brings everything back, on this device and from words on another', async () => {
  const refused = await plain('ada', 'restore', '--fresh')
  expect(refused).toMatchObject({ code: 1 })
  expect(refused.err).toContain('Nothing was changed')
  const back = await as('ada', 'restore', '--fresh', '--yes')
  const counts = { relationships: 1, records: 2, shares: 1, contacts: 1 }
  expect(back.json).toMatchObject({ ok: true, ...counts })
  expect(existsSync(join(town.home, 'people/ada/store.sqlite.before-restore'))).toBe(false)
  const words = Keys.toWords(ada.keys.entropy)
  const file = join(town.home, 'words')
  writeFileSync(file, words)
  const elsewhere = await as('ada2', 'restore', '--words-file', file)
  expect(elsewhere.json).toMatchObject({ ok: true, ...counts, idTag: ada.tag })
  expect((await plain('ada2', 'identity', 'words')).out).toContain(words)
})

test('she stops all shares and closes; what is closed stays closed', async () => {
  const stopped = await as('ada', 'relationship', 'stop-all', relationship)
  expect(stopped).toMatchObject({ code: 0, json: { ok: true } })
  const closed = await as('ada', 'relationship', 'close', relationship, '--reason', 'moved')
  expect(closed).toMatchObject({ code: 0, json: { ok: true } })
  const accepted = await as('ada', 'relationship', 'accept', relationship)
  expect(accepted).toMatchObject({ code: 1, json: { code: 'RELATIONSHIP_STATUS' } })
})

test('a proposal is declined with a reason', async () => {
  const relationship = await town.enrol(await town.person('eva'))
  const declined = await as('eva', 'relationship', 'reject', relationship, '--reason', 'not me')
  expect(declined).toMatchObject({ code: 0, json: { state: 'final' } })
  const shown = await as('eva', 'relationship', 'show', relationship)
  expect(shown.json).toMatchObject({ status: 'rejected', reason: 'not me' })
})
