import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { backupPart } from './statusParts.ts'

let folder: string
let database: string
const day = 86_400_000
const now = Date.parse('2026-05-10T12:00:00Z')

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'medrec-status-'))
  database = join(folder, 'node.db')
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('a database that was never copied asks for a person', () => {
  expect(backupPart(database, now)).toEqual({ ok: false, last: 'never' })
})

test.each([
  ['an hour', now - day / 24, true],
  ['a day and a half', now - 1.5 * day, true],
  ['two days', now - 2 * day, false],
  ['a year', now - 365 * day, false],
])('a copy that is %s old', (_, at, ok) => {
  const last = new Date(at).toISOString()
  writeFileSync(`${database}.backup`, `${last}\n`)
  expect(backupPart(database, now)).toEqual({ ok, last })
})

test.each(['', 'yesterday', '\n'])('a note that names no time is none: %j', (text) => {
  writeFileSync(`${database}.backup`, text)
  expect(backupPart(database, now)).toEqual({ ok: false, last: 'never' })
})
