import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fastifyCookie from '@fastify/cookie'
import { type NodeDatabase, openNodeDatabase } from '@medrec/records/node'
import fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Gate, openGate } from '../../../gatekeeper/src/gate.test-support.ts'
import { startNetwork, type TestNetwork } from '../../../library/src/network.test-support.ts'
import { addStaffApi } from '../server.ts'
import { openAccounts } from './accounts.ts'
import { openSessions } from './sessions.ts'
import type { StaffNode } from './staffNode.ts'

const now = 1_800_000_000
let net: TestNetwork
let gate: Gate
let app: FastifyInstance
let folder: string
let database: NodeDatabase
const tokens: string[] = []

beforeAll(async () => {
  net = await startNetwork()
  gate = await openGate(net)
  folder = mkdtempSync(join(tmpdir(), 'medrec-exports-'))
  database = openNodeDatabase(join(folder, 'node.db'))
  const accounts = await openAccounts(database)
  const sessions = openSessions({ database, accounts, clock: () => now })
  for (const login of ['ada', 'ben', 'cy']) {
    await accounts.put({ login, name: login, role: 'auditor', password: 'secret' })
    const opened = await sessions.open({ login, password: 'secret', address: '' })
    if ('waitSeconds' in opened) throw new Error('not signed in')
    tokens.push(opened.token)
  }
  app = fastify() as unknown as FastifyInstance
  app.register(fastifyCookie)
  const { gatekeeper, participant } = gate
  const institution = { name: 'Clinic', idTag: net.hospital.tag, url: 'https://clinic.example' }
  addStaffApi(app, {
    ...{ sessions, accounts, gatekeeper, participant, institution, cookieName: 'session' },
    clock: () => now,
  } as unknown as StaffNode)
})

afterAll(async () => {
  await app.close()
  database.close()
  rmSync(folder, { recursive: true, force: true })
  await gate.close()
  await net.close()
})

const forms = ['events', 'disclosures', 'disclosures?form=csv'] as const

const fetched = (who: number, form: string) =>
  app.inject({ url: `/api/audit/${form}`, cookies: { session: tokens[who] ?? '' } })

const statuses = (answers: readonly { readonly statusCode: number }[]): readonly number[] =>
  answers.map(({ statusCode }) => statusCode)

test('of one who asks for many exports at once, two are made; the others are told when to come again', async () => {
  const answers = await Promise.all([...forms, ...forms, 'log'].map((form) => fetched(0, form)))
  expect(statuses(answers)).toEqual([200, 200, 503, 503, 503, 503, 503])
  expect(answers[2]?.headers['retry-after']).toBe('10')
  expect(answers[2]?.json()).toEqual({
    code: 'EXPORTS_BUSY',
    message: '2 exports of yours are still running.',
    whatToDo: 'Wait until one of them has ended, or cancel it in your browser, and try again.',
  })
  expect(statuses([await fetched(0, 'events')])).toEqual([200])
})

test('all together have four, whoever asks; a place is free again when an export has ended, or failed', async () => {
  const asked = [0, 0, 1, 1, 2].map((who) => fetched(who, 'disclosures'))
  const answers = await Promise.all(asked)
  expect(statuses(answers)).toEqual([200, 200, 200, 200, 503])
  expect(answers[4]?.json()).toMatchObject({ whatToDo: 'Try again in 10 seconds.' })
  for (let i = 0; i < 5; i++) expect(statuses([await fetched(2, 'events?from=-1')])).toEqual([400])
  const after = await fetched(2, 'disclosures')
  expect(after.json()).toMatchObject({ institution: { name: 'Clinic' }, disclosures: [] })
})
