import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { random, toHex } from '@medrec/protocol'
import { type NodeDatabase, openNodeDatabase, providerSteps } from '@medrec/records/node'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Seen } from './Seen.ts'

let folder: string
let database: NodeDatabase
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'medrec-seen-'))
  database = openNodeDatabase(join(folder, 'node.db'))
  database.migrate('provider', providerSteps)
})
afterEach(() => {
  database.close()
  rmSync(folder, { recursive: true })
})

const [grant, relationship] = [random(20), random(32)]
const rest = { record: new Uint8Array(1), seenAt: 1 }

test('what was seen is known after a restart', () => {
  const seen = new Seen(database)
  seen.keep({ kind: 'grant', key: grant, number: 0, ...rest })
  seen.keep({ kind: 'relationship', key: relationship, number: 4, ...rest })
  seen.keep({ kind: 'epoch', key: relationship, number: 7, ...rest })
  for (const known of [seen, new Seen(database)]) {
    expect(known.isRevoked(toHex(grant))).toBe(true)
    expect(known.isRevoked(toHex(random(20)))).toBe(false)
    expect(known.status(toHex(relationship))).toBe(4)
    expect(known.epoch(toHex(relationship))).toBe(7)
  }
})

test('an epoch only grows, in whatever order it is told', () => {
  const seen = new Seen(database)
  for (const number of [7, 3, 5]) seen.keep({ kind: 'epoch', key: relationship, number, ...rest })
  expect(seen.epoch(toHex(relationship))).toBe(7)
  expect(new Seen(database).epoch(toHex(relationship))).toBe(7)
})

test('ends of grants that the chain does not show are kept up to a number, for each relationship', () => {
  const seen = new Seen(database)
  const kept = Array.from({ length: 1_100 }, () =>
    seen.mayKeepUnmined(toHex(relationship), toHex(random(20))),
  )
  expect(kept.filter(Boolean)).toHaveLength(1_000)
  expect(seen.mayKeepUnmined(toHex(random(32)), toHex(random(20)))).toBe(true)
})

test('the same end told again uses up nothing', () => {
  const seen = new Seen(database)
  seen.keep({ kind: 'grant', key: grant, number: 0, ...rest })
  for (let i = 0; i < 1_100; i++)
    expect(seen.mayKeepUnmined(toHex(relationship), toHex(grant))).toBe(true)
  expect(seen.mayKeepUnmined(toHex(relationship), toHex(random(20)))).toBe(true)
})
