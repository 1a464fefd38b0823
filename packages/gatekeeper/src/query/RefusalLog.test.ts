import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Hex, toHex } from '@medrec/protocol'
import {
  AccessTables,
  type NodeDatabase,
  openNodeDatabase,
  providerSteps,
} from '@medrec/records/node'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { AccessLog, LogUnavailableError } from './AccessLog.ts'
import { RefusalLog } from './RefusalLog.ts'

let folder: string
let database: NodeDatabase
let refusals: RefusalLog
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'medrec-refusals-'))
  database = openNodeDatabase(join(folder, 'node.db'))
  database.migrate('provider', providerSteps)
  refusals = new RefusalLog(new AccessLog(database))
})
afterEach(() => {
  database.close()
  rmSync(folder, { recursive: true })
})

const now = 1_800_000_000
const relationship = new Uint8Array(32).fill(1)
const identity = (byte: number): Hex => toHex(new Uint8Array(20).fill(byte))
const rows = (): readonly { relationship: Uint8Array | null; text: string }[] =>
  AccessTables.entriesBetween(database, { from: 0, to: 2 * now, limit: 10_000 })
const add = (
  of: Uint8Array | undefined,
  who: { identity?: Hex },
  code = 'identity',
  time = now,
): Promise<boolean> => refusals.add(of, { time, kind: 'refused', who, code })

test('strangers leave one line for each reason, however often they ask', async () => {
  for (let i = 0; i < 1_000; i++) await add(undefined, {}, i % 10 === 0 ? 'signature' : 'identity')
  await add(relationship, {})
  expect(rows()).toEqual([])
  await refusals.flush(now + 599)
  expect(rows()).toEqual([])
  await refusals.flush(now + 600)
  expect(rows().map(({ relationship: of, text }) => [of, JSON.parse(text)])).toEqual([
    [null, { time: now, kind: 'refused', who: {}, code: 'signature', count: 100 }],
    [null, { time: now, kind: 'refused', who: {}, code: 'identity', count: 901 }],
  ])
  await refusals.flush(now + 6_000)
  expect(rows()).toHaveLength(2)
})

test('what one registered identity is refused of a relationship is written 20 times, then counted', async () => {
  for (let i = 0; i < 50; i++) await add(relationship, { identity: identity(2) })
  await add(relationship, { identity: identity(3) })
  expect(rows()).toHaveLength(21)
  await refusals.close()
  expect(JSON.parse(rows().at(-1)?.text ?? '')).toMatchObject({ count: 30, who: {} })
  await add(relationship, { identity: identity(2) }, 'identity', now + 700)
  expect(rows()).toHaveLength(23)
})

test('a clock that is set back ends the window too', async () => {
  await add(undefined, {})
  await refusals.flush(now - 600)
  expect(rows()).toHaveLength(1)
})

test('what cannot be written stays counted', async () => {
  await add(undefined, {})
  database.run('ALTER TABLE log RENAME TO elsewhere')
  await expect(refusals.flush(now + 600)).rejects.toThrow(LogUnavailableError)
  database.run('ALTER TABLE elsewhere RENAME TO log')
  await add(undefined, {})
  await refusals.close()
  expect(JSON.parse(rows()[0]?.text ?? '')).toMatchObject({ count: 2 })
})
