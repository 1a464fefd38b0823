import { existsSync, readFileSync } from 'node:fs'
import * as Setup from '@medrec/gatekeeper/setup'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { hasPostgres } from '../../../gatekeeper/src/adapter/servers.test-support.ts'
import { parseCatalogue } from '../../../gatekeeper/src/catalogue.ts'
import { openForeignPostgres } from '../../../gatekeeper/src/setup/foreign.test-support.ts'
import { recordSources } from '../recordSources.ts'
import { type Console, openConsole } from './console.test-support.ts'

const lacks = !hasPostgres && process.env['CI'] !== 'true'
/** Skipped, by name, where PostgreSQL is not installed. */
const onPostgres = test.skipIf(lacks)
const secret = 'long and secret'
let desk: Console
let clinic: Awaited<ReturnType<typeof openForeignPostgres>>

beforeAll(async () => {
  if (lacks) return
  clinic = await openForeignPostgres()
  await clinic.admin(`CREATE ROLE narrow LOGIN PASSWORD '${secret}';
GRANT SELECT ON tbl_patients, lab_results, drug_allergies, prescriptions, billing TO narrow;`)
  desk = await openConsole(() => [clinic.address('somebody')])
})
beforeEach(async () => {
  if (!lacks) await desk.restart()
})
afterAll(async () => {
  await desk?.close()
  await clinic?.close()
})

/** The plan that the console proposes. */
async function proposed(): Promise<object> {
  const connection = { address: clinic.address('narrow'), secret }
  const { status, json } = await desk.ask('/connection', connection)
  expect(status).toBe(200)
  const { patients, resources, exclusions } = json['proposal'] as Setup.Proposal
  return { ...connection, mapping: { patients, resources }, exclusions, sensitivity: {} }
}

onPostgres(
  'a server that is named by another account is connected by user and password',
  async () => {
    const wrong = { address: clinic.address('narrow'), secret: 'guessed' }
    const { status, json, text } = await desk.ask('/connection', wrong)
    expect({ status, json }).toMatchObject({ status: 422, json: { code: 'RECORDS_UNREACHABLE' } })
    expect(text).not.toContain('guessed')
  },
)

onPostgres(
  'rights that are not needed are told with what mends them, and taken only by a tick',
  async () => {
    const plan = await proposed()
    const trial = await desk.ask('/trial', plan)
    expect(trial).toMatchObject({
      status: 200,
      json: {
        patients: 2,
        excess: expect.arrayContaining([{ kind: 'read', what: 'public.billing' }]),
      },
    })
    const role = (trial.json['role'] as readonly string[]).join('\n')
    expect(role).toContain('CREATE ROLE "medrec_read"')
    expect(role).not.toContain('billing')
    expect(trial.text).not.toMatch(/Novak|Hemoglobin/)
    const settings = { ...plan, password: desk.password }
    const refused = await desk.ask('/settings', { ...settings, acceptRights: false })
    expect(refused).toMatchObject({ status: 409, json: { code: 'RIGHTS_TOO_WIDE' } })
    expect(existsSync(desk.at('node/catalogue-2.json'))).toBe(false)
    expect(await desk.ask('/settings', { ...settings, acceptRights: true })).toMatchObject({
      status: 200,
      json: { version: 2 },
    })
  },
)

onPostgres('what was saved is what the next start reads the records with', async () => {
  const plan = await proposed()
  const settings = { ...plan, password: desk.password, acceptRights: true }
  expect((await desk.ask('/settings', settings)).status).toBe(200)
  const { path, ...provider } = desk.configured()
  const { source } = recordSources(provider, { path, environment: {} })
  const catalogue = parseCatalogue(JSON.parse(readFileSync(path(provider.catalogue), 'utf8')))
  const { people, previews } = await Setup.dryRun({ source, catalogue, samples: ['101'] })
  expect(people).toMatchObject([{ given: 'Ada', family: 'Novak' }])
  const labs = previews.find(({ resource }) => resource === 'lab_results')
  expect(labs?.rows.length).toBe(2)
  expect(readFileSync(desk.at('node/node.toml'), 'utf8')).not.toContain(secret)
})
