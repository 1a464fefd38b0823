import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fastifyCookie from '@fastify/cookie'
import { type NodeDatabase, openNodeDatabase } from '@medrec/records/node'
import fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addStaffApi } from '../server.ts'
import { openAccounts, type StaffRole } from './accounts.ts'
import { openSessions } from './sessions.ts'
import type { StaffNode } from './staffNode.ts'

const now = 1_800_000_000
const roles: readonly StaffRole[] = ['clinician', 'clerk', 'it', 'auditor', 'researcher']
const tokens = new Map<StaffRole, string>()
let folder: string
let database: NodeDatabase
let app: FastifyInstance

/** Who is not let in never reaches what stands behind the routes, so there is nothing behind them here. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'medrec-roles-'))
  database = openNodeDatabase(join(folder, 'node.db'))
  const accounts = await openAccounts(database)
  const sessions = openSessions({ database, accounts, clock: () => now })
  for (const role of roles) {
    await accounts.put({ login: role, name: role, role, password: 'secret' })
    const opened = await sessions.open({ login: role, password: 'secret', address: '' })
    if ('waitSeconds' in opened) throw new Error('not signed in')
    tokens.set(role, opened.token)
  }
  app = fastify() as unknown as FastifyInstance
  app.register(fastifyCookie)
  addStaffApi(app, {
    ...{ sessions, accounts, cookieName: 'session', clock: () => now },
  } as unknown as StaffNode)
})

afterAll(async () => {
  await app.close()
  database.close()
  rmSync(folder, { recursive: true, force: true })
})

const clinical = [
  ['GET', '/api/patients/P1/rows/labs'],
  ['POST', '/api/patients/P1/records'],
  ['POST', '/api/patients/P1/corrections'],
  ['POST', '/api/patients/P1/retractions'],
  ['GET', '/api/consents'],
  ['POST', '/api/consents/0x00'],
] as const
const atDesk = [
  ['GET', '/api/people'],
  ['GET', '/api/patients/P1'],
  ['POST', '/api/patients/P1/relationship'],
  ['POST', '/api/lookup'],
  ['POST', '/api/invitations'],
  ['POST', '/api/cards'],
] as const
const overseeing = [
  ['GET', '/api/log'],
  ['GET', '/api/explain'],
  ['POST', '/api/explain'],
  ['GET', '/api/audit/log'],
  ['GET', '/api/audit/events'],
  ['GET', '/api/audit/disclosures'],
  ['GET', '/api/emergencies'],
  ['POST', '/api/emergencies/0x00'],
  ['POST', '/api/emergencies/0x00/examine'],
] as const
const technical = [
  ['GET', '/api/database'],
  ['POST', '/api/database/connection'],
  ['POST', '/api/database/trial'],
  ['POST', '/api/database/preview'],
  ['POST', '/api/database/settings'],
] as const
const open = [
  ['GET', '/api/session'],
  ['GET', '/api/catalogue'],
  ['GET', '/api/submissions/1'],
  ['GET', '/api/status'],
  ['GET', '/api/events'],
] as const
const closed: readonly (readonly [StaffRole | 'nobody', 'GET' | 'POST', string])[] = [
  ...clinical.flatMap(([method, url]) =>
    (['nobody', 'clerk', 'it', 'auditor', 'researcher'] as const).map(
      (who) => [who, method, url] as const,
    ),
  ),
  ...atDesk.flatMap(([method, url]) =>
    (['nobody', 'it', 'auditor', 'researcher'] as const).map((who) => [who, method, url] as const),
  ),
  ...overseeing.flatMap(([method, url]) =>
    (['nobody', 'clinician', 'clerk', 'researcher'] as const).map(
      (who) => [who, method, url] as const,
    ),
  ),
  ...technical.flatMap(([method, url]) =>
    (['nobody', 'clinician', 'clerk', 'auditor', 'researcher'] as const).map(
      (who) => [who, method, url] as const,
    ),
  ),
  ...open.map(([method, url]) => ['nobody' as const, method, url] as const),
]

test.each(closed)('%s may not %s %s', async (who, method, url) => {
  const cookies = who === 'nobody' ? {} : { session: tokens.get(who) ?? '' }
  const answer = await app.inject({ method, url, cookies, headers: { 'x-medrec': '1' } })
  const code = who === 'nobody' ? 'NOT_SIGNED_IN' : 'ROLE_WRONG'
  expect(answer.json()).toMatchObject({ code })
  expect(answer.statusCode).toBe(who === 'nobody' ? 401 : 403)
})

const allowed: readonly (readonly [StaffRole, 'GET' | 'POST', string])[] = [
  ...[...clinical, ...atDesk].map(([method, url]) => ['clinician' as const, method, url] as const),
  ...atDesk.map(([method, url]) => ['clerk' as const, method, url] as const),
  ...overseeing.flatMap(([method, url]) =>
    (['it', 'auditor'] as const).map((who) => [who, method, url] as const),
  ),
  ...technical.map(([method, url]) => ['it' as const, method, url] as const),
]

test.each(allowed)('%s may %s %s', async (who, method, url) => {
  const cookies = { session: tokens.get(who) ?? '' }
  const answer = await app.inject({ method, url, cookies, headers: { 'x-medrec': '1' } })
  expect([401, 403]).not.toContain(answer.statusCode)
})
