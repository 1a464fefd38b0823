import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hasPostgres } from '../../../gatekeeper/src/adapter/servers.test-support.ts'
import { openForeignPostgres } from '../../../gatekeeper/src/setup/foreign.test-support.ts'
import { medrec, type Ran } from '../participant/town.test-support.ts'
import { openRoles } from './roles.test-support.ts'
import { typed } from './typed.test-support.ts'

const isCi = process.env['CI'] === 'true'
const lacks = !hasPostgres && !isCi

const folder = mkdtempSync(join(tmpdir(), 'medrec-setup-'))
const at = (file: string): string => join(folder, file)
let clinic: Awaited<ReturnType<typeof openForeignPostgres>>
let nodes: Awaited<ReturnType<typeof openRoles>>
/** Skipped, by name, where PostgreSQL is not installed. */
const onPostgres = test.skipIf(lacks)
const setup = (account: string, ...more: readonly string[]): Promise<Ran> =>
  medrec(
    ...['--json', 'provider', 'setup', '--dir', at(account), '--name', 'Mercy', '--yes'],
    ...['--database', clinic.address(account), '--password-file', at('password')],
    ...['--registrar', nodes.url, ...more],
  )

beforeAll(async () => {
  if (lacks) return
  nodes = await openRoles()
  clinic = await openForeignPostgres()
  writeFileSync(at('password'), 'long and secret\n')
  writeFileSync(at('wrong'), 'guessed\n')
  await clinic.admin(`CREATE ROLE reporting LOGIN PASSWORD 'long and secret';
GRANT SELECT ON ALL TABLES IN SCHEMA public TO reporting;
CREATE ROLE early LOGIN PASSWORD 'long and secret';
GRANT SELECT ON ALL TABLES IN SCHEMA public TO early;
CREATE ROLE narrow LOGIN PASSWORD 'long and secret';
GRANT SELECT ON tbl_patients, lab_results, drug_allergies, prescriptions, billing TO narrow;`)
})
afterAll(async () => {
  nodes?.close()
  await clinic?.close()
  rmSync(folder, { recursive: true, force: true })
})

onPostgres(
  'an account that reads too much is refused, and the statements that were written make the right one',
  async () => {
    const refused = await setup('reporting')
    expect(refused).toMatchObject({ code: 1, json: { code: 'CATALOGUE_WRONG' } })
    expect(refused.err).toContain('An excluded table can be read.')
    expect(refused.err).toContain("PASSWORD '...'")
    const sql = readFileSync(at('reporting/role.sql'), 'utf8')
    for (const file of ['role.sql', 'medrec_read.password', 'setup.json'])
      expect(statSync(at(`reporting/${file}`)).mode & 0o077).toBe(0)
    expect(existsSync(at('reporting/node.toml'))).toBe(false)
    await clinic.admin(sql)
    const password = at('reporting/medrec_read.password')
    const made = await setup(
      ...(['reporting', '--database', clinic.address('medrec_read')] as const),
      ...['--password-file', password, '--sample', '101'],
    )
    expect(made).toMatchObject({ code: 0, json: { ok: true, excess: 0, patients: 1 } })
    expect(made.json['resources']).toEqual([
      { name: 'drug_allergies', category: 3, rows: 1 },
      { name: 'lab_results', category: 5, rows: 2 },
      { name: 'prescriptions', category: 4, rows: 1 },
      { name: 'tbl_patients', category: 1, rows: 1 },
    ])
    const config = readFileSync(at('reporting/node.toml'), 'utf8')
    expect(config).toContain('records_secret_file = "medrec_read.password"')
    const secret = readFileSync(password, 'utf8').trim()
    for (const text of [config, refused.out, refused.err, made.out, made.err])
      expect(text).not.toMatch(new RegExp(`${secret}|long and secret|Novak|Hemoglobin|never to be`))
  },
)

onPostgres(
  'rights that are not needed are told, and taken only when somebody says so',
  async () => {
    const refused = await setup('narrow')
    expect(refused).toMatchObject({ code: 1, json: { code: 'RIGHTS_TOO_WIDE' } })
    expect(refused.err).toContain('read: public.billing')
    expect(existsSync(at('narrow/node.toml'))).toBe(false)
    const taken = await setup('narrow', '--accept-rights')
    expect(taken).toMatchObject({ code: 0, json: { ok: true } })
    expect(Number(taken.json['excess'])).toBeGreaterThan(0)
  },
)

onPostgres.each<[string, () => readonly string[], string, string]>([
  [
    'a wrong password',
    () => ['--password-file', at('wrong')],
    ...(['RECORDS_UNREACHABLE', 'does not let this user in with this password'] as const),
  ],
  [
    'a host that nothing listens at',
    () => ['--database', 'postgres://narrow@127.0.0.1:1/clinic'],
    ...(['RECORDS_UNREACHABLE', 'Nothing listens at this host and port'] as const),
  ],
  [
    'another database',
    () => ['--database', `${clinic.address('narrow')}_old`],
    ...(['RECORDS_UNREACHABLE', 'has no database of this name'] as const),
  ],
  [
    'a password in the address',
    () => ['--database', 'postgres://narrow:guessed@127.0.0.1/clinic'],
    ...(['DATABASE_ADDRESS', 'It holds a password.'] as const),
  ],
  ['no password file', () => ['--password-file', at('none')], 'USAGE', 'cannot be read'],
])('%s is refused with what to do', async (_, more, code, words) => {
  const ran = await setup('narrow', ...more(), '--port', '8999')
  expect(ran.json).toMatchObject({ ok: false, code })
  expect(ran.err).toContain(words)
  expect(ran.out + ran.err).not.toContain('guessed')
  if (existsSync(at('narrow/node.toml')))
    expect(readFileSync(at('narrow/node.toml'), 'utf8')).not.toContain('8999')
})

onPostgres('a person who said too early that the statements were run is asked again', async () => {
  const { said, rest, done, error } = await typed(
    at('early'),
    [
      [/^Take it/, 'proposed'],
      [/^Tables that must never/, ''],
      [/^Sensitive kinds/, ''],
      [/^Were these statements run/, 'yes'],
      [/^Were these statements run/, 'no'],
      [/^What now \(again, pick, allow, stop\)/, 'stop'],
    ],
    { database: clinic.address('early'), passwordFile: at('password'), name: 'Mercy' },
  )
  expect(rest).toEqual([])
  expect(done).toBeUndefined()
  expect(error).toMatchObject({ code: 'CATALOGUE_WRONG' })
  expect(said).toContain('An excluded table can be read.')
  expect(said).toContain('The new account cannot be used yet.')
  expect(said).toContain('DROP OWNED BY medrec_read; DROP ROLE medrec_read;')
  expect(said).toMatch(/psql -h \S+ .*-U ADMIN -v ON_ERROR_STOP=1 -1 -f \S+role\.sql clinic/)
})
